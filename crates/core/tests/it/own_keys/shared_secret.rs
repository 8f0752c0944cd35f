//! A secret that applications share: nothing of it is shown, and it opens nothing here.

use futures::executor::block_on;
use keyturn_core::model::KeyPurpose;
use keyturn_core::ports::Clock;
use keyturn_token::{AccessClaims, Algorithm, SigningKey, Verifier};

use super::{House, SHARED, admits, header, keys, sign_in};
use crate::policy::ISSUER;

#[test]
fn r5_4_nothing_of_a_shared_secret_is_shown() {
    let derived = House::new(keys(), Algorithm::Hs256);
    let shared = House::new(keys().with_shared_secret(SHARED, None), Algorithm::Hs256);
    for house in [derived, shared] {
        assert_eq!(header(&sign_in(&house.node).access_token).0, "HS256");
        house.rotate(KeyPurpose::Access, Algorithm::Hs256).unwrap();
        block_on(house.node.reload_keys()).unwrap();
        assert_eq!(house.node.jwk_set().keys, []);
    }
}

#[test]
fn r5_4_a_token_that_an_application_makes_with_the_shared_secret_opens_nothing_here() {
    let house = House::new(keys().with_shared_secret(SHARED, None), Algorithm::Hs256);
    let issued = sign_in(&house.node);
    let shared = SigningKey::hs256(SHARED).unwrap();
    let verifier = Verifier::new(ISSUER).with_key(shared.verification_key());
    let ours = verifier.verify(&issued.access_token, house.clock.now()).unwrap();
    assert!(admits(&house.node, &issued.access_token));
    let with = |change: fn(&mut AccessClaims)| {
        let mut claims = ours.clone();
        change(&mut claims);
        claims
    };
    let forgeries = [
        ("no mark", with(|claims| claims.kt = None)),
        ("an empty mark", with(|claims| claims.kt = Some(String::new()))),
        (
            "the mark of another token",
            with(|claims| claims.jti = uuid::Uuid::from_u128(1)),
        ),
        (
            "the mark of another session",
            with(|claims| claims.sid = uuid::Uuid::from_u128(1)),
        ),
        ("the mark of another account", with(|claims| claims.sub.push('1'))),
        (
            "the mark of another generation",
            with(|claims| claims.generation += 1),
        ),
        ("the mark of a shorter life", with(|claims| claims.exp += 3_600)),
        ("the mark of another time", with(|claims| claims.iat += 1)),
    ];
    for (name, claims) in forgeries {
        let token = shared.sign(&claims).unwrap();
        assert!(verifier.verify(&token, house.clock.now()).is_ok(), "{name}");
        assert!(!admits(&house.node, &token), "{name}");
    }
    // What the mark does not cover is taken from the store, not from the token.
    let promoted = with(|claims| claims.permissions = Some(vec!["admin".to_owned()]));
    assert!(admits(&house.node, &shared.sign(&promoted).unwrap()));
}

#[test]
fn r5_4_a_new_shared_secret_signs_nobody_out() {
    let house = House::new(keys().with_shared_secret(SHARED, None), Algorithm::Hs256);
    let old = sign_in(&house.node);
    let new_secret: Vec<u8> = SHARED.iter().rev().copied().collect();
    let node = house
        .another(
            keys().with_shared_secret(&new_secret, Some(SHARED)),
            Algorithm::Hs256,
        )
        .unwrap();
    let new = sign_in(&node);
    assert_ne!(header(&old.access_token), header(&new.access_token));
    assert!(admits(&node, &old.access_token) && admits(&node, &new.access_token));
    let unshared = house.another(keys(), Algorithm::Hs256).unwrap();
    assert!(
        !admits(&unshared, &new.access_token),
        "a secret that is taken out opens nothing"
    );
}
