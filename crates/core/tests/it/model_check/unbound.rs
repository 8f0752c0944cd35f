//! Clients without cookies. With an `Idempotency-Key` a lost reply costs nothing (I1); without one the internal retry alone
//! is safe, since a node recognises its own commit.

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Client, Scenario, Witness};
use super::search::{is_soak, kill, prove};
use super::world::Budget;

/// A client that repeats its renewal with the same key, one request overtaking the other.
fn keyed() -> Scenario {
    let often = if is_soak() { Budget::UNLIMITED } else { 1 };
    let faults = Budget {
        losses: Budget::UNLIMITED,
        duplicates: 1,
        unknowns: often,
        outages: often,
        failovers: 0,
    };
    let witnesses = &[
        Witness::ConcurrentReplay,
        Witness::LostReply,
        Witness::OwnAttempt,
        Witness::Retry,
    ];
    Scenario {
        client: Client::Keyed,
        faults,
        witnesses,
        ..Scenario::browser("unbound with a key: losses, duplicate, unknown outcome")
    }
}

/// A client without a key, and a store connection that breaks around commits, less often than a node tries.
fn keyless() -> Scenario {
    let faults = Budget {
        unknowns: 3,
        ..Budget::NONE
    };
    let witnesses = &[Witness::OwnAttempt];
    Scenario {
        client: Client::Keyless,
        tabs: 1,
        faults,
        witnesses,
        ..Scenario::browser("unbound without a key: unknown outcomes")
    }
}

#[test]
fn i1_a_repeated_attempt_survives_losses_duplicates_and_unknown_outcomes() {
    prove(keyed());
}

#[test]
fn i1_an_unknown_outcome_costs_nothing_even_without_a_key() {
    prove(keyless());
}

#[test]
fn i1_kills_a_store_attempt_that_is_not_recognised() {
    kill(&keyless(), Defect::OwnAttemptForgotten, Invariant::I1);
}

#[test]
fn i1_kills_a_lost_reply_that_is_not_answered_again() {
    kill(&keyed(), Defect::NoLostReply, Invariant::I1);
    kill(&keyed(), Defect::NoConcurrentReplay, Invariant::I1);
}
