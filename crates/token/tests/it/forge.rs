//! Tokens made by hand, with the right key or a wrong one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use keyturn_token::{AccessClaims, SigningKey, Verifier, VerifyError};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

pub(crate) const SECRET: &[u8] = b"the secret of the issuer, 32 bytes or more";
pub(crate) const OTHER_SECRET: &[u8] = b"the secret of somebody else, 32 bytes or more";
pub(crate) const ISSUER: &str = "https://auth.example";
pub(crate) const EXPIRES: i64 = 1_800_000_000;

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::hs256(SECRET).unwrap()
}

pub(crate) fn verifier() -> Verifier {
    Verifier::new(ISSUER).with_key(signing_key().verification_key())
}

pub(crate) fn before_the_end() -> Timestamp {
    Timestamp::from_second(EXPIRES - 1).unwrap()
}

pub(crate) fn claims() -> AccessClaims {
    AccessClaims {
        sub: "0198d7c1-0000-7000-8000-00000000000a".into(),
        iat: EXPIRES - 1_800,
        exp: EXPIRES,
        jti: Uuid::from_u128(0x0198_d7c1_0000_7000_8000_0000_0000_000b),
        iss: ISSUER.into(),
        sid: Uuid::from_u128(0x0198_d7c1_0000_7000_8000_0000_0000_000c),
        generation: 7,
        email: None,
        permissions: None,
        aud: None,
        kt: None,
    }
}

/// The header of a good token.
pub(crate) fn header() -> Value {
    json!({ "typ": "at+jwt", "alg": "HS256", "kid": signing_key().kid() })
}

/// A token of this header and these claims, signed under `secret` by HMAC-SHA256.
pub(crate) fn forge(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>, secret: &[u8]) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    seal(&message, secret)
}

/// Whatever stands before the signature, and the right signature for it.
pub(crate) fn seal(message: &str, secret: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// A token with these changes to the header of a good one, rightly signed. `null` takes a parameter out.
pub(crate) fn with_header(changes: &Value) -> String {
    forge(
        merged(header(), changes),
        serde_json::to_string(&claims()).unwrap(),
        SECRET,
    )
}

/// A token with these changes to the claims of a good one, rightly signed. `null` takes a claim out.
pub(crate) fn with_claims(changes: &Value) -> String {
    let claims = serde_json::to_value(claims()).unwrap();
    forge(header().to_string(), merged(claims, changes), SECRET)
}

fn merged(mut base: Value, changes: &Value) -> String {
    let object = base.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    base.to_string()
}

/// What is refused: its name, the token, and why.
pub(crate) type Row = (&'static str, String, VerifyError);

/// Each is refused for its reason, and whatever the time.
pub(crate) fn refuses(table: impl IntoIterator<Item = Row>) {
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
