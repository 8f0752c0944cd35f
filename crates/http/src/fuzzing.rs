//! What strangers send, read as the edge reads it: the way in for the fuzz targets, and for nobody else.
//!
//! **The rule**: each function is the very code that a request passes, without a server around it; nothing is read here that a route
//! does not read, and nothing is decided here.
//!
//! **The caveat**: hidden from the documentation and no public API; it may change with any version.

use axum::http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

use crate::cookies::{CookieMaker, RequestCookies};
use crate::error::{Problem, ProblemCode};
use crate::extract::{AccessCredential, parse_json};
use crate::shapes::{ActivityBody, RefreshBody, SignInBody, SignOutBody, SignUpBody};

/// Our cookies, in the order access, refresh, device, CSRF.
pub type CookieValues = [Option<String>; 4];

/// Reads the cookies of a request; `dev` as `http.dev_cookies`.
///
/// # Errors
/// One of ours came twice.
pub fn cookies(headers: &HeaderMap, dev: bool) -> Result<CookieValues, ProblemCode> {
    let read = RequestCookies::read(headers, dev).map_err(|problem| problem.code)?;
    Ok([read.access, read.refresh, read.device, read.csrf])
}

/// The `Set-Cookie` that carries an access token.
pub fn access_cookie(token: &str, dev: bool) -> Option<HeaderValue> {
    CookieMaker::new(dev).access(token, jiff::SignedDuration::ZERO)
}

/// The access token of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// None came.
    Absent,
    /// An `Authorization` header that is no bearer token.
    Malformed,
    /// This one, not yet believed.
    Token(String),
}

/// Reads the access token of a request, from `Authorization` or the access cookie.
///
/// # Errors
/// As [`cookies`].
pub fn access_token(headers: &HeaderMap) -> Result<Presented, ProblemCode> {
    let cookies = RequestCookies::read(headers, false).map_err(|problem| problem.code)?;
    Ok(match AccessCredential::of(headers, &cookies) {
        AccessCredential::Absent => Presented::Absent,
        AccessCredential::Malformed => Presented::Malformed,
        AccessCredential::Token(token) => Presented::Token(token),
    })
}

/// A JSON body of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// Of `/auth/signup`.
    SignUp,
    /// Of `/auth/signin`.
    SignIn,
    /// Of `/auth/refresh`.
    Refresh,
    /// Of `/auth/signout`.
    SignOut,
    /// Of `/auth/activity`.
    Activity,
}

/// Reads a body that came whole.
///
/// # Errors
/// The code and the detail of the answer.
pub fn body(kind: BodyKind, bytes: &[u8]) -> Result<(), (ProblemCode, String)> {
    match kind {
        BodyKind::SignUp => parse::<SignUpBody>(bytes),
        BodyKind::SignIn => parse::<SignInBody>(bytes),
        BodyKind::Refresh => parse::<RefreshBody>(bytes),
        BodyKind::SignOut => parse::<SignOutBody>(bytes),
        BodyKind::Activity => parse::<ActivityBody>(bytes),
    }
    .map_err(|problem| (problem.code, problem.detail.unwrap_or_default()))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<(), Problem> {
    parse_json::<T>(bytes).map(drop)
}
