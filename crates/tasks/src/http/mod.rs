//! The routes, and the description of what they serve: both from the same list.
//!
//! **The rule**: who asks is the [`Session`](keyturn_verifier::Session) that a layer around these routes has put into the request; without such a
//! layer they answer 500 and let nobody in.

mod answers;
mod deleted;
mod json;
mod owner;
mod paging;
mod precondition;
mod problem;
mod shapes;
mod task;
mod tasks;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use self::problem::{PROBLEMS, RequestId};
use crate::service::Tasks;

/// The longest body, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// Serves these tasks, below `/api/tasks`.
pub fn router(tasks: Tasks) -> Router {
    let (routes, _) = routes().split_for_parts();
    routes
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(Arc::clone(tasks.observer()), problem::render))
        .with_state(tasks)
}

/// What [`router`] serves, described. The security schemes that it names are Keyturn's.
pub fn openapi() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Tasks> {
    OpenApiRouter::new()
        .merge(tasks::router())
        .merge(task::router())
        .merge(deleted::router())
}
