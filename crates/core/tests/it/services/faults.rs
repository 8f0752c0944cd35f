//! A store that fails: its outcome is unknown, or it is down.

use keyturn_core::model::AccountState;
use keyturn_core::service::AuthError;
use keyturn_testkit::mem_store::StoreFault;

use super::{PASSWORD, house, token};

#[test]
fn a_rotation_of_unknown_outcome_is_recognised_as_ones_own_or_made_again() {
    for fault in [
        StoreFault::OutcomeUnknownApplied,
        StoreFault::OutcomeUnknownDropped,
    ] {
        let house = house(AccountState::Active);
        house.create("ann", AccountState::Active);
        let first = house.sign_in("ann", PASSWORD).unwrap();
        house.store.fail_next(fault);
        let second = house.refresh(&token(&first)).unwrap();
        assert_eq!(second.family.session.head.generation, 1, "{fault:?}");
        assert_eq!(
            house
                .refresh(&token(&second))
                .unwrap()
                .family
                .session
                .head
                .generation,
            2,
            "{fault:?}"
        );
    }
}

#[test]
fn r1_5_a_store_that_is_down_costs_nobody_the_session() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let first = house.sign_in("ann", PASSWORD).unwrap();
    house.store.set_down(true);
    assert!(matches!(house.refresh(&token(&first)), Err(AuthError::Store(_))));
    house.store.set_down(false);
    let second = house.refresh(&token(&first)).unwrap();
    assert_eq!(
        token(&second),
        token(&house.refresh(&token(&first)).unwrap()),
        "a retry gets the same successor"
    );
}
