//! What a follower knows of sessions, and for how long it is believed.
//!
//! **The rule**: everything that Keyturn acknowledged before a moment is known; [`Knowledge`] is believed until `max_staleness` after it. The moment is
//! counted from when the request was sent, by a clock that nobody sets: a message that was long on its way vouches for no more than it says.
//!
//! **The caveat**: a slow connect costs freshness for as long as that connection lasts, since when the request arrived is not known here.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::message::Message;
use crate::context::Session;
use crate::ended::EndedSessions;

/// The clocks of Keyturn's nodes and of this service differ by less.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// Nothing has been vouched for.
const NEVER: u64 = u64::MAX;

/// What is known of sessions: read by every request, written by one follower.
pub(super) struct Knowledge {
    ended: EndedSessions,
    /// The moment up to which everything is known, in microseconds of [`crate::Clock::elapsed`].
    known_at: AtomicU64,
    /// Tokens issued before this second belong to a history that is void.
    void_before: AtomicI64,
    max_staleness: Duration,
}

/// How a session stands, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Live,
    Ended {
        reason: Option<String>,
    },
    /// Its token is of a time that Keyturn knows no more of: a refresh tells.
    Void,
    /// What is known is too old.
    Stale,
}

impl Knowledge {
    pub(super) fn new(max_staleness: Duration) -> Self {
        Self {
            ended: EndedSessions::new(SignedDuration::ZERO),
            known_at: AtomicU64::new(NEVER),
            void_before: AtomicI64::new(i64::MIN),
            max_staleness,
        }
    }

    /// How this session stands at `elapsed`. An end is for good, however old what is known.
    pub(super) fn of(&self, session: &Session, elapsed: Duration) -> Known {
        if let Some(reason) = self.ended.reason(session.session_id) {
            return Known::Ended { reason };
        }
        if self.age(elapsed).is_none_or(|age| age > self.max_staleness) {
            return Known::Stale;
        }
        if session.issued_at < self.void_before.load(Ordering::Acquire) {
            return Known::Void;
        }
        Known::Live
    }

    /// How old what is known is; `None` where nothing is.
    pub(super) fn age(&self, elapsed: Duration) -> Option<Duration> {
        match self.known_at.load(Ordering::Acquire) {
            NEVER => None,
            at => Some(elapsed.saturating_sub(Duration::from_micros(at))),
        }
    }

    /// How many ends are kept.
    pub(super) fn len(&self) -> usize {
        self.ended.len()
    }

    fn vouched(&self, at: Duration) {
        let at = u64::try_from(at.as_micros()).unwrap_or(NEVER - 1);
        let known = self.known_at.load(Ordering::Acquire);
        if known == NEVER || known < at {
            self.known_at.store(at, Ordering::Release);
        }
    }
}

/// What the follower itself remembers between messages and connections.
#[derive(Debug)]
pub(super) struct Progress {
    position: Option<String>,
    /// Raised by each snapshot: ends of an earlier one are void once it is whole.
    round: u32,
    snapshot: Option<Rebuilding>,
    /// The longest lifetime that was ever told.
    access_ttl: SignedDuration,
    sent: Duration,
    is_ready: bool,
}

#[derive(Clone, Debug)]
struct Rebuilding {
    at: Timestamp,
    /// The history that was known before.
    before: Option<String>,
    /// A position within it was told: who goes on from there goes on with the snapshot.
    has_position: bool,
}

/// What a message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Noted,
    /// Everything is known.
    Ready,
    /// So late that it vouches for nothing that is worth anything.
    Late,
}

impl Progress {
    pub(super) const fn new() -> Self {
        Self {
            position: None,
            round: 0,
            snapshot: None,
            access_ttl: SignedDuration::ZERO,
            sent: Duration::ZERO,
            is_ready: false,
        }
    }

    /// Where to go on.
    pub(super) fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }

    /// A request is about to be sent. A snapshot of which nothing was told with a position begins anew, or is not told again: what was
    /// known before it stays.
    pub(super) fn connecting(&mut self, elapsed: Duration) {
        self.sent = elapsed;
        self.is_ready = false;
        self.snapshot = self.snapshot.take().filter(|snapshot| snapshot.has_position);
    }

    /// Takes a message into what is known. `elapsed` and `now` are of its receipt.
    pub(super) fn take(
        &mut self,
        message: Message,
        id: Option<String>,
        knowledge: &Knowledge,
        (elapsed, now): (Duration, Timestamp),
    ) -> Taken {
        let taken = match message {
            Message::Snapshot { at, access_ttl } => self.begin_anew(at, access_ttl, knowledge),
            Message::Ended {
                session_id,
                reason,
                at,
            } => self.end(session_id, reason, at, knowledge, now),
            Message::Ready { looked, access_ttl } => {
                self.access_ttl = self.access_ttl.max(access_ttl);
                self.complete(id.as_deref(), knowledge);
                self.is_ready = true;
                match self.vouch(looked, knowledge, elapsed) {
                    Taken::Late => Taken::Late,
                    _ => Taken::Ready,
                }
            }
            Message::Vouched { looked } if self.is_ready => self.vouch(looked, knowledge, elapsed),
            Message::Vouched { .. } | Message::Account(_) | Message::Unknown => Taken::Noted,
        };
        // After the effect: a position says that everything up to it is known.
        if let Some(id) = id {
            self.position = Some(id);
            if let Some(snapshot) = &mut self.snapshot {
                snapshot.has_position = true;
            }
        }
        taken
    }

    fn begin_anew(&mut self, at: Timestamp, access_ttl: SignedDuration, knowledge: &Knowledge) -> Taken {
        self.access_ttl = self.access_ttl.max(access_ttl);
        self.round = self.round.wrapping_add(1);
        let earlier = self.snapshot.take().and_then(|snapshot| snapshot.before);
        let before = earlier.or_else(|| history(self.position.as_deref()?).map(str::to_owned));
        self.snapshot = Some(Rebuilding {
            at,
            before,
            has_position: false,
        });
        knowledge.known_at.store(NEVER, Ordering::Release);
        Taken::Noted
    }

    fn end(
        &self,
        session_id: Uuid,
        reason: Option<String>,
        at: Timestamp,
        knowledge: &Knowledge,
        now: Timestamp,
    ) -> Taken {
        let keep = self.access_ttl.saturating_add(CLOCKS_DIFFER);
        let (ended, round) = (&knowledge.ended, self.round);
        ended.note((session_id, at), reason, round, keep, now);
        Taken::Noted
    }

    /// The snapshot, if one was under way, is whole.
    fn complete(&mut self, id: Option<&str>, knowledge: &Knowledge) {
        let Some(snapshot) = self.snapshot.take() else {
            return;
        };
        knowledge.ended.keep_round(self.round);
        let now = id.and_then(history);
        if snapshot.before.is_some_and(|before| Some(before.as_str()) != now) {
            // Rounded up: a token of the same second may be older.
            let second = snapshot.at.as_second().saturating_add(1);
            knowledge.void_before.fetch_max(second, Ordering::AcqRel);
        }
    }

    fn vouch(&self, looked: SignedDuration, knowledge: &Knowledge, elapsed: Duration) -> Taken {
        let after = looked.unsigned_abs();
        let moment = if looked.is_negative() {
            self.sent.saturating_sub(after)
        } else {
            self.sent.saturating_add(after)
        };
        // Nothing can be known before it is said.
        let moment = moment.min(elapsed);
        knowledge.vouched(moment);
        if elapsed.saturating_sub(moment) > knowledge.max_staleness {
            return Taken::Late;
        }
        Taken::Noted
    }
}

/// The name of the history that a position belongs to.
fn history(position: &str) -> Option<&str> {
    position.rsplit_once(':').map(|(history, _)| history)
}

#[cfg(test)]
mod tests;
