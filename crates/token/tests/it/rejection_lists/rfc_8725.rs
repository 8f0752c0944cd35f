//! RFC 8725: the attacks that it names.

use keyturn_token::{KeyError, SigningKey, Verifier, VerifyError};
use serde_json::json;

use super::payload;
use crate::forge::{
    ISSUER, OTHER_SECRET, SECRET, before_the_end, claims, forge, header, refuses, signing_key, verifier,
    with_claims, with_header,
};

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

fn sign_elsewhere() -> String {
    let elsewhere = SigningKey::hs256(OTHER_SECRET).unwrap();
    let token = elsewhere.sign(&claims()).unwrap();
    let theirs = Verifier::new(ISSUER).with_key(elsewhere.verification_key());
    assert!(theirs.verify(&token, before_the_end()).is_ok());
    token
}
