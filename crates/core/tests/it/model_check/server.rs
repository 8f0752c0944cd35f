//! What a node does with one request: read, judge, carry out, answer. It mirrors `service/refresh.rs`; the judgement is the
//! product's own.

use keyturn_core::model::EndReason;
use keyturn_core::rotation::Verdict;

use super::defect::Defect;
use super::harm::Harm;
use super::judgement::{key, verdict};
use super::scenario::{Client, Scenario};
use super::store::{self, Effect, EndCondition, EndOutcome};
use super::world::{Answer, Generation, Key, Party, Phase, Read, Request, Row, Shut, Tick, World};

/// What the node hears of its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    /// The outcome.
    Outcome,
    /// Nothing; the commit happened.
    NothingApplied,
    /// Nothing; the commit did not happen.
    NothingDropped,
}

/// Reads the row and judges.
pub(super) fn read(world: &mut World, request: Request, behind: Tick, scenario: &Scenario) -> Phase {
    let (own, arrived, tries) = match request.phase {
        Phase::Again { own, arrived, tries } => (own, arrived, tries),
        _ => (false, world.now - behind, 0),
    };
    let verdict = verdict((world, &world.row), request, arrived, scenario);
    let recognised = own && !scenario.has(Defect::OwnAttemptForgotten);
    let standing = !matches!(verdict, Verdict::Refuse { .. }) || scenario.has(Defect::OwnAttemptTrusted);
    if recognised && standing {
        let row = world.row;
        let refresh = (row.generation != request.presented).then_some(row.generation);
        return granted(world, request, row, arrived, refresh, scenario);
    }
    match verdict {
        Verdict::Unknown
        | Verdict::Refuse {
            unrecorded: false, ..
        } => refused(world, request.party, world.row),
        verdict => Phase::Judged {
            verdict,
            read: world.row.read(),
            arrived,
            tries,
        },
    }
}

/// Judges from memory. `None`: what memory says is for the store to say.
pub(super) fn remember(world: &World, request: Request, behind: Tick, scenario: &Scenario) -> Option<Phase> {
    let row = world.remembered?;
    let arrived = world.now - behind;
    let verdict = verdict((world, &row), request, arrived, scenario);
    matches!(verdict, Verdict::Rotate { ahead: false, .. }).then(|| Phase::Judged {
        verdict,
        read: row.read(),
        arrived,
        tries: 0,
    })
}

/// The read failed: 503, whatever the token.
pub(super) fn read_failed(world: &mut World, scenario: &Scenario) -> Phase {
    if scenario.has(Defect::OutageRefuses) {
        world.harm = Some(Harm::OutageAnswered);
        return Phase::Answered(Answer::Refused);
    }
    Phase::Answered(Answer::Unavailable)
}

/// Carries out what was judged. `commit` is what the store takes for the time: when the request arrived, or later.
pub(super) fn carry_out(
    world: &mut World,
    request: Request,
    heard: Heard,
    commit: Tick,
    scenario: &Scenario,
) -> Option<Phase> {
    let Phase::Judged {
        verdict,
        read,
        arrived,
        tries,
    } = request.phase
    else {
        return None;
    };
    let before = world.row;
    if heard == Heard::NothingDropped {
        return Some(again(false, arrived, tries, scenario));
    }
    let carried = effect(world, request, verdict, read, (arrived, commit), scenario);
    if world.row != before && scenario.faults.failovers > 0 {
        world.before = Some(before);
    }
    let rotated =
        matches!(verdict, Verdict::Rotate { .. } | Verdict::Adopt { .. }) && carried == Carried::Won;
    if rotated {
        disown(world);
    }
    if heard == Heard::NothingApplied || carried == Carried::Again {
        return Some(again(rotated, arrived, tries, scenario));
    }
    Some(match (carried, verdict) {
        (Carried::Refused, _) => refused(world, request.party, before),
        (_, Verdict::Hold) => {
            let cookie = scenario.has(Defect::HoldSetsCookie).then_some(request.presented);
            granted(world, request, before, arrived, cookie, scenario)
        }
        (_, Verdict::Adopt { .. }) => granted(world, request, before, arrived, None, scenario),
        _ => {
            let successor = world.row.generation;
            granted(world, request, before, arrived, Some(successor), scenario)
        }
    })
}

/// What an effect came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carried {
    Won,
    Refused,
    Again,
}

fn effect(
    world: &mut World,
    request: Request,
    verdict: Verdict,
    read: Read,
    (arrived, commit): (Tick, Tick),
    scenario: &Scenario,
) -> Carried {
    let account = world.account;
    let won = match verdict {
        Verdict::Rotate { from, ahead } => {
            if world.row.generation != from && !ahead && scenario.has(Defect::RotateUnconditional) {
                world.harm = Some(Harm::Forked);
            }
            let key = key(request.party, scenario);
            store::rotate(
                (&mut world.row, account),
                read,
                (from + 1, from),
                key,
                (arrived, commit),
                scenario,
            )
        }
        Verdict::Adopt { generation } => store::rotate(
            (&mut world.row, account),
            read,
            (generation, generation),
            Key::None,
            (arrived, commit),
            scenario,
        ),
        Verdict::Replay(_) => store::hand_again(
            (&mut world.row, account),
            read.generation,
            (arrived, commit),
            scenario,
        ),
        Verdict::Hold => hold(world, read, arrived, scenario),
        Verdict::Reuse(_) if scenario.has(Defect::ReuseLeavesFamily) => return Carried::Refused,
        Verdict::Reuse(_) => {
            return end(
                world,
                EndCondition::Head(read),
                EndReason::TokenReuse,
                arrived,
                scenario,
            );
        }
        Verdict::Refuse {
            reason: EndReason::Idle,
            ..
        } => {
            return end(
                world,
                EndCondition::LastActivity(read.active),
                EndReason::Idle,
                arrived,
                scenario,
            );
        }
        Verdict::Refuse { reason, .. } => return end(world, EndCondition::Live, reason, arrived, scenario),
        Verdict::Unknown => return Carried::Refused,
    };
    if won == Effect::Won {
        Carried::Won
    } else {
        Carried::Again
    }
}

/// A Hold is answered for the generation that it was judged from, or not at all: an access token of a newer one, used, would
/// let the successor seem to be received that this answer does not set.
fn hold(world: &mut World, read: Read, arrived: Tick, scenario: &Scenario) -> Effect {
    let noted = store::note_activity(&mut world.row, read.generation, arrived, scenario);
    let moved = world.row.generation != read.generation;
    if moved && !scenario.has(Defect::HoldAnswersNewHead) {
        Effect::Lost
    } else {
        noted
    }
}

fn end(
    world: &mut World,
    condition: EndCondition,
    reason: EndReason,
    arrived: Tick,
    scenario: &Scenario,
) -> Carried {
    let before = world.row;
    if scenario.has(Defect::RefusalNotesActivity) {
        world.row.active = arrived;
    }
    match store::end_session(&mut world.row, condition, reason, scenario) {
        EndOutcome::Ended => {
            if reason == EndReason::TokenReuse && world.thief.is_none() {
                world.harm = Some(Harm::HonestFamilyEnded);
            }
            if reason == EndReason::Idle && !store::is_due(&before, arrived, scenario) {
                world.harm = Some(Harm::EndedThoughActive);
            }
            Carried::Refused
        }
        EndOutcome::Already if reason == EndReason::TokenReuse => Carried::Refused,
        EndOutcome::Already | EndOutcome::Lost => Carried::Again,
    }
}

const fn again(own: bool, arrived: Tick, tries: u8, scenario: &Scenario) -> Phase {
    if tries + 1 >= scenario.tries {
        return Phase::Answered(Answer::Unavailable);
    }
    Phase::Again {
        own,
        arrived,
        tries: tries + 1,
    }
}

/// A new rotation takes the place of whatever attempt the row named.
pub(super) fn disown(world: &mut World) {
    for request in &mut world.requests {
        if let Phase::Again { own, .. } = &mut request.phase {
            *own = false;
        }
    }
}

/// Answers with a refusal, and watches that it changed nothing but the end.
fn refused(world: &mut World, party: Party, before: Row) -> Phase {
    let changed = Row {
        ended: before.ended,
        ..world.row
    } != before;
    let harm = match party {
        _ if changed => Some(Harm::RefusalChanged),
        Party::Owner if world.row.ended.is_none() => Some(Harm::HonestRefused),
        Party::Thief if world.row.ended.is_none() => Some(Harm::ThiefUncaught),
        _ => None,
    };
    world.harm = world.harm.or(harm);
    Phase::Answered(Answer::Refused)
}

/// Answers with tokens, and watches that they may be given. The access token is signed from what is stored now.
fn granted(
    world: &mut World,
    request: Request,
    before: Row,
    arrived: Tick,
    refresh: Option<Generation>,
    scenario: &Scenario,
) -> Phase {
    let row = world.row;
    let shut_out = !world.account.admitted || row.epoch != world.account.epoch;
    let successor = request.presented + 1;
    let bound = scenario.client == Client::Browser;
    if let Some((_, stolen)) = world.thief
        && request.presented >= stolen
    {
        world.served.0 |= request.party == Party::Owner;
        world.served.1 |= request.party == Party::Thief;
    }
    let harm = if before.ended.is_some() || shut_out || world.shut == Shut::Acknowledged {
        Some(Harm::GrantedAfterRevocation)
    } else if store::is_due(&before, arrived, scenario) {
        Some(Harm::GrantedPastEnd)
    } else if refresh.is_some() && before.generation > successor {
        Some(Harm::OldServed)
    } else if refresh.is_some_and(|refresh| refresh != successor) && !scenario.has(Defect::HoldSetsCookie) {
        Some(Harm::Forked)
    } else if request.party == Party::Thief && bound {
        Some(Harm::ThiefServed)
    } else if world.served == (true, true) {
        Some(Harm::BothServed)
    } else {
        None
    };
    world.harm = world.harm.or(harm);
    Phase::Answered(Answer::Tokens {
        access: row.generation,
        refresh,
    })
}
