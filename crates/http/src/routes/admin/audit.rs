//! `GET /admin/audit`: what happened, newest first.

use std::str::FromStr;

use axum::Json;
use keyturn_core::model::{RequestId, UserId};
use keyturn_core::ports::{AuditFilter, AuditPosition, Page};
use keyturn_core::service::Accounts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page_limit;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{Administrator, StrictQuery};
use crate::routes::problems::{Common, Judged, Named, Permitted};
use crate::shapes::{AuditPage, AuditQuery};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Read the audit log
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/admin/audit",
    operation_id = "adminListAudit",
    tag = "administration",
    params(AuditQuery),
    responses((status = 200, description = "A page", body = AuditPage), Common, Judged, Permitted, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn list(
    Administrator { accounts, .. }: Administrator,
    StrictQuery(query): StrictQuery<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = page_limit(query.limit)?;
    let filter = filter(&accounts, &query).await?;
    let page = Page {
        before: query.cursor.map(AuditPosition),
        limit: limit + 1,
    };
    let found = accounts.audit(&filter, page).await?;
    Ok(Json(AuditPage::new(found, limit)))
}

async fn filter(accounts: &Accounts, query: &AuditQuery) -> Result<AuditFilter, Problem> {
    let request_id = query.request.as_deref().map(RequestId::from_str).transpose();
    Ok(AuditFilter {
        user_id: own_id(accounts, query.user.as_deref()).await?,
        session_id: query.session,
        request_id: request_id
            .map_err(|error| Problem::new(ProblemCode::InvalidRequest).with_detail(error.to_string()))?,
        kind: query.kind,
        by: own_id(accounts, query.by.as_deref()).await?,
        since: query.since,
        until: query.until,
    })
}

async fn own_id(accounts: &Accounts, id: Option<&str>) -> Result<Option<UserId>, Problem> {
    match id {
        Some(id) => Ok(Some(accounts.own_id(id).await?)),
        None => Ok(None),
    }
}
