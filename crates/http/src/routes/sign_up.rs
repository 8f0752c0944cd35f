//! `POST /auth/signup` (R2.1): creates an account, and signs it in where accounts begin active.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use keyturn_core::service::{SignUpRequest, SignedUp};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Counted, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Asker, ClientOf, Cookies, OriginOf, StrictJson};
use crate::reply;
use crate::shapes::{PendingBody, ProblemBody, SignUpBody, TokenAnswer};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(sign_up))
}

/// Sign up
///
/// A browser needs a CSRF token from `/auth/csrf`.
#[utoipa::path(
    post,
    path = "/auth/signup",
    operation_id = "signUp",
    tag = "auth",
    request_body = SignUpBody,
    responses(
        (status = 201, description = "The account exists and is signed in", body = TokenAnswer, headers(("x-csrf-token" = String, description = "The CSRF token from now on"))),
        (status = 202, description = "If the email was free, the account waits for its activation", body = PendingBody),
        (status = 409, description = "The email or the username is taken", body = ProblemBody, content_type = "application/problem+json"),
        Common, Unsafe, Body, Counted,
    ),
    security((), ("csrf" = []))
)]
async fn sign_up(
    State(edge): State<Edge>,
    asker: Asker,
    cookies: Cookies,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<SignUpBody>,
) -> Result<Response, Problem> {
    let request = SignUpRequest {
        email: body.email,
        password: body.password,
        username: body.username,
        name: body.name,
        delivery: asker.delivery(body.delivery)?,
        remember: body.remember,
        client,
        origin,
        replaces: cookies.refresh_token(),
    };
    let signed_up = edge.carry_through(|authority| async move { authority.sign_up(request).await });
    Ok(match signed_up.await? {
        SignedUp::SignedIn(issued, _) => reply::signed_in(&edge, StatusCode::CREATED, &issued),
        SignedUp::Pending => (StatusCode::ACCEPTED, Json(PendingBody { state: "pending" })).into_response(),
    })
}
