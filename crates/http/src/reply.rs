//! The answer that issues tokens: its body and its cookies, by the session's delivery and by what the refresh was.
//!
//! **The rule**: sign-in sets every cookie of its delivery; Rotate and Replay set the tokens' and renew the device cookie's age; Hold
//! sets the access cookie alone, so that a late answer to it can't put an old refresh or device cookie into a jar that a newer
//! sign-in has filled. Nothing here clears a cookie.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use keyturn_core::credential::{CsrfBinding, RefreshToken};
use keyturn_core::model::Delivery;
use keyturn_core::service::Issued;

use crate::answer::Answer;
use crate::cookies::SetCookies;
use crate::csrf::CsrfReply;
use crate::edge::Edge;
use crate::shapes::TokenAnswer;

/// Answers a sign-in.
pub(crate) fn signed_in(edge: &Edge, status: StatusCode, issued: &Issued) -> Response {
    granted(edge, status, issued, None)
}

/// Answers a sign-in, with the scopes that were granted where others were asked for.
pub(crate) fn granted(
    edge: &Edge,
    status: StatusCode,
    issued: &Issued,
    scope: Option<&'static str>,
) -> Response {
    let body = Answer(TokenAnswer::new(issued, edge.authority.policy()).with_scope(scope));
    if !issued.family.session.delivery.is_bound() {
        return (status, body).into_response();
    }
    let (cookies, csrf_header) = sign_in_cookies(edge, issued);
    (status, cookies, csrf_header, body).into_response()
}

/// The cookies of a new session that is bound, and the CSRF token as a header.
pub(crate) fn sign_in_cookies(edge: &Edge, issued: &Issued) -> (SetCookies, [(HeaderName, HeaderValue); 1]) {
    let mut cookies = token_cookies(edge, issued);
    if let Some(device) = &issued.device {
        cookies.push(edge.cookie_maker().device(&device.reveal()));
    }
    let csrf = CsrfReply::fresh(edge, CsrfBinding::Session(issued.family.session.id));
    let csrf_header = csrf.attach(edge, &mut cookies);
    (cookies, csrf_header)
}

/// Answers a refresh. `device` is the cookie that proved it, `scope` as in [`granted`].
pub(crate) fn refreshed(
    edge: &Edge,
    issued: &Issued,
    device: Option<&str>,
    scope: Option<&'static str>,
) -> Response {
    let cookies = refresh_cookies(edge, issued, device);
    let body = Answer(TokenAnswer::new(issued, edge.authority.policy()).with_scope(scope));
    (StatusCode::OK, cookies, body).into_response()
}

/// The cookies of a refresh.
pub(crate) fn refresh_cookies(edge: &Edge, issued: &Issued, device: Option<&str>) -> SetCookies {
    let mut cookies = token_cookies(edge, issued);
    let hands_out = issued.refresh_token.is_some();
    if let Some(device) = device.filter(|_| hands_out && issued.family.session.is_bound()) {
        cookies.push(edge.cookie_maker().device(device));
    }
    cookies
}

fn token_cookies(edge: &Edge, issued: &Issued) -> SetCookies {
    let mut cookies = SetCookies::default();
    let session = &issued.family.session;
    let maker = edge.cookie_maker();
    let left: SignedDuration = session.ends_at.duration_since(issued.issued_at);
    if session.delivery == Delivery::Cookie {
        cookies.push(maker.access(&issued.access_token, left));
    }
    let refresh_token = issued.refresh_token.as_ref();
    if let Some(token) = refresh_token.filter(|_| session.delivery.is_bound()) {
        cookies.push(maker.refresh(&RefreshToken::reveal(token), left));
    }
    cookies
}
