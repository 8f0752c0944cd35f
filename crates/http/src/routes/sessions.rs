//! `/auth/sessions` (R5.1, R1.7): a person's own sessions: list them, see one, end one, end the others or all.
//!
//! **The rule**: another account's session is answered as one that doesn't exist. Ending a session clears no cookie.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use keyturn_core::ports::{Page, SessionFilter};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Common, Judged, Named, Unsafe};
use crate::cookies::SetCookies;
use crate::csrf::CsrfReply;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{Caller, Cookies, PathSessionId, StrictQuery};
use crate::shapes::{EndedBody, ListQuery, ListedState, SessionPage, SessionWithTokens, SweepQuery};

/// How many sessions a page has where nothing was said, and at most.
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 100;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list, end_several))
        .routes(routes!(one, end_one))
}

/// List sessions
///
/// Newest first, each with the states of its tokens.
#[utoipa::path(
    get,
    path = "/auth/sessions",
    operation_id = "listSessions",
    tag = "sessions",
    params(ListQuery),
    responses((status = 200, description = "A page", body = SessionPage), Common, Judged),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    StrictQuery(query): StrictQuery<ListQuery>,
) -> Result<Json<SessionPage>, Problem> {
    let limit = query.limit.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(
            Problem::new(ProblemCode::InvalidRequest).with_detail(format!("limit is 1 to {PAGE_MAX}"))
        );
    }
    let filter = match query.state {
        ListedState::Live => SessionFilter::Live,
        ListedState::All => SessionFilter::All,
    };
    let page = Page {
        before: query.cursor,
        limit: limit + 1,
    };
    let families = edge.authority.own_sessions(&caller, filter, page).await?;
    let access = &edge.authority.policy().access;
    Ok(Json(SessionPage::new(&families, limit, &caller, access)))
}

/// One session
///
/// Ended or not, with the states of its tokens.
#[utoipa::path(
    get,
    path = "/auth/sessions/{id}",
    operation_id = "getSessionById",
    tag = "sessions",
    params(("id" = uuid::Uuid, Path, description = "The session")),
    responses((status = 200, description = "The session", body = SessionWithTokens), Common, Judged, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn one(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    PathSessionId(id): PathSessionId,
) -> Result<Json<SessionWithTokens>, Problem> {
    let family = edge.authority.own_session(&caller, id).await?;
    let access = &edge.authority.policy().access;
    let current = caller.family.session.id;
    Ok(Json(SessionWithTokens::new(&family, current, caller.now, access)))
}

/// End one session
///
/// One that has ended stays as it is.
#[utoipa::path(
    delete,
    path = "/auth/sessions/{id}",
    operation_id = "endSession",
    tag = "sessions",
    params(("id" = uuid::Uuid, Path, description = "The session")),
    responses((status = 204, description = "It is over"), Common, Judged, Unsafe, Named),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn end_one(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    cookies: Cookies,
    PathSessionId(id): PathSessionId,
) -> Result<Response, Problem> {
    edge.carry_through(|authority| async move { authority.end_own_session(&caller, id).await })
        .await?;
    Ok((with_csrf(&edge, &cookies), StatusCode::NO_CONTENT).into_response())
}

/// End several sessions
///
/// All others; with `all=true` this one too.
#[utoipa::path(
    delete,
    path = "/auth/sessions",
    operation_id = "endSessions",
    tag = "sessions",
    params(SweepQuery),
    responses((status = 200, description = "They are over", body = EndedBody), Common, Judged, Unsafe),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn end_several(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    cookies: Cookies,
    StrictQuery(query): StrictQuery<SweepQuery>,
) -> Result<Response, Problem> {
    let ended = edge
        .carry_through(|authority| async move { authority.end_own_sessions(&caller, query.all).await })
        .await?;
    Ok((with_csrf(&edge, &cookies), Json(EndedBody { ended })).into_response())
}

/// What ends may be the cookies' own session, so the answer says which CSRF token they need now. They still name the same
/// session: it is bound to that one, dead or not.
pub(super) fn with_csrf(
    edge: &Edge,
    cookies: &Cookies,
) -> Option<(SetCookies, [(HeaderName, HeaderValue); 1])> {
    cookies.carry_tokens().then(|| {
        let mut set = SetCookies::default();
        let header = CsrfReply::for_cookies(edge, cookies).attach(edge, &mut set);
        (set, header)
    })
}
