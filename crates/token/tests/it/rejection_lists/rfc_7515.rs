//! RFC 7515, and what builds on it: the parts of a token, its header, its signature.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use keyturn_token::VerifyError;
use serde_json::json;

use super::{header_with, payload, utf_16};
use crate::forge::{SECRET, claims, forge, header, refuses, seal, signing_key, with_header};

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

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<_> = token.split('.').collect();
    parts.try_into().unwrap()
}

fn header_as_list() -> String {
    json!(["at+jwt", "HS256", signing_key().kid()]).to_string()
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

/// A good token with a changed signature.
fn resigned(good: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (message, tag) = good.rsplit_once('.').unwrap();
    let mut tag = URL_SAFE_NO_PAD.decode(tag).unwrap();
    change(&mut tag);
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}
