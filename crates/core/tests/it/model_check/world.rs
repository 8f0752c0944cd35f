//! The state of a model, and the form in which equal states are equal.

use std::hash::{DefaultHasher, Hash, Hasher};

use keyturn_core::model::EndReason;
use keyturn_core::rotation::Verdict;

use super::harm::Harm;
use super::scenario::Scenario;

/// Whole ticks.
pub(super) type Tick = i32;
/// A generation.
pub(super) type Generation = u32;

/// The session's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) generation: Generation,
    pub(super) handed: Tick,
    pub(super) seen: Generation,
    pub(super) key: Key,
    pub(super) epoch: i64,
    pub(super) active: Tick,
    pub(super) ends: Tick,
    pub(super) ended: Option<EndReason>,
}

impl Row {
    /// What an effect is conditional on that is judged from this row.
    pub(super) const fn read(&self) -> Read {
        Read {
            generation: self.generation,
            handed: self.handed,
            active: self.active,
        }
    }
}

/// The account's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Account {
    pub(super) admitted: bool,
    pub(super) epoch: i64,
}

/// An `Idempotency-Key`. One a renewal: keys of one party only ever meet for the same presented generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    None,
    Owner,
    Thief,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Party {
    Owner,
    Thief,
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// Success: the generation of the access token, and the refresh token where one is set.
    Tokens {
        access: Generation,
        refresh: Option<Generation>,
    },
    /// 401.
    Refused,
    /// 503.
    Unavailable,
}

/// What an effect is conditional on: the row as it was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Read {
    pub(super) generation: Generation,
    pub(super) handed: Tick,
    pub(super) active: Tick,
}

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// On its way to a node.
    Sent,
    /// Read and judged, its effect not yet carried out.
    Judged {
        verdict: Verdict,
        read: Read,
        arrived: Tick,
        tries: u8,
    },
    /// To be read again. `own`: the store holds this request's rotation, whose outcome the node does not know.
    Again { own: bool, arrived: Tick, tries: u8 },
    /// On its way back.
    Answered(Answer),
}

/// A refresh under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) party: Party,
    pub(super) presented: Generation,
    pub(super) sent: Tick,
    pub(super) phase: Phase,
}

/// What may still go wrong. [`Budget::UNLIMITED`] is never used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    /// A message lost, a node crashed before or after the commit, a page left: a request disappears at any step.
    pub(super) losses: u8,
    /// A request arrives twice.
    pub(super) duplicates: u8,
    /// The connection to the store breaks around a commit, which may have happened or not.
    pub(super) unknowns: u8,
    /// The store can't be read.
    pub(super) outages: u8,
    /// A failover with asynchronous replication: the last commit is gone.
    pub(super) failovers: u8,
}

impl Budget {
    pub(super) const UNLIMITED: u8 = u8::MAX;
    pub(super) const NONE: Self = Self {
        losses: 0,
        duplicates: 0,
        unknowns: 0,
        outages: 0,
        failovers: 0,
    };

    /// One fault less to go; `None` where it is used up.
    pub(super) const fn spend(left: u8) -> Option<u8> {
        if left == Self::UNLIMITED {
            Some(left)
        } else {
            left.checked_sub(1)
        }
    }
}

/// How far a revocation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shut {
    No,
    /// In the store, nobody told yet.
    Committed,
    /// Whoever asked for it has the answer.
    Acknowledged,
}

/// One family, its client, whoever else takes part, and what is under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) now: Tick,
    pub(super) row: Row,
    pub(super) account: Account,
    /// The row before the last commit, where a failover may bring it back.
    pub(super) before: Option<Row>,
    /// The row as a node remembers it.
    pub(super) remembered: Option<Row>,
    /// The refresh token that the owner's client keeps.
    pub(super) jar: Generation,
    /// The newest access token that the owner ever got.
    pub(super) access: Generation,
    /// The token that the thief keeps, and the one that was stolen.
    pub(super) thief: Option<(Generation, Generation)>,
    /// Since the theft the stolen token or a descendant was answered with tokens: to the owner, to the thief.
    pub(super) served: (bool, bool),
    pub(super) shut: Shut,
    pub(super) requests: Vec<Request>,
    pub(super) left: Budget,
    pub(super) harm: Option<Harm>,
}

impl World {
    /// Where unlimited time is moved to after each step.
    pub(super) const ANCHOR: Tick = 100;
    /// Where unlimited generations are moved to.
    const HEAD: Generation = 4;

    pub(super) fn new(scenario: &Scenario) -> Self {
        let ends = scenario
            .lifetimes
            .map_or(Tick::MAX, |lifetimes| Self::ANCHOR + lifetimes.absolute);
        let row = Row {
            generation: 0,
            handed: Self::ANCHOR,
            seen: 0,
            key: Key::None,
            epoch: 0,
            active: Self::ANCHOR,
            ends,
            ended: None,
        };
        Self {
            now: Self::ANCHOR,
            row,
            account: Account {
                admitted: true,
                epoch: 0,
            },
            before: None,
            remembered: None,
            jar: 0,
            access: 0,
            thief: None,
            served: (false, false),
            shut: Shut::No,
            requests: Vec::new(),
            left: scenario.faults,
            harm: None,
        }
    }

    pub(super) fn of(&self, party: Party) -> usize {
        self.requests
            .iter()
            .filter(|request| request.party == party)
            .count()
    }

    /// The one form of all worlds that behave the same.
    ///
    /// Requests have no order. Where ends are out of reach, only differences of times and generations matter to the rules:
    /// `now` and the head are moved back to fixed places; what is older than the window stays older than the window, and what
    /// is older than the predecessor stays so, even after a failover has taken one generation back. A request's own reading is
    /// at most `life` old, so that its comparison with the head is not touched by this. Generation 0, which is special, is left
    /// behind for good. An access token of a past generation marks nothing as seen.
    pub(super) fn canonical(mut self, scenario: &Scenario) -> Self {
        if scenario.lifetimes.is_none() {
            self.shift_time(Self::ANCHOR - self.now, Self::ANCHOR - scenario.window - 1);
            if self.row.generation >= Self::HEAD {
                self.shift_generations(self.row.generation - Self::HEAD);
            }
        }
        if scenario.faults.failovers == 0 && self.access < self.row.generation {
            self.access = 0;
        }
        self.requests.sort_by_cached_key(|request| {
            let mut hasher = DefaultHasher::new();
            request.hash(&mut hasher);
            hasher.finish()
        });
        self
    }

    /// The row with its older copies.
    fn rows(&mut self) -> impl Iterator<Item = &mut Row> {
        std::iter::once(&mut self.row)
            .chain(&mut self.before)
            .chain(&mut self.remembered)
    }

    fn shift_time(&mut self, by: Tick, floor: Tick) {
        let shift = |at: &mut Tick| *at = (*at + by).max(floor);
        shift(&mut self.now);
        for row in self.rows() {
            shift(&mut row.handed);
            row.active = Self::ANCHOR;
        }
        for request in &mut self.requests {
            shift(&mut request.sent);
            match &mut request.phase {
                Phase::Judged { read, arrived, .. } => {
                    shift(arrived);
                    shift(&mut read.handed);
                    read.active = Self::ANCHOR;
                }
                Phase::Again { arrived, .. } => shift(arrived),
                Phase::Sent | Phase::Answered(_) => {}
            }
        }
    }

    fn shift_generations(&mut self, by: Generation) {
        let shift = |generation: &mut Generation| *generation = generation.saturating_sub(by).max(1);
        for row in self.rows() {
            shift(&mut row.generation);
            shift(&mut row.seen);
        }
        shift(&mut self.jar);
        shift(&mut self.access);
        if let Some((keeps, stolen)) = &mut self.thief {
            shift(keeps);
            shift(stolen);
        }
        for request in &mut self.requests {
            shift(&mut request.presented);
            match &mut request.phase {
                Phase::Judged { verdict, read, .. } => {
                    shift(&mut read.generation);
                    if let Verdict::Rotate { from, .. } | Verdict::Adopt { generation: from } = verdict {
                        shift(from);
                    }
                }
                Phase::Answered(Answer::Tokens { access, refresh }) => {
                    shift(access);
                    refresh.iter_mut().for_each(shift);
                }
                _ => {}
            }
        }
    }
}
