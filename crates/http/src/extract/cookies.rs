//! The cookies of a request, as [`crate::csrf::TokenWall`] reads them once for everybody.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use keyturn_core::credential::RefreshToken;

use crate::cookies::RequestCookies;
use crate::edge::Edge;
use crate::error::Problem;

/// Our cookies.
#[derive(Clone)]
pub(crate) struct Cookies(Arc<RequestCookies>);

impl Cookies {
    /// The refresh token, if the cookie holds something of the form.
    pub(crate) fn refresh_token(&self) -> Option<RefreshToken> {
        self.refresh
            .as_deref()
            .and_then(|text| RefreshToken::parse(text).ok())
    }
}

impl Deref for Cookies {
    type Target = RequestCookies;

    fn deref(&self) -> &RequestCookies {
        &self.0
    }
}

impl FromRequestParts<Edge> for Cookies {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        if let Some(read) = parts.extensions.get::<Arc<RequestCookies>>() {
            return Ok(Self(Arc::clone(read)));
        }
        RequestCookies::read(&parts.headers, edge.config.dev_cookies).map(|read| Self(Arc::new(read)))
    }
}
