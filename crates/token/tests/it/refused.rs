//! The table of refused tokens: one row each, named after the attack or the accident it settles.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use keyturn_token::{AccessClaims, MAX_TOKEN_BYTES, VerifyError};
use serde_json::json;

use crate::forge::{
    OTHER_SECRET, SECRET, before_the_end, claims, forge, header, refuses, signing_key, verifier, with_claims,
    with_header,
};

#[test]
fn a_forged_good_token_is_accepted() {
    // Without this, every row below could be refused for a mistake of the forger's.
    assert_eq!(
        verifier().verify(&with_header(&json!({})), before_the_end()),
        Ok(claims())
    );
    assert_eq!(
        verifier().verify(&with_claims(&json!({})), before_the_end()),
        Ok(claims())
    );
}

#[test]
fn r2_4_tokens_that_are_refused() {
    use VerifyError::{
        Algorithm, Audience, Claims, Header, Issuer, Malformed, Signature, TooLarge, Type, UnknownKey,
    };
    let good = signing_key().sign(&claims()).unwrap();
    let payload = serde_json::to_string(&claims()).unwrap();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (good_header, good_payload) = message.split_once('.').unwrap();

    let table = [
        // form
        ("nothing", String::new(), Malformed),
        ("a word", "token".into(), Malformed),
        ("only dots", "..".into(), Malformed),
        ("no signature part", message.into(), Malformed),
        ("a fourth part", format!("{good}.x"), Malformed),
        (
            "a nested token of five parts (JWE)",
            format!("{good}.x.y"),
            Malformed,
        ),
        ("a leading space", format!(" {good}"), Malformed),
        ("a line break at the end", format!("{good}\n"), Malformed),
        (
            "a padded signature",
            format!("{message}.{}", padded(signature)),
            Malformed,
        ),
        (
            "stray bits in the signature's last character",
            with_stray_bits(&good),
            Malformed,
        ),
        (
            "the standard alphabet",
            format!("{message}.+/{}", &signature[2..]),
            Malformed,
        ),
        (
            "a header that is no JSON",
            forge("typ", &payload, SECRET),
            Malformed,
        ),
        (
            "a header with a second value behind it",
            forge(format!("{}{{}}", header()), &payload, SECRET),
            Malformed,
        ),
        ("8 KiB and one byte", "a".repeat(MAX_TOKEN_BYTES + 1), TooLarge),
        (
            "a good token with a tail to 8 KiB",
            format!("{good}{}", ".".repeat(MAX_TOKEN_BYTES)),
            TooLarge,
        ),
        // header
        ("a header that is a list", forge("[]", &payload, SECRET), Header),
        ("no typ", with_header(&json!({ "typ": null })), Header),
        (
            "an ID token or any other JWT",
            with_header(&json!({ "typ": "JWT" })),
            Type,
        ),
        (
            "typ in another case",
            with_header(&json!({ "typ": "AT+JWT" })),
            Type,
        ),
        (
            "typ as a media type",
            with_header(&json!({ "typ": "application/at+jwt" })),
            Type,
        ),
        ("no kid", with_header(&json!({ "kid": null })), Header),
        (
            "a kid that is a number",
            with_header(&json!({ "kid": 1 })),
            Header,
        ),
        (
            "an unknown kid",
            with_header(&json!({ "kid": "nobody" })),
            UnknownKey,
        ),
        (
            "a kid that is a path",
            with_header(&json!({ "kid": "../../dev/null" })),
            UnknownKey,
        ),
        ("an empty kid", with_header(&json!({ "kid": "" })), UnknownKey),
        ("crit", with_header(&json!({ "crit": ["exp"] })), Header),
        (
            "jku: a key at the forger's address",
            with_header(&json!({ "jku": "https://evil.example/jwks" })),
            Header,
        ),
        (
            "jwk: the forger's own key",
            with_header(&json!({ "jwk": { "kty": "oct", "k": "AA" } })),
            Header,
        ),
        (
            "x5u",
            with_header(&json!({ "x5u": "https://evil.example/cert" })),
            Header,
        ),
        ("x5c", with_header(&json!({ "x5c": ["AA"] })), Header),
        (
            "b64: an unencoded payload",
            with_header(&json!({ "b64": false })),
            Header,
        ),
        ("zip", with_header(&json!({ "zip": "DEF" })), Header),
        (
            "cty: a nested token",
            with_header(&json!({ "cty": "JWT" })),
            Header,
        ),
        (
            "kid twice",
            forge(
                header().to_string().replace('}', r#","kid":"nobody"}"#),
                &payload,
                SECRET,
            ),
            Header,
        ),
        (
            "alg twice",
            forge(
                header().to_string().replace('}', r#","alg":"none"}"#),
                &payload,
                SECRET,
            ),
            Header,
        ),
        // algorithm
        ("no alg", with_header(&json!({ "alg": null })), Header),
        ("alg none", with_header(&json!({ "alg": "none" })), Algorithm),
        ("alg None", with_header(&json!({ "alg": "None" })), Algorithm),
        (
            "alg none without a signature",
            none_without_signature(),
            Algorithm,
        ),
        (
            "alg in another case",
            with_header(&json!({ "alg": "hs256" })),
            Algorithm,
        ),
        (
            "a sibling of the right algorithm",
            with_header(&json!({ "alg": "HS512" })),
            Algorithm,
        ),
        (
            "an asymmetric algorithm for a shared secret",
            with_header(&json!({ "alg": "RS256" })),
            Algorithm,
        ),
        // signature
        ("an empty signature", format!("{message}."), Signature),
        (
            "half a signature",
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(half(signature))),
            Signature,
        ),
        (
            "a signature of zeros",
            format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 32])),
            Signature,
        ),
        (
            "somebody else's secret",
            forge(header().to_string(), &payload, OTHER_SECRET),
            Signature,
        ),
        (
            "the empty secret",
            forge(header().to_string(), &payload, b""),
            Signature,
        ),
        (
            "the key id as the secret",
            forge(header().to_string(), &payload, signing_key().kid().as_bytes()),
            Signature,
        ),
        (
            "other claims under a good signature",
            swapped_claims(good_header, signature),
            Signature,
        ),
        (
            "a re-ordered header under a good signature",
            swapped_header(good_payload, signature),
            Signature,
        ),
        // claims
        (
            "claims that are no JSON",
            forge(header().to_string(), "claims", SECRET),
            Claims,
        ),
        ("no claims", forge(header().to_string(), "", SECRET), Claims),
        ("no sub", with_claims(&json!({ "sub": null })), Claims),
        ("no iat", with_claims(&json!({ "iat": null })), Claims),
        (
            "no exp: a token for ever",
            with_claims(&json!({ "exp": null })),
            Claims,
        ),
        ("no jti", with_claims(&json!({ "jti": null })), Claims),
        ("no iss", with_claims(&json!({ "iss": null })), Claims),
        ("no sid", with_claims(&json!({ "sid": null })), Claims),
        ("no gen", with_claims(&json!({ "gen": null })), Claims),
        (
            "exp as text",
            with_claims(&json!({ "exp": "1900000000" })),
            Claims,
        ),
        (
            "exp beyond all integers",
            with_claims(&json!({ "exp": 1e300 })),
            Claims,
        ),
        ("a negative gen", with_claims(&json!({ "gen": -1 })), Claims),
        (
            "a sid that is no id",
            with_claims(&json!({ "sid": "session" })),
            Claims,
        ),
        (
            "exp twice",
            forge(
                header().to_string(),
                payload.replace('}', r#","exp":9999999999}"#),
                SECRET,
            ),
            Claims,
        ),
        // parties
        (
            "another issuer",
            with_claims(&json!({ "iss": "https://evil.example" })),
            Issuer,
        ),
        (
            "the issuer with a slash",
            with_claims(&json!({ "iss": "https://auth.example/" })),
            Issuer,
        ),
        (
            "an audience where none is expected",
            with_claims(&json!({ "aud": "tasks" })),
            Audience,
        ),
    ];

    refuses(table);
}

#[test]
fn tokens_for_no_one_or_somebody_else_are_refused_where_an_audience_is_expected() {
    let tasks = verifier().with_audience("tasks");
    for aud in [None, Some("mail".to_owned()), Some(String::new())] {
        let token = signing_key().sign(&AccessClaims { aud, ..claims() }).unwrap();
        assert_eq!(tasks.verify(&token, before_the_end()), Err(VerifyError::Audience));
    }
}

#[test]
fn a_verifier_without_keys_accepts_nothing() {
    let empty = keyturn_token::Verifier::new(crate::forge::ISSUER);
    let token = signing_key().sign(&claims()).unwrap();
    assert_eq!(
        empty.verify(&token, before_the_end()),
        Err(VerifyError::UnknownKey)
    );
}

#[test]
fn the_token_of_rfc_7515_a_1_is_no_access_token() {
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(
        verifier().verify(token, before_the_end()),
        Err(VerifyError::Header)
    );
}

fn padded(part: &str) -> String {
    URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).unwrap())
}

/// The same 32 bytes with one of the two bits set that base64url leaves over.
fn with_stray_bits(token: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let value = ALPHABET.find(last).unwrap();
    format!("{rest}{}", &ALPHABET[value + 1..value + 2])
}

fn half(signature: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(signature).unwrap()[..16].to_vec()
}

fn none_without_signature() -> String {
    let token = with_header(&json!({ "alg": "none" }));
    format!("{}.", token.rsplit_once('.').unwrap().0)
}

fn swapped_claims(header: &str, signature: &str) -> String {
    let claims = AccessClaims {
        sub: "somebody else".into(),
        ..claims()
    };
    format!(
        "{header}.{}.{signature}",
        URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims).unwrap())
    )
}

fn swapped_header(payload: &str, signature: &str) -> String {
    let header = format!(
        r#"{{"kid":"{}","alg":"HS256","typ":"at+jwt"}}"#,
        signing_key().kid()
    );
    format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header))
}
