//! Who asks: a browser, or something else. It decides how tokens travel.
//!
//! **The rule**: a browser is whoever sends `Origin` or `Sec-Fetch-Site`, unless its origin is a configured native one. Scripts
//! in a browser cannot leave these out (Fetch standard, forbidden request headers); other clients may send them to be
//! treated as one.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use keyturn_core::model::Delivery;

use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::origin::{Origin, OriginPolicy};

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// What kind of client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Keeps refresh tokens in cookies, and nowhere else.
    Browser,
    /// Keeps its tokens itself.
    Other,
}

impl Asker {
    pub(crate) fn of(headers: &HeaderMap, origins: &OriginPolicy) -> Self {
        match Origin::of(headers) {
            Origin::One(origin) if origins.is_native(origin) => Self::Other,
            Origin::One(_) | Origin::Unreadable => Self::Browser,
            Origin::Absent if headers.contains_key(SEC_FETCH_SITE) => Self::Browser,
            Origin::Absent => Self::Other,
        }
    }

    /// The delivery of a new session.
    ///
    /// # Errors
    /// A browser may not have tokens in bodies, nor another client cookies: cookies without a browser's rules around them are a
    /// worse place than the client's own.
    pub(crate) fn delivery(self, asked: Option<Delivery>) -> Result<Delivery, Problem> {
        let refused = |detail| Err(Problem::new(ProblemCode::DeliveryNotAvailable).with_detail(detail));
        match (self, asked) {
            (Self::Browser, Some(Delivery::Body)) => refused(
                "A browser is never given a refresh token in a body: leave `delivery` out, or ask for `hybrid`.",
            ),
            (Self::Browser, asked) => Ok(asked.unwrap_or(Delivery::Cookie)),
            (Self::Other, Some(Delivery::Cookie | Delivery::Hybrid)) => {
                refused("Only browsers have cookie delivery. To act as one, send Origin.")
            }
            (Self::Other, Some(Delivery::Body) | None) => Ok(Delivery::Body),
        }
    }
}

impl FromRequestParts<Edge> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers, &edge.config.origins))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_is_whoever_says_where_it_comes_from() {
        let native = ["capacitor://localhost".to_owned()];
        let origins = OriginPolicy::new(None, &[], &native).unwrap();
        for (sent, asker) in [
            (&[][..], Asker::Other),
            (&[("origin", "https://app.example")], Asker::Browser),
            (&[("origin", "null")], Asker::Browser),
            (&[("sec-fetch-site", "same-origin")], Asker::Browser),
            (&[("sec-fetch-site", "none")], Asker::Browser),
            (&[("sec-fetch-mode", "cors")], Asker::Other),
            (&[("origin", "capacitor://localhost")], Asker::Other),
            (
                &[
                    ("origin", "capacitor://localhost"),
                    ("sec-fetch-site", "cross-site"),
                ],
                Asker::Other,
            ),
            (
                &[
                    ("origin", "capacitor://localhost"),
                    ("origin", "https://evil.example"),
                ],
                Asker::Browser,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in sent {
                headers.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(Asker::of(&headers, &origins), asker, "{sent:?}");
        }
    }

    #[test]
    fn r1_1_no_browser_gets_tokens_in_a_body_and_nobody_else_cookies() {
        for (asker, asked, given) in [
            (Asker::Browser, None, Some(Delivery::Cookie)),
            (Asker::Browser, Some(Delivery::Cookie), Some(Delivery::Cookie)),
            (Asker::Browser, Some(Delivery::Hybrid), Some(Delivery::Hybrid)),
            (Asker::Browser, Some(Delivery::Body), None),
            (Asker::Other, None, Some(Delivery::Body)),
            (Asker::Other, Some(Delivery::Body), Some(Delivery::Body)),
            (Asker::Other, Some(Delivery::Cookie), None),
            (Asker::Other, Some(Delivery::Hybrid), None),
        ] {
            assert_eq!(asker.delivery(asked).ok(), given, "{asker:?} {asked:?}");
        }
    }
}
