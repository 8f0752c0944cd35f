//! The access token of a request: `Authorization: Bearer` (RFC 6750 §2.1), and nowhere else.
//!
//! **The rule**: a header that is not of the form is a token that is no one's, never "no credentials"; two headers are none of the form.
//! Cookies are not read: a service that takes its token from a cookie needs a defence against forged requests first.

use http::{HeaderMap, HeaderValue, header};

use crate::refusal::Refusal;

/// The token, if one came.
pub(crate) fn token(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => b64token(value).map(Some).ok_or(Refusal::Malformed),
        (Some(_), Some(_)) => Err(Refusal::Malformed),
    }
}

/// What stands after the scheme, whose case does not matter (RFC 9110 §11.1). Whether it is a token is for the verifier.
fn b64token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim_matches(' ');
    let formed = !token.is_empty() && !token.contains([' ', ',', '"', '\t']);
    (scheme.eq_ignore_ascii_case("bearer") && formed).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_has_one_form() {
        for (value, token) in [
            ("Bearer abc.def", Some("abc.def")),
            ("bearer abc", Some("abc")),
            ("BEARER  abc", Some("abc")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("Bearer a,b", None),
            ("Basic abc", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(b64token(&HeaderValue::from_static(value)), token, "{value}");
        }
    }

    #[test]
    fn two_headers_are_no_token_and_none_is_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(token(&headers), Ok(None));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
        assert_eq!(token(&headers), Ok(Some("abc")));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
        assert_eq!(token(&headers), Err(Refusal::Malformed));
    }
}
