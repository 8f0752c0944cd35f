//! Who is signed in, by `Authorization: Bearer` (RFC 6750 §2.1) or the access cookie.
//!
//! **The rule**: where an `Authorization` header came it alone counts. One that is not of the form is a token that is no one's;
//! it never falls back to the cookie.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use keyturn_core::service::{Authenticated, Requester};

use super::{Cookies, OriginOf, Passive};
use crate::cookies::RequestCookies;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

/// The access token of a request.
pub(crate) enum AccessCredential {
    /// None came.
    Absent,
    /// An `Authorization` header that is no bearer token.
    Malformed,
    /// This one, not yet believed.
    Token(String),
}

impl AccessCredential {
    /// The token, if it has the form of one.
    pub(crate) fn into_token(self) -> Option<String> {
        match self {
            Self::Token(token) => Some(token),
            Self::Absent | Self::Malformed => None,
        }
    }

    /// As the headers and the cookies bring it.
    pub(crate) fn of(headers: &HeaderMap, cookies: &RequestCookies) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => cookies.access.clone().map_or(Self::Absent, Self::Token),
            (Some(value), None) => bearer(value).map_or(Self::Malformed, Self::Token),
            (Some(_), Some(_)) => Self::Malformed,
        }
    }
}

impl FromRequestParts<Edge> for AccessCredential {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let cookies = Cookies::from_request_parts(parts, edge).await?;
        Ok(Self::of(&parts.headers, &cookies))
    }
}

/// A request that is let in: its access token is good and its session lives. Asking is activity, unless it says otherwise.
pub(crate) struct Caller(pub(crate) Authenticated);

impl Caller {
    /// Judges a credential.
    ///
    /// # Errors
    /// 401, saying whether a refresh can help.
    pub(crate) async fn authenticate(
        edge: &Edge,
        credential: AccessCredential,
        Passive(hint): Passive,
        OriginOf(origin): OriginOf,
    ) -> Result<Self, Problem> {
        match credential {
            AccessCredential::Absent => Err(Problem::new(ProblemCode::CredentialsMissing)),
            AccessCredential::Malformed => Err(Problem::new(ProblemCode::TokenUnknown)
                .with_detail("The Authorization header is not of the form `Bearer <token>`.")),
            AccessCredential::Token(token) => Ok(Self(
                edge.authority
                    .authenticate(&token, Requester { hint, origin })
                    .await?,
            )),
        }
    }
}

impl FromRequestParts<Edge> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let credential = AccessCredential::from_request_parts(parts, edge).await?;
        let origin = OriginOf::of(parts, edge);
        Self::authenticate(edge, credential, Passive::of(&parts.headers), origin).await
    }
}

/// The `b64token` after the scheme, which is case-insensitive (RFC 9110 §11.1).
pub(super) fn bearer(value: &HeaderValue) -> Option<String> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let body = token.trim_end_matches('=');
    // Without an early end, so that many bytes are looked at in one step.
    let formed = body
        .bytes()
        .fold(!body.is_empty(), |formed, byte| formed & is_b64token(byte));
    (scheme.eq_ignore_ascii_case("bearer") && formed).then(|| token.to_owned())
}

fn is_b64token(byte: u8) -> bool {
    let is_mark =
        (byte == b'-') | (byte == b'.') | (byte == b'_') | (byte == b'~') | (byte == b'+') | (byte == b'/');
    byte.is_ascii_alphanumeric() | is_mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_has_one_form() {
        for (value, token) in [
            ("Bearer abc.def-_~+/", Some("abc.def-_~+/")),
            ("bearer abc==", Some("abc==")),
            ("BEARER  abc", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("Bearer a,b", None),
            ("Bearer =abc", None),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(
                bearer(&HeaderValue::from_static(value)).as_deref(),
                token,
                "{value}"
            );
        }
    }
}
