//! `Cookie` headers: ours are read as a browser wrote them, once each, and nothing else is taken for one of them.
//!
//! Held against a reader of its own, on bytes, by RFC 6265bis §5.6: pairs end at a semicolon, names at the first equals sign, and around
//! both stand spaces and tabs alone. A name that only looks like ours to somebody who strips more could be planted by a browser's other
//! origins, as the rules of the `__Host-` prefix don't apply to it.

use arbitrary::Unstructured;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use keyturn_http::fuzzing::{self, CookieValues};

use crate::{Outcome, headers};

/// Without the prefix.
const NAMES: [&[u8]; 4] = [
    b"keyturn_access",
    b"keyturn_refresh",
    b"keyturn_device",
    b"keyturn_csrf",
];

/// What a token is made of.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

/// Reads the input as header lines, and sends back a cookie that was set from it.
pub fn run(input: &[u8]) -> Outcome {
    there_and_back(&mut Unstructured::new(input)).expect("an exhausted input gives zeros");
    let headers = headers::lines(&COOKIE, input);
    read(&headers, true);
    read(&headers, false)
}

fn read(headers: &HeaderMap, dev: bool) -> Outcome {
    let read = fuzzing::cookies(headers, dev).ok();
    assert_eq!(read, expected(headers, dev), "dev cookies: {dev}");
    read.is_some_and(|values| values.iter().any(Option::is_some))
        .into()
}

/// `None` where one of ours came twice.
fn expected(headers: &HeaderMap, dev: bool) -> Option<CookieValues> {
    let mut found = CookieValues::default();
    for header in headers.get_all(COOKIE) {
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let Some(equals) = pair.iter().position(|byte| *byte == b'=') else {
                continue;
            };
            let (name, value) = pair.split_at(equals);
            let Some(slot) = slot(bare(name), dev).and_then(|at| found.get_mut(at)) else {
                continue;
            };
            let value = bare(value.get(1..).unwrap_or_default());
            if slot
                .replace(String::from_utf8_lossy(value).into_owned())
                .is_some()
            {
                return None;
            }
        }
    }
    Some(found.map(|value| value.filter(|value| !value.is_empty())))
}

fn slot(name: &[u8], dev: bool) -> Option<usize> {
    let name = if dev { name } else { name.strip_prefix(b"__Host-")? };
    NAMES.iter().position(|ours| *ours == name)
}

/// Without the spaces and tabs around it.
fn bare(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn there_and_back(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (dev, length) = (input.arbitrary()?, input.int_in_range(1..=200)?);
    let token = (0..length).map(|_| input.choose(LETTERS).map(|letter| char::from(*letter)));
    let token: String = token.collect::<arbitrary::Result<_>>()?;
    let set = fuzzing::access_cookie(&token, dev).expect("a token fits into a cookie");
    let (pair, attributes) = set
        .to_str()
        .ok()
        .and_then(|set| set.split_once("; "))
        .expect("a pair with attributes");
    assert_eq!(attributes.contains("Secure"), !dev);
    assert!(!attributes.contains("Domain"), "{attributes}");

    let one = headers::lines(&COOKIE, pair.as_bytes());
    let read = fuzzing::cookies(&one, dev).expect("it came once");
    assert_eq!(read, [Some(token), None, None, None]);
    assert_eq!(
        fuzzing::cookies(&one, !dev),
        Ok(CookieValues::default()),
        "under the other name"
    );

    let mut two = one;
    two.append(
        COOKIE,
        HeaderValue::from_bytes(pair.as_bytes()).expect("as before"),
    );
    assert!(fuzzing::cookies(&two, dev).is_err(), "it came twice");
    Ok(())
}
