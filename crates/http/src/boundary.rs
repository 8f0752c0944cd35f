//! The outermost step of a request: its id, the rendering of problems, the log line of a fault, and the headers that every
//! answer carries.
//!
//! **The rule**: a fault of ours is logged once, here, with its causes and the request's id; the requester gets the id alone.
//! Answers may be kept by nobody (`no-store`, RFC 9111 §5.2.2.5) and do nothing in a browser (ASVS 5.0 V3.4), unless a route
//! says otherwise.

use std::error::Error;
use std::future::Future;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::edge::Edge;
use crate::error::{Dialect, Problem};
use crate::pages;
use crate::request_id::{self, X_REQUEST_ID};
use crate::request_line::RequestLine;
use crate::shapes::{OAuthErrorBody, ProblemBody};

/// What every answer carries unless its route says otherwise.
const DEFAULT_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

pub(crate) async fn boundary<F: Future<Output = Response>>(
    edge: &Edge,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let id = request_id::chosen(request.headers(), || edge.authority.fresh_id());
    let dialect = Dialect::of(request.uri().path(), &edge.config.token_pair, &edge.config.pages);
    let line = RequestLine::of(&request);
    let underway = edge.config.metrics.begin(&request);
    let mut response = request_id::working_for(id.clone(), next(request)).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        edge.config.metrics.problem(problem.code);
        log(&problem, id.as_str());
        match dialect {
            Dialect::Page => pages::render_problem(&edge.config.pages, &problem, id.as_str(), &mut response),
            _ => render(&problem, dialect, id.as_str(), &mut response),
        }
    }
    let headers = response.headers_mut();
    // These, and those that hyper and the layer around this one add.
    headers.reserve(2 * DEFAULT_HEADERS.len());
    for (name, value) in DEFAULT_HEADERS {
        headers.entry(name).or_insert(value);
    }
    if let Some(hsts) = &edge.config.hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
    }
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, id);
    }
    line.write(id.as_str(), response.status());
    underway.answered(response.status());
    response
}

fn log(problem: &Problem, request_id: &str) {
    let Some(cause) = &problem.cause else { return };
    let code = problem.code.as_str();
    let cause = with_sources(cause.as_ref());
    if problem.code.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(
            request.id = request_id,
            code,
            cause,
            "request {request_id} failed: {cause}"
        );
    } else {
        tracing::warn!(
            request.id = request_id,
            code,
            cause,
            "request {request_id} could not be served: {cause}"
        );
    }
}

fn with_sources(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

fn render(problem: &Problem, dialect: Dialect, id: &str, response: &mut Response) {
    let status = dialect.status(problem.code);
    *response.status_mut() = status;
    let (media_type, body) = match dialect.oauth_error(problem.code) {
        Some(error) => (
            "application/json",
            serde_json::to_vec(&OAuthErrorBody::new(problem, error, id)),
        ),
        None => (
            "application/problem+json",
            serde_json::to_vec(&ProblemBody::new(problem, status, id)),
        ),
    };
    let headers = response.headers_mut();
    if status != StatusCode::UNAUTHORIZED {
        headers.remove(header::WWW_AUTHENTICATE);
    }
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    *response.body_mut() = Body::from(body.unwrap_or_default());
}
