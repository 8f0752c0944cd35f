//! Sessions that reach their ends while requests race: nothing is granted past an end, the absolute end stays where sign-in
//! put it, what ended stays as it is (I7), and a refusal changes nothing but the end (I8).

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Lifetimes, Revocation, Scenario, Witness};
use super::search::{kill, prove};
use super::world::Budget;

/// Time is bounded here: five ticks without activity, nine in all.
fn mortal() -> Scenario {
    let lifetimes = Some(Lifetimes {
        idle: 5,
        absolute: 9,
        horizon: 12,
    });
    let faults = Budget {
        losses: Budget::UNLIMITED,
        ..Budget::NONE
    };
    let witnesses = &[
        Witness::IdleEnd,
        Witness::AbsoluteEnd,
        Witness::Refusal,
        Witness::Retry,
    ];
    let name = "2 tabs at the ends of a session";
    Scenario {
        lifetimes,
        faults,
        witnesses,
        revocation: Revocation::SignOut,
        ..Scenario::browser(name)
    }
}

#[test]
fn r1_6_i7_nothing_is_granted_past_an_end() {
    prove(mortal());
}

#[test]
fn i7_kills_an_end_that_moves() {
    kill(&mortal(), Defect::RotateMovesEnd, Invariant::I7);
    kill(&mortal(), Defect::EndOverwritten, Invariant::I7);
}

#[test]
fn i8_kills_a_refusal_that_notes_activity() {
    kill(&mortal(), Defect::RefusalNotesActivity, Invariant::I8);
}

#[test]
fn i1_kills_an_idle_end_recorded_though_somebody_was_active() {
    kill(&mortal(), Defect::IdleUnconditional, Invariant::I1);
}
