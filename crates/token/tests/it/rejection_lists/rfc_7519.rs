//! RFC 7519: the claims, by name, type and time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use keyturn_token::{AccessClaims, VerifyError};
use serde_json::json;

use super::{claims_with, forge_claims, header_with, payload, utf_16};
use crate::forge::{
    EXPIRES, ISSUER, SECRET, before_the_end, claims, forge, refuses, signing_key, verifier, with_claims,
};

#[test]
fn rfc_7519_claims() {
    use VerifyError::{Algorithm, Claims, Header};
    let payload = payload();
    let exp = |text: &str| forge_claims(payload.replace(&EXPIRES.to_string(), text));
    refuses([
        (
            "§4 an unknown name twice",
            claims_with(r#""acr":"1","acr":"2""#),
            Claims,
        ),
        (
            "§4 a name twice, once escaped",
            claims_with(r#""\u0073ub":"somebody else""#),
            Claims,
        ),
        (
            "§4 a name twice inside a claim",
            claims_with(r#""cnf":{"jkt":"a","jkt":"b"}"#),
            Claims,
        ),
        (
            "§4 permissions twice",
            claims_with(r#""permissions":[],"permissions":["admin"]"#),
            Claims,
        ),
        (
            "§4.1.1 iss is a list",
            with_claims(&json!({ "iss": [ISSUER] })),
            Claims,
        ),
        (
            "§4.1.1 iss in another case",
            with_claims(&json!({ "iss": ISSUER.to_uppercase() })),
            VerifyError::Issuer,
        ),
        (
            "§4.1.2 sub is a list",
            with_claims(&json!({ "sub": ["a", "b"] })),
            Claims,
        ),
        (
            "§4.1.2 sub is a number",
            with_claims(&json!({ "sub": 42 })),
            Claims,
        ),
        (
            "§4.1.2 sub is an object",
            with_claims(&json!({ "sub": { "id": "a" } })),
            Claims,
        ),
        (
            "§4.1.2 sub is null",
            forge_claims(payload.replace(&format!("{:?}", claims().sub), "null")),
            Claims,
        ),
        (
            "§4.1.3 aud is a list, where none is expected",
            with_claims(&json!({ "aud": ["tasks"] })),
            Claims,
        ),
        (
            "§4.1.3 aud is an empty list",
            with_claims(&json!({ "aud": [] })),
            Claims,
        ),
        ("§4.1.3 aud is null", claims_with(r#""aud":null"#), Claims),
        ("§4.1.4 exp with a fraction", exp("1800000000.5"), Claims),
        ("§4.1.4 exp with a fraction of zero", exp("1800000000.0"), Claims),
        ("§4.1.4 exp with an exponent", exp("18e8"), Claims),
        (
            "§4.1.4 exp with an exponent beyond all floats",
            exp("1e400"),
            Claims,
        ),
        (
            "§4.1.4 exp with an exponent that takes for ever",
            exp("1e999999999999"),
            Claims,
        ),
        ("§4.1.4 exp below zero by a sign", exp("-0"), Claims),
        (
            "§4.1.4 exp one above all integers",
            exp("9223372036854775808"),
            Claims,
        ),
        ("§4.1.4 exp of a thousand digits", exp(&"9".repeat(1_000)), Claims),
        ("§4.1.4 exp with a leading zero", exp("01800000000"), Claims),
        ("§4.1.4 exp with a plus", exp("+1800000000"), Claims),
        ("§4.1.4 exp in hexadecimal", exp("0x6B49D200"), Claims),
        ("§4.1.4 exp is infinite", exp("Infinity"), Claims),
        ("§4.1.4 exp is true", exp("true"), Claims),
        ("§4.1.4 exp is null", exp("null"), Claims),
        ("§4.1.4 exp is a list", exp("[1800000000]"), Claims),
        ("§4.1.4 exp is a date", exp(r#""2027-01-15T08:00:00Z""#), Claims),
        (
            "§4.1.5 nbf in the future",
            with_claims(&json!({ "nbf": EXPIRES + 1 })),
            Claims,
        ),
        (
            "§4.1.5 nbf in the past",
            with_claims(&json!({ "nbf": 0 })),
            Claims,
        ),
        ("§4.1.5 nbf that is no time", claims_with(r#""nbf":null"#), Claims),
        (
            "§4.1.6 iat as text",
            with_claims(&json!({ "iat": "1799998200" })),
            Claims,
        ),
        (
            "§4.1.6 iat with a fraction",
            with_claims(&json!({ "iat": 1.5 })),
            Claims,
        ),
        (
            "§4.1.7 jti is a number",
            with_claims(&json!({ "jti": 1 })),
            Claims,
        ),
        (
            "§4.1.7 jti in upper case",
            with_claims(&json!({ "jti": claims().jti.to_string().to_uppercase() })),
            Claims,
        ),
        (
            "§4.1.7 jti without hyphens",
            with_claims(&json!({ "jti": claims().jti.simple().to_string() })),
            Claims,
        ),
        (
            "§4.3 sid in braces",
            with_claims(&json!({ "sid": claims().sid.braced().to_string() })),
            Claims,
        ),
        (
            "§4.3 sid as a URN",
            with_claims(&json!({ "sid": claims().sid.urn().to_string() })),
            Claims,
        ),
        (
            "§4.3 sid as bytes",
            with_claims(&json!({ "sid": claims().sid.as_bytes() })),
            Claims,
        ),
        (
            "§4.3 gen beyond its range",
            with_claims(&json!({ "gen": 4_294_967_296_u64 })),
            Claims,
        ),
        (
            "§4.3 gen with a fraction",
            with_claims(&json!({ "gen": 7.0 })),
            Claims,
        ),
        ("§4.3 email is null", claims_with(r#""email":null"#), Claims),
        (
            "§4.3 email is a list",
            with_claims(&json!({ "email": ["ann@example.com"] })),
            Claims,
        ),
        (
            "§4.3 permissions is null",
            claims_with(r#""permissions":null"#),
            Claims,
        ),
        (
            "§4.3 permissions is a text",
            with_claims(&json!({ "permissions": "admin" })),
            Claims,
        ),
        (
            "§4.3 permissions of another type",
            with_claims(&json!({ "permissions": [1] })),
            Claims,
        ),
        (
            "§6 an unsecured token with the claims of a good one",
            unsecured(),
            Algorithm,
        ),
        (
            "§5.2 a nested token",
            forge(
                header_with(r#""cty":"JWT""#),
                signing_key().sign(&claims()).unwrap(),
                SECRET,
            ),
            Header,
        ),
        (
            "§7.2 step 10: a token as claims",
            forge_claims(signing_key().sign(&claims()).unwrap()),
            Claims,
        ),
        (
            "§7.2 step 10: a text",
            forge_claims(json!(payload).to_string()),
            Claims,
        ),
        ("§7.2 step 10: null", forge_claims("null"), Claims),
        (
            "§7.2 step 10: the right values as a list",
            forge_claims(claims_as_list()),
            Claims,
        ),
        (
            "§7.2 step 10: the right claims in a list",
            forge_claims(format!("[{payload}]")),
            Claims,
        ),
        (
            "§7.2 step 10: something after the claims",
            forge_claims(format!("{payload}{payload}")),
            Claims,
        ),
        ("§7.2 step 10: a comma too many", claims_with(""), Claims),
        (
            "§7.2 step 10: a comment",
            forge_claims(payload.replace('}', "/**/}")),
            Claims,
        ),
        (
            "§7.2 step 10: a byte order mark",
            forge_claims(format!("\u{feff}{payload}")),
            Claims,
        ),
        ("§7.2 step 10: UTF-16", forge_claims(utf_16(&payload)), Claims),
        (
            "§7.2 step 10: no UTF-8 in a claim of ours",
            forge_claims(with_byte(&payload, "0198")),
            Claims,
        ),
        (
            "§7.2 step 10: no UTF-8 in a claim of others",
            forge_claims(with_byte(&payload.replace('}', r#","acr":"zero"}"#), "zero")),
            Claims,
        ),
        (
            "§7.2 step 10: half a surrogate pair",
            claims_with(r#""acr":"\ud800""#),
            Claims,
        ),
        (
            "§7.2 step 10: a control character",
            claims_with("\"acr\":\"\u{1}\""),
            Claims,
        ),
    ]);
}

#[test]
fn rfc_7519_4_1_3_a_list_of_audiences_is_none_even_with_ours_in_it() {
    let tasks = verifier().with_audience("tasks");
    let token = with_claims(&json!({ "aud": ["tasks"] }));
    assert_eq!(tasks.verify(&token, before_the_end()), Err(VerifyError::Claims));
}

#[test]
fn rfc_7519_4_1_4_no_leeway_and_no_time_is_too_far() {
    let judged = |exp: i64, now: i64| {
        let claims = AccessClaims { exp, ..claims() };
        let token = signing_key().sign(&claims).unwrap();
        match verifier().verify(&token, Timestamp::from_second(now).unwrap()) {
            Ok(read) => read == claims,
            Err(expired) => {
                assert_eq!(expired, VerifyError::Expired(Box::new(claims)));
                false
            }
        }
    };
    assert!(judged(EXPIRES, EXPIRES - 1), "one second before");
    assert!(!judged(EXPIRES, EXPIRES), "the very second");
    assert!(!judged(EXPIRES, EXPIRES + 1), "one second after");
    assert!(!judged(0, EXPIRES), "never set");
    assert!(!judged(-1, EXPIRES), "before the epoch");
    assert!(!judged(i64::MIN, EXPIRES), "the smallest");
    assert!(judged(i64::MAX, EXPIRES), "the greatest: no overflow to the past");
}

/// In the order of the fields of [`AccessClaims`].
fn claims_as_list() -> String {
    let AccessClaims {
        sub,
        iat,
        exp,
        jti,
        iss,
        sid,
        generation,
        ..
    } = claims();
    json!([sub, iat, exp, jti, iss, sid, generation]).to_string()
}

fn unsecured() -> String {
    let none = json!({ "typ": "at+jwt", "alg": "none", "kid": signing_key().kid() }).to_string();
    format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(none),
        URL_SAFE_NO_PAD.encode(payload())
    )
}

/// The text with one byte that is no UTF-8 behind the first `before`.
fn with_byte(text: &str, before: &str) -> Vec<u8> {
    let at = text.find(before).unwrap() + before.len();
    [&text.as_bytes()[..at], b"\xff", &text.as_bytes()[at..]].concat()
}
