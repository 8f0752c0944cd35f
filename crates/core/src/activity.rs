//! Activity that is known but not yet stored: coalesced by session, by `max`, and written in bulk.
//!
//! **The rule**: whoever judges a session lays this over what the store says. Near the stored idle end nothing is left to the
//! buffer: the activity is written before its answer ([`is_urgent`]), so that another node, or this one after a crash, does
//! not take an active person for an idle one.
//!
//! **The caveat**: what is not yet flushed is lost with the process; the idle end comes that much earlier, at most by the
//! flushing interval.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::model::{Session, SessionId};
use crate::ports::NoteActivity;

/// How near the stored idle end activity is written at once. Twice the longest interval between flushes.
pub const URGENT_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// What was noted of one session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Noted {
    activity: Option<Timestamp>,
    seen_generation: u32,
}

impl Noted {
    fn merge(&mut self, other: Self) {
        self.activity = self.activity.max(other.activity);
        self.seen_generation = self.seen_generation.max(other.seen_generation);
    }
}

#[derive(Debug, Default)]
struct Notes {
    waiting: HashMap<SessionId, Noted>,
    /// Being written: still laid over what is read, until the store has it.
    flushing: HashMap<SessionId, Noted>,
}

/// What is known of sessions beyond what is stored.
#[derive(Debug, Default)]
pub struct ActivityBuffer(Mutex<Notes>);

/// Whether activity of this session, as stored, must be written before its answer.
pub fn is_urgent(stored: &Session, now: Timestamp) -> bool {
    stored.idle_ends_at().duration_since(now) <= URGENT_WITHIN
}

impl ActivityBuffer {
    /// Notes activity and what was seen in use.
    pub fn note(&self, note: &NoteActivity) {
        let noted = Noted {
            activity: note.activity,
            seen_generation: note.seen_generation,
        };
        self.lock()
            .waiting
            .entry(note.session_id)
            .or_default()
            .merge(noted);
    }

    /// Lays what is noted over a session as it was read. An ended one stays as it is.
    pub fn lay_over(&self, session: &mut Session) {
        if session.ended.is_some() {
            return;
        }
        let notes = self.lock();
        for noted in [notes.waiting.get(&session.id), notes.flushing.get(&session.id)]
            .into_iter()
            .flatten()
        {
            if let Some(at) = noted.activity {
                session.last_activity_at = session.last_activity_at.max(at);
            }
            let seen = noted.seen_generation.min(session.head.generation);
            session.seen_generation = session.seen_generation.max(seen);
        }
    }

    /// Takes what is to be written now, and again what an earlier flush took and never reported as [`ActivityBuffer::written`].
    pub fn take(&self) -> Vec<NoteActivity> {
        let mut notes = self.lock();
        let waiting = std::mem::take(&mut notes.waiting);
        for (id, noted) in waiting {
            notes.flushing.entry(id).or_default().merge(noted);
        }
        let note = |(id, noted): (&SessionId, &Noted)| NoteActivity {
            session_id: *id,
            activity: noted.activity,
            seen_generation: noted.seen_generation,
        };
        notes.flushing.iter().map(note).collect()
    }

    /// Ends a flush: these could not be written and wait again.
    pub fn written(&self, failed: impl IntoIterator<Item = NoteActivity>) {
        let mut notes = self.lock();
        notes.flushing.clear();
        for note in failed {
            let noted = Noted {
                activity: note.activity,
                seen_generation: note.seen_generation,
            };
            notes.waiting.entry(note.session_id).or_default().merge(noted);
        }
    }

    /// How many sessions wait to be written.
    pub fn len(&self) -> usize {
        let notes = self.lock();
        notes.waiting.len() + notes.flushing.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
