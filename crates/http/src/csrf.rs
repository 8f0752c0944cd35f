//! The two walls against cross-site request forgery (OWASP CSRF Prevention Cheat Sheet; ASVS 5.0 V3.5).
//!
//! **The first**: every unsafe method and every WebSocket upgrade must come from our own origin, from a trusted one, or from no
//! browser (`Sec-Fetch-Site`, `Origin`; tower-http's rules).
//!
//! **The second**: on `/auth/*` and `/admin/*`, every unsafe request that carries or would set a token cookie must bring the signed CSRF token
//! twice, in its cookie and in `X-CSRF-Token`, bound to the session that the token cookies name. Not on `/auth/token`, whose form
//! clients can't send it, nor on `/auth/introspect`, `/auth/revoke` and `POST /admin/users/{id}/sessions`, which read no cookie.
//!
//! **The rule**: both stand before the handler and read no body: a refused request consumes nothing. An `Authorization` header
//! opens neither. A page's form sends the token in a hidden field, which [`crate::pages`] judges by the same function.
//!
//! **The caveat**: the first compares `Origin` with `Host`. A proxy that rewrites `Host` needs `public_url` to be set.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::future::Either;
use keyturn_core::credential::CsrfBinding;
use tower::{Layer, Service, ServiceExt};
use tower_http::csrf::CsrfLayer;

use crate::cookies::{RequestCookies, SetCookies};
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::Asker;
use crate::origin::Origin;
use crate::routes::{SIGN_IN, SIGN_IN_CODE, SIGN_UP, TOKEN};

/// Brings a CSRF token back, and hands out a new one.
pub(crate) const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The first wall.
pub(crate) async fn origin_wall<F: Future<Output = Response>>(
    edge: &Edge,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let guarded = is_unsafe(request.method()) || is_websocket_upgrade(request.headers());
    if !guarded || is_from_trusted_origin(request.headers(), request.uri(), edge).await {
        return next(request).await;
    }
    Problem::new(ProblemCode::CsrfOrigin)
        .with_detail("Only pages of this server and of its allowed origins may do this.")
        .into_response()
}

/// The second wall, as a layer.
#[derive(Clone)]
pub(crate) struct TokenWall(pub(crate) Edge);

impl<S> Layer<S> for TokenWall {
    type Service = Walled<S>;

    fn layer(&self, inner: S) -> Walled<S> {
        Walled {
            inner,
            edge: self.0.clone(),
        }
    }
}

/// What stands behind the second wall.
#[derive(Clone)]
pub(crate) struct Walled<S> {
    inner: S,
    edge: Edge,
}

impl<S: Service<Request, Response = Response>> Service<Request> for Walled<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match with_token(&self.edge, request) {
            Ok(request) => Either::Left(self.inner.call(request)),
            Err(problem) => Either::Right(ready(Ok(problem.into_response()))),
        }
    }
}

/// Lets a request through the second wall. Leaves the cookies that it read to the handler.
fn with_token(edge: &Edge, mut request: Request) -> Result<Request, Problem> {
    let cookies = RequestCookies::read(request.headers(), edge.config.dev_cookies)?;
    let guarded = is_unsafe(request.method())
        && request.uri().path() != TOKEN
        && (cookies.carry_tokens() || would_set_cookies(&request, edge));
    if guarded && !brings_token(request.headers(), &cookies, edge) {
        return Err(Problem::new(ProblemCode::CsrfInvalid)
            .with_detail("Get a token from /auth/csrf and send it in X-CSRF-Token."));
    }
    if request.headers().contains_key(header::COOKIE) {
        request.extensions_mut().insert(Arc::new(cookies));
    }
    Ok(request)
}

/// A CSRF token for an answer: its cookie and its header.
pub(crate) struct CsrfReply {
    pub(crate) token: String,
}

impl CsrfReply {
    /// A fresh one for what the cookies will name after this answer.
    pub(crate) fn fresh(edge: &Edge, binding: CsrfBinding) -> Self {
        Self {
            token: edge.authority.csrf_token(binding).reveal().to_owned(),
        }
    }

    /// The one that the browser has if it is still good, so that other tabs can keep theirs; else a fresh one.
    pub(crate) fn for_cookies(edge: &Edge, cookies: &RequestCookies) -> Self {
        let binding = binding(edge, cookies);
        let present = cookies.csrf.as_deref();
        match present.filter(|token| edge.authority.csrf_accepts(binding, token, token)) {
            Some(token) => Self {
                token: token.to_owned(),
            },
            None => Self::fresh(edge, binding),
        }
    }

    /// Sets the cookie; answers the header.
    pub(crate) fn attach(&self, edge: &Edge, cookies: &mut SetCookies) -> [(HeaderName, HeaderValue); 1] {
        cookies.push(edge.cookie_maker().csrf(&self.token));
        // A token is base64url: always a header's value.
        let value = HeaderValue::from_str(&self.token).unwrap_or(HeaderValue::from_static(""));
        [(X_CSRF_TOKEN, value)]
    }
}

fn binding(edge: &Edge, cookies: &RequestCookies) -> CsrfBinding {
    edge.authority
        .csrf_binding(cookies.refresh.as_deref(), cookies.access.as_deref())
}

fn brings_token(headers: &HeaderMap, cookies: &RequestCookies, edge: &Edge) -> bool {
    let header = headers.get(X_CSRF_TOKEN).and_then(|value| value.to_str().ok());
    header.is_some_and(|token| is_echoed(edge, cookies, token))
}

/// Whether this token, which came beside the cookies, is theirs.
pub(crate) fn is_echoed(edge: &Edge, cookies: &RequestCookies, token: &str) -> bool {
    let cookie = cookies.csrf.as_deref();
    cookie.is_some_and(|cookie| edge.authority.csrf_accepts(binding(edge, cookies), token, cookie))
}

/// Whether this is a browser about to sign in: forged, it would sign the person in as somebody else.
fn would_set_cookies(request: &Request, edge: &Edge) -> bool {
    let starts_session = matches!(request.uri().path(), SIGN_IN | SIGN_IN_CODE | SIGN_UP);
    starts_session && Asker::of(request.headers(), &edge.config.origins) == Asker::Browser
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A WebSocket upgrade is a GET, but what comes after it is not safe, and CORS does not apply to it.
fn is_websocket_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::UPGRADE)
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

async fn is_from_trusted_origin(headers: &HeaderMap, uri: &Uri, edge: &Edge) -> bool {
    match Origin::of(headers) {
        Origin::Unreadable => false,
        origin if origin.is_trusted(&edge.config.origins) => true,
        // No browser, or one so old that it tells nothing: the layer would pass it.
        Origin::Absent if !headers.contains_key(&SEC_FETCH_SITE) => true,
        Origin::Absent | Origin::One(_) => passes_layer(headers, uri).await,
    }
}

/// Asks tower-http's layer about the head of this request, as one with an unsafe method: it passes every GET.
async fn passes_layer(headers: &HeaderMap, uri: &Uri) -> bool {
    let mut probe = http::Request::new(());
    *probe.method_mut() = Method::POST;
    *probe.uri_mut() = without_query(uri);
    for name in [header::ORIGIN, SEC_FETCH_SITE, header::HOST] {
        if let Some(value) = headers.get(&name) {
            probe.headers_mut().insert(name, value.clone());
        }
    }
    let passed =
        tower::service_fn(|_: http::Request<()>| ready(Ok::<_, Infallible>(http::Response::new(()))));
    let answer = CsrfLayer::new().layer(passed).oneshot(probe).await;
    answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
}

/// The layer logs what it judged at `trace`, and a query may hold a token that somebody put there.
fn without_query(uri: &Uri) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = uri.path().parse().ok();
    Uri::from_parts(parts).unwrap_or_default()
}
