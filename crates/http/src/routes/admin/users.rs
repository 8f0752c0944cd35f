//! `/admin/users` (R2.6): find accounts, create one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use keyturn_core::ports::{Page, UserFilter, UserSearch};
use keyturn_core::service::CreateUser;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page_limit;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{Administrator, StrictJson, StrictQuery};
use crate::routes::problems::{Body, Common, Judged, Permitted, Taken};
use crate::shapes::{AdminNewUserBody, AdminUserBody, AdminUserPage, AdminUserQuery};
use crate::time_limit::HashingTime;

/// The longest text to search for, in characters.
const SEARCH_MAX: usize = 254;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// List accounts
///
/// Newest first. A search looks at every account; the more of them, the longer it takes.
#[utoipa::path(
    get,
    path = "/admin/users",
    operation_id = "adminListUsers",
    tag = "administration",
    params(AdminUserQuery),
    responses((status = 200, description = "A page", body = AdminUserPage), Common, Judged, Permitted),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn list(
    Administrator { accounts, .. }: Administrator,
    StrictQuery(query): StrictQuery<AdminUserQuery>,
) -> Result<Json<AdminUserPage>, Problem> {
    let limit = page_limit(query.limit)?;
    let filter = UserFilter {
        state: query.state,
        search: query.q.as_deref().map(search).transpose()?,
    };
    let page = Page {
        before: query.cursor,
        limit: limit + 1,
    };
    let found = accounts.list(&filter, page).await?;
    Ok(Json(AdminUserPage::new(found, limit)))
}

/// Create an account
///
/// Nobody is signed in. Without a password nobody can sign in either, until one is set.
#[utoipa::path(
    post,
    path = "/admin/users",
    operation_id = "adminCreateUser",
    tag = "administration",
    request_body = AdminNewUserBody,
    responses((status = 201, description = "It exists", body = AdminUserBody), Common, Judged, Permitted, Body, Taken),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn create(
    State(edge): State<Edge>,
    Administrator { accounts, .. }: Administrator,
    hashing: HashingTime,
    StrictJson(body): StrictJson<AdminNewUserBody>,
) -> Result<(StatusCode, Json<AdminUserBody>), Problem> {
    hashing.allow();
    let request = CreateUser {
        email: body.email,
        username: body.username,
        name: body.name,
        password: body.password.unwrap_or_else(|| accounts.unknown_password()),
        state: body.state,
        permissions: body.permissions,
        metadata: body.metadata,
    };
    let created = edge.carry_through(|_| async move { accounts.create(request).await });
    Ok((StatusCode::CREATED, Json(created.await?.into())))
}

/// A text that something can be called.
fn search(text: &str) -> Result<UserSearch, Problem> {
    let fits = text.chars().count() <= SEARCH_MAX && !text.contains(char::is_control);
    UserSearch::new(text).filter(|_| fits).ok_or_else(|| {
        Problem::new(ProblemCode::InvalidRequest).with_detail(format!(
            "q has 1 to {SEARCH_MAX} characters, not blanks alone, and no control characters"
        ))
    })
}
