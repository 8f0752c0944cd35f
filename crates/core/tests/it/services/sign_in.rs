//! A sign-in: what work its answer costs, what happens between a verified password and the session, and the hash that is
//! made anew.

use std::sync::atomic::Ordering;

use futures::executor::block_on;
use keyturn_core::model::account::Actor;
use keyturn_core::model::{AccountState, Client, Delivery, EndReason, Origin};
use keyturn_core::password::{HashSettings, Password, Workspace, hash};
use keyturn_core::ports::{EndAllSessions, SignInName, UserStore};
use keyturn_core::service::{Accounts, AuthError, SignInRequest};
use keyturn_testkit::fixtures::request_origin;

use super::{PASSWORD, house, token};

#[test]
fn r1_3_unknown_wrong_and_non_active_cost_the_same_work_until_the_password_was_right() {
    let house = house(AccountState::Active);
    for (name, state) in [
        ("ann", AccountState::Active),
        ("pat", AccountState::Pending),
        ("ina", AccountState::Inactive),
        ("sue", AccountState::Suspended),
    ] {
        house.create(name, state);
    }
    let work = |name: &str, password: &str| {
        let before = house.hasher.verified.load(Ordering::SeqCst);
        let answer = house.sign_in(name, password);
        (answer, house.hasher.verified.load(Ordering::SeqCst) - before)
    };
    for name in ["nobody", "ann", "pat", "ina", "sue"] {
        let (answer, verified) = work(name, "another long and quiet phrase");
        assert!(matches!(answer, Err(AuthError::InvalidCredentials)), "{name}");
        assert_eq!(verified, 1, "{name}");
    }
    assert!(work("ann", PASSWORD).0.is_ok());
    for (name, state) in [
        ("pat", AccountState::Pending),
        ("ina", AccountState::Inactive),
        ("sue", AccountState::Suspended),
    ] {
        let (answer, verified) = work(name, PASSWORD);
        assert!(
            matches!(answer, Err(AuthError::AccountNotActive(told)) if told == state),
            "{name}"
        );
        assert_eq!(verified, 1, "{name}");
    }
}

#[test]
fn a_name_that_can_be_nobodys_costs_the_same_work() {
    let house = house(AccountState::Active);
    let request = SignInRequest {
        name: None,
        password: Password::new(PASSWORD.to_owned()),
        delivery: Delivery::Body,
        remember: false,
        client: Client::default(),
        origin: request_origin(),
        replaces: None,
        device: None,
    };
    assert!(matches!(
        block_on(house.authority.sign_in(request)),
        Err(AuthError::InvalidCredentials)
    ));
    assert_eq!(house.hasher.verified.load(Ordering::SeqCst), 1);
}

#[test]
fn a_password_changed_between_verifying_and_starting_lets_nobody_in_with_the_old_one() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let accounts = Accounts::new(house.ports.clone(), Origin::COMMAND_LINE);
    house.meanwhile(async move {
        let new = Password::new("quite another quiet phrase".to_owned());
        accounts.set_password(ann, new).await.unwrap();
    });
    assert!(matches!(
        house.sign_in("ann", PASSWORD),
        Err(AuthError::InvalidCredentials)
    ));
    assert!(house.sign_in("ann", "quite another quiet phrase").is_ok());
}

#[test]
fn r1_3_an_account_suspended_between_verifying_and_starting_is_not_let_in() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let accounts = Accounts::new(house.ports.clone(), Origin::COMMAND_LINE);
    house.meanwhile(async move {
        accounts
            .set_state(ann, AccountState::Suspended, Actor::Administrator, "test")
            .await
            .unwrap();
    });
    let answer = house.sign_in("ann", PASSWORD);
    assert!(matches!(
        answer,
        Err(AuthError::AccountNotActive(AccountState::Suspended))
    ));
}

#[test]
fn a_sign_out_everywhere_between_verifying_and_starting_does_not_refuse_the_new_sign_in() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let ports = house.ports.clone();
    house.meanwhile(async move {
        let end = EndAllSessions {
            user_id: ann,
            keep: None,
            reason: EndReason::SignedOutElsewhere,
            origin: request_origin(),
        };
        ports
            .store
            .end_all_sessions(end, ports.clock.now())
            .await
            .unwrap();
    });
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    assert!(house.refresh(&token(&issued)).is_ok());
}

#[test]
fn a_hash_of_other_settings_is_replaced_at_sign_in_and_the_password_stays() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let name = SignInName::EmailKey("ann@example.org".to_owned());
    let old = hash(
        &Password::new(PASSWORD.to_owned()),
        HashSettings::Bcrypt { cost: 4 },
        [9; 16],
        &mut Workspace::default(),
    );
    let now = house.ports.clock.now();
    let stored = block_on(house.store.find_sign_in(&name))
        .unwrap()
        .unwrap()
        .password_hash;
    let rehash = keyturn_core::ports::Rehash {
        user_id: ann,
        expected: stored,
        password_hash: old.unwrap(),
    };
    block_on(house.store.rehash(rehash, now)).unwrap();

    assert!(matches!(
        house.sign_in("ann", "wrong, yet long and quiet"),
        Err(AuthError::InvalidCredentials)
    ));
    let kept = block_on(house.store.find_sign_in(&name))
        .unwrap()
        .unwrap()
        .password_hash;
    assert!(kept.as_str().starts_with("$2"));
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let replaced = block_on(house.store.find_sign_in(&name))
        .unwrap()
        .unwrap()
        .password_hash;
    assert!(replaced.as_str().starts_with("$argon2id$"));
    assert!(house.sign_in("ann", PASSWORD).is_ok());
    assert!(house.refresh(&token(&issued)).is_ok(), "no session ends by it");
}
