//! What a node does with one request: read, judge, carry out, answer. It mirrors `service/refresh.rs`; the judgement is the
//! product's own.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::model::{
    Account as ModelAccount, AccountState, Client as SessionClient, Delivery, EndReason, Ended, Head,
    Session, SessionId, UserId,
};
use keyturn_core::rotation::{Presented, Proof, RotationPolicy, Verdict, judge};

use super::defect::{Case, Defect};
use super::harm::Harm;
use super::scenario::{Client, Scenario};
use super::store::{self, Effect, EndCondition, EndOutcome};
use super::world::{Answer, Generation, Key, Party, Phase, Read, Request, Row, Tick, World};

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
    let verdict = verdict(world, request, arrived, scenario);
    let recognised = own && !scenario.has(Defect::OwnAttemptForgotten);
    let standing = !matches!(verdict, Verdict::Refuse { .. }) || scenario.has(Defect::OwnAttemptTrusted);
    if recognised && standing {
        let row = world.row;
        return granted(world, request, row, arrived, Some(row.generation), scenario);
    }
    match verdict {
        Verdict::Unknown
        | Verdict::Refuse {
            unrecorded: false, ..
        } => refused(world, request.party, world.row),
        verdict => {
            let Row {
                generation,
                handed,
                active,
                ..
            } = world.row;
            Phase::Judged {
                verdict,
                read: Read {
                    generation,
                    handed,
                    active,
                },
                arrived,
                tries,
            }
        }
    }
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
    let rotated = matches!(verdict, Verdict::Rotate { .. }) && carried == Carried::Won;
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
                from,
                key,
                (arrived, commit),
                scenario,
            )
        }
        Verdict::Replay(_) => store::hand_again(
            (&mut world.row, account),
            read.generation,
            (arrived, commit),
            scenario,
        ),
        Verdict::Hold => hold(world, read, arrived, scenario),
        Verdict::Reuse(_)
            if scenario.has(Defect::ReuseLeavesFamily) || scenario.has(Defect::ReuseAnsweredFirst) =>
        {
            return Carried::Refused;
        }
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
    let harm = if before.ended.is_some() || shut_out || world.shut == super::world::Shut::Acknowledged {
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

const fn key(party: Party, scenario: &Scenario) -> Key {
    match (scenario.client, party) {
        (Client::Browser | Client::Keyless, Party::Owner) => Key::None,
        (Client::Keyed, Party::Owner) => Key::Owner,
        (Client::Browser, Party::Thief) => Key::None,
        (Client::Keyed | Client::Keyless, Party::Thief) => Key::Thief,
    }
}

/// The product's judgement of the model's row, distorted where a mutant is at work.
fn verdict(world: &World, request: Request, arrived: Tick, scenario: &Scenario) -> Verdict {
    let device = DeviceHash([1; 32]);
    let bound = scenario.client == Client::Browser;
    let session = session(&world.row, bound.then_some(device), scenario);
    let account = account(world);
    let presented = Presented {
        generation: request.presented,
        genuine: true,
    };
    let owns_device = bound && request.party == Party::Owner;
    let right = Proof {
        device: owns_device.then_some(device),
        attempt: attempt(key(request.party, scenario)),
    };
    let wanted = Proof {
        device: session.device_hash,
        attempt: session.attempt_hash,
    };
    let proof = scenario
        .defect
        .map_or(right, |defect| defect.forge(right, wanted));
    let policy = policy(scenario);
    let now = instant(arrived);
    let verdict = judge(Some(&session), Some(&account), presented, proof, now, &policy);
    let case = Case {
        presented,
        age: now.duration_since(session.head.handed_at),
        window: policy.concurrent_window,
    };
    scenario
        .defect
        .map_or(verdict, |defect| defect.distort(verdict, &case))
}

fn session(row: &Row, device_hash: Option<DeviceHash>, scenario: &Scenario) -> Session {
    let idle = scenario.lifetimes.map_or(Tick::MAX, |lifetimes| lifetimes.idle);
    Session {
        id: SessionId(uuid()),
        user_id: UserId(uuid()),
        epoch: row.epoch,
        nonce: Nonce::from_bytes([7; 32]),
        refresh_key_id: RefreshKeyId(1),
        head: Head {
            generation: row.generation,
            handed_at: instant(row.handed),
        },
        seen_generation: row.seen,
        attempt_id: AttemptId([0; 16]),
        attempt_hash: attempt(row.key),
        device_hash,
        delivery: if device_hash.is_some() {
            Delivery::Cookie
        } else {
            Delivery::Body
        },
        started_at: instant(World::ANCHOR),
        last_activity_at: instant(row.active),
        idle_timeout: ticks(idle),
        ends_at: instant(row.ends),
        ended: row.ended.map(|reason| Ended {
            at: instant(World::ANCHOR),
            reason,
            kind: None,
        }),
        client: SessionClient::default(),
    }
}

fn account(world: &World) -> ModelAccount {
    ModelAccount {
        id: UserId(uuid()),
        subject: String::new(),
        email: None,
        username: None,
        state: if world.account.admitted {
            AccountState::Active
        } else {
            AccountState::Suspended
        },
        permissions: Vec::new(),
        session_epoch: world.account.epoch,
        epoch_reason: None,
    }
}

/// The default policy, its window in ticks.
pub(super) fn policy(scenario: &Scenario) -> RotationPolicy {
    RotationPolicy {
        concurrent_window: ticks(scenario.window),
        ..RotationPolicy::default()
    }
}

fn attempt(key: Key) -> Option<AttemptHash> {
    match key {
        Key::None => None,
        Key::Owner => Some(AttemptHash([2; 32])),
        Key::Thief => Some(AttemptHash([3; 32])),
    }
}

fn uuid() -> uuid::Uuid {
    uuid::Uuid::from_u128(1)
}

/// One tick is one second.
fn instant(tick: Tick) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(tick)).unwrap()
}

fn ticks(ticks: Tick) -> SignedDuration {
    SignedDuration::from_secs(i64::from(ticks))
}
