//! The hot writes: rotations, tokens handed out again, activity. One task with a connection of its own makes what has queued one
//! transaction, one statement for each kind, one commit; then it answers each command with its own outcome.
//!
//! - Two commands on one session never share a batch: the later one waits for the next.
//! - A batch waits for nobody: a command whose row somebody else holds goes the way of everything that is not hot, alone, and so do the
//!   commands of a batch that failed as a whole.
//! - The time of a commit is the latest `now` of its batch.
//! - While there is no connection, commands are answered unavailable at once; it is made again, less and less often.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{OptionFuture, join3};
use jiff::Timestamp;
use keyturn_core::model::{Session, SessionId};
use keyturn_core::ports::{Effect, HandAgain, NoteActivity, Rotate, StoreError};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::connection::{Dedicated, Target};
use super::hot::{HAND_AGAIN, HandAgains, LOCK, LOCK_FREE, NOTE_ACTIVITY, Notes, ROTATE, Rotations};
use super::rows::{Fault, failed_commit, refused_commit, unavailable};
use super::sessions::stored;
use super::writer::{Command, Effects, Failure, Work};
use crate::metrics::WriterMetrics;

/// Commands that the task looks through for a batch.
const IN_SIGHT: usize = 1024;

/// Commands in one commit.
const BATCH: usize = 256;

/// The first wait before another try to connect, of which each further one is twice as long; and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Settings of the connection: its statements are planned once, since their values change nothing about how rows are found.
const SETTINGS: &str = "-c plan_cache_mode=force_generic_plan";

/// A write that happens all the time.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly all are rotations")]
pub(super) enum Hot {
    Rotate(Rotate),
    HandAgain(HandAgain),
    NoteActivity(NoteActivity),
}

impl Hot {
    const fn session_id(&self) -> SessionId {
        match self {
            Self::Rotate(rotate) => rotate.session_id,
            Self::HandAgain(hand) => hand.session_id,
            Self::NoteActivity(note) => note.session_id,
        }
    }
}

impl From<Rotate> for Hot {
    fn from(rotate: Rotate) -> Self {
        Self::Rotate(rotate)
    }
}

impl From<HandAgain> for Hot {
    fn from(hand: HandAgain) -> Self {
        Self::HandAgain(hand)
    }
}

impl From<NoteActivity> for Hot {
    fn from(note: NoteActivity) -> Self {
        Self::NoteActivity(note)
    }
}

/// One alone: it waits for its row.
#[async_trait]
impl Command for Hot {
    type Outcome = Effect<Session>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<Session>, Fault> {
        work.query(LOCK, &[&self.session_id().0]).await?;
        let rows = match self {
            Self::Rotate(rotate) => {
                let rotations = Rotations::of([rotate]);
                work.query(ROTATE, &rotations.values(&work.now)).await?
            }
            Self::HandAgain(hand) => {
                let hands = HandAgains::of([(hand, work.now)]);
                work.query(HAND_AGAIN, &hands.values()).await?
            }
            Self::NoteActivity(note) => {
                let notes = Notes::of([(note, work.now)]);
                work.query(NOTE_ACTIVITY, &notes.values()).await?
            }
        };
        let session = rows.first().map(stored).transpose()?;
        Ok(session.map_or(Effect::Lost, Effect::Won))
    }
}

/// A queued command.
pub(super) struct Job {
    pub(super) command: Hot,
    pub(super) now: Timestamp,
    pub(super) asker: oneshot::Sender<Result<Effect<Session>, StoreError>>,
}

impl Job {
    fn answer(self, answer: Result<Effect<Session>, StoreError>) {
        // Nobody there any more: the effect stands all the same.
        drop(self.asker.send(answer));
    }
}

/// The connection with its statements.
struct Link {
    dedicated: Dedicated,
    lock: Statement,
    rotate: Statement,
    hand_again: Statement,
    note_activity: Statement,
}

impl Link {
    async fn make(target: &Target) -> Result<Self, Fault> {
        let dedicated = target.connect(None).await?;
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
        })
    }

    /// Tries until it succeeds, less and less often.
    async fn remake(target: Target) -> Self {
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
}

/// What the task owns.
pub(super) struct Worker {
    target: Target,
    effects: Effects,
    metrics: WriterMetrics,
    received: mpsc::Receiver<Job>,
    waiting: VecDeque<Job>,
    link: Option<Link>,
}

/// Nothing happened: there is no connection.
#[derive(Debug, thiserror::Error)]
#[error("there is no connection to the database; it is being made")]
struct Down;

impl Worker {
    /// Makes the connection.
    pub(super) async fn connect(
        target: Target,
        effects: Effects,
        metrics: WriterMetrics,
        received: mpsc::Receiver<Job>,
    ) -> Result<Self, Fault> {
        let target = target.with_settings(SETTINGS);
        let link = Some(Link::make(&target).await?);
        Ok(Self {
            target,
            effects,
            metrics,
            received,
            waiting: VecDeque::new(),
            link,
        })
    }

    /// Until the queue is closed and empty.
    pub(super) async fn work(mut self) {
        while match self.link.take() {
            Some(link) => self.serve(link).await,
            None => self.refuse().await,
        } {}
    }

    /// Carries out batches for as long as the connection stands. False where the queue is closed.
    async fn serve(&mut self, mut link: Link) -> bool {
        loop {
            if self.waiting.is_empty() {
                tokio::select! {
                    job = self.received.recv() => match job {
                        Some(job) => self.waiting.push_back(job),
                        None => return false,
                    },
                    () = link.dedicated.lost() => return true,
                }
            }
            while self.waiting.len() < IN_SIGHT
                && let Ok(job) = self.received.try_recv()
            {
                self.waiting.push_back(job);
            }
            let jobs = select(&mut self.waiting);
            if !self.carry_out(&link, jobs).await {
                return true;
            }
        }
    }

    /// Makes the connection again, and answers everybody meanwhile. False where the queue is closed.
    async fn refuse(&mut self) -> bool {
        let metrics = self.metrics.clone();
        let refuse = |job: Job| {
            metrics.refused();
            job.answer(Err(unavailable(Down)));
        };
        self.waiting.drain(..).for_each(&refuse);
        let remaking = Link::remake(self.target.clone());
        tokio::pin!(remaking);
        loop {
            tokio::select! {
                link = &mut remaking => {
                    self.link = Some(link);
                    return true;
                }
                job = self.received.recv() => match job {
                    Some(job) => refuse(job),
                    None => return false,
                },
            }
        }
    }

    /// Carries out a batch and answers its commands. False where the connection is of no more use.
    async fn carry_out(&self, link: &Link, jobs: Vec<Job>) -> bool {
        let _running = self.metrics.batch(jobs.len());
        let changed = self.attempt(link, &jobs).await;
        if changed.is_err() {
            self.metrics.failed();
        }
        match changed {
            Ok(mut outcomes) => {
                for job in jobs {
                    match outcomes.remove(&job.command.session_id().0) {
                        Some(effect) => job.answer(Ok(effect)),
                        None => self.alone(job),
                    }
                }
                true
            }
            Err(Failure::Before(fault)) => self.recover(link, fault, jobs).await,
            Err(Failure::Commit(fault)) if refused_commit(&fault) => self.recover(link, fault, jobs).await,
            Err(Failure::Commit(fault)) => {
                tracing::error!(?fault, commands = jobs.len(), "a batch's commit was not answered");
                let usable = !fault.spoils_connection();
                answer_all(jobs, &failed_commit(fault));
                usable
            }
        }
    }

    /// Nothing of a batch happened. Each command is tried alone, unless there is no connection to be had.
    async fn recover(&self, link: &Link, fault: Fault, jobs: Vec<Job>) -> bool {
        tracing::warn!(?fault, commands = jobs.len(), "a batch failed");
        let rolled_back = self
            .target
            .answer(link.dedicated.client.batch_execute("ROLLBACK"))
            .await;
        let usable = !fault.spoils_connection() && rolled_back.is_ok();
        if usable {
            jobs.into_iter().for_each(|job| self.alone(job));
        } else {
            answer_all(jobs, &fault.into());
        }
        usable
    }

    fn alone(&self, job: Job) {
        let effects = self.effects.clone();
        tokio::spawn(async move {
            let answer = effects.carry_out(&job.command, job.now).await;
            job.answer(answer);
        });
    }

    /// The outcomes of the commands whose rows were there and free.
    async fn attempt(&self, link: &Link, jobs: &[Job]) -> Result<HashMap<Uuid, Effect<Session>>, Failure> {
        let changed = self
            .target
            .answer(change(link, jobs))
            .await
            .map_err(Failure::Before)?;
        let commit = self.target.answer(link.dedicated.client.batch_execute("COMMIT"));
        commit.await.map_err(Failure::Commit)?;
        Ok(changed)
    }
}

/// Begins, locks the rows that nobody else holds, in the order of their ids, and changes them. The statements after the lock see
/// what was committed before it.
async fn change(link: &Link, jobs: &[Job]) -> Result<HashMap<Uuid, Effect<Session>>, Fault> {
    let client = &link.dedicated.client;
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.command.session_id().0).collect();
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&ids];
    let (begun, locked) = futures::join!(client.batch_execute("BEGIN"), client.query(&link.lock, &values));
    begun?;
    let locked = locked?;
    let free = locked.iter().map(|row| row.try_get(0));
    let free: HashSet<Uuid> = free.collect::<Result<_, _>>()?;
    let mut outcomes: HashMap<_, _> = free.iter().map(|id| (*id, Effect::Lost)).collect();
    let here = |job: &&Job| free.contains(&job.command.session_id().0);
    for row in changed_rows(client, link, jobs.iter().filter(here).collect()).await? {
        let session = stored(&row)?;
        outcomes.insert(session.id.0, Effect::Won(session));
    }
    Ok(outcomes)
}

/// Runs one statement for each kind, all sent at once.
async fn changed_rows(client: &Client, link: &Link, jobs: Vec<&Job>) -> Result<Vec<Row>, Fault> {
    let commit = jobs.iter().map(|job| job.now).max().unwrap_or(Timestamp::MIN);
    let rotations = Rotations::of(jobs.iter().filter_map(|job| match &job.command {
        Hot::Rotate(rotate) => Some(rotate),
        _ => None,
    }));
    let hands = HandAgains::of(jobs.iter().filter_map(|job| match &job.command {
        Hot::HandAgain(hand) => Some((hand, job.now)),
        _ => None,
    }));
    let notes = Notes::of(jobs.iter().filter_map(|job| match &job.command {
        Hot::NoteActivity(note) => Some((note, job.now)),
        _ => None,
    }));
    let (rotate, hand, note) = (rotations.values(&commit), hands.values(), notes.values());
    let (rotated, handed, noted) = join3(
        OptionFuture::from((!rotations.is_empty()).then(|| client.query(&link.rotate, &rotate))),
        OptionFuture::from((!hands.is_empty()).then(|| client.query(&link.hand_again, &hand))),
        OptionFuture::from((!notes.is_empty()).then(|| client.query(&link.note_activity, &note))),
    )
    .await;
    let mut rows = Vec::with_capacity(jobs.len());
    for answer in [rotated, handed, noted].into_iter().flatten() {
        rows.extend(answer?);
    }
    Ok(rows)
}

/// Takes a batch from what waits: in order, except that a command waits while one before it names its session.
fn select(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut named = HashSet::new();
    let mut batch = Vec::with_capacity(waiting.len().min(BATCH));
    let mut later = VecDeque::new();
    for job in waiting.drain(..) {
        if batch.len() < BATCH && named.insert(job.command.session_id()) {
            batch.push(job);
        } else {
            later.push_back(job);
        }
    }
    *waiting = later;
    batch
}

fn answer_all(jobs: Vec<Job>, error: &StoreError) {
    let cause: Arc<str> = error.to_string().into();
    let doubtful = matches!(error, StoreError::OutcomeUnknown(_));
    for job in jobs {
        let cause = cause.as_ref();
        job.answer(Err(if doubtful {
            StoreError::OutcomeUnknown(cause.into())
        } else {
            unavailable(cause)
        }));
    }
}
