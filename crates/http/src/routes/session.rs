//! `GET /auth/session` (R2.5): who is signed in. Where no credential came that is an answer, not an error; where one came that is
//! no longer good, it is 401 with the reason.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::headers::PassiveHeader;
use super::problems::{Common, Judged};
use crate::answer::Answer;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{AccessCredential, Caller, OriginOf, Passive};
use crate::shapes::ContextBody;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(session))
}

/// The session context
///
/// Asking is activity, unless `Keyturn-Passive: 1` says otherwise.
#[utoipa::path(
    get,
    path = "/auth/session",
    operation_id = "getSession",
    tag = "sessions",
    params(PassiveHeader),
    responses((status = 200, description = "Who is signed in, if anybody is", body = ContextBody), Common, Judged),
    security((), ("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn session(
    State(edge): State<Edge>,
    credential: AccessCredential,
    passive: Passive,
    origin: OriginOf,
) -> Result<Answer<ContextBody>, Problem> {
    if matches!(credential, AccessCredential::Absent) {
        return Ok(Answer(ContextBody::nobody(edge.authority.now())));
    }
    let Caller(caller) = Caller::authenticate(&edge, credential, passive, origin).await?;
    let access = &edge.authority.policy().access;
    Ok(Answer(ContextBody::new(&caller.family, caller.now, access)))
}
