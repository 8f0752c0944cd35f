//! Fanning changes out: what this node's store tells once is handed to everybody who follows.
//!
//! **The rule**: the store's watcher is the one reader of a node. It tells changes in their order and, after each look, since when everything is
//! told; followers are handed both in that order, so that what vouches for a moment never overtakes a change before it.
//!
//! **The caveat**: only so many of the latest changes are held here. Who is further behind reads the store, a piece at a time, and is vouched for
//! nothing until it has caught up.

mod metrics;
mod stream;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ::metrics::Recorder;
use keyturn_core::model::Change;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;

use self::metrics::FeedMetrics;
pub(crate) use self::stream::{Follower, Opened};

/// Changes that are held at most: those of some seconds of a busy node.
const RECENT: usize = 4096;

/// Changes that a follower is handed at once.
const PIECE: usize = 256;

/// Followers that read the store at the same time: many may come at once, after a restart.
const READERS: usize = 4;

/// How often followers are told that all is told, where `max_staleness` is zero.
const LEAST_PACE: Duration = Duration::from_millis(250);

/// What a node's followers are handed. Tell it what the store tells.
#[derive(Debug)]
pub struct Feed {
    known: Mutex<Known>,
    woken: watch::Sender<u64>,
    seats: Arc<Semaphore>,
    readers: Semaphore,
    pace: Duration,
    metrics: OnceLock<FeedMetrics>,
}

#[derive(Debug, Default)]
struct Known {
    history: Option<Arc<str>>,
    /// The sequence of the last change that was told.
    told: i64,
    /// Everything up to this one is not held.
    dropped: i64,
    recent: VecDeque<Heard>,
    /// When the look that is under way began.
    looking: Option<Instant>,
    /// When the last look began that has ended.
    looked: Option<Instant>,
    /// That of which followers were woken last.
    woken_for: Option<Instant>,
    closed: bool,
}

#[derive(Debug, Clone)]
struct Heard {
    change: Arc<Change>,
    at: Instant,
}

/// Where a node stands in the history of changes.
#[derive(Debug, Clone)]
pub(crate) struct Heading {
    pub(crate) history: Arc<str>,
    pub(crate) told: i64,
}

/// What there is for a follower.
enum Handed {
    /// These, in order; and if they are all, since when that is known.
    Changes(Vec<Heard>, Option<Instant>),
    /// It is too far behind: the store has what it needs, up to this sequence.
    Behind(i64),
    /// Another history began, or the process is about to stop.
    Over,
}

impl Feed {
    /// For at most `seats` followers, who are told within a quarter of `max_staleness` that all is told.
    pub(crate) fn new(max_staleness: Duration, seats: usize) -> Self {
        let pace = match max_staleness / 4 {
            Duration::ZERO => LEAST_PACE,
            pace => pace,
        };
        Self {
            known: Mutex::default(),
            woken: watch::Sender::new(0),
            seats: Arc::new(Semaphore::new(seats.min(Semaphore::MAX_PERMITS))),
            readers: Semaphore::new(READERS),
            pace,
            metrics: OnceLock::new(),
        }
    }

    /// Counts with this recorder.
    pub(crate) fn measured_by(&self, recorder: &dyn Recorder) {
        self.metrics.get_or_init(|| FeedMetrics::register(recorder));
    }

    /// The changes from now on belong to this history, of which nothing up to `newest` will be told.
    pub fn begins(&self, history: &str, newest: i64) {
        let mut known = self.known();
        if known.history.as_deref() == Some(history) {
            return;
        }
        *known = Known {
            history: Some(history.into()),
            told: newest,
            dropped: newest,
            closed: known.closed,
            ..Known::default()
        };
        drop(known);
        self.wake();
    }

    /// A change was committed.
    pub fn changed(&self, change: &Change) {
        let mut known = self.known();
        known.told = change.seq;
        known.recent.push_back(Heard {
            change: Arc::new(change.clone()),
            at: Instant::now(),
        });
        if known.recent.len() > RECENT
            && let Some(oldest) = known.recent.pop_front()
        {
            known.dropped = oldest.change.seq;
        }
        drop(known);
        self.wake();
    }

    /// The store begins to look for what was committed.
    pub fn looking(&self) {
        self.known().looking = Some(Instant::now());
    }

    /// Everything is told that was committed before the look began.
    pub fn caught_up(&self) {
        let mut known = self.known();
        let Some(began) = known.looking.take() else { return };
        known.looked = Some(began);
        if !self.is_due(known.woken_for, began) {
            return;
        }
        known.woken_for = Some(began);
        drop(known);
        self.wake();
    }

    /// Ends every stream, and lets nobody follow any more: the process is about to stop.
    pub fn close(&self) {
        self.known().closed = true;
        self.wake();
    }

    /// Where this node stands; `None` before its store has said so.
    pub(crate) fn heading(&self) -> Option<Heading> {
        let known = self.known();
        Some(Heading {
            history: Arc::clone(known.history.as_ref()?),
            told: known.told,
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.known().closed
    }

    /// A place among the followers, if one is free.
    pub(crate) fn seat(self: &Arc<Self>) -> Option<Seat> {
        match Arc::clone(&self.seats).try_acquire_owned() {
            Ok(permit) => {
                self.count(FeedMetrics::joined);
                Some(Seat {
                    feed: Arc::clone(self),
                    _permit: permit,
                })
            }
            Err(_) => {
                self.count(FeedMetrics::refused);
                None
            }
        }
    }

    /// A turn to read the store.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.readers.acquire().await.ok()
    }

    /// What is new behind `cursor`, for who follows this history.
    fn hand(&self, history: &str, cursor: i64) -> Handed {
        let known = self.known();
        if known.closed || known.history.as_deref() != Some(history) {
            return Handed::Over;
        }
        if cursor < known.dropped {
            return Handed::Behind(known.told);
        }
        let first = known.recent.partition_point(|heard| heard.change.seq <= cursor);
        let new: Vec<_> = known.recent.iter().skip(first).take(PIECE).cloned().collect();
        let all = first + new.len() == known.recent.len();
        Handed::Changes(new, known.looked.filter(|_| all))
    }

    /// Whether who was told of a look that began at `last` is to be told of this one.
    fn is_due(&self, last: Option<Instant>, began: Instant) -> bool {
        // A little early: a store that looks almost as often must not make it every second time.
        last.is_none_or(|last| began.saturating_duration_since(last) >= self.pace / 4 * 3)
    }

    fn count(&self, count: impl FnOnce(&FeedMetrics)) {
        if let Some(metrics) = self.metrics.get() {
            count(metrics);
        }
    }

    fn wake(&self) {
        self.woken.send_modify(|times| *times = times.wrapping_add(1));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A follower's place, taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    feed: Arc<Feed>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.feed.count(FeedMetrics::left);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use keyturn_core::model::ChangeKind;
    use uuid::Uuid;

    use super::*;

    fn change(seq: i64) -> Change {
        Change {
            seq,
            at: Timestamp::UNIX_EPOCH,
            kind: ChangeKind::SessionEnded,
            id: Uuid::from_u128(1),
            reason: None,
        }
    }

    fn feed() -> Feed {
        let feed = Feed::new(Duration::from_secs(1), 2);
        feed.begins("one", 7);
        feed
    }

    /// Sequences, and whether they are vouched for.
    fn handed(feed: &Feed, cursor: i64) -> (Vec<i64>, bool) {
        match feed.hand("one", cursor) {
            Handed::Changes(changes, looked) => (
                changes.iter().map(|heard| heard.change.seq).collect(),
                looked.is_some(),
            ),
            Handed::Behind(told) => panic!("behind {told}"),
            Handed::Over => panic!("over"),
        }
    }

    #[test]
    fn changes_come_in_order_and_are_vouched_for_only_when_all_are_handed() {
        let feed = feed();
        assert_eq!(handed(&feed, 7), (vec![], false), "nobody has looked yet");
        feed.looking();
        let many = 8..=7 + i64::try_from(PIECE).unwrap() + 1;
        many.clone().for_each(|seq| feed.changed(&change(seq)));
        feed.caught_up();
        let (first, vouched) = handed(&feed, 7);
        assert_eq!((first.len(), first.first(), vouched), (PIECE, Some(&8), false));
        assert_eq!(handed(&feed, *first.last().unwrap()), (vec![*many.end()], true));
        assert_eq!(handed(&feed, *many.end()), (vec![], true));
    }

    #[test]
    fn who_is_too_far_behind_is_sent_to_the_store() {
        let feed = feed();
        let newest = 8 + i64::try_from(RECENT).unwrap();
        (8..=newest).for_each(|seq| feed.changed(&change(seq)));
        assert!(matches!(feed.hand("one", 7), Handed::Behind(told) if told == newest));
        assert_eq!(handed(&feed, 8).0.first(), Some(&9));
    }

    #[test]
    fn another_history_and_the_end_of_the_process_end_every_stream() {
        let feed = feed();
        feed.begins("one", 3);
        assert_eq!(feed.heading().unwrap().told, 7, "the same history");
        feed.begins("two", 3);
        assert!(matches!(feed.hand("one", 7), Handed::Over));
        assert!(matches!(feed.hand("two", 3), Handed::Changes(..)));
        feed.close();
        assert!(matches!(feed.hand("two", 3), Handed::Over));
    }

    #[test]
    fn a_seat_is_free_again_once_its_follower_left() {
        let feed = Arc::new(feed());
        let (one, two) = (feed.seat(), feed.seat());
        assert!(one.is_some() && two.is_some() && feed.seat().is_none());
        drop(one);
        assert!(feed.seat().is_some());
    }
}
