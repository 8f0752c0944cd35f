//! A thief who copied the refresh token, and only that, at any moment (I2): on a bound session he is caught at the first use,
//! on an unbound one as soon as owner and thief have both refreshed. Old tokens are recognised whatever their age (I4).

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Client, Scenario, Theft, Witness};
use super::search::{is_soak, kill, prove};
use super::world::Budget;

fn bound() -> Scenario {
    let faults = Budget {
        losses: Budget::UNLIMITED,
        unknowns: u8::from(is_soak()),
        ..Budget::NONE
    };
    let witnesses = &[Witness::Reuse, Witness::Refusal, Witness::Retry];
    Scenario {
        theft: Theft::Token,
        faults,
        witnesses,
        ..Scenario::browser("thief of a bound session's token")
    }
}

fn keyed() -> Scenario {
    let tabs = if is_soak() { 2 } else { 1 };
    let faults = Budget {
        losses: Budget::UNLIMITED,
        ..Budget::NONE
    };
    let witnesses = &[Witness::Reuse, Witness::ThiefServed, Witness::LostReply];
    let name = "thief of an unbound token, owner with a key";
    Scenario {
        client: Client::Keyed,
        tabs,
        theft: Theft::Token,
        faults,
        witnesses,
        ..Scenario::browser(name)
    }
}

fn keyless() -> Scenario {
    let witnesses = &[Witness::Reuse, Witness::ThiefServed, Witness::Refusal];
    let name = "thief of an unbound token, owner without a key";
    Scenario {
        client: Client::Keyless,
        tabs: 1,
        theft: Theft::Token,
        witnesses,
        ..Scenario::browser(name)
    }
}

#[test]
fn r1_5_i2_a_thief_without_the_proof_is_caught_at_the_first_use() {
    prove(bound());
}

#[test]
fn r1_5_i2_a_thief_of_an_unbound_token_is_caught_once_both_have_refreshed() {
    prove(keyed());
    prove(keyless());
}

#[test]
fn i2_kills_a_proof_that_is_not_asked_for() {
    kill(&bound(), Defect::ProofNotAsked, Invariant::I2);
    kill(&keyed(), Defect::KeyNotAsked, Invariant::I2);
    kill(&keyless(), Defect::KeyNotAsked, Invariant::I2);
}

#[test]
fn i2_kills_a_reuse_that_does_not_end_the_family_before_its_answer() {
    for scenario in [bound(), keyed(), keyless()] {
        kill(&scenario, Defect::ReuseLeavesFamily, Invariant::I2);
    }
}

#[test]
fn i4_kills_an_old_generation_taken_for_the_predecessor() {
    kill(&keyed(), Defect::GrandparentAccepted, Invariant::I4);
    kill(&keyless(), Defect::GrandparentAccepted, Invariant::I4);
}
