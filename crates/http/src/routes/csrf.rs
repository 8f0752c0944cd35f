//! `GET /auth/csrf` (R1.4): a CSRF token, bound to the session that the token cookies name, or to none.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::Common;
use crate::cookies::SetCookies;
use crate::csrf::CsrfReply;
use crate::edge::Edge;
use crate::extract::Cookies;
use crate::shapes::CsrfBody;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(csrf))
}

/// A CSRF token
///
/// To be sent back in `X-CSRF-Token`, beside the cookie that comes with it. One that is still good is given again.
#[utoipa::path(
    get,
    path = "/auth/csrf",
    operation_id = "getCsrfToken",
    tag = "auth",
    responses((status = 200, description = "The token, and its cookie", body = CsrfBody, headers(("x-csrf-token" = String, description = "The CSRF token from now on"))), Common)
)]
async fn csrf(State(edge): State<Edge>, cookies: Cookies) -> Response {
    let reply = CsrfReply::for_cookies(&edge, &cookies);
    let mut set = SetCookies::default();
    let header = reply.attach(&edge, &mut set);
    let body = CsrfBody {
        csrf_token: reply.token,
    };
    (set, header, Json(body)).into_response()
}
