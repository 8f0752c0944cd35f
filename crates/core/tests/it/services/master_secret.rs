//! Another master secret: nobody is signed out while the one before is known.

use futures::executor::block_on;
use keyturn_core::model::AccountState;
use keyturn_core::service::AuthError;

use super::{PASSWORD, house, requester, token};

#[test]
fn r1_5_a_new_master_secret_signs_out_nobody_while_the_previous_one_is_known() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let (browser, program) = (
        house.sign_in_as_browser("ann"),
        house.sign_in("ann", PASSWORD).unwrap(),
    );
    let device = browser.device.as_ref().unwrap().reveal();
    let lost_reply = house.refresh(&token(&program)).unwrap();

    let house = house.with_new_secret(true);
    assert!(block_on(house.authority.authenticate(&browser.access_token, requester())).is_ok());
    let refreshed = house.refresh_as_browser(&token(&browser), &device).unwrap();
    assert_eq!(refreshed.family.session.head.generation, 1);
    let retried = house.refresh(&token(&program)).unwrap();
    assert_eq!(
        token(&retried),
        token(&lost_reply),
        "the same attempt gets the same successor"
    );
    assert_eq!(
        house
            .sign_in("ann", PASSWORD)
            .unwrap()
            .family
            .session
            .head
            .generation,
        0
    );
}

#[test]
fn what_an_unknown_secret_made_is_no_ones_and_ends_nothing() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let program = house.sign_in("ann", PASSWORD).unwrap();
    let house = house.with_new_secret(false);
    assert!(matches!(
        house.refresh(&token(&program)),
        Err(AuthError::TokenUnknown)
    ));
    let family = block_on(house.ports.store.find_session(program.family.session.id))
        .unwrap()
        .unwrap();
    assert_eq!(family.session.ended, None);
}
