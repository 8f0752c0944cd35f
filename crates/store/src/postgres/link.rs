//! The connection of the hot writes, and the two ways in which a batch goes over it.
//!
//! - [`Link::at_once`]: everything in one go, there and back, as if nobody else wrote these rows. A row that somebody else has changed
//!   meanwhile, or goes on holding, makes the whole batch fail.
//! - [`Link::free_rows`]: the rows that nobody holds are locked first.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::future::OptionFuture;
use futures::join;
use jiff::Timestamp;
use keyturn_core::model::Progress;
use keyturn_core::ports::Effect;
use tokio::sync::Notify;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::batch::{Hot, Job};
use super::connection::{Dedicated, Target};
use super::hot::{HAND_AGAIN, HandAgains, LOCK_FREE, NOTE_ACTIVITY, Notes, ROTATE, Rotations};
use super::rows::{Fault, refused_commit};
use super::sessions::advanced;
use super::writer::Failure;

/// The first wait before another try to connect, of which each further one is twice as long; and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Settings of the connection: its statements are planned once, since their values change nothing about how rows are found; a row that was
/// changed since they began is an error; they wait for one no longer than 10 ms, which few of a batch's others would notice.
const SETTINGS: &str = "-c plan_cache_mode=force_generic_plan -c default_transaction_isolation=repeatable\\ read -c lock_timeout=10";

/// By session: the outcome of its command. Who is missing goes alone.
pub(super) type Outcomes = HashMap<Uuid, Effect<Progress>>;

/// The connection with its statements.
pub(super) struct Link {
    pub(super) dedicated: Dedicated,
    lock: Statement,
    rotate: Statement,
    hand_again: Statement,
    note_activity: Statement,
    /// Begins a transaction that waits for locks as long as any other.
    begin_patiently: String,
}

impl Link {
    /// Connects.
    pub(super) async fn make(target: &Target) -> Result<Self, Fault> {
        let dedicated = target.clone().with_settings(SETTINGS).connect(None).await?;
        let client = &dedicated.client;
        let prepare = async {
            Ok::<_, Fault>((
                client.prepare(LOCK_FREE).await?,
                client.prepare(ROTATE).await?,
                client.prepare(HAND_AGAIN).await?,
                client.prepare(NOTE_ACTIVITY).await?,
            ))
        };
        let (lock, rotate, hand_again, note_activity) = target.answer(prepare).await?;
        Ok(Self {
            dedicated,
            lock,
            rotate,
            hand_again,
            note_activity,
            begin_patiently: format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {}",
                target.lock_timeout.as_millis()
            ),
        })
    }

    /// Tries until it succeeds, less and less often.
    pub(super) async fn remake(target: Target) -> Self {
        let (mut wait, never) = (FIRST_WAIT, Notify::new());
        loop {
            match Self::make(&target).await {
                Ok(link) => return link,
                Err(fault) => tracing::warn!(?fault, "the database is not reached; hot writes are refused"),
            }
            drop(tokio::time::timeout(wait, never.notified()).await);
            wait = LONGEST_WAIT.min(wait * 2);
        }
    }

    /// All commands in one go, there and back. The outcome of each; where it fails, nothing happened to any, or nobody knows.
    pub(super) async fn at_once(&self, jobs: &[Job]) -> Result<Outcomes, Failure> {
        let client = &self.dedicated.client;
        let asked = Asked::of(jobs.iter());
        // A statement alone is a transaction.
        let several = asked.statements() > 1;
        let (begun, rows, committed) = join!(
            OptionFuture::from(several.then(|| client.batch_execute("BEGIN"))),
            self.changed_rows(&asked),
            OptionFuture::from(several.then(|| client.batch_execute("COMMIT")))
        );
        let rows = rows.map_err(|fault| {
            if refused_commit(&fault) {
                Failure::Before(fault)
            } else {
                Failure::Commit(fault)
            }
        })?;
        for answer in [begun, committed].into_iter().flatten() {
            answer.map_err(|error| Failure::Commit(error.into()))?;
        }
        let lost = jobs.iter().map(|job| (job.command.session_id().0, Effect::Lost));
        won(lost.collect(), &rows).map_err(Failure::Commit)
    }

    /// Those commands whose rows nobody else holds. The statements after the lock see what was committed before it.
    pub(super) async fn free_rows(&self, jobs: &[Job]) -> Result<Outcomes, Failure> {
        let client = &self.dedicated.client;
        let ids: Vec<Uuid> = jobs.iter().map(|job| job.command.session_id().0).collect();
        let values: [&(dyn ToSql + Sync); 1] = [&ids];
        let (begun, locked) = join!(
            client.batch_execute(&self.begin_patiently),
            client.query(&self.lock, &values)
        );
        let before = |error: tokio_postgres::Error| Failure::Before(error.into());
        begun.map_err(before)?;
        let free = locked.map_err(before)?;
        let free: Result<HashSet<Uuid>, _> = free.iter().map(|row| row.try_get(0)).collect();
        let free = free.map_err(before)?;
        let asked = Asked::of(
            jobs.iter()
                .filter(|job| free.contains(&job.command.session_id().0)),
        );
        let rows = self.changed_rows(&asked).await.map_err(Failure::Before)?;
        let lost = free.into_iter().map(|id| (id, Effect::Lost));
        let outcomes = won(lost.collect(), &rows).map_err(Failure::Before)?;
        let committed = client.batch_execute("COMMIT").await;
        committed.map_err(|error| Failure::Commit(error.into()))?;
        Ok(outcomes)
    }

    /// Runs one statement for each kind, all sent at once.
    async fn changed_rows(&self, asked: &Asked<'_>) -> Result<Vec<Row>, Fault> {
        let client = &self.dedicated.client;
        let Asked {
            rotations,
            hands,
            notes,
            commit,
        } = asked;
        let (rotate, hand, note) = (rotations.values(commit), hands.values(), notes.values());
        let (rotated, handed, noted) = join!(
            OptionFuture::from((!rotations.is_empty()).then(|| client.query(&self.rotate, &rotate))),
            OptionFuture::from((!hands.is_empty()).then(|| client.query(&self.hand_again, &hand))),
            OptionFuture::from((!notes.is_empty()).then(|| client.query(&self.note_activity, &note))),
        );
        let mut rows = Vec::new();
        for answer in [rotated, handed, noted].into_iter().flatten() {
            rows.append(&mut answer?);
        }
        Ok(rows)
    }
}

/// What commands ask for, by kind.
struct Asked<'a> {
    rotations: Rotations<'a>,
    hands: HandAgains,
    notes: Notes,
    /// The latest `now`: the time of the commit.
    commit: Timestamp,
}

impl<'a> Asked<'a> {
    fn of(jobs: impl Iterator<Item = &'a Job> + Clone) -> Self {
        Self {
            rotations: Rotations::of(jobs.clone().filter_map(|job| match &job.command {
                Hot::Rotate(rotate) => Some(rotate),
                _ => None,
            })),
            hands: HandAgains::of(jobs.clone().filter_map(|job| match &job.command {
                Hot::HandAgain(hand) => Some((hand, job.now)),
                _ => None,
            })),
            notes: Notes::of(jobs.clone().filter_map(|job| match &job.command {
                Hot::NoteActivity(note) => Some((note, job.now)),
                _ => None,
            })),
            commit: jobs.map(|job| job.now).max().unwrap_or(Timestamp::MIN),
        }
    }

    fn statements(&self) -> usize {
        let empty = [
            self.rotations.is_empty(),
            self.hands.is_empty(),
            self.notes.is_empty(),
        ];
        empty.into_iter().filter(|empty| !empty).count()
    }
}

/// Who is among the changed rows has won.
fn won(mut outcomes: Outcomes, changed: &[Row]) -> Result<Outcomes, Fault> {
    for row in changed {
        let (id, progress) = advanced(row)?;
        outcomes.insert(id.0, Effect::Won(progress));
    }
    Ok(outcomes)
}
