//! A thief who copied the whole jar, device cookie and all, asks like the owner. He is caught at the first refresh outside
//! the windows after the other's successor was used; how long that takes depends on when both refresh, and is measured
//! here, not promised.
//!
//! One tick is one second, windows and lifetimes are the defaults. Owner and thief each renew when their access token wants
//! renewal, the owner with the jitter of a browser's timers, and use what they get, the thief as his temper has it.

use keyturn_core::model::EndReason;
use keyturn_testkit::entropy::SeededEntropy;

use super::scenario::{Lifetimes, Scenario};
use super::search::is_soak;
use super::server::{self, Heard};
use super::store;
use super::world::{Answer, Generation, Party, Phase, Request, Tick, World};

/// How a thief goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    /// Refreshes as soon as he has the jar, and then as the owner does.
    Eager,
    /// Uses the stolen access token until it wants renewal.
    Patient,
    /// As patient, and never uses what he got, so that it does not show.
    Silent,
    /// Knows when the owner refreshes, and does so within the window after.
    Shadow,
}

const WINDOW: Tick = 10;
const MINUTE: Tick = 60;
const WEEK: Tick = 7 * 24 * 60 * MINUTE;

#[test]
fn i2_a_thief_with_the_whole_jar_is_caught_at_the_first_refresh_outside_the_windows() {
    let runs = if is_soak() { 20_000 } else { 500 };
    for temper in [Temper::Eager, Temper::Patient, Temper::Silent, Temper::Shadow] {
        let mut caught: Vec<Caught> = (0..runs)
            .filter_map(|seed| Chase::new(temper, seed).run())
            .collect();
        caught.sort_unstable();
        report(temper, runs, &caught);
        assert!(temper == Temper::Shadow || !caught.is_empty(), "{temper:?}");
    }
}

fn report(temper: Temper, runs: u64, caught: &[Caught]) {
    let place = |share: usize| caught.get((caught.len() * share / 100).min(caught.len().saturating_sub(1)));
    let minutes = |at: Option<&Caught>| at.map_or("-".to_owned(), |at| format!("{} min", at.after / MINUTE));
    let most = caught.iter().map(|at| at.refreshes).max();
    println!(
        "{temper:?} thief with the whole jar: caught in {} of {runs} weeks; half within {}, 99 % within {}, last {}, at most {} refreshes",
        caught.len(),
        minutes(place(50)),
        minutes(place(99)),
        minutes(caught.last()),
        most.unwrap_or(0),
    );
}

/// When a family ended, counted from the theft.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Caught {
    after: Tick,
    /// By both together.
    refreshes: u32,
}

/// One family with two holders, from the theft to the end of the session.
struct Chase {
    scenario: Scenario,
    world: World,
    temper: Temper,
    entropy: SeededEntropy,
    owner: Holder,
    thief: Holder,
}

/// Somebody with a jar.
struct Holder {
    jar: Generation,
    /// When they renew next.
    due: Tick,
}

impl Chase {
    fn new(temper: Temper, seed: u64) -> Self {
        let lifetimes = Lifetimes {
            idle: 60 * MINUTE,
            absolute: WEEK,
            horizon: WEEK,
        };
        let scenario = Scenario {
            window: WINDOW,
            lifetimes: Some(lifetimes),
            ..Scenario::browser("whole jar")
        };
        let mut world = World::new(&scenario);
        world.row.generation = 1;
        world.row.seen = 1;
        let entropy = SeededEntropy::new(seed);
        let due = world.now + 1 + draw(&entropy, 25 * MINUTE);
        let owner = Holder { jar: 1, due };
        let first = match temper {
            Temper::Eager => world.now,
            Temper::Patient | Temper::Silent => world.now + 1 + draw(&entropy, 25 * MINUTE),
            Temper::Shadow => due + 1 + draw(&entropy, WINDOW - 1),
        };
        Self {
            scenario,
            world,
            temper,
            entropy,
            owner,
            thief: Holder { jar: 1, due: first },
        }
    }

    fn run(mut self) -> Option<Caught> {
        let start = self.world.now;
        for refreshes in 1.. {
            let owners_turn = self.owner.due <= self.thief.due;
            self.world.now = self.owner.due.min(self.thief.due);
            if self.world.now >= self.world.row.ends {
                return None;
            }
            self.turn(owners_turn);
            if self.world.row.ended == Some(EndReason::TokenReuse) {
                return Some(Caught {
                    after: self.world.now - start,
                    refreshes,
                });
            }
        }
        None
    }

    /// One refresh, and the use of what it gave.
    fn turn(&mut self, owners: bool) {
        let jar = if owners { self.owner.jar } else { self.thief.jar };
        let outside = self.is_outside_the_windows(jar);
        let answer = self.refresh(jar);
        let ended = self.world.row.ended.is_some();
        assert_eq!(
            ended,
            outside,
            "{:?} of {:?} by {}",
            answer,
            self.world.row,
            if owners { "owner" } else { "thief" }
        );
        let Answer::Tokens { access, refresh } = answer else {
            return;
        };
        if owners || self.temper != Temper::Silent {
            store::note_activity(&mut self.world.row, access, self.world.now, &self.scenario);
        }
        let next = self.world.now + 25 * MINUTE - draw(&self.entropy, MINUTE);
        let shadow = 1 + draw(&self.entropy, WINDOW - 1);
        let holder = if owners { &mut self.owner } else { &mut self.thief };
        holder.jar = refresh.unwrap_or(holder.jar);
        holder.due = next;
        if self.temper == Temper::Shadow {
            self.thief.due = if owners {
                self.world.now + shadow
            } else {
                self.owner.due + shadow
            };
        }
    }

    /// Older than the predecessor; or the predecessor, its successor in use, handed out longer ago than the window.
    fn is_outside_the_windows(&self, jar: Generation) -> bool {
        let row = &self.world.row;
        let late = row.seen == row.generation && self.world.now - row.handed > WINDOW;
        jar + 1 < row.generation || (jar + 1 == row.generation && late)
    }

    /// From request to answer with nobody in between: device cookie and all, whoever asks.
    fn refresh(&mut self, presented: Generation) -> Answer {
        let sent = Request {
            party: Party::Owner,
            presented,
            sent: self.world.now,
            phase: Phase::Sent,
        };
        let judged = Request {
            phase: server::read(&mut self.world, sent, 0, &self.scenario),
            ..sent
        };
        let now = self.world.now;
        match server::carry_out(&mut self.world, judged, Heard::Outcome, now, &self.scenario) {
            Some(Phase::Answered(answer)) => answer,
            _ => Answer::Unavailable,
        }
    }
}

fn draw(entropy: &SeededEntropy, below: Tick) -> Tick {
    Tick::try_from(entropy.next() % u64::try_from(below).unwrap()).unwrap()
}
