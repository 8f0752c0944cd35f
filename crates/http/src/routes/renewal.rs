//! A refresh, whichever route it comes by: what the request brings, and how it is carried out.
//!
//! **The rule**: the token comes in the cookie or in the body, never in both. A browser's is in the cookie: one that presents a
//! token in the body is refused before the token is looked at, so that nothing changes. In the cookie only tokens of bound
//! sessions count; one of a `body` session there is no one's. The answer's form is the session's delivery.
//!
//! **The caveat**: from a client that is no browser, a bound session's token in the body is judged as it is: without the device
//! cookie it is reuse.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use keyturn_core::credential::{DeviceCookie, RefreshToken};
use keyturn_core::model::Origin;
use keyturn_core::service::{Issued, RefreshRequest};

use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{Asker, Cookies, IdempotencyKey, OriginOf, Passive};
use crate::reply;

/// What a request to refresh brings beside its body.
pub(super) struct Renewal {
    asker: Asker,
    cookies: Cookies,
    key: IdempotencyKey,
    passive: Passive,
    origin: Origin,
    scope: Option<&'static str>,
}

impl Renewal {
    /// Whether a token came in the cookie.
    pub(super) fn has_cookie(&self) -> bool {
        self.cookies.refresh.is_some()
    }

    /// Has the answer say which scopes were granted.
    pub(super) fn telling_scope(self, scope: Option<&'static str>) -> Self {
        Self { scope, ..self }
    }

    /// Refreshes, by the token of the cookie or this one of the body.
    pub(super) async fn carry_out(
        self,
        edge: &Edge,
        body: Option<&str>,
        idle_seconds: Option<u32>,
    ) -> Result<Response, Problem> {
        let carrier = Carrier::of(self.asker, &self.cookies, body)?;
        let by_cookie = matches!(carrier, Carrier::Cookie(_));
        let request = RefreshRequest {
            token: carrier.token()?,
            device: device(edge, &self.cookies),
            attempt: match carrier {
                Carrier::Cookie(_) => None,
                Carrier::Body(_) => self.key.judge()?,
            },
            hint: self.passive.with_idle_seconds(idle_seconds),
            origin: self.origin,
        };
        let issued = refreshed(edge, request, by_cookie).await?;
        Ok(reply::refreshed(
            edge,
            &issued,
            self.cookies.device.as_deref(),
            self.scope,
        ))
    }
}

impl FromRequestParts<Edge> for Renewal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let cookies = Cookies::from_request_parts(parts, edge).await?;
        let Ok(asker) = Asker::from_request_parts(parts, edge).await;
        let Ok(key) = IdempotencyKey::from_request_parts(parts, edge).await;
        let OriginOf(origin) = OriginOf::of(parts, edge);
        Ok(Self {
            asker,
            cookies,
            key,
            passive: Passive::of(&parts.headers),
            origin,
            scope: None,
        })
    }
}

/// Has the authority refresh, to the end.
pub(crate) async fn refreshed(
    edge: &Edge,
    request: RefreshRequest,
    by_cookie: bool,
) -> Result<Issued, Problem> {
    let refreshed = edge.carry_through(|authority| async move {
        match by_cookie {
            true => authority.refresh_by_cookie(request).await,
            false => authority.refresh(request).await,
        }
    });
    Ok(refreshed.await?.issued)
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
