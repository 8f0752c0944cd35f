//! `GET /admin/sessions`: everybody's sessions.

use axum::Json;
use axum::extract::State;
use keyturn_core::ports::{Page, SessionFilter};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page_limit;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Administrator, StrictQuery};
use crate::routes::problems::{Common, Judged, Named, Permitted};
use crate::shapes::{AdminSessionQuery, ListedState, SessionPage};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list))
}

/// List everybody's sessions
///
/// Newest first, each with the states of its tokens.
#[utoipa::path(
    get,
    path = "/admin/sessions",
    operation_id = "adminListSessions",
    tag = "administration",
    params(AdminSessionQuery),
    responses((status = 200, description = "A page", body = SessionPage), Common, Judged, Permitted, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn list(
    State(edge): State<Edge>,
    Administrator { caller, accounts }: Administrator,
    StrictQuery(query): StrictQuery<AdminSessionQuery>,
) -> Result<Json<SessionPage>, Problem> {
    let limit = page_limit(query.limit)?;
    let filter = match query.state {
        ListedState::Live => SessionFilter::Live,
        ListedState::All => SessionFilter::All,
    };
    let user_id = match &query.user {
        Some(id) => Some(accounts.own_id(id).await?),
        None => None,
    };
    let page = Page {
        before: query.cursor,
        limit: limit + 1,
    };
    let families = accounts.sessions(user_id, filter, page).await?;
    let access = &edge.authority.policy().access;
    Ok(Json(SessionPage::new(&families, limit, &caller, access)))
}
