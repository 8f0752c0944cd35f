//! `Authorization` headers: a bearer token has one form (RFC 6750 §2.1), and whatever else comes never falls back to the cookie.
//!
//! Held against the grammar, read from behind: padding, then letters, then spaces, then the scheme.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use keyturn_http::fuzzing::{self, Presented};

use crate::{Outcome, headers};

const PLANTED: &str = "planted";

/// Reads the input as header lines, with and without a cookie beside them.
pub fn run(input: &[u8]) -> Outcome {
    let mut headers = headers::lines(&AUTHORIZATION, input);
    let alone = fuzzing::access_token(&headers);
    assert_eq!(alone, Ok(expected(&headers)));

    headers.insert(COOKIE, HeaderValue::from_static("__Host-keyturn_access=planted"));
    let beside = fuzzing::access_token(&headers);
    if headers.contains_key(AUTHORIZATION) {
        assert_eq!(beside, alone, "the header alone counts");
    } else {
        assert_eq!(beside, Ok(Presented::Token(PLANTED.to_owned())));
    }
    matches!(alone, Ok(Presented::Token(_))).into()
}

fn expected(headers: &HeaderMap) -> Presented {
    let values: Vec<&HeaderValue> = headers.get_all(AUTHORIZATION).iter().collect();
    match values.as_slice() {
        [] => Presented::Absent,
        [value] => token(value.as_bytes()).map_or(Presented::Malformed, Presented::Token),
        _ => Presented::Malformed,
    }
}

/// The `b64token` of the last word.
fn token(value: &[u8]) -> Option<String> {
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let (unpadded, _) = value.split_at(value.len().checked_sub(padding)?);
    let letters = unpadded.iter().rev().take_while(|byte| is_letter(**byte)).count();
    let (before, token) = value.split_at(unpadded.len().checked_sub(letters)?);
    let spaces = before.iter().rev().take_while(|byte| **byte == b' ').count();
    let (scheme, _) = before.split_at(before.len().checked_sub(spaces)?);
    let formed = letters > 0 && spaces > 0 && scheme.eq_ignore_ascii_case(b"BEARER");
    formed.then(|| String::from_utf8_lossy(token).into_owned())
}

const fn is_letter(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
}
