//! `POST /admin/users/{id}/sessions`: a session for somebody whom a service has authenticated itself.
//!
//! **The rule**: the one route of `/admin` that takes a service's secret, and it takes nothing else: no token of a person, no cookie
//! ([`StartingService`]).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyturn_core::model::Delivery;
use keyturn_core::service::{SESSION_CODE_LIFETIME, Vouching};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Named, Vouched};
use crate::answer::Answer;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Asker, ClientOf, OriginOf, PathAccountId, StartingService, StrictJson};
use crate::shapes::{SessionCodeBody, SessionStartBody, StartedAs, StartedSessionBody, TokenAnswer};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(start))
}

/// Start a session for somebody
///
/// For a service with the scope `session:start`, which has authenticated the person itself. Tokens (`body`), or a code for the person's
/// browser (`code`): good once, for a minute, at `/auth/signin/code`.
#[utoipa::path(
    post,
    path = "/admin/users/{id}/sessions",
    operation_id = "startSession",
    tag = "administration",
    params(("id" = String, Path, description = "The account's `id` or `account_id`")),
    request_body = SessionStartBody,
    responses((status = 200, description = "Started, or prepared", body = StartedSessionBody), Common, Vouched, Named, Body),
    security(("service" = []))
)]
async fn start(
    State(edge): State<Edge>,
    StartingService(service): StartingService,
    asker: Asker,
    PathAccountId(account): PathAccountId,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<SessionStartBody>,
) -> Result<Response, Problem> {
    let vouching = Vouching {
        service,
        account,
        client,
        origin,
    };
    match body.delivery {
        StartedAs::Body => {
            asker.delivery(Some(Delivery::Body))?;
            let started =
                edge.carry_through(|authority| async move { authority.start_session_for(vouching).await });
            let issued = started.await?;
            let tokens = TokenAnswer::new(&issued, edge.authority.policy());
            Ok(Answer(StartedSessionBody::Tokens(Box::new(tokens))).into_response())
        }
        StartedAs::Code => {
            let code = edge.authority.prepare_session(vouching).await?;
            Ok(Answer(StartedSessionBody::Code(SessionCodeBody {
                code: code.reveal().to_string(),
                expires_in: SESSION_CODE_LIFETIME.as_secs(),
            }))
            .into_response())
        }
    }
}
