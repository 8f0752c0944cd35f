//! `POST /auth/signin` (R2.2): a password for tokens, delivered as the asker can keep them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use keyturn_core::model::{EmailAddress, Username};
use keyturn_core::ports::SignInName;
use keyturn_core::service::{FieldError, SignInRequest, parse_sign_in_name};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Counted, Judged, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Asker, ClientOf, Cookies, OriginOf, StrictJson};
use crate::reply;
use crate::shapes::{SignInBody, TokenAnswer};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(sign_in))
}

/// Sign in
///
/// A browser needs a CSRF token from `/auth/csrf`. The session that a presented refresh cookie names ends (`replaced`).
#[utoipa::path(
    post,
    path = "/auth/signin",
    operation_id = "signIn",
    tag = "auth",
    request_body = SignInBody,
    responses(
        (status = 200, description = "Signed in", body = TokenAnswer, headers(("x-csrf-token" = String, description = "The CSRF token from now on"))),
        Common, Judged, Unsafe, Body, Counted,
    ),
    security((), ("csrf" = []))
)]
async fn sign_in(
    State(edge): State<Edge>,
    asker: Asker,
    cookies: Cookies,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<SignInBody>,
) -> Result<Response, Problem> {
    let request = SignInRequest {
        name: name(&body)?,
        delivery: asker.delivery(body.delivery)?,
        password: body.password,
        remember: body.remember,
        client,
        origin,
        replaces: cookies.refresh_token(),
        device: cookies
            .device
            .as_deref()
            .and_then(|text| edge.authority.device_cookie(text)),
    };
    let issued = edge
        .carry_through(|authority| async move { authority.sign_in(request).await })
        .await?;
    Ok(reply::signed_in(&edge, StatusCode::OK, &issued))
}

/// The one name given. `None` where it can be nobody's: that costs and answers the same as a wrong password.
fn name(body: &SignInBody) -> Result<Option<SignInName>, Problem> {
    match (&body.email, &body.username, &body.identifier) {
        (Some(email), None, None) => {
            let email = EmailAddress::parse(email).ok();
            Ok(email.map(|email| SignInName::EmailKey(email.key().to_owned())))
        }
        (None, Some(username), None) => {
            let username = Username::parse(username).ok();
            Ok(username.map(|username| SignInName::UsernameKey(username.key().to_owned())))
        }
        (None, None, Some(identifier)) => Ok(parse_sign_in_name(identifier)),
        _ => Err(Problem::invalid_fields(vec![FieldError::new(
            "identifier",
            "give exactly one of `email`, `username` and `identifier`",
        )])),
    }
}
