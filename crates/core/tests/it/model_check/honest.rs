//! A browser and its tabs, nobody else: whatever goes wrong, nobody is signed out (I1), and there is one lineage (I3).

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Lifetimes, Scenario, Witness};
use super::search::{broken, is_soak, kill, prove};
use super::world::Budget;

const SEEN: &[Witness] = &[
    Witness::Hold,
    Witness::ConcurrentReplay,
    Witness::LostReply,
    Witness::Retry,
];

/// Two tabs; any number of losses: of messages, and of nodes before and after the commit.
fn lossy() -> Scenario {
    let faults = Budget {
        losses: Budget::UNLIMITED,
        ..Budget::NONE
    };
    Scenario {
        faults,
        witnesses: SEEN,
        ..Scenario::browser("browser: 2 tabs, any number of losses")
    }
}

/// Two tabs, everything that can go wrong with messages, nodes and the connection to the store.
fn unlucky() -> Scenario {
    let faults = Budget {
        losses: Budget::UNLIMITED,
        duplicates: u8::from(is_soak()),
        unknowns: Budget::UNLIMITED,
        outages: Budget::UNLIMITED,
        failovers: 0,
    };
    let witnesses = &[
        Witness::Hold,
        Witness::LostReply,
        Witness::OwnAttempt,
        Witness::Retry,
        Witness::Unavailable,
    ];
    Scenario {
        faults,
        witnesses,
        ..Scenario::browser("browser: 2 tabs, losses, unknown outcomes, outages")
    }
}

/// A request that arrives twice.
fn doubled() -> Scenario {
    let faults = Budget {
        losses: Budget::UNLIMITED,
        duplicates: 1,
        ..Budget::NONE
    };
    Scenario {
        faults,
        witnesses: SEEN,
        ..Scenario::browser("browser: 2 tabs, losses, a duplicate")
    }
}

/// More tabs.
fn crowded(tabs: usize) -> Scenario {
    let faults = Budget {
        losses: Budget::UNLIMITED,
        ..Budget::NONE
    };
    Scenario {
        tabs,
        faults,
        witnesses: SEEN,
        ..Scenario::browser("browser: more tabs, losses")
    }
}

#[test]
fn i1_two_tabs_survive_any_number_of_losses_and_crashes() {
    prove(lossy());
}

#[test]
fn i1_two_tabs_survive_unknown_outcomes_and_outages() {
    prove(unlucky());
}

#[test]
fn i1_two_tabs_survive_a_duplicate() {
    prove(doubled());
}

#[test]
fn i1_more_tabs_survive_any_number_of_losses_and_crashes() {
    prove(crowded(if is_soak() { 4 } else { 3 }));
}

/// The same without moving time and generations back to fixed places, which shows that doing so hides nothing.
#[test]
fn i1_two_tabs_survive_in_absolute_time_too() {
    let horizon = if is_soak() { 20 } else { 12 };
    let lifetimes = Some(Lifetimes {
        idle: 1000,
        absolute: 2000,
        horizon,
    });
    prove(Scenario {
        name: "browser: 2 tabs, losses, absolute time",
        lifetimes,
        ..lossy()
    });
}

/// A finer clock: the windows are 6 ticks, a request lives 3.
#[test]
fn i1_two_tabs_survive_on_a_finer_clock() {
    prove(Scenario {
        name: "browser: 2 tabs, losses, finer clock",
        window: 6,
        life: 3,
        ..lossy()
    });
}

/// Two nodes whose clocks differ by a tick, which the life of a request has to leave room for.
#[test]
fn i1_two_tabs_survive_clocks_that_differ() {
    let name = "browser: 2 tabs, losses, clocks a tick apart";
    prove(Scenario {
        name,
        window: 6,
        life: 2,
        skew: 1,
        ..lossy()
    });
}

/// The assumption that the windows rest on: a request and its answer live at most half a window.
#[test]
fn i1_a_request_that_outlives_half_a_window_may_cost_a_session() {
    let longest = (1..=4).take_while(|life| {
        broken(
            &Scenario {
                life: *life,
                witnesses: &[],
                ..lossy()
            },
            Invariant::I1,
        )
        .is_none()
    });
    assert_eq!(longest.last(), Some(2), "in ticks, of a window of 4");
}

#[test]
fn i1_kills_wrong_verdicts() {
    for defect in [
        Defect::NoHold,
        Defect::HoldShorterThanReplay,
        Defect::NoConcurrentReplay,
        Defect::NoLostReply,
    ] {
        kill(&lossy(), defect, Invariant::I1);
    }
}

#[test]
fn i1_kills_wrong_effects() {
    for defect in [
        Defect::ReplayKeepsHandedAt,
        Defect::HoldSetsCookie,
        Defect::HoldAnswersNewHead,
        Defect::SuccessorSeenAtOnce,
    ] {
        kill(&lossy(), defect, Invariant::I1);
    }
}

#[test]
fn i3_kills_effects_that_fork_the_lineage() {
    kill(&lossy(), Defect::RotateUnconditional, Invariant::I3);
    kill(&lossy(), Defect::ReplayRotates, Invariant::I3);
}

#[test]
fn i9_kills_an_outage_answered_by_a_verdict() {
    kill(&unlucky(), Defect::OutageRefuses, Invariant::I9);
}
