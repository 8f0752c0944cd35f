//! A node that judges a plain Rotate from its memory of the row, however old that is: the store carries it out only on the head
//! that was judged, so that memory can cost a second reading and nothing else. The mutants show that it rests on those conditions.

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Revocation, Scenario, Witness};
use super::search::{kill, prove};
use super::world::Budget;

/// Two tabs whose requests go to nodes with and without memory; messages and nodes are lost.
fn remembering() -> Scenario {
    let faults = Budget {
        losses: Budget::UNLIMITED,
        ..Budget::NONE
    };
    let witnesses = &[Witness::Hold, Witness::ConcurrentReplay, Witness::OldMemory];
    Scenario {
        memory: true,
        faults,
        witnesses,
        ..Scenario::browser("a node with memory: 2 tabs, any number of losses")
    }
}

/// The same with a sign-out that the remembering node has not heard of.
fn signed_out() -> Scenario {
    Scenario {
        name: "a node with memory: 2 tabs, a sign-out",
        revocation: Revocation::SignOut,
        faults: Budget::NONE,
        witnesses: &[Witness::Refusal, Witness::OldMemory],
        ..remembering()
    }
}

#[test]
fn i1_a_rotation_judged_from_memory_costs_nobody_a_session() {
    prove(remembering());
}

#[test]
fn i5_a_rotation_judged_from_memory_grants_nothing_after_a_sign_out() {
    prove(signed_out());
}

#[test]
fn i3_kills_a_rotation_from_memory_on_whatever_head_it_finds() {
    kill(&remembering(), Defect::RotateUnconditional, Invariant::I3);
}

#[test]
fn i5_kills_a_rotation_from_memory_that_does_not_ask_for_live() {
    kill(&signed_out(), Defect::LiveNotCondition, Invariant::I5);
}
