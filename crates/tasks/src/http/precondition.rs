//! Versions as HTTP has them: `ETag` (RFC 9110 §8.8.3) and `If-Match` (§13.1.1).
//!
//! **The rule**: a change says which version it is a change of, or `*`: what somebody else has written meanwhile is not overwritten unseen.
//! Tags are compared strongly, so that a weak one matches nothing.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::problem::Problem;
use crate::model::Task;
use crate::service::Expected;

/// The versions that a request means; `None` where it does not say.
pub(super) struct IfMatch(pub(super) Option<Expected>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        expected(&parts.headers).map(Self).ok_or_else(|| {
            Problem::invalid_request("If-Match is * or a list of entity tags in quotes, like \"3\".")
        })
    }
}

/// The header that names a task's version.
pub(super) fn etag(task: &Task) -> [(HeaderName, HeaderValue); 1] {
    // Digits in quotes: always a header's value.
    let tag = HeaderValue::from_str(&format!("\"{}\"", task.version));
    [(header::ETAG, tag.unwrap_or(HeaderValue::from_static("")))]
}

/// `None` where it can't be understood.
fn expected(headers: &HeaderMap) -> Option<Option<Expected>> {
    let mut versions = Vec::new();
    let mut values = headers.get_all(header::IF_MATCH).iter().peekable();
    if values.peek().is_none() {
        return Some(None);
    }
    for value in values {
        let value = value.to_str().ok()?.trim();
        if value == "*" {
            return Some(Some(Expected::Any));
        }
        for tag in value.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            versions.extend(version(tag)?);
        }
    }
    Some(Some(Expected::OneOf(versions)))
}

/// The version that a tag names; `Some(None)` where it is a tag, and none that we give.
fn version(tag: &str) -> Option<Option<i64>> {
    let is_weak = tag.starts_with("W/");
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let opaque = tag.strip_prefix('"')?.strip_suffix('"')?;
    if opaque.contains('"') {
        return None;
    }
    let canonical = opaque
        .parse::<i64>()
        .ok()
        .filter(|number| number.to_string() == opaque);
    Some(canonical.filter(|_| !is_weak))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_versions_or_any() {
        let one_of = |versions: &[i64]| Some(Some(Expected::OneOf(versions.to_vec())));
        for (values, means) in [
            (&[][..], Some(None)),
            (&["*"], Some(Some(Expected::Any))),
            (&[r#""3""#], one_of(&[3])),
            (&[r#""3", "4""#], one_of(&[3, 4])),
            (&[r#""3""#, r#""4""#], one_of(&[3, 4])),
            // A weak tag is no strong one, and a tag of somebody else's matches nothing.
            (&[r#"W/"3""#], one_of(&[])),
            (&[r#""abc""#], one_of(&[])),
            (&[r#""03""#], one_of(&[])),
            (&[r#""+3""#], one_of(&[])),
            (&[""], one_of(&[])),
            (&["3"], None),
            (&[r#""3"#], None),
            (&[r#""3" "4""#], None),
            (&["\"\u{e9}\""], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(
                    header::IF_MATCH,
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                );
            }
            assert_eq!(expected(&headers), means, "{values:?}");
        }
    }
}
