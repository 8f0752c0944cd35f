//! The hot writes: rotations, tokens handed out again, activity. One task with a connection of its own makes what has queued one
//! transaction, one statement for each kind, one commit; then it answers each command with its own outcome.
//!
//! - Two commands on one session never share a batch: the later one waits for the next.
//! - A batch is sent as if nobody else wrote its rows; where somebody does, it goes again over those that nobody holds.
//! - A command whose row somebody else holds goes the way of everything that is not hot, alone, and so do the commands of a batch that
//!   failed as a whole.
//! - The time of a commit is the latest `now` of its batch.
//! - While there is no connection, commands are answered unavailable at once; it is made again, less and less often.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{Progress, SessionId};
use keyturn_core::ports::{Effect, HandAgain, NoteActivity, Rotate, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::connection::Target;
use super::hot::{HAND_AGAIN, HandAgains, LOCK, NOTE_ACTIVITY, Notes, ROTATE, Rotations};
use super::link::{Link, Outcomes};
use super::rows::{Fault, failed_commit, refused_commit, unavailable};
use super::sessions::advanced;
use super::work::Work;
use super::writer::{Command, Effects, Failure};
use crate::metrics::WriterMetrics;

/// Commands that the task looks through for a batch.
const IN_SIGHT: usize = 1024;

/// Commands in one commit.
const BATCH: usize = 256;

/// How often a batch lets others go first.
const PATIENCE: usize = 8;

/// A write that happens all the time.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "nearly all are rotations")]
pub(super) enum Hot {
    Rotate(Rotate),
    HandAgain(HandAgain),
    NoteActivity(NoteActivity),
}

impl Hot {
    pub(super) const fn session_id(&self) -> SessionId {
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
    type Outcome = Effect<Progress>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<Progress>, Fault> {
        work.look(LOCK, &[&self.session_id().0]).await?;
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
        let advanced = rows.first().map(advanced).transpose()?;
        Ok(advanced.map_or(Effect::Lost, |(_, progress)| Effect::Won(progress)))
    }
}

/// A queued command.
pub(super) struct Job {
    pub(super) command: Hot,
    pub(super) now: Timestamp,
    pub(super) asker: oneshot::Sender<Result<Effect<Progress>, StoreError>>,
}

impl Job {
    fn answer(self, answer: Result<Effect<Progress>, StoreError>) {
        // Nobody there any more: the effect stands all the same.
        drop(self.asker.send(answer));
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
        let mut last = 0;
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
            self.gather(last).await;
            let mut jobs = select(&mut self.waiting);
            last = jobs.len();
            // Batches of several nodes wait for each other in one order.
            jobs.sort_unstable_by_key(|job| job.command.session_id().0);
            if !self.carry_out(&link, jobs).await {
                return true;
            }
        }
    }

    /// Looks what has queued. While that is less than `enough`, whoever is ready to go on may queue first: where all is busy, a few commits
    /// for many cost less than many for a few, and where nothing is, this takes no time.
    async fn gather(&mut self, enough: usize) {
        for _ in 0..=PATIENCE {
            while self.waiting.len() < IN_SIGHT
                && let Ok(job) = self.received.try_recv()
            {
                self.waiting.push_back(job);
            }
            if self.waiting.len() >= enough {
                return;
            }
            tokio::task::yield_now().await;
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

    /// The outcomes of the commands whose rows nobody else held.
    async fn attempt(&self, link: &Link, jobs: &[Job]) -> Result<Outcomes, Failure> {
        match self.in_time(link.at_once(jobs)).await {
            Err(Failure::Before(fault)) if fault.met_another_write() => {
                tracing::debug!(
                    ?fault,
                    commands = jobs.len(),
                    "somebody else writes a row of a batch"
                );
                self.in_time(link.free_rows(jobs)).await
            }
            answer => answer,
        }
    }

    async fn in_time(
        &self,
        attempt: impl Future<Output = Result<Outcomes, Failure>>,
    ) -> Result<Outcomes, Failure> {
        let answer = self.target.answer(async { Ok::<_, Fault>(attempt.await) }).await;
        answer.unwrap_or_else(|late| Err(Failure::Commit(late)))
    }
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
