//! What signs, and what applications verify by: the configured algorithm, and no break where key or algorithm changes.

use futures::executor::block_on;
use keyturn_core::model::KeyPurpose;
use keyturn_core::ports::Clock;
use keyturn_core::service::KeyFault;
use keyturn_token::Algorithm;

use super::{House, PERIOD, accepted_by_application, admits, header, keys, refresh, sign_in};

#[test]
fn r5_4_tokens_are_signed_by_the_configured_algorithm_and_verified_by_the_public_keys() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let house = House::new(keys(), algorithm);
        let token = sign_in(&house.node).access_token;
        let set = house.node.jwk_set();
        assert_eq!(set.keys.len(), 1, "a fresh store uses the key at once");
        let expected = (algorithm.name().to_owned(), set.keys[0].thumbprint());
        assert_eq!(header(&token), expected);
        assert!(admits(&house.node, &token));
        assert!(accepted_by_application(&house.node, &token, house.clock.now()));
        assert_eq!(
            header(&sign_in(&house.another(keys(), algorithm).unwrap()).access_token),
            expected
        );
    }
}

#[test]
fn r5_4_a_rotation_goes_unnoticed_on_every_node() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let nodes = [&house.node, &house.another(keys(), Algorithm::EdDsa).unwrap()];
    let old = sign_in(nodes[0]);
    let rotated = house.rotate(KeyPurpose::Access, Algorithm::EdDsa).unwrap();
    assert!(matches!(
        house.rotate(KeyPurpose::Access, Algorithm::EdDsa),
        Err(KeyFault::Published { .. })
    ));
    // One node hears of it, the other not yet.
    block_on(nodes[0].reload_keys()).unwrap();
    assert_eq!(nodes[0].jwk_set().keys.len(), 2, "shown before it signs");
    let still_old = sign_in(nodes[0]);
    assert_eq!(header(&still_old.access_token), header(&old.access_token));
    assert!(admits(nodes[1], &still_old.access_token));

    block_on(nodes[1].reload_keys()).unwrap();
    let now = house.pass(PERIOD);
    let new = sign_in(nodes[0]);
    assert_eq!(header(&new.access_token).1, rotated.kid);
    for node in nodes {
        for token in [&old, &still_old, &new].map(|issued| &issued.access_token) {
            assert!(admits(node, token));
            assert!(accepted_by_application(node, token, now));
        }
    }
    // Once the last token of the old key has expired, only the new one is shown.
    house.pass(30 * 60 + 300);
    assert_eq!(nodes[1].jwk_set().keys.len(), 1);
    assert!(admits(nodes[1], &refresh(nodes[1], &old).unwrap().access_token));
}

#[test]
fn r5_4_a_change_of_algorithm_is_published_before_it_is_used() {
    let house = House::new(keys(), Algorithm::Hs256);
    let old = sign_in(&house.node);
    let node = house.another(keys(), Algorithm::Es256).unwrap();
    assert_eq!(node.jwk_set().keys.len(), 1);
    assert_eq!(header(&sign_in(&node).access_token).0, "HS256");
    house.pass(PERIOD);
    assert_eq!(header(&sign_in(&node).access_token).0, "ES256");
    assert!(admits(&node, &old.access_token));
    let back = house.another(keys(), Algorithm::Hs256).unwrap();
    house.pass(PERIOD);
    assert_eq!(header(&sign_in(&back).access_token).0, "HS256");
}
