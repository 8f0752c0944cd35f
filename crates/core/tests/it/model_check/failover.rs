//! A failover with asynchronous replication takes the last commit back. A client that holds a token above the row's is rolled
//! forward: a browser to what it brings (Adopt), so that its other tabs' requests keep their meaning, a client without cookies
//! to the successor. With synchronous replication a failover loses nothing that was acknowledged: what it may lose are
//! commits whose outcome the node does not know, and those are in every other model.

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Client, Revocation, Scenario, Witness};
use super::search::{broken, is_soak, kill, prove};
use super::world::Budget;

const FAILOVERS: Budget = Budget {
    failovers: Budget::UNLIMITED,
    ..Budget::NONE
};

/// One request at a time.
fn one_tab() -> Scenario {
    let witnesses = &[Witness::Ahead, Witness::Hold];
    Scenario {
        tabs: 1,
        faults: FAILOVERS,
        witnesses,
        ..Scenario::browser("asynchronous failovers, one tab")
    }
}

/// Requests of two tabs, one overtaking the other.
fn two_tabs() -> Scenario {
    let witnesses = &[Witness::Ahead, Witness::Hold, Witness::ConcurrentReplay];
    Scenario {
        name: "asynchronous failovers, tabs racing",
        tabs: if is_soak() { 3 } else { 2 },
        witnesses,
        ..one_tab()
    }
}

fn keyed() -> Scenario {
    let witnesses = &[Witness::Ahead];
    let name = "asynchronous failovers, unbound with a key";
    Scenario {
        client: Client::Keyed,
        tabs: 1,
        faults: FAILOVERS,
        witnesses,
        ..Scenario::browser(name)
    }
}

#[test]
fn i1_a_lost_rotation_is_rolled_forward() {
    prove(one_tab());
    prove(keyed());
}

#[test]
fn i1_two_tabs_racing_survive_failovers() {
    prove(two_tabs());
}

#[test]
fn i1_kills_a_token_above_the_row_taken_for_reuse() {
    kill(&one_tab(), Defect::AheadIsReuse, Invariant::I1);
    kill(&keyed(), Defect::AheadIsReuse, Invariant::I1);
}

#[test]
fn i1_kills_a_browser_rolled_forward_past_what_it_brings() {
    kill(&two_tabs(), Defect::AheadRotates, Invariant::I1);
}

/// What is not promised, two faults at once: an answer was lost, and the store forgets that the successor was handed out again.
#[test]
fn i1_a_failover_after_a_lost_answer_may_cost_a_session() {
    let faults = Budget {
        losses: 1,
        failovers: 1,
        ..Budget::NONE
    };
    let scenario = Scenario {
        faults,
        witnesses: &[],
        ..two_tabs()
    };
    assert!(broken(&scenario, Invariant::I1).is_some());
}

/// What is not promised: an acknowledged end that replication had not carried over is undone.
#[test]
fn i5_needs_synchronous_replication() {
    let scenario = Scenario {
        revocation: Revocation::SignOut,
        witnesses: &[],
        ..one_tab()
    };
    assert!(broken(&scenario, Invariant::I5).is_some());
}
