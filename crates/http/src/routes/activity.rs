//! `POST /auth/activity`: the heartbeat of a client whose person is active while no other request goes out.
//!
//! **The rule**: `idle_seconds` is the age of the person's last real input, over all tabs; the session's activity moves to that moment,
//! never back. Without it the request itself is activity, unless the server takes only what is declared.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::headers::PassiveHeader;
use super::problems::{Body, Common, Judged, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{AccessCredential, Caller, OptionalJson, OriginOf, Passive};
use crate::shapes::{ActivityBody, SessionBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(activity))
}

/// Activity
///
/// Answers the session, with its new idle end.
#[utoipa::path(
    post,
    path = "/auth/activity",
    operation_id = "noteActivity",
    tag = "sessions",
    request_body = Option<ActivityBody>,
    params(PassiveHeader),
    responses((status = 200, description = "The session as it is now", body = SessionBody), Common, Judged, Unsafe, Body),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn activity(
    State(edge): State<Edge>,
    credential: AccessCredential,
    passive: Passive,
    origin: OriginOf,
    OptionalJson(body): OptionalJson<ActivityBody>,
) -> Result<Json<SessionBody>, Problem> {
    let hint = Passive(passive.with_idle_seconds(body.idle_seconds));
    let Caller(caller) = Caller::authenticate(&edge, credential, hint, origin).await?;
    let access = &edge.authority.policy().access;
    let current = caller.family.session.id;
    Ok(Json(SessionBody::new(
        &caller.family,
        current,
        caller.now,
        access,
    )))
}
