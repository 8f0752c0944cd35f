//! `POST /auth/activate`, `POST /auth/activate/resend` (R2.6): a sign-up becomes an account by the link that was mailed.
//!
//! **The rule**: it takes the link and the password of the sign-up, so that nobody's click makes an account for somebody else. Asking for
//! the link again is answered alike whether or not anything waits under the address.

use axum::extract::State;
use axum::http::StatusCode;
use keyturn_core::service::{LinkRequest, LinkUse};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Counted, Judged, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{ClientOf, OriginOf, StrictJson};
use crate::shapes::{LinkUsedBody, LinkWantedBody, ProblemBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(activate))
        .routes(routes!(resend))
}

/// Activate an account
///
/// Signs nobody in.
#[utoipa::path(
    post,
    path = "/auth/activate",
    operation_id = "activate",
    tag = "account",
    request_body = LinkUsedBody,
    responses(
        (status = 204, description = "The account is active"),
        (status = 409, description = "Somebody else took the username since: sign up again with another", body = ProblemBody, content_type = "application/problem+json"),
        Common, Judged, Unsafe, Body, Counted,
    ),
    security((), ("csrf" = []))
)]
async fn activate(
    State(edge): State<Edge>,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<LinkUsedBody>,
) -> Result<StatusCode, Problem> {
    let link = LinkUse {
        token: body.token,
        password: body.password,
        client,
        origin,
    };
    let activated = edge.carry_through(|authority| async move { authority.activate(link).await });
    activated.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have the link to activate an account mailed again
///
/// Links that were mailed before are dead then.
#[utoipa::path(
    post,
    path = "/auth/activate/resend",
    operation_id = "resendActivation",
    tag = "account",
    request_body = LinkWantedBody,
    responses((status = 202, description = "If a sign-up waits under this address, its link is mailed"), Common, Unsafe, Body, Counted),
    security((), ("csrf" = []))
)]
async fn resend(
    State(edge): State<Edge>,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<LinkWantedBody>,
) -> Result<StatusCode, Problem> {
    let request = LinkRequest {
        email: body.email,
        client,
        origin,
    };
    edge.authority.resend_activation(request).await?;
    Ok(StatusCode::ACCEPTED)
}
