//! Credentials of a client, by HTTP Basic (RFC 6749 §2.3.1, RFC 7617).
//!
//! **The rule**: both parts are form-encoded inside the header, as RFC 6749 has it. No name and no secret of a service has a character
//! that reads differently without.
//!
//! **The caveat**: Swagger UI and others send the header with both fields empty where a client has no credentials: that is none.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyturn_core::model::{Origin, Service};
use keyturn_core::service::PresentedService;
use percent_encoding::percent_decode_str;

use super::caller::bearer;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

/// The credentials of a request's `Authorization` header.
pub(crate) enum ClientCredentials {
    /// None came; a header of another scheme may have.
    Absent,
    /// A name without a secret: it proves nothing.
    Name,
    /// Both.
    Secret(NameAndSecret),
    /// A bearer token.
    Bearer(String),
    /// A `Basic` header that cannot be read, or several headers.
    Malformed,
}

/// What a service says it is, and what it proves it by.
pub(crate) struct NameAndSecret {
    /// `None` where only the secret came.
    pub(crate) name: Option<String>,
    pub(crate) secret: String,
}

impl NameAndSecret {
    /// The service that has them.
    ///
    /// # Errors
    /// 401 `invalid-client`.
    pub(crate) async fn service(&self, edge: &Edge, origin: &Origin) -> Result<Service, Problem> {
        Ok(edge.authority.identify_service(&self.presented(origin)).await?)
    }

    /// As the rules take them, through the request from there.
    pub(crate) fn presented<'a>(&'a self, origin: &'a Origin) -> PresentedService<'a> {
        PresentedService {
            name: self.name.as_deref(),
            secret: &self.secret,
            origin,
        }
    }
}

impl ClientCredentials {
    /// These, or those of the form (RFC 6749 §2.3.1). `None`: no client has proved itself.
    ///
    /// # Errors
    /// 401 `invalid-client` for what cannot be read; 400 where both came (§2.3: one method a request).
    pub(crate) fn or_form(
        self,
        name: Option<String>,
        secret: Option<String>,
    ) -> Result<Option<NameAndSecret>, Problem> {
        let by_form = secret.map(|secret| NameAndSecret { name, secret });
        match (self, by_form) {
            (Self::Malformed, _) => Err(Problem::new(ProblemCode::InvalidClient)
                .with_detail("The Authorization header is not of the form `Basic <name:secret in base64>`.")),
            (Self::Secret(_), Some(_)) => Err(Problem::new(ProblemCode::AmbiguousCredentials)
                .with_detail("The client's secret came in the header and in the form.")),
            (Self::Secret(by_header), None) => Ok(Some(by_header)),
            (Self::Absent | Self::Name | Self::Bearer(_), by_form) => Ok(by_form),
        }
    }

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
            return bearer(value).map_or(Self::Absent, Self::Bearer);
        }
        let decoded = STANDARD.decode(encoded.trim_matches(' ')).ok();
        let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            None => Self::Malformed,
            Some(("", "")) => Self::Absent,
            Some((_, "")) => Self::Name,
            Some((name, secret)) => Self::Secret(NameAndSecret {
                name: Some(form_decoded(name)).filter(|name| !name.is_empty()),
                secret: form_decoded(secret),
            }),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ClientCredentials {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

fn form_decoded(text: &str) -> String {
    let blanks = text.replace('+', " ");
    percent_decode_str(&blanks).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(value: &str) -> String {
        match ClientCredentials::read(&HeaderValue::from_str(value).unwrap()) {
            ClientCredentials::Absent => "absent".to_owned(),
            ClientCredentials::Name => "name".to_owned(),
            ClientCredentials::Secret(NameAndSecret { name, secret }) => {
                format!("{} by {secret}", name.as_deref().unwrap_or("nobody"))
            }
            ClientCredentials::Bearer(token) => format!("bearer {token}"),
            ClientCredentials::Malformed => "malformed".to_owned(),
        }
    }

    #[test]
    fn credentials_are_a_name_and_a_secret_in_base64() {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        for (value, read) in [
            (basic("app:secret"), "app by secret"),
            (basic("app:sec:ret"), "app by sec:ret"),
            (basic(":secret"), "nobody by secret"),
            (basic("my%2Dapp:kts%5Fa%2Db"), "my-app by kts_a-b"),
            (basic("my+app:%FF"), "my app by \u{fffd}"),
            (basic("app:"), "name"),
            (basic(":"), "absent"),
            (basic("app"), "malformed"),
            ("basic Og==".to_owned(), "absent"),
            ("Basic".to_owned(), "malformed"),
            ("Basic !!!".to_owned(), "malformed"),
            ("Bearer abc".to_owned(), "bearer abc"),
            ("Bearer a b".to_owned(), "absent"),
            ("Digest abc".to_owned(), "absent"),
        ] {
            assert_eq!(kind(&value), read, "{value}");
        }
    }
}
