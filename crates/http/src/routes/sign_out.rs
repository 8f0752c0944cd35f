//! `POST /auth/signout` (R3.3): ends the sessions that the request's tokens name, and takes the cookies back.
//!
//! **The rule**: 204 for known and unknown tokens alike, as often as it is asked. Beside its page it is the only route that clears cookies, and
//! it does so only once the end is written.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keyturn_core::credential::{CsrfBinding, RefreshToken};
use keyturn_core::service::SignOutRequest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Unsafe};
use crate::cookies::SetCookies;
use crate::csrf::CsrfReply;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{AccessCredential, Asker, Cookies, OptionalJson, OriginOf};
use crate::shapes::SignOutBody;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(sign_out))
}

/// Sign out
///
/// Works with whatever is left: the refresh token, in its cookie or in the body, or an access token that expired less than its
/// lifetime ago.
#[utoipa::path(
    post,
    path = "/auth/signout",
    operation_id = "signOut",
    tag = "auth",
    request_body = Option<SignOutBody>,
    responses(
        (status = 204, description = "Whatever the tokens named is over; cookies are cleared", headers(("x-csrf-token" = String, description = "The CSRF token from now on"))),
        Common, Unsafe, Body,
    ),
    security((), ("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn sign_out(
    State(edge): State<Edge>,
    asker: Asker,
    cookies: Cookies,
    access: AccessCredential,
    OriginOf(origin): OriginOf,
    OptionalJson(body): OptionalJson<SignOutBody>,
) -> Result<Response, Problem> {
    let from_body = body
        .refresh_token
        .and_then(|text| RefreshToken::parse(&text).ok());
    let by_cookies = SignOutRequest {
        refresh_token: cookies.refresh_token(),
        access_token: access.into_token(),
        origin: origin.clone(),
    };
    let by_body = SignOutRequest {
        refresh_token: from_body,
        access_token: None,
        origin,
    };
    edge.carry_through(|authority| async move {
        authority.sign_out(by_cookies).await?;
        authority.sign_out(by_body).await
    })
    .await?;
    Ok(if asker == Asker::Browser || cookies.carry_tokens() {
        without_tokens(&edge)
    } else {
        StatusCode::NO_CONTENT.into_response()
    })
}

/// Clears the token cookies, and gives the CSRF token that the next sign-in needs.
fn without_tokens(edge: &Edge) -> Response {
    let mut cookies = SetCookies::default();
    edge.cookie_maker().clear_tokens(&mut cookies);
    let csrf_header = CsrfReply::fresh(edge, CsrfBinding::Unbound).attach(edge, &mut cookies);
    (StatusCode::NO_CONTENT, cookies, csrf_header).into_response()
}
