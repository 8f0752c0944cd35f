//! What the audit log holds of people who are not let in.

use futures::executor::block_on;
use keyturn_core::credential::Keys;
use keyturn_core::model::{AccountState, AuditKind};
use keyturn_core::ports::AuditStore;
use keyturn_core::service::{AuthError, Authority};
use keyturn_testkit::fixtures::request_origin;

use super::{PASSWORD, SECRETS, house, listening, master_secret};

#[test]
fn who_is_not_let_in_is_written_with_the_account_and_never_with_the_name() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let bob = house.create("bob", AccountState::Suspended);
    for (name, password) in [("ann", "wrong"), ("nobody-at-all", "wrong"), ("bob", PASSWORD)] {
        assert!(house.sign_in(name, password).is_err());
    }
    let id = request_origin().request_id.unwrap();
    let events = block_on(house.store.request_audit(&id, 10)).unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.user_id, event.detail.as_str()))
        .collect();
    let failed = AuditKind::SignInFailed;
    let expected = [
        (failed, Some(ann), "wrong_password"),
        (failed, None, "unknown_account"),
        (failed, Some(bob), "suspended"),
    ];
    assert_eq!(told, expected);
    assert!(!format!("{events:?}").contains("nobody-at-all"));
}

#[test]
fn attempts_that_are_turned_away_are_written_once_for_each_full_lane() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let turned_away = (0..30)
        .filter(|_| matches!(house.sign_in("ann", "wrong"), Err(AuthError::Throttled { .. })))
        .count();
    assert_eq!(turned_away, 20);
    let id = request_origin().request_id.unwrap();
    let events = block_on(house.store.request_audit(&id, 100)).unwrap();
    let count = |kind| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(
        (count(AuditKind::SignInFailed), count(AuditKind::Throttled)),
        (10, 1)
    );
    assert_eq!(events.last().map(|event| event.detail.as_str()), Some("account"));
}

#[test]
fn r5_1_where_clients_are_not_recorded_no_address_is_in_the_audit_log() {
    let mut house = house(AccountState::Active);
    let mut policy = house.authority.policy().clone();
    policy.session.record_client = false;
    let keys = Keys::derive(&master_secret(SECRETS[0]), None);
    let live = listening(&house.store, &house.ports);
    house.authority = Authority::new(house.ports.clone(), live, policy, keys).unwrap();
    house.create("ann", AccountState::Active);
    assert!(house.sign_in("ann", "wrong").is_err());
    house.sign_in("ann", PASSWORD).unwrap();
    let id = request_origin().request_id.unwrap();
    let events = block_on(house.store.request_audit(&id, 10)).unwrap();
    let addresses: Vec<_> = events.iter().map(|event| event.origin.ip).collect();
    assert_eq!(addresses, [None, None], "{events:?}");
}
