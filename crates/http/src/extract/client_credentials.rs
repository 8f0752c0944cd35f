//! Credentials of a client, by HTTP Basic (RFC 6749 §2.3.1, RFC 7617).
//!
//! **The caveat**: Swagger UI and others send the header with both fields empty where a client has no credentials: that is none.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The credentials of a request's `Authorization` header.
pub(crate) enum BasicCredentials {
    /// None came; a header of another scheme may have.
    Absent,
    /// A name without a secret: it proves nothing.
    Name,
    /// Both.
    Secret,
    /// A `Basic` header that cannot be read, or several headers.
    Malformed,
}

impl BasicCredentials {
    fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::read(value),
            (Some(_), Some(_)) => Self::Malformed,
        }
    }

    fn read(value: &HeaderValue) -> Self {
        let text = String::from_utf8_lossy(value.as_bytes());
        let (scheme, encoded) = text.split_once(' ').unwrap_or((&text, ""));
        if !scheme.eq_ignore_ascii_case("basic") {
            return Self::Absent;
        }
        let decoded = STANDARD.decode(encoded.trim_matches(' ')).ok();
        let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            None => Self::Malformed,
            Some(("", "")) => Self::Absent,
            Some((_, "")) => Self::Name,
            Some(_) => Self::Secret,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for BasicCredentials {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(value: &str) -> &'static str {
        match BasicCredentials::read(&HeaderValue::from_str(value).unwrap()) {
            BasicCredentials::Absent => "absent",
            BasicCredentials::Name => "name",
            BasicCredentials::Secret => "secret",
            BasicCredentials::Malformed => "malformed",
        }
    }

    #[test]
    fn credentials_are_a_name_and_a_secret_in_base64() {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for (value, read) in [
            (basic("app:secret"), "secret"),
            (basic("app:sec:ret"), "secret"),
            (basic(":secret"), "secret"),
            (basic("app:"), "name"),
            (basic(":"), "absent"),
            (basic("app"), "malformed"),
            ("basic Og==".to_owned(), "absent"),
            ("Basic".to_owned(), "malformed"),
            ("Basic !!!".to_owned(), "malformed"),
            ("Bearer abc".to_owned(), "absent"),
        ] {
            assert_eq!(kind(&value), read, "{value}");
        }
    }
}
