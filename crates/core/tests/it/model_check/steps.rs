//! What can happen next, and what comes of it.

use keyturn_core::model::EndReason;

use super::defect::Defect;
use super::harm::Harm;
use super::scenario::{Client, Revocation, Scenario, Theft};
use super::server::{self, Heard};
use super::store::{self, EndCondition};
use super::world::{Answer, Budget, Party, Phase, Request, Shut, Tick, World};

/// One step of the world. Requests are named by their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Time passes.
    Tick,
    /// A tab, a reload or a retry refreshes with the token in the jar.
    Send,
    /// The owner's newest access token is used.
    Use,
    /// Somebody copies the refresh token.
    Steal,
    /// The thief refreshes.
    ThiefSends,
    /// A request disappears: message lost, node crashed, page left.
    Lose(usize),
    /// A request that is on its way arrives once more.
    Duplicate(usize),
    /// A node reads and judges; its clock is so far behind the others'.
    Read(usize, Tick),
    /// A node judges from what it remembers.
    ReadMemory(usize, Tick),
    /// A node remembers the row as it is now.
    Remember,
    /// A node can't read.
    ReadFails(usize),
    /// A node carries out what it judged; the store's time is the request's, or, in a batch, as late as now.
    CarryOut(usize, Heard, Tick),
    /// An answer arrives.
    Deliver(usize),
    /// A revocation commits.
    Shut,
    /// Whoever asked for the revocation hears that it happened.
    Acknowledge,
    /// The last commit is gone.
    FailOver,
}

/// All steps that are possible.
pub(super) fn possible(world: &World, scenario: &Scenario, steps: &mut Vec<Step>) {
    if world.harm.is_some() {
        return;
    }
    let patient = world
        .requests
        .iter()
        .all(|request| world.now - request.sent < scenario.life);
    if patient
        && scenario
            .lifetimes
            .is_none_or(|lifetimes| world.now < World::ANCHOR + lifetimes.horizon)
    {
        steps.push(Step::Tick);
    }
    if world.of(Party::Owner) < scenario.tabs && may_renew(world, scenario) && may_send(world) {
        steps.push(Step::Send);
    }
    if world.row.ended.is_none() && world.access.min(world.row.generation) > world.row.seen {
        steps.push(Step::Use);
    }
    if scenario.theft == Theft::Token {
        match world.thief {
            None => steps.push(Step::Steal),
            Some(_) if world.of(Party::Thief) == 0 && may_send(world) => steps.push(Step::ThiefSends),
            Some(_) => {}
        }
    }
    match world.shut {
        Shut::No if scenario.revocation != Revocation::None => steps.push(Step::Shut),
        Shut::Committed => steps.push(Step::Acknowledge),
        _ => {}
    }
    if world.before.is_some() && Budget::spend(world.left.failovers).is_some() {
        steps.push(Step::FailOver);
    }
    if scenario.memory && world.row.ended.is_none() && world.remembered != Some(world.row) {
        steps.push(Step::Remember);
    }
    for (place, request) in world.requests.iter().enumerate() {
        of_request(world, place, request, scenario, steps);
    }
}

/// Once the session is dead, one request at a time: whatever is sent now reads the end and touches nothing.
fn may_send(world: &World) -> bool {
    world.row.ended.is_none() || world.requests.is_empty()
}

/// A browser's tabs refresh whenever they like. Another client begins a renewal when those before are over and done with,
/// and repeats it as it likes.
fn may_renew(world: &World, scenario: &Scenario) -> bool {
    scenario.client == Client::Browser
        || world
            .requests
            .iter()
            .all(|request| request.party == Party::Thief || request.presented == world.jar)
}

fn of_request(world: &World, place: usize, request: &Request, scenario: &Scenario, steps: &mut Vec<Step>) {
    if Budget::spend(world.left.losses).is_some() {
        steps.push(Step::Lose(place));
    }
    match request.phase {
        Phase::Sent | Phase::Again { .. } => {
            let skews = if request.phase == Phase::Sent {
                0..=scenario.skew
            } else {
                0..=0
            };
            if request.phase == Phase::Sent && world.remembered.is_some() {
                steps.extend(skews.clone().map(|behind| Step::ReadMemory(place, behind)));
            }
            steps.extend(skews.map(|behind| Step::Read(place, behind)));
            if Budget::spend(world.left.outages).is_some() {
                steps.push(Step::ReadFails(place));
            }
            if request.phase == Phase::Sent && Budget::spend(world.left.duplicates).is_some() {
                steps.push(Step::Duplicate(place));
            }
        }
        Phase::Judged { arrived, .. } => {
            steps.push(Step::CarryOut(place, Heard::Outcome, arrived));
            if arrived != world.now {
                steps.push(Step::CarryOut(place, Heard::Outcome, world.now));
            }
            if Budget::spend(world.left.unknowns).is_some() {
                steps.push(Step::CarryOut(place, Heard::NothingApplied, world.now));
                steps.push(Step::CarryOut(place, Heard::NothingDropped, world.now));
            }
        }
        Phase::Answered(_) => steps.push(Step::Deliver(place)),
    }
}

/// What comes of a step.
pub(super) fn take(last: &World, step: Step, scenario: &Scenario) -> Option<World> {
    let mut world = last.clone();
    match step {
        Step::Tick => world.now += 1,
        Step::Send => send(&mut world, Party::Owner, last.jar),
        Step::Use => {
            let seen = world.access;
            store::note_activity(&mut world.row, seen, last.now, scenario);
        }
        Step::Steal => world.thief = Some((world.jar, world.jar)),
        Step::ThiefSends => send(&mut world, Party::Thief, last.thief?.0),
        Step::Lose(place) => {
            world.left.losses = Budget::spend(world.left.losses)?;
            world.requests.remove(place);
        }
        Step::Duplicate(place) => {
            world.left.duplicates = Budget::spend(world.left.duplicates)?;
            world.requests.push(*last.requests.get(place)?);
        }
        Step::Read(place, behind) => {
            let phase = server::read(&mut world, *last.requests.get(place)?, behind, scenario);
            world.requests.get_mut(place)?.phase = phase;
        }
        Step::ReadMemory(place, behind) => {
            let phase = server::remember(last, *last.requests.get(place)?, behind, scenario)?;
            world.requests.get_mut(place)?.phase = phase;
        }
        Step::Remember => world.remembered = Some(last.row),
        Step::ReadFails(place) => {
            world.left.outages = Budget::spend(world.left.outages)?;
            let phase = server::read_failed(&mut world, scenario);
            world.requests.get_mut(place)?.phase = phase;
        }
        Step::CarryOut(place, heard, commit) => {
            if heard != Heard::Outcome {
                world.left.unknowns = Budget::spend(world.left.unknowns)?;
            }
            let request = *last.requests.get(place)?;
            let phase = server::carry_out(&mut world, request, heard, commit, scenario)?;
            world.requests.get_mut(place)?.phase = phase;
        }
        Step::Deliver(place) => {
            let request = world.requests.remove(place);
            deliver(&mut world, request, scenario);
        }
        Step::Shut => shut(&mut world, scenario),
        Step::Acknowledge => world.shut = Shut::Acknowledged,
        Step::FailOver => {
            world.left.failovers = Budget::spend(world.left.failovers)?;
            world.row = world.before.take()?;
            server::disown(&mut world);
        }
    }
    watch_the_dead(last, &mut world, step);
    Some(world.canonical(scenario))
}

fn send(world: &mut World, party: Party, presented: u32) {
    world.requests.push(Request {
        party,
        presented,
        sent: world.now,
        phase: Phase::Sent,
    });
}

fn deliver(world: &mut World, request: Request, scenario: &Scenario) {
    let (Phase::Answered(Answer::Tokens { access, refresh }), party) = (request.phase, request.party) else {
        return;
    };
    match party {
        Party::Thief => {
            if let (Some((keeps, _)), Some(refresh)) = (&mut world.thief, refresh) {
                *keeps = refresh;
            }
        }
        // A client without a jar takes the answer to the renewal that it waits for, and no other.
        Party::Owner if scenario.client != Client::Browser && request.presented != world.jar => {}
        Party::Owner => {
            world.jar = refresh.unwrap_or(world.jar);
            world.access = world.access.max(access);
        }
    }
}

fn shut(world: &mut World, scenario: &Scenario) {
    if scenario.has(Defect::RevocationAcknowledgedFirst) {
        world.shut = Shut::Acknowledged;
        return;
    }
    let reason = match scenario.revocation {
        Revocation::None => return,
        Revocation::SignOut => Some(EndReason::SignedOut),
        Revocation::Suspension => {
            world.account.admitted = false;
            world.account.epoch += 1;
            Some(EndReason::AccountState)
        }
        Revocation::EpochOnly => {
            world.account.epoch += 1;
            None
        }
    };
    if let Some(reason) = reason {
        store::end_session(&mut world.row, EndCondition::Live, reason, scenario);
    }
    world.shut = Shut::Committed;
}

/// Dead is absorbing, and the absolute end stays where sign-in put it (I7). Only a failover takes anything back.
fn watch_the_dead(last: &World, world: &mut World, step: Step) {
    let harm = if step == Step::FailOver {
        None
    } else if last.row.ended.is_some() && world.row != last.row {
        Some(Harm::DeadChanged)
    } else if world.row.ends != last.row.ends {
        Some(Harm::EndMoved)
    } else {
        None
    };
    world.harm = world.harm.or(harm);
}
