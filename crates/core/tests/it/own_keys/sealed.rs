//! Keys as they are stored: sealed under a master secret, for one purpose, and kept where they can't be read again.

use futures::executor::block_on;
use keyturn_core::credential::{Keys, SealedFor, Unsealable};
use keyturn_core::model::KeyPurpose;
use keyturn_core::service::KeyFault;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_token::Algorithm;
use zeroize::Zeroizing;

use super::{House, admits, header, keys, secret, sign_in};

#[test]
fn keys_outlive_a_new_master_secret_and_are_not_opened_by_a_strange_one() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let old = sign_in(&house.node);
    let both = Keys::derive(&secret(100), Some(&secret(0)));
    assert!(admits(
        &house.another(both, Algorithm::EdDsa).unwrap(),
        &old.access_token
    ));
    // Sealed anew by then: the one before can go.
    let alone = Keys::derive(&secret(100), None);
    assert!(admits(
        &house.another(alone, Algorithm::EdDsa).unwrap(),
        &old.access_token
    ));
    let strange = Keys::derive(&secret(50), None);
    assert!(matches!(
        house.another(strange, Algorithm::EdDsa),
        Err(KeyFault::Sealed { .. })
    ));
}

#[test]
fn keys_that_cannot_be_read_again_stay_as_they_are() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let token = sign_in(&house.node).access_token;
    house.store.set_down(true);
    assert!(matches!(
        block_on(house.node.reload_keys()),
        Err(KeyFault::Store(_))
    ));
    assert_eq!(house.node.jwk_set().keys[0].thumbprint(), header(&token).1);
    house.store.set_down(false);
    assert!(admits(&house.node, &token));
}

#[test]
fn a_sealed_key_opens_only_as_what_it_was_sealed_for() {
    let (keys, bytes) = (keys(), Zeroizing::new([7; 32]));
    let of = SealedFor {
        kid: "k-1",
        purpose: KeyPurpose::Access,
        algorithm: Algorithm::EdDsa,
    };
    let sealed = keys.seal(&bytes, of, &SeededEntropy::new(9)).unwrap();
    let opened = keys.open(&sealed, of).unwrap();
    assert_eq!((*opened.bytes, opened.outdated), (*bytes, false));
    assert!(!sealed.windows(8).any(|window| window == [7; 8]));
    for other in [
        SealedFor { kid: "k-2", ..of },
        SealedFor {
            purpose: KeyPurpose::Refresh,
            ..of
        },
        SealedFor {
            algorithm: Algorithm::Es256,
            ..of
        },
    ] {
        assert_eq!(keys.open(&sealed, other).unwrap_err(), Unsealable);
    }
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(keys.open(&changed, of).unwrap_err(), Unsealable, "byte {place}");
        assert_eq!(
            keys.open(&sealed[..place], of).unwrap_err(),
            Unsealable,
            "{place} bytes"
        );
    }
    let another = Keys::derive(&secret(100), None);
    assert_eq!(another.open(&sealed, of).unwrap_err(), Unsealable);
}
