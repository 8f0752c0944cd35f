//! The store of the model: each effect whole, atomic and on the conditions that `ports/store.rs` names. It never decides.

use keyturn_core::model::EndReason;

use super::defect::Defect;
use super::scenario::Scenario;
use super::world::{Account, Generation, Key, Read, Row, Tick};

/// Whether a conditional effect took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Won,
    Lost,
}

/// What became of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndOutcome {
    Ended,
    Already,
    Lost,
}

/// What an end is conditional on, besides that the session has not ended before.
#[derive(Debug, Clone, Copy)]
pub(super) enum EndCondition {
    Live,
    Head(Read),
    LastActivity(Tick),
}

/// `Rotate`. Condition: head as expected, the session live, its epoch the account's, the account active.
pub(super) fn rotate(
    (row, account): (&mut Row, Account),
    expected: Read,
    (next, seen): (Generation, Generation),
    key: Key,
    (arrived, commit): (Tick, Tick),
    scenario: &Scenario,
) -> Effect {
    let head = row.generation == expected.generation && row.handed == expected.handed;
    let live = row.ended.is_none() || scenario.has(Defect::LiveNotCondition);
    let standing =
        account.admitted && (row.epoch == account.epoch || scenario.has(Defect::EpochNotCondition));
    if !live || !standing || !(head || scenario.has(Defect::RotateUnconditional)) {
        return Effect::Lost;
    }
    row.generation = next;
    row.handed = row.handed.max(commit);
    row.key = key;
    let seen = if scenario.has(Defect::SuccessorSeenAtOnce) {
        next
    } else {
        seen
    };
    row.seen = row.seen.max(seen);
    row.active = row.active.max(arrived);
    if scenario.has(Defect::RotateMovesEnd) {
        row.ends += 1;
    }
    Effect::Won
}

/// `HandAgain`. Condition: generation as expected, the session live, its epoch the account's, the account active.
pub(super) fn hand_again(
    (row, account): (&mut Row, Account),
    expected: Generation,
    (arrived, commit): (Tick, Tick),
    scenario: &Scenario,
) -> Effect {
    let standing = account.admitted && row.epoch == account.epoch;
    if row.ended.is_some() || !standing || row.generation != expected {
        return Effect::Lost;
    }
    if !scenario.has(Defect::ReplayKeepsHandedAt) {
        row.handed = row.handed.max(commit);
    }
    if scenario.has(Defect::ReplayRotates) {
        row.generation += 1;
    }
    row.active = row.active.max(arrived);
    Effect::Won
}

/// `NoteActivity`. Condition: the session is live and not past an end at `arrived`.
pub(super) fn note_activity(row: &mut Row, seen: Generation, arrived: Tick, scenario: &Scenario) -> Effect {
    if row.ended.is_some() || is_due(row, arrived, scenario) {
        return Effect::Lost;
    }
    row.seen = row.seen.max(seen.min(row.generation));
    row.active = row.active.max(arrived);
    Effect::Won
}

/// `EndSession`.
pub(super) fn end_session(
    row: &mut Row,
    condition: EndCondition,
    reason: EndReason,
    scenario: &Scenario,
) -> EndOutcome {
    if row.ended.is_some() && !scenario.has(Defect::EndOverwritten) {
        return EndOutcome::Already;
    }
    let holds = match condition {
        EndCondition::Live => true,
        EndCondition::Head(read) => row.generation == read.generation && row.handed == read.handed,
        EndCondition::LastActivity(active) => row.active == active || scenario.has(Defect::IdleUnconditional),
    };
    if !holds {
        return EndOutcome::Lost;
    }
    row.ended = Some(reason);
    EndOutcome::Ended
}

/// Whether an end is due that nobody has recorded.
pub(super) fn is_due(row: &Row, now: Tick, scenario: &Scenario) -> bool {
    scenario
        .lifetimes
        .is_some_and(|lifetimes| now >= row.ends || now >= row.active + lifetimes.idle)
}
