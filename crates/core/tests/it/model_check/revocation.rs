//! Sign-out and suspension racing refreshes on other nodes: nothing is granted once the revocation is in the store (I5), and
//! dead is absorbing (I7).

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Client, Revocation, Scenario, Theft, Witness};
use super::search::{kill, prove};
use super::world::Budget;

const FAULTS: Budget = Budget {
    losses: Budget::UNLIMITED,
    duplicates: 0,
    unknowns: Budget::UNLIMITED,
    outages: 0,
    failovers: 0,
};
const SEEN: &[Witness] = &[
    Witness::Refusal,
    Witness::Hold,
    Witness::OwnAttempt,
    Witness::Retry,
];

fn sign_out() -> Scenario {
    let revocation = Revocation::SignOut;
    Scenario {
        revocation,
        faults: FAULTS,
        witnesses: SEEN,
        ..Scenario::browser("sign-out racing 2 tabs")
    }
}

fn suspension() -> Scenario {
    let revocation = Revocation::Suspension;
    Scenario {
        revocation,
        faults: FAULTS,
        witnesses: SEEN,
        ..Scenario::browser("suspension racing 2 tabs")
    }
}

/// A raised epoch whose effect on the session's own row is still to come: the epoch alone must stop every write of a
/// refresh. (Hold writes none; in the store, the epoch and the ends of its sessions are one effect.)
fn epoch() -> Scenario {
    let witnesses = &[Witness::Refusal, Witness::OwnAttempt, Witness::Retry];
    let scenario = Scenario::browser("raised epoch racing a keyed client");
    Scenario {
        client: Client::Keyed,
        revocation: Revocation::EpochOnly,
        faults: FAULTS,
        witnesses,
        ..scenario
    }
}

/// Sign-out while a thief's reuse is being recorded.
fn disputed() -> Scenario {
    let name = "sign-out racing a thief";
    let (client, theft) = (Client::Keyless, Theft::Token);
    Scenario {
        client,
        theft,
        tabs: 1,
        revocation: Revocation::SignOut,
        ..Scenario::browser(name)
    }
}

#[test]
fn i5_no_refresh_outlives_a_sign_out() {
    prove(sign_out());
}

#[test]
fn r1_3_i5_no_refresh_outlives_a_suspension() {
    prove(suspension());
}

#[test]
fn i5_no_refresh_outlives_a_raised_epoch() {
    prove(epoch());
}

#[test]
fn i7_a_sign_out_and_a_reuse_have_one_winner() {
    prove(disputed());
}

#[test]
fn i5_kills_effects_without_their_conditions() {
    kill(&sign_out(), Defect::LiveNotCondition, Invariant::I5);
    kill(&epoch(), Defect::EpochNotCondition, Invariant::I5);
}

#[test]
fn i5_kills_an_answer_before_the_commit() {
    kill(&sign_out(), Defect::RevocationAcknowledgedFirst, Invariant::I5);
}

#[test]
fn i5_kills_an_own_attempt_trusted_without_a_look_at_the_end() {
    kill(&sign_out(), Defect::OwnAttemptTrusted, Invariant::I5);
    kill(&suspension(), Defect::OwnAttemptTrusted, Invariant::I5);
}

#[test]
fn i7_kills_an_end_that_is_overwritten() {
    kill(&disputed(), Defect::EndOverwritten, Invariant::I7);
}
