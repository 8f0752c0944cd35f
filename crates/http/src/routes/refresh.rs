//! `POST /auth/refresh` (R3.2): the next tokens for a refresh token.
//!
//! **The rule**: the token comes in the cookie or in the body, never in both. A browser's is in the cookie: one that presents a
//! token in the body is refused before the token is looked at, so that nothing changes. In the cookie only tokens of bound
//! sessions count; one of a `body` session there is no one's. The answer's form is the session's delivery.
//!
//! **The caveat**: from a client that is no browser, a bound session's token in the body is judged as it is: without the device
//! cookie it is reuse.

use axum::extract::State;
use axum::response::Response;
use keyturn_core::credential::{DeviceCookie, RefreshToken};
use keyturn_core::service::RefreshRequest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::headers::{AttemptHeader, PassiveHeader};
use super::problems::{Body, Common, Judged, Unsafe};
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{Asker, Cookies, IdempotencyKey, OptionalJson, OriginOf, Passive};
use crate::reply;
use crate::shapes::{RefreshBody, TokenAnswer};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(refresh))
}

/// Refresh
///
/// Each use of a refresh token rotates it; using a rotated one again ends the session (`token_reuse`). A client without cookies
/// repeats a refresh whose reply it lost with the same `Idempotency-Key`, and gets the same answer.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    operation_id = "refresh",
    tag = "auth",
    request_body = Option<RefreshBody>,
    params(AttemptHeader, PassiveHeader),
    responses(
        (status = 200, description = "The next tokens, or the same again", body = TokenAnswer),
        Common, Judged, Unsafe, Body,
    ),
    security((), ("csrf" = []))
)]
async fn refresh(
    State(edge): State<Edge>,
    asker: Asker,
    cookies: Cookies,
    key: IdempotencyKey,
    passive: Passive,
    OriginOf(origin): OriginOf,
    OptionalJson(body): OptionalJson<RefreshBody>,
) -> Result<Response, Problem> {
    let carrier = Carrier::of(asker, &cookies, body.refresh_token.as_deref())?;
    let device = device(&edge, &cookies);
    let request = RefreshRequest {
        token: carrier.token()?,
        device,
        attempt: match carrier {
            Carrier::Cookie(_) => None,
            Carrier::Body(_) => key.judge()?,
        },
        hint: passive.with_idle_seconds(body.idle_seconds),
        origin,
    };
    let by_cookie = matches!(carrier, Carrier::Cookie(_));
    let refreshed = edge.carry_through(|authority| async move {
        match by_cookie {
            true => authority.refresh_by_cookie(request).await,
            false => authority.refresh(request).await,
        }
    });
    let issued = refreshed.await?.issued;
    Ok(reply::refreshed(&edge, &issued, cookies.device.as_deref()))
}

/// Where the token came.
enum Carrier<'a> {
    Cookie(&'a str),
    Body(&'a str),
}

impl<'a> Carrier<'a> {
    fn of(asker: Asker, cookies: &'a Cookies, body: Option<&'a str>) -> Result<Self, Problem> {
        match (cookies.refresh.as_deref(), body, asker) {
            (Some(_), Some(_), _) => Err(Problem::new(ProblemCode::AmbiguousCredentials)
                .with_detail("A refresh token came in the cookie and another in the body.")),
            (None, Some(_), Asker::Browser) => Err(Problem::new(ProblemCode::UseCookieDelivery)),
            (Some(token), None, _) => Ok(Self::Cookie(token)),
            (None, Some(token), Asker::Other) => Ok(Self::Body(token)),
            (None, None, _) => {
                Err(Problem::new(ProblemCode::TokenUnknown).with_detail("No refresh token came."))
            }
        }
    }

    fn token(&self) -> Result<RefreshToken, Problem> {
        let (Self::Cookie(text) | Self::Body(text)) = self;
        RefreshToken::parse(text).map_err(|_| Problem::new(ProblemCode::TokenUnknown))
    }
}

fn device(edge: &Edge, cookies: &Cookies) -> Option<DeviceCookie> {
    let text = cookies.device.as_deref()?;
    edge.authority.device_cookie(text)
}
