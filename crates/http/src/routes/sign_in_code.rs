//! `POST /auth/signin/code`: the code of a session that a service prepared, for tokens, delivered as the asker can keep them.
//!
//! **The rule**: a browser passes both walls, as at `/auth/signin`: a page of another origin that posts a code of its own would sign the
//! person in as somebody else. See decision 0074 for what the walls can't hold.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use keyturn_core::service::CodeSignIn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Asker, ClientOf, Cookies, OriginOf, StrictJson};
use crate::reply;
use crate::shapes::{CodeSignInBody, TokenAnswer};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(sign_in_by_code))
}

/// Sign in with a code
///
/// The code is a service's, of `POST /admin/users/{id}/sessions`: good once, for a minute. A browser needs a CSRF token from `/auth/csrf`.
/// The session that a presented refresh cookie names ends (`replaced`).
#[utoipa::path(
    post,
    path = "/auth/signin/code",
    operation_id = "signInByCode",
    tag = "auth",
    request_body = CodeSignInBody,
    responses(
        (status = 200, description = "Signed in", body = TokenAnswer, headers(("x-csrf-token" = String, description = "The CSRF token from now on"))),
        Common, Unsafe, Body,
    ),
    security((), ("csrf" = []))
)]
async fn sign_in_by_code(
    State(edge): State<Edge>,
    asker: Asker,
    cookies: Cookies,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<CodeSignInBody>,
) -> Result<Response, Problem> {
    let request = CodeSignIn {
        delivery: asker.delivery(body.delivery)?,
        code: body.code,
        remember: body.remember,
        client,
        origin,
        replaces: cookies.refresh_token(),
    };
    let issued = edge
        .carry_through(|authority| async move { authority.sign_in_by_code(request).await })
        .await?;
    Ok(reply::signed_in(&edge, StatusCode::OK, &issued))
}
