//! The four account states and their transitions (R2.6): the whole table.

use keyturn_core::model::AccountState::{self, Active, Inactive, Pending, Suspended};
use keyturn_core::model::account::Actor::{self, Administrator, Owner};
use keyturn_core::model::account::TransitionRefused;

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
