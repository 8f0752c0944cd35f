//! Who comes to a page, by their cookies alone: an `Authorization` header has no meaning here.
//!
//! **The rule** (design: the gateway's, for pages without script): where the access token has expired and the refresh cookie is good, a
//! safe request is renewed and sent to itself again; an unsafe one is served without rotation, so that no form is lost. Both ask the
//! use cases that the JSON routes ask, and a reuse ends the family here too.
//!
//! **The caveat**: a session of `hybrid` delivery has no access cookie, and so nothing to send to itself again: each of its
//! requests is let in by its refresh cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{HeaderValue, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use keyturn_core::credential::DeviceCookie;
use keyturn_core::lifetime::ActivityHint;
use keyturn_core::model::{Client, Delivery, EndReason, Origin};
use keyturn_core::service::{AuthError, Authenticated, RefreshRequest, Requester};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{SIGN_IN, return_to};
use crate::cookies::SetCookies;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{ClientOf, Cookies, OriginOf, Passive};
use crate::reply;
use crate::routes::refreshed;

/// What a request is for, in browsers that say so.
const SEC_FETCH_DEST: &str = "sec-fetch-dest";

/// A request to a page.
pub(super) struct Arrival {
    pub(super) cookies: Cookies,
    pub(super) client: Client,
    pub(super) origin: Origin,
    hint: ActivityHint,
    /// Path and query.
    address: String,
}

/// Who it was.
pub(super) enum Visitor {
    /// Somebody whose session lives.
    Known(Box<Authenticated>),
    /// The same, whose tokens had to be renewed: these cookies belong to the answer.
    Renewed(SetCookies),
    /// Nobody, or somebody whose session is over for this reason.
    Stranger(Option<EndReason>),
}

/// An answer that takes the place of the page.
pub(super) enum Halt {
    /// Something is wrong.
    Problem(Box<Problem>),
    /// Go on elsewhere, by GET.
    Redirect(SetCookies, String),
}

impl Arrival {
    /// Who asks for a page. Renews what has expired.
    pub(super) async fn visitor(&self, edge: &Edge) -> Result<Visitor, Problem> {
        match self.by_access(edge).await? {
            Access::Good(known) => Ok(Visitor::Known(known)),
            Access::Over(reason) => Ok(Visitor::Stranger(Some(reason))),
            Access::Expired => self.renewed(edge).await,
            Access::Nothing => match self.by_refresh(edge).await? {
                Visitor::Known(known) if known.family.session.delivery == Delivery::Cookie => {
                    self.renewed(edge).await
                }
                other => Ok(other),
            },
        }
    }

    /// A person who is signed in and asks for a page.
    ///
    /// # Errors
    /// A redirect to this very page, renewed, or to the sign-in.
    pub(super) async fn reader(&self, edge: &Edge) -> Result<Authenticated, Halt> {
        match self.visitor(edge).await? {
            Visitor::Known(known) => Ok(*known),
            Visitor::Renewed(cookies) => Err(Halt::Redirect(cookies, self.address.clone())),
            Visitor::Stranger(reason) => Err(to_sign_in(edge, reason, &self.address)),
        }
    }

    /// A person who is signed in and sends a form, which was found to be theirs. `page` is where they come back to if they are not.
    ///
    /// # Errors
    /// A redirect to the sign-in.
    pub(super) async fn sender(&self, edge: &Edge, page: &str) -> Result<Authenticated, Halt> {
        let visitor = match self.by_access(edge).await? {
            Access::Good(known) => Visitor::Known(known),
            Access::Over(reason) => Visitor::Stranger(Some(reason)),
            Access::Expired | Access::Nothing => self.by_refresh(edge).await?,
        };
        match visitor {
            Visitor::Known(known) => Ok(*known),
            Visitor::Renewed(_) => Err(to_sign_in(edge, None, page)),
            Visitor::Stranger(reason) => Err(to_sign_in(edge, reason, page)),
        }
    }

    async fn by_access(&self, edge: &Edge) -> Result<Access, Problem> {
        let Some(token) = self.cookies.access.as_deref() else {
            return Ok(Access::Nothing);
        };
        let requester = Requester {
            hint: self.hint,
            origin: self.origin.clone(),
        };
        match edge.authority.authenticate(token, requester).await {
            Ok(known) => Ok(Access::Good(Box::new(known))),
            Err(AuthError::TokenExpired) => Ok(Access::Expired),
            Err(AuthError::TokenUnknown) => Ok(Access::Nothing),
            Err(AuthError::SessionEnded(reason)) => Ok(Access::Over(reason)),
            Err(error) => Err(error.into()),
        }
    }

    /// Without rotation.
    async fn by_refresh(&self, edge: &Edge) -> Result<Visitor, Problem> {
        let Some(request) = self.refresh_request(edge) else {
            return Ok(Visitor::Stranger(None));
        };
        let vouched = edge.carry_through(|authority| async move { authority.vouch(request).await });
        match vouched.await {
            Ok(known) => Ok(Visitor::Known(Box::new(known))),
            Err(AuthError::SessionEnded(reason)) => Ok(Visitor::Stranger(Some(reason))),
            Err(AuthError::TokenUnknown) => Ok(Visitor::Stranger(None)),
            Err(error) => Err(error.into()),
        }
    }

    async fn renewed(&self, edge: &Edge) -> Result<Visitor, Problem> {
        let Some(request) = self.refresh_request(edge) else {
            return Ok(Visitor::Stranger(None));
        };
        match refreshed(edge, request, true).await {
            Ok(issued) => {
                let device = self.cookies.device.as_deref();
                Ok(Visitor::Renewed(reply::refresh_cookies(edge, &issued, device)))
            }
            Err(problem) if problem.code == ProblemCode::SessionEnded => {
                Ok(Visitor::Stranger(problem.reason))
            }
            Err(problem) if problem.code == ProblemCode::TokenUnknown => Ok(Visitor::Stranger(None)),
            Err(problem) => Err(problem),
        }
    }

    /// The device cookie, if we made it.
    pub(super) fn device(&self, edge: &Edge) -> Option<DeviceCookie> {
        let text = self.cookies.device.as_deref()?;
        edge.authority.device_cookie(text)
    }

    fn refresh_request(&self, edge: &Edge) -> Option<RefreshRequest> {
        Some(RefreshRequest {
            token: self.cookies.refresh_token()?,
            device: self.device(edge),
            attempt: None,
            hint: self.hint,
            origin: self.origin.clone(),
        })
    }
}

/// A page that a person opens, or a form that they send, is something done by hand, whatever `session.activity` asks of scripts. What a
/// page of somebody's loads by itself is not.
fn hint(headers: &HeaderMap) -> ActivityHint {
    let passive = Passive::of(headers);
    let destination = headers.get(SEC_FETCH_DEST);
    let by_hand = !passive.0.passive && destination.is_none_or(|destination| destination == "document");
    passive.with_idle_seconds(by_hand.then_some(0))
}

/// What the access cookie says.
enum Access {
    Good(Box<Authenticated>),
    Expired,
    Over(EndReason),
    Nothing,
}

impl FromRequestParts<Edge> for Arrival {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let cookies = Cookies::from_request_parts(parts, edge).await?;
        let Ok(ClientOf(client)) = ClientOf::from_request_parts(parts, edge).await;
        let OriginOf(origin) = OriginOf::of(parts, edge);
        let original = parts.extensions.get::<axum::extract::OriginalUri>();
        let uri = original.map_or(&parts.uri, |uri| &uri.0);
        Ok(Self {
            cookies,
            client,
            origin,
            hint: hint(&parts.headers),
            address: uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
        })
    }
}

/// Where a person wanted to go, as far as they may: `None` where nothing was asked; what may not be gone to is `/`.
pub(super) fn destination(edge: &Edge, asked: Option<&str>) -> Option<String> {
    let trusted = |origin: &str| {
        let origins = &edge.config.origins;
        edge.config.pages.lists(origin) || (origins.trusts(origin) && !origins.is_native(origin))
    };
    let asked = asked.filter(|asked| !asked.is_empty())?;
    Some(return_to::accepted(asked, trusted).unwrap_or("/").to_owned())
}

/// Sends a person to sign in, and back.
fn to_sign_in(edge: &Edge, reason: Option<EndReason>, page: &str) -> Halt {
    Halt::Redirect(SetCookies::default(), sign_in_address(edge, reason, Some(page)))
}

/// The sign-in, which says why it is needed and where it leads.
pub(super) fn sign_in_address(edge: &Edge, reason: Option<EndReason>, return_to: Option<&str>) -> String {
    let reason = reason.map(|reason| format!("reason={reason}"));
    let return_to = return_to.map(|to| format!("return_to={}", utf8_percent_encode(to, NON_ALPHANUMERIC)));
    let query: Vec<_> = reason.into_iter().chain(return_to).collect();
    format!("{}?{}", edge.config.pages.address(SIGN_IN), query.join("&"))
}

/// Go on to this address, by GET (RFC 9110 §15.4.4).
pub(super) fn see_other(address: &str) -> Response {
    let location = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<AuthError> for Halt {
    fn from(error: AuthError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::Redirect(cookies, address) => (cookies, see_other(&address)).into_response(),
        }
    }
}
