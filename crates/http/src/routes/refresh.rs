//! `POST /auth/refresh` (R3.2): the next tokens for a refresh token. Where it may come: [`Renewal`].

use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::headers::{AttemptHeader, PassiveHeader};
use super::problems::{Body, Common, Judged, Unsafe};
use super::renewal::Renewal;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::OptionalJson;
use crate::shapes::{RefreshBody, TokenAnswer};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(refresh))
}

/// Refresh
///
/// Each use of a refresh token rotates it; using a rotated one again ends the session (`token_reuse`). A client without cookies
/// repeats a refresh whose reply it lost with the same `Idempotency-Key`, and gets the same answer.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    operation_id = "refresh",
    tag = "auth",
    request_body = Option<RefreshBody>,
    params(AttemptHeader, PassiveHeader),
    responses(
        (status = 200, description = "The next tokens, or the same again", body = TokenAnswer),
        Common, Judged, Unsafe, Body,
    ),
    security((), ("csrf" = []))
)]
async fn refresh(
    State(edge): State<Edge>,
    renewal: Renewal,
    OptionalJson(body): OptionalJson<RefreshBody>,
) -> Result<Response, Problem> {
    renewal
        .carry_out(&edge, body.refresh_token.as_deref(), body.idle_seconds)
        .await
}
