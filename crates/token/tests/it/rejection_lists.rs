//! What the RFCs have a verifier refuse, item by item: RFC 7515 (signatures), RFC 7519 (claims), RFC 8725 (current practice).
//!
//! Each token is signed with the right key over the very text it has, unless its row says otherwise, so that nothing but the
//! named fault can be the reason. Items that stand in the table of `refused` are not repeated.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use keyturn_token::{AccessClaims, KeyError, SigningKey, Verifier, VerifyError};
use serde_json::json;

use crate::forge::{
    EXPIRES, ISSUER, OTHER_SECRET, SECRET, before_the_end, claims, forge, header, seal, signing_key,
    verifier, with_claims, with_header,
};

type Row = (&'static str, String, VerifyError);

#[test]
fn rfc_7515_signatures() {
    use VerifyError::{Algorithm, Header, Malformed, Signature, Type, UnknownKey};
    let good = signing_key().sign(&claims()).unwrap();
    let [head, body, tag] = parts(&good);
    let payload = payload();
    refuses([
        (
            "§2 a padded header",
            seal(&format!("{}.{body}", padded(head)), SECRET),
            Malformed,
        ),
        (
            "§2 a padded payload",
            seal(&format!("{head}.{body}="), SECRET),
            Malformed,
        ),
        (
            "§2 a blank in the header",
            seal(&format!("{} {}.{body}", &head[..4], &head[4..]), SECRET),
            Malformed,
        ),
        (
            "§2 a line break in the payload",
            seal(&format!("{head}.{}\r\n{}", &body[..76], &body[76..]), SECRET),
            Malformed,
        ),
        (
            "§2 a blank before the payload",
            seal(&format!("{head}. {body}"), SECRET),
            Malformed,
        ),
        (
            "§2 a NUL after the payload",
            seal(&format!("{head}.{body}\0"), SECRET),
            Malformed,
        ),
        (
            "§2 stray bits in the header",
            seal(&format!("{}.{body}", stray(r#"{"typ":"at+jwt"} "#)), SECRET),
            Malformed,
        ),
        (
            "§2 stray bits in the payload",
            seal(&format!("{head}.{}", stray(r#"{"sub":"0123456"}"#)), SECRET),
            Malformed,
        ),
        (
            "§2 the standard alphabet in the payload",
            seal(&format!("{head}.{}", STANDARD_NO_PAD.encode(">>>???")), SECRET),
            Malformed,
        ),
        (
            "§2 a letter that is not ASCII",
            seal(&format!("{head}.{body}é"), SECRET),
            Malformed,
        ),
        (
            "§4 typ twice",
            forge(header_with(r#""typ":"at+jwt""#), &payload, SECRET),
            Header,
        ),
        (
            "§4 alg twice and equal",
            forge(header_with(r#""alg":"HS256""#), &payload, SECRET),
            Header,
        ),
        (
            "§4 alg twice, once escaped",
            forge(header_with(r#""\u0061lg":"HS256""#), &payload, SECRET),
            Header,
        ),
        (
            "§4 a name that is not known",
            forge(header_with(r#""keyturn":1"#), &payload, SECRET),
            Header,
        ),
        (
            "§4 an empty name",
            forge(header_with(r#""":"""#), &payload, SECRET),
            Header,
        ),
        (
            "§4 a name in another case",
            forge(header().to_string().replace("kid", "Kid"), &payload, SECRET),
            Header,
        ),
        (
            "§4.1.1 alg is a list",
            with_header(&json!({ "alg": ["HS256"] })),
            Header,
        ),
        (
            "§4.1.1 alg is null",
            forge(
                header().to_string().replace(r#""HS256""#, "null"),
                &payload,
                SECRET,
            ),
            Header,
        ),
        (
            "§4.1.1 alg is empty",
            with_header(&json!({ "alg": "" })),
            Algorithm,
        ),
        (
            "§4.1.1 alg with a blank",
            with_header(&json!({ "alg": "HS256 " })),
            Algorithm,
        ),
        (
            "§4.1.1 alg with a NUL",
            with_header(&json!({ "alg": "HS256\0" })),
            Algorithm,
        ),
        (
            "§4.1.4 kid is an object",
            with_header(&json!({ "kid": {} })),
            Header,
        ),
        (
            "§4.1.4 kid is a list of the right one",
            with_header(&json!({ "kid": [signing_key().kid()] })),
            Header,
        ),
        (
            "§4.1.4 kid in another case",
            with_header(&json!({ "kid": swapped_case(signing_key().kid()) })),
            UnknownKey,
        ),
        (
            "§4.1.4 kid is the beginning of the right one",
            with_header(&json!({ "kid": signing_key().kid()[..21] })),
            UnknownKey,
        ),
        ("§4.1.7 x5t", with_header(&json!({ "x5t": "AA" })), Header),
        (
            "§4.1.8 x5t#S256",
            with_header(&json!({ "x5t#S256": "AA" })),
            Header,
        ),
        ("§4.1.9 typ is empty", with_header(&json!({ "typ": "" })), Type),
        (
            "§4.1.9 typ with parameters",
            with_header(&json!({ "typ": "at+jwt; v=1" })),
            Type,
        ),
        (
            "§4.1.11 crit names nothing",
            with_header(&json!({ "crit": [] })),
            Header,
        ),
        (
            "§4.1.11 crit names a parameter that is defined",
            with_header(&json!({ "crit": ["alg"] })),
            Header,
        ),
        (
            "§4.1.11 crit names what is not there",
            with_header(&json!({ "crit": ["keyturn"] })),
            Header,
        ),
        (
            "§4.1.11 crit is no list",
            with_header(&json!({ "crit": "exp" })),
            Header,
        ),
        (
            "§4.1.11 crit is null",
            forge(header_with(r#""crit":null"#), &payload, SECRET),
            Header,
        ),
        (
            "§5.2 step 1: two dots in a row",
            seal(&format!("{head}..{body}"), SECRET),
            Malformed,
        ),
        (
            "§5.2 step 1: no header",
            seal(&format!(".{body}"), SECRET),
            Malformed,
        ),
        (
            "§5.2 step 3: a header that is no UTF-8",
            forge(b"{\"typ\":\"at+jwt\xff\"}", &payload, SECRET),
            Malformed,
        ),
        (
            "§5.2 step 3: a header in UTF-16",
            forge(utf_16(&header().to_string()), &payload, SECRET),
            Malformed,
        ),
        (
            "§5.2 step 3: a byte order mark",
            forge(format!("\u{feff}{}", header()), &payload, SECRET),
            Malformed,
        ),
        (
            "§5.2 step 3: something after the header",
            forge(format!("{}{{}}", header()), &payload, SECRET),
            Malformed,
        ),
        (
            "§5.2 step 3: a comma too many",
            forge(header_with(""), &payload, SECRET),
            Malformed,
        ),
        (
            "§5.2 step 3: the right values as a list",
            forge(header_as_list(), &payload, SECRET),
            Header,
        ),
        (
            "§5.2 step 3: the header as a text",
            forge(json!(header().to_string()).to_string(), &payload, SECRET),
            Header,
        ),
        (
            "§5.2 step 3: a header of null",
            forge("null", &payload, SECRET),
            Header,
        ),
        (
            "§5.2 step 4: a name twice in something nested",
            forge(header_with(r#""x":{"a":1,"a":1}"#), &payload, SECRET),
            Header,
        ),
        (
            "§5.2 step 7: a payload of one character",
            seal(&format!("{head}.A"), SECRET),
            Malformed,
        ),
        (
            "§5.2 step 8: a signature of one byte less",
            resigned(&good, |tag| tag.truncate(31)),
            Signature,
        ),
        (
            "§5.2 step 8: a signature of one byte more",
            resigned(&good, |tag| tag.push(0)),
            Signature,
        ),
        (
            "§5.2 step 8: a signature twice over",
            resigned(&good, |tag| tag.extend_from_within(..)),
            Signature,
        ),
        (
            "§5.2 step 8: one bit of a signature",
            resigned(&good, |tag| tag[31] ^= 1),
            Signature,
        ),
        (
            "§7.2 JSON serialisation",
            json!({ "payload": body, "signatures": [{ "protected": head, "signature": tag }] }).to_string(),
            Malformed,
        ),
        (
            "§7.2.2 flattened JSON serialisation",
            json!({ "payload": body, "protected": head, "signature": tag }).to_string(),
            Malformed,
        ),
        (
            "§10.12 nesting that would overflow a stack",
            forge("[".repeat(4_000), &payload, SECRET),
            Header,
        ),
        (
            "§10.12 nesting inside a parameter",
            forge(
                header_with(&format!(r#""x":{}"#, "[".repeat(4_000))),
                &payload,
                SECRET,
            ),
            Malformed,
        ),
        (
            "RFC 7516 §4.1.2 enc",
            with_header(&json!({ "enc": "A256GCM" })),
            Header,
        ),
        (
            "RFC 9449 §4.2 a DPoP proof",
            with_header(&json!({ "typ": "dpop+jwt" })),
            Type,
        ),
    ]);
}

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
fn rfc_8725_current_practice() {
    use VerifyError::{Algorithm, Claims, Header, Signature, Type, UnknownKey};
    let payload = payload();
    let kid = signing_key().kid().to_owned();
    refuses([
        (
            "§2.1 §3.1 RSA for a shared secret",
            with_header(&json!({ "alg": "PS256" })),
            Algorithm,
        ),
        (
            "§2.1 §3.1 an elliptic curve for a shared secret",
            with_header(&json!({ "alg": "ES256" })),
            Algorithm,
        ),
        (
            "§2.1 §3.1 EdDSA for a shared secret",
            with_header(&json!({ "alg": "EdDSA" })),
            Algorithm,
        ),
        (
            "§2.1 §3.1 key wrapping for a shared secret",
            with_header(&json!({ "alg": "A256KW" })),
            Algorithm,
        ),
        (
            "§2.1 §3.1 using the secret directly",
            with_header(&json!({ "alg": "dir" })),
            Algorithm,
        ),
        (
            "§2.1 §3.2 a list of algorithms",
            with_header(&json!({ "alg": "HS256,none" })),
            Algorithm,
        ),
        (
            "§2.4 §3.7 the name of alg in another case",
            forge(header().to_string().replace("alg", "ALG"), &payload, SECRET),
            Header,
        ),
        (
            "§2.6 §3.8 another issuer's key by its own id",
            sign_elsewhere(),
            UnknownKey,
        ),
        (
            "§2.6 §3.8 another issuer's key by our id",
            forge(header().to_string(), &payload, OTHER_SECRET),
            Signature,
        ),
        (
            "§2.6 §3.8 another issuer with our key",
            with_claims(&json!({ "iss": "https://other.example" })),
            VerifyError::Issuer,
        ),
        (
            "§2.6 §3.8 an issuer that begins like ours",
            with_claims(&json!({ "iss": format!("{ISSUER}.evil.example") })),
            VerifyError::Issuer,
        ),
        (
            "§2.6 §3.9 an empty audience where none is expected",
            with_claims(&json!({ "aud": "" })),
            VerifyError::Audience,
        ),
        (
            "§2.7 §3.11 a security event",
            with_header(&json!({ "typ": "secevent+jwt" })),
            Type,
        ),
        (
            "§2.7 §3.11 a logout token",
            with_header(&json!({ "typ": "logout+jwt" })),
            Type,
        ),
        (
            "§2.7 §3.12 an ID token's claims alone",
            forge(
                header().to_string(),
                r#"{"iss":"https://auth.example","sub":"a","exp":1800000000,"iat":1}"#,
                SECRET,
            ),
            Claims,
        ),
        (
            "§2.8 §3.10 kid with SQL",
            with_header(&json!({ "kid": format!("{kid}' OR '1'='1") })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid as an address",
            with_header(&json!({ "kid": "http://169.254.169.254/latest/meta-data" })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid as a path to an empty file",
            with_header(&json!({ "kid": "/dev/null" })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid below the right one",
            with_header(&json!({ "kid": format!("x/../{kid}") })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid with a NUL behind the right one",
            with_header(&json!({ "kid": format!("{kid}\0.pem") })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid with a line break",
            with_header(&json!({ "kid": format!("{kid}\n") })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid escaped for an address",
            with_header(&json!({ "kid": format!("%{:02x}{}", kid.as_bytes()[0], &kid[1..]) })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid padded",
            with_header(&json!({ "kid": format!("{kid}==") })),
            UnknownKey,
        ),
        (
            "§2.8 §3.10 kid of 4 KiB",
            with_header(&json!({ "kid": "k".repeat(4_096) })),
            UnknownKey,
        ),
    ]);
}

#[test]
fn rfc_8725_2_1_none_in_every_spelling() {
    let mut spellings = 0;
    for upper in 0..16_u8 {
        let alg: String = "none"
            .char_indices()
            .map(|(at, letter)| {
                if upper >> at & 1 == 1 {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .collect();
        let signed = with_header(&json!({ "alg": alg }));
        let bare = format!("{}.", signed.rsplit_once('.').unwrap().0);
        for token in [signed, bare] {
            assert_eq!(
                verifier().verify(&token, before_the_end()),
                Err(VerifyError::Algorithm),
                "{alg}"
            );
        }
        spellings += 1;
    }
    assert_eq!(spellings, 16);
    for alg in [" none", "none ", "no\u{0}ne", "ｎｏｎｅ", "null", "nOnE\u{200b}"] {
        let token = with_header(&json!({ "alg": alg }));
        assert_eq!(
            verifier().verify(&token, before_the_end()),
            Err(VerifyError::Algorithm),
            "{alg:?}"
        );
    }
}

#[test]
fn rfc_8725_3_5_a_key_that_can_be_guessed_is_none() {
    for length in [0, 1, 16, 31] {
        assert_eq!(
            SigningKey::hs256(&vec![b'k'; length]).unwrap_err(),
            KeyError::TooShort { length }
        );
    }
}

#[test]
fn rfc_8725_3_1_a_key_verifies_only_what_names_it() {
    let (ours, theirs) = (signing_key(), SigningKey::hs256(OTHER_SECRET).unwrap());
    let both = verifier().with_key(theirs.verification_key());
    let swapped = forge(
        header().to_string().replace(ours.kid(), theirs.kid()),
        payload(),
        SECRET,
    );
    assert_eq!(
        both.verify(&swapped, before_the_end()),
        Err(VerifyError::Signature)
    );
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

#[test]
fn json_that_says_the_same_in_other_letters_is_understood() {
    // RFC 7515 §10.13: names and values are compared as they are read, not as they are escaped.
    let escaped = header()
        .to_string()
        .replace("HS256", r"\u0048S256")
        .replace("alg", r"\u0061lg");
    let token = forge(format!(" {escaped}\r\n"), format!("\t{} ", payload()), SECRET);
    assert_eq!(verifier().verify(&token, before_the_end()), Ok(claims()));
}

#[test]
fn a_claim_of_others_may_be_anything_that_json_can_say() {
    let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let token = claims_with(&format!(r#""acr":{nested},"amr":{{"a":1.5e3}},"azp":null"#));
    assert_eq!(verifier().verify(&token, before_the_end()), Ok(claims()));
    let deeper = claims_with(&format!(r#""acr":{}{}"#, "[".repeat(2_000), "]".repeat(2_000)));
    assert_eq!(
        verifier().verify(&deeper, before_the_end()),
        Err(VerifyError::Claims)
    );
}

fn refuses(table: impl IntoIterator<Item = Row>) {
    for (name, token, expected) in table {
        assert_eq!(
            verifier().verify(&token, before_the_end()),
            Err(expected.clone()),
            "{name}"
        );
        assert_eq!(
            verifier().verify_signature(&token),
            Err(expected),
            "{name}, whatever the time"
        );
    }
}

fn payload() -> String {
    serde_json::to_string(&claims()).unwrap()
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<_> = token.split('.').collect();
    parts.try_into().unwrap()
}

/// The header of a good token with this text as a further member.
fn header_with(member: &str) -> String {
    header().to_string().replace('}', &format!(",{member}}}"))
}

/// The claims of a good token with this text as a further member, rightly signed.
fn claims_with(member: &str) -> String {
    forge_claims(payload().replace('}', &format!(",{member}}}")))
}

fn forge_claims(claims: impl AsRef<[u8]>) -> String {
    forge(header().to_string(), claims, SECRET)
}

fn header_as_list() -> String {
    json!(["at+jwt", "HS256", signing_key().kid()]).to_string()
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

fn sign_elsewhere() -> String {
    let elsewhere = SigningKey::hs256(OTHER_SECRET).unwrap();
    let token = elsewhere.sign(&claims()).unwrap();
    let theirs = Verifier::new(ISSUER).with_key(elsewhere.verification_key());
    assert!(theirs.verify(&token, before_the_end()).is_ok());
    token
}

fn padded(part: &str) -> String {
    let padded = URL_SAFE.encode([URL_SAFE_NO_PAD.decode(part).unwrap(), b" ".to_vec()].concat());
    assert!(padded.ends_with('='), "this length needs padding");
    padded
}

/// The text in base64url with one of the bits set that its last character leaves over.
fn stray(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_ne!(text.len() % 3, 0, "no bits are left over");
    let mut encoded = URL_SAFE_NO_PAD.encode(text).into_bytes();
    let last = encoded.pop().unwrap();
    let value = ALPHABET.iter().position(|letter| *letter == last).unwrap();
    encoded.push(ALPHABET[value + 1]);
    String::from_utf8(encoded).unwrap()
}

fn swapped_case(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_lowercase() {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    };
    text.chars().map(swap).collect()
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text with one byte that is no UTF-8 behind the first `before`.
fn with_byte(text: &str, before: &str) -> Vec<u8> {
    let at = text.find(before).unwrap() + before.len();
    [&text.as_bytes()[..at], b"\xff", &text.as_bytes()[at..]].concat()
}

/// A good token with a changed signature.
fn resigned(good: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (message, tag) = good.rsplit_once('.').unwrap();
    let mut tag = URL_SAFE_NO_PAD.decode(tag).unwrap();
    change(&mut tag);
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}
