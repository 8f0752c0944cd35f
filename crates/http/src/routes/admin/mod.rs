//! `/admin`: running accounts and sessions, and reading the audit log, for accounts with the permission `admin`.
//!
//! **The rule**: every handler takes [`Administrator`](crate::extract::Administrator), which asks the store; what is done is audited as
//! done by an administrator. No answer holds a secret.
//!
//! **The caveat**: `POST /admin/users/{id}/sessions` is for services, and stands with their routes.

mod audit;
mod session;
mod sessions;
mod user;
mod user_password;
mod user_reset;
mod user_sessions;
mod user_state;
mod users;

use utoipa_axum::router::OpenApiRouter;

use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

/// How many rows a page has where nothing was said, and at most.
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 100;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(users::router())
        .merge(user::router())
        .merge(user_state::router())
        .merge(user_password::router())
        .merge(user_reset::router())
        .merge(user_sessions::router())
        .merge(sessions::router())
        .merge(session::router())
        .merge(audit::router())
}

/// How many rows are asked for.
fn page_limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(PAGE_DEFAULT);
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(ProblemCode::InvalidRequest).with_detail(format!("limit is 1 to {PAGE_MAX}")))
}
