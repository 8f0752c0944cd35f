//! How long a key is needed: by the sessions that began with it, and until it is retired.

use futures::executor::block_on;
use keyturn_core::key_schedule::KeyDuty;
use keyturn_core::model::{KeyMaterial, KeyPurpose};
use keyturn_core::ports::SigningKeyStore;
use keyturn_core::service::{Issued, KeyFault, KeyStatus};
use keyturn_token::{Algorithm, SigningKey};

use super::{House, PERIOD, admits, header, keys, refresh, sign_in};

#[test]
fn r5_4_a_session_keeps_its_refresh_key_for_life() {
    let house = House::new(keys(), Algorithm::Hs256);
    let old = sign_in(&house.node);
    house.rotate(KeyPurpose::Refresh, Algorithm::Hs256).unwrap();
    let other = house.another(keys(), Algorithm::Hs256).unwrap();
    block_on(house.node.reload_keys()).unwrap();
    house.pass(PERIOD);
    let new = sign_in(&house.node);
    let key_of = |issued: &Issued| issued.family.session.refresh_key_id;
    assert_ne!(key_of(&old), key_of(&new));
    for issued in [&old, &new] {
        let next = refresh(&other, issued).unwrap();
        assert_eq!(key_of(&next), key_of(issued));
        assert!(refresh(&house.node, &next).is_ok());
    }
}

#[test]
fn r5_4_a_key_is_retired_when_nothing_of_it_lives_or_by_force() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let old = sign_in(&house.node);
    let (_, kid) = header(&old.access_token);
    assert!(matches!(house.retire(&kid, true), Err(KeyFault::InUse { .. })));
    assert!(matches!(
        house.retire("another", true),
        Err(KeyFault::Unknown { .. })
    ));
    let derived = SigningKey::hs256(keys().access_secret()).unwrap();
    assert!(matches!(
        house.retire(derived.kid(), true),
        Err(KeyFault::Derived { .. })
    ));

    house.rotate(KeyPurpose::Access, Algorithm::EdDsa).unwrap();
    house.pass(PERIOD);
    assert!(matches!(house.retire(&kid, false), Err(KeyFault::Needed { .. })));
    let statuses = house.statuses();
    assert!(statuses.contains(&(KeyPurpose::Access, KeyStatus::Held(KeyDuty::Signing))));
    assert!(statuses.contains(&(KeyPurpose::Refresh, KeyStatus::Held(KeyDuty::Signing))));
    house.retire(&kid, true).unwrap();
    assert!(matches!(house.retire(&kid, true), Err(KeyFault::Unknown { .. })));
    block_on(house.node.reload_keys()).unwrap();
    assert!(
        !admits(&house.node, &old.access_token),
        "a stolen key is good for nothing"
    );
    assert!(
        refresh(&house.node, &old).is_ok(),
        "and its people are not signed out"
    );
    let rows = block_on(house.store.signing_keys()).unwrap();
    assert!(
        rows.iter()
            .any(|row| row.kid == kid && matches!(row.material, KeyMaterial::Retired(_)))
    );
}
