//! A thief with a copy of the browser's refresh token, and of nothing else.

use axum::http::{Method, header};

use super::inside::{Answer, Call, Inside};
use crate::failure::Failure;

/// What the names of the cookies end with; `http.dev_cookies` leaves out what they begin with.
const REFRESH_COOKIE: &str = "keyturn_refresh";
const CSRF_COOKIE: &str = "keyturn_csrf";

/// The cookie of the refresh token among these, as they came: `name=value`.
pub(super) fn stolen(cookies: &str) -> Option<&str> {
    let is_refresh = |cookie: &&str| {
        let name = cookie.split('=').next();
        name.is_some_and(|name| name.ends_with(REFRESH_COOKIE))
    };
    cookies.split("; ").find(is_refresh)
}

/// Refreshes with it, from a browser of the thief's own: with a CSRF token, which anybody gets, and without the device cookie.
///
/// # Errors
/// A request could not be made.
pub(super) async fn refresh(inside: &Inside, jar: &str) -> Result<Answer, Failure> {
    let asked = Call {
        method: Method::GET,
        path: "/auth/csrf",
        headers: vec![(header::COOKIE.as_str(), jar.to_owned())],
        body: None,
    };
    let asked = inside.ask(asked).await?;
    let csrf_token = asked.must("/csrf_token")?;
    let csrf_cookie = asked.cookie(CSRF_COOKIE).unwrap_or_default();
    let refresh = Call {
        method: Method::POST,
        path: "/auth/refresh",
        headers: vec![
            (header::COOKIE.as_str(), format!("{jar}; {csrf_cookie}")),
            ("x-csrf-token", csrf_token),
            (header::ORIGIN.as_str(), inside.public_url().to_owned()),
        ],
        body: None,
    };
    inside.ask(refresh).await
}
