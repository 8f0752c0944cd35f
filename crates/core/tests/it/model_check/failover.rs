//! A failover with asynchronous replication takes the last commit back. A client that holds a token above the row's is rolled
//! forward (Ahead). With synchronous replication a failover loses nothing that was acknowledged: what it may lose are
//! commits whose outcome the node does not know, and those are in every other model.

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Client, Revocation, Scenario, Witness};
use super::search::{broken, kill, prove};
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
fn i1_kills_a_token_above_the_row_taken_for_reuse() {
    kill(&one_tab(), Defect::AheadIsReuse, Invariant::I1);
    kill(&keyed(), Defect::AheadIsReuse, Invariant::I1);
}

/// What is not promised: a tab's request that was overtaken by another tab's, while the store forgot between the two that the
/// other one had just rotated.
#[test]
fn i1_two_tabs_racing_across_a_failover_may_cost_a_session() {
    let scenario = Scenario {
        tabs: 2,
        witnesses: &[],
        ..one_tab()
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
