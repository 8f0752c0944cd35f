//! The four account states and their transitions (R2.6): the whole table.

use keyturn_core::model::AccountState::{self, Active, Inactive, Pending, Suspended};
use keyturn_core::model::EmailAddress;
use keyturn_core::model::account::Actor::{self, Administrator, Owner};
use keyturn_core::model::account::TransitionRefused;
use keyturn_core::service::{ResetRefused, reset_address};

/// From, to, who may.
const TABLE: [(AccountState, AccountState, &[Actor]); 16] = [
    (Pending, Pending, &[]),
    (Pending, Active, &[Administrator]),
    (Pending, Inactive, &[]),
    (Pending, Suspended, &[Administrator]),
    (Active, Pending, &[]),
    (Active, Active, &[]),
    (Active, Inactive, &[Owner, Administrator]),
    (Active, Suspended, &[Administrator]),
    (Inactive, Pending, &[]),
    (Inactive, Active, &[Administrator]),
    (Inactive, Inactive, &[]),
    (Inactive, Suspended, &[Administrator]),
    (Suspended, Pending, &[]),
    (Suspended, Active, &[Administrator]),
    (Suspended, Inactive, &[Administrator]),
    (Suspended, Suspended, &[]),
];

#[test]
fn r2_6_a_mailed_link_lets_in_who_left_and_never_who_was_put_out() {
    for (from, to) in [
        (Active, Some(Active)),
        (Inactive, Some(Active)),
        (Suspended, None),
        (Pending, None),
    ] {
        assert_eq!(from.after_reset(), to, "{from}");
    }
}

#[test]
fn r2_6_a_link_that_would_do_nothing_is_not_sent() {
    let email = || Some(EmailAddress::parse("ann@example.org").unwrap());
    for (why, sends, state, email, sent) in [
        ("as asked", true, Active, email(), Ok(email().unwrap())),
        (
            "it brings the account back",
            true,
            Inactive,
            email(),
            Ok(email().unwrap()),
        ),
        (
            "nobody sends it",
            false,
            Active,
            email(),
            Err(ResetRefused::NoMail),
        ),
        ("nowhere to go", true, Active, None, Err(ResetRefused::NoAddress)),
        (
            "put out",
            true,
            Suspended,
            email(),
            Err(ResetRefused::State(Suspended)),
        ),
        (
            "never let in",
            true,
            Pending,
            email(),
            Err(ResetRefused::State(Pending)),
        ),
    ] {
        assert_eq!(reset_address(sends, state, email), sent, "{why}");
    }
}

#[test]
fn r2_6_every_transition_is_allowed_to_whom_it_should_be() {
    for (from, to, allowed) in TABLE {
        for actor in Actor::ALL {
            let expected = if allowed.contains(actor) {
                Ok(())
            } else {
                Err(TransitionRefused { from, to })
            };
            assert_eq!(from.transition(to, *actor), expected, "{from} to {to} by {actor}");
        }
    }
}

#[test]
fn r2_6_the_table_names_every_pair_once() {
    for from in AccountState::ALL {
        for to in AccountState::ALL {
            let rows = TABLE.iter().filter(|row| (row.0, row.1) == (*from, *to)).count();
            assert_eq!(rows, 1, "{from} to {to}");
        }
    }
}

#[test]
fn r1_3_only_an_active_account_is_let_in() {
    let admitted: Vec<_> = AccountState::ALL
        .iter()
        .filter(|state| state.is_active())
        .collect();
    assert_eq!(admitted, [&Active]);
}

#[test]
fn a_refused_transition_names_both_states() {
    let refused = Pending.transition(Inactive, Administrator).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "an account that is pending cannot become inactive"
    );
}
