//! What is signed is accepted, says the same, and has the shape that is promised.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use keyturn_token::{
    AccessClaims, MAX_TOKEN_BYTES, SignError, SigningKey, TokenExpired, Verifier, VerifyError,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::forge::{
    EXPIRES, ISSUER, OTHER_SECRET, before_the_end, claims, header, signing_key, verifier, with_claims,
};

#[test]
fn r2_3_the_payload_has_exactly_the_claims_that_have_a_value() {
    let (header_json, payload) = parts(&signing_key().sign(&claims()).unwrap());
    assert_eq!(header_json, header());
    let expected = json!({
        "sub": "0198d7c1-0000-7000-8000-00000000000a", "iat": EXPIRES - 1_800, "exp": EXPIRES,
        "jti": "0198d7c1-0000-7000-8000-00000000000b", "iss": ISSUER,
        "sid": "0198d7c1-0000-7000-8000-00000000000c", "gen": 7,
    });
    assert_eq!(payload, expected);
}

#[test]
fn r2_3_email_permissions_and_audience_stand_in_the_payload_where_they_are_set() {
    let full = AccessClaims {
        email: Some("ann@example.com".into()),
        permissions: Some(vec!["admin".into()]),
        aud: Some("tasks".into()),
        ..claims()
    };
    let token = signing_key().sign(&full).unwrap();
    let (_, payload) = parts(&token);
    assert_eq!(payload["email"], "ann@example.com");
    assert_eq!(payload["permissions"], json!(["admin"]));
    assert_eq!(payload["aud"], "tasks");
    assert_eq!(
        verifier().with_audience("tasks").verify(&token, before_the_end()),
        Ok(full)
    );
}

#[test]
fn r5_4_tokens_are_signed_with_hs256() {
    let (header_json, _) = parts(&signing_key().sign(&claims()).unwrap());
    assert_eq!(header_json["alg"], "HS256");
}

#[test]
fn a_token_dies_at_the_second_it_names_and_is_still_ours() {
    let token = signing_key().sign(&claims()).unwrap();
    let last = Timestamp::new(EXPIRES - 1, 999_999_999).unwrap();
    let end = Timestamp::from_second(EXPIRES).unwrap();
    assert_eq!(verifier().verify(&token, last), Ok(claims()));
    assert_eq!(
        verifier().verify(&token, end),
        Err(VerifyError::Expired(Box::new(claims())))
    );
    assert_eq!(verifier().verify_signature(&token), Ok(claims()));
    assert_eq!(claims().check_time(end), Err(TokenExpired));
}

#[test]
fn a_token_is_not_judged_by_when_it_was_issued() {
    let early = Timestamp::from_second(EXPIRES - 3_600).unwrap();
    let token = signing_key().sign(&claims()).unwrap();
    assert_eq!(verifier().verify(&token, early), Ok(claims()));
}

#[test]
fn tokens_of_a_retiring_key_are_accepted_beside_the_new_ones() {
    let (old, new) = (signing_key(), SigningKey::hs256(OTHER_SECRET).unwrap());
    let both = Verifier::new(ISSUER)
        .with_key(old.verification_key())
        .with_key(new.verification_key());
    for key in [old, new] {
        assert_eq!(
            both.verify(&key.sign(&claims()).unwrap(), before_the_end()),
            Ok(claims())
        );
    }
}

#[test]
fn a_newer_issuer_may_add_claims() {
    let token = with_claims(&json!({ "acr": "2", "cnf": { "jkt": "x" } }));
    assert_eq!(verifier().verify(&token, before_the_end()), Ok(claims()));
}

#[test]
fn what_no_verifier_would_read_is_not_signed() {
    let huge = AccessClaims {
        permissions: Some(vec!["p".repeat(MAX_TOKEN_BYTES)]),
        ..claims()
    };
    assert!(
        matches!(signing_key().sign(&huge), Err(SignError::TooLarge { length }) if length > MAX_TOKEN_BYTES)
    );
}

#[test]
fn claims_are_printed_without_the_email_address() {
    let printed = format!(
        "{:?}",
        AccessClaims {
            email: Some("ann@example.com".into()),
            ..claims()
        }
    );
    assert!(printed.contains(&claims().sid.to_string()), "{printed}");
    assert!(!printed.contains("ann@"), "{printed}");
}

proptest! {
    #[test]
    fn what_is_signed_is_read_back(claims in any_claims()) {
        let token = signing_key().sign(&claims).unwrap();
        let mut verifier = Verifier::new(claims.iss.clone()).with_key(signing_key().verification_key());
        if let Some(audience) = &claims.aud {
            verifier = verifier.with_audience(audience);
        }
        prop_assert_eq!(verifier.verify_signature(&token), Ok(claims));
    }

    #[test]
    fn a_token_changed_in_any_character_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=-]") {
        let token = signing_key().sign(&claims()).unwrap();
        let at = at.index(token.len());
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assume!(changed != token);
        prop_assert!(verifier().verify_signature(&changed).is_err());
    }

    #[test]
    fn no_text_makes_the_verifier_panic(text in ".{0,200}", dots in "[a-zA-Z0-9_-]{0,80}\\.[a-zA-Z0-9_-]{0,80}\\.[a-zA-Z0-9_-]{0,80}") {
        prop_assert!(verifier().verify_signature(&text).is_err());
        prop_assert!(verifier().verify_signature(&dots).is_err());
    }
}

prop_compose! {
    fn any_claims()(
        sub in "\\PC{1,40}",
        times in any::<(i64, i64)>(),
        ids in any::<(u128, u128)>(),
        iss in "\\PC{0,40}",
        generation in any::<u32>(),
        email in prop::option::of("\\PC{0,40}"),
        permissions in prop::option::of(prop::collection::vec("\\PC{0,20}", 0..4)),
        aud in prop::option::of("\\PC{0,40}"),
        kt in prop::option::of("[A-Za-z0-9_-]{0,43}"),
    ) -> AccessClaims {
        AccessClaims {
            sub, iat: times.0, exp: times.1, jti: Uuid::from_u128(ids.0), iss, sid: Uuid::from_u128(ids.1),
            generation, email, permissions, aud, kt,
        }
    }
}

fn parts(token: &str) -> (Value, Value) {
    let decoded: Vec<Value> = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    (decoded[0].clone(), decoded[1].clone())
}
