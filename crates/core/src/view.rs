//! Live sessions in memory, so that checking an access token asks no database.
//!
//! **The rule**: memory may say "live", never anything else. Where it knows nothing, knows it for too long, or the session looks
//! over, the caller reads the store. A family that was read is kept only if nothing was forgotten since the reading began, so
//! that an end which is acknowledged meanwhile can't be undone by a slow reader (I5).
//!
//! **The caveat**: it believes its store to be caught up for [`SessionView::max_staleness`] after the beginning of the store's
//! last look at what was committed ([`ChangeListener::caught_up`]); then every check asks the database. So an end that another
//! node acknowledges is felt here within that time, however long looks take.
//!
//! What others' rotations and activity change is told by nobody, and what is kept falls behind. It errs to the safe side: all
//! that makes a session live only grows (its activity) or is fixed at sign-in (its ends), and what ends it is told. For the same
//! reason a plain Rotate may be judged from memory, since the store carries it out only on the head that was judged; any other
//! verdict may not (`docs/several-nodes.md`).

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::model::{Change, ChangeKind, Progress, SessionId, UserId};
use crate::ports::{ChangeListener, Clock, Family};

/// Parts with a lock each, so that requests seldom wait for one another.
const SHARDS: usize = 16;

/// How long a family is kept without reading it again: what other nodes rotate is no change that anybody hears of.
const MAX_AGE: SignedDuration = SignedDuration::from_secs(30);

/// That reading began: see [`SessionView::keep`].
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    forgotten: u64,
    at: Timestamp,
}

struct Kept {
    family: Family,
    at: Timestamp,
}

type Shard = Mutex<HashMap<SessionId, Kept>>;

/// Families that were live when they were last read. Give it to the store as its listener.
pub struct SessionView {
    shards: [Shard; SHARDS],
    /// Families that one shard holds at most.
    room: usize,
    /// Raised by everything that is forgotten.
    forgotten: AtomicU64,
    /// Everything committed before this moment has been told, in microseconds.
    caught_up_at: AtomicI64,
    /// The history that it hears the changes of.
    history: Mutex<Option<String>>,
    max_staleness: SignedDuration,
    clock: Arc<dyn Clock>,
}

impl SessionView {
    /// An empty view of at most about `capacity` sessions.
    pub fn new(clock: Arc<dyn Clock>, max_staleness: SignedDuration, capacity: usize) -> Self {
        Self {
            shards: Default::default(),
            room: (capacity / SHARDS).max(1),
            forgotten: AtomicU64::new(0),
            caught_up_at: AtomicI64::new(i64::MIN),
            history: Mutex::default(),
            max_staleness,
            clock,
        }
    }

    /// How long after the beginning of the store's last look the view is believed.
    pub const fn max_staleness(&self) -> SignedDuration {
        self.max_staleness
    }

    /// The family as it was last read, without what is buffered; `None`: read the store. What an effect makes of it is kept
    /// under the reading that comes with it, and so is read again no later.
    pub fn find(&self, id: SessionId, now: Timestamp) -> Option<(Family, Reading)> {
        if !self.is_fresh(now) {
            return None;
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let shard = self.shard(id);
        let kept = shard.get(&id)?;
        let reading = Reading {
            forgotten,
            at: kept.at,
        };
        (now.duration_since(kept.at).abs() <= MAX_AGE).then(|| (kept.family.clone(), reading))
    }

    /// To be called before the store is read.
    pub fn reading(&self, now: Timestamp) -> Reading {
        Reading {
            forgotten: self.forgotten.load(Ordering::SeqCst),
            at: now,
        }
    }

    /// Keeps what was read, if it is live and nothing was forgotten since the reading began; else forgets the session.
    pub fn keep(&self, reading: Reading, family: Family) {
        let id = family.session.id;
        let mut shard = self.shard(id);
        // Under the shard's lock: whoever forgets raises the counter first and takes the lock then.
        if self.forgotten.load(Ordering::SeqCst) != reading.forgotten || family.session.ended.is_some() {
            shard.remove(&id);
            return;
        }
        if shard.len() >= self.room && !shard.contains_key(&id) {
            make_room(&mut shard);
        }
        shard.insert(
            id,
            Kept {
                family,
                at: reading.at,
            },
        );
    }

    /// Notes where a session is after an effect; as [`SessionView::keep`], of a session that is kept already. `false`: it is not; keep it.
    pub fn note(&self, reading: Reading, id: SessionId, progress: Progress) -> bool {
        let mut shard = self.shard(id);
        if self.forgotten.load(Ordering::SeqCst) != reading.forgotten {
            shard.remove(&id);
            return true;
        }
        let kept = shard.get_mut(&id);
        kept.map(|kept| kept.family.session.advance(progress)).is_some()
    }

    /// How many sessions it holds.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How long ago the store's last look at what was committed began; without end where there was none.
    pub fn staleness(&self, now: Timestamp) -> SignedDuration {
        let age = now
            .as_microsecond()
            .saturating_sub(self.caught_up_at.load(Ordering::SeqCst));
        SignedDuration::from_micros(age)
    }

    /// A clock that was set back must not make a silence look short: what seems to come from the future counts as old as far
    /// as it is away.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.staleness(now).abs() <= self.max_staleness
    }

    fn forget_session(&self, id: SessionId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.shard(id).remove(&id);
    }

    fn forget_account(&self, id: UserId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        for shard in &self.shards {
            lock(shard).retain(|_, kept| kept.family.account.id != id);
        }
    }

    fn shard(&self, id: SessionId) -> MutexGuard<'_, HashMap<SessionId, Kept>> {
        lock(shard_of(&self.shards, id.0))
    }
}

impl ChangeListener for SessionView {
    /// What ended in a history that was not heard may be live in memory.
    fn begins(&self, history: &str, _newest: i64) {
        let mut known = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_deref() == Some(history) {
            return;
        }
        *known = Some(history.to_owned());
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.shards.iter().for_each(|shard| lock(shard).clear());
    }

    fn changed(&self, change: &Change) {
        match change.kind {
            ChangeKind::SessionEnded => self.forget_session(SessionId(change.id)),
            ChangeKind::AccountUpdated
            | ChangeKind::AccountState
            | ChangeKind::AccountDeleted
            | ChangeKind::AccountEpoch => self.forget_account(UserId(change.id)),
            ChangeKind::AccountCreated => {}
        }
    }

    fn looking(&self) -> Timestamp {
        self.clock.now()
    }

    /// A look that ends late says nothing about what was committed while it took place.
    fn caught_up(&self, since: Timestamp) {
        self.caught_up_at.store(since.as_microsecond(), Ordering::SeqCst);
    }
}

/// The shard of an id: by its last byte, which is random.
pub(crate) fn shard_of<T>(shards: &[T; SHARDS], id: Uuid) -> &T {
    let [.., last] = *id.as_bytes();
    let [first, rest @ ..] = shards;
    match usize::from(last) % SHARDS {
        0 => first,
        number => rest.get(number - 1).unwrap_or(first),
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops an eighth, whichever: what is still in use is read again.
fn make_room(shard: &mut HashMap<SessionId, Kept>) {
    let surplus: Vec<_> = shard.keys().take(shard.len().div_ceil(8)).copied().collect();
    for id in surplus {
        shard.remove(&id);
    }
}
