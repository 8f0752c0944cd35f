//! Sessions that have ended, in memory: the answer of who is told about every end.
//!
//! **The rule**: an end is kept until no access token of the session can be unexpired, and not longer; so what is kept is bounded by the ends of one
//! access token's lifetime. Nothing is pushed out before: that would let a signed-out session in again.
//!
//! **The caveat**: it knows only what it was told. Tell it every end, those of the last lifetime of a token included when it starts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::liveness::{Answer, Liveness, Presented, Standing};

/// Parts with a lock each, so that requests seldom wait for one another.
const SHARDS: usize = 16;

/// Sessions that have ended, and why.
pub struct EndedSessions {
    shards: [Mutex<Shard>; SHARDS],
    keep: SignedDuration,
}

#[derive(Default)]
struct Shard {
    ends: HashMap<Uuid, End>,
    /// When to look for what can go.
    sweep_at: Option<Timestamp>,
}

struct End {
    reason: Option<String>,
    /// Which telling of everything it belongs to.
    #[cfg(feature = "feed")]
    round: u32,
    forget_at: Timestamp,
}

impl EndedSessions {
    /// None yet. `access_ttl` is the longest time for which an access token is good (`jwt.access_ttl`).
    pub fn new(access_ttl: SignedDuration) -> Self {
        Self {
            shards: Default::default(),
            keep: access_ttl,
        }
    }

    /// That this session has ended, at `now` or before. Said twice, the first reason stays.
    pub fn end(&self, session_id: Uuid, reason: Option<String>, now: Timestamp) {
        let forget_at = now.saturating_add(self.keep).unwrap_or(Timestamp::MAX);
        let mut shard = self.shard(session_id);
        shard.sweep(now, self.keep);
        shard.ends.entry(session_id).or_insert(End {
            reason,
            #[cfg(feature = "feed")]
            round: 0,
            forget_at,
        });
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).ends.len()).sum()
    }

    /// Whether none are kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// That this session ended at a time, as told in this round; kept for so long after it.
    #[cfg(feature = "feed")]
    pub(crate) fn note(
        &self,
        (session_id, at): (Uuid, Timestamp),
        reason: Option<String>,
        round: u32,
        keep: SignedDuration,
        now: Timestamp,
    ) {
        let forget_at = at.saturating_add(keep).unwrap_or(Timestamp::MAX);
        let mut shard = self.shard(session_id);
        shard.sweep(now, keep);
        if now > forget_at {
            return;
        }
        let end = shard.ends.entry(session_id).or_insert(End {
            reason,
            round,
            forget_at,
        });
        end.round = round;
        end.forget_at = end.forget_at.max(forget_at);
    }

    /// Forgets what was not told in this round.
    #[cfg(feature = "feed")]
    pub(crate) fn keep_round(&self, round: u32) {
        for shard in &self.shards {
            lock(shard).ends.retain(|_, end| end.round == round);
        }
    }

    /// Why this session ended; `None` where nobody said that it did.
    #[cfg(feature = "feed")]
    pub(crate) fn reason(&self, session_id: Uuid) -> Option<Option<String>> {
        let shard = self.shard(session_id);
        shard.ends.get(&session_id).map(|end| end.reason.clone())
    }

    fn shard(&self, id: Uuid) -> MutexGuard<'_, Shard> {
        // The last byte is random, whatever the version of the id.
        let [.., last] = *id.as_bytes();
        let [first, rest @ ..] = &self.shards;
        match usize::from(last) % SHARDS {
            0 => lock(first),
            number => lock(rest.get(number - 1).unwrap_or(first)),
        }
    }
}

impl Shard {
    /// At most every half lifetime, so that an end costs no look at all others.
    fn sweep(&mut self, now: Timestamp, keep: SignedDuration) {
        if self.sweep_at.is_some_and(|at| now < at) {
            return;
        }
        self.ends.retain(|_, end| now <= end.forget_at);
        self.sweep_at = now.saturating_add(keep / 2).ok();
    }
}

impl Liveness for EndedSessions {
    fn check<'a>(&'a self, presented: Presented<'a>) -> Answer<'a> {
        let id = presented.session.session_id;
        Answer::Now(match self.shard(id).ends.get(&id) {
            None => Standing::Live,
            Some(end) => Standing::Ended {
                reason: end.reason.clone(),
            },
        })
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Session;

    const TTL: SignedDuration = SignedDuration::from_secs(1800);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn ended(sessions: &EndedSessions, id: u128) -> bool {
        let session = Session::new("42", Uuid::from_u128(id), 0);
        matches!(
            sessions.check(Presented {
                session: &session,
                token: "",
                now: at(0),
            }),
            Answer::Now(Standing::Ended { .. })
        )
    }

    #[test]
    fn an_end_is_known_while_a_token_can_be_good_and_is_forgotten_then() {
        let sessions = EndedSessions::new(TTL);
        let id = |number: u128| Uuid::from_u128(number << 8); // all in one part
        sessions.end(id(1), Some("signed_out".into()), at(0));
        sessions.end(id(2), None, at(1800));
        assert!(ended(&sessions, 1 << 8), "a token made at 0 is good before 1800");
        sessions.end(id(3), None, at(2700));
        assert!(!ended(&sessions, 1 << 8));
        assert!(ended(&sessions, 2 << 8));
        assert_eq!(sessions.len(), 2);
    }

    #[test]
    fn a_flood_of_ends_over_a_day_leaves_those_of_one_lifetime_and_a_half() {
        let sessions = EndedSessions::new(TTL);
        for second in 0..86_400_u32 {
            sessions.end(Uuid::from_u128(u128::from(second)), None, at(i64::from(second)));
        }
        assert!(sessions.len() <= 1800 * 3 / 2 + SHARDS, "{}", sessions.len());
        assert!(sessions.len() >= 1800, "{}", sessions.len());
    }
}
