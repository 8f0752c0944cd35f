//! The two ways to write.
//!
//! What happens all the time (rotations and their like, [`Hot`]) queues for one task with a connection of its own ([`batch`](super::batch)): it takes
//! what has queued (no timer: the wait for the disk and the turns of others form the batch) and makes it one commit. Everything else ([`Command`]) is a
//! short transaction on a pooled connection.
//!
//! - A write once asked for is carried out, even if the asker hangs up.
//! - Where the engine chose a transaction to fail for another one's sake it is run again, up to [`TRIES`] times.
//! - A connection lost before the commit was sent means that nothing happened; one lost after it, that the outcome is unknown.
//! - Own changes are told to the listener before the answer.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::Object;
use jiff::Timestamp;
use keyturn_core::model::{Progress, SessionId};
use keyturn_core::ports::{Effect, NoteActivity, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::batch::{Hot, Job, Worker};
use super::connection::Target;
use super::reader::{Readers, discard};
use super::rows::{Fault, failed_commit, unavailable};
use super::watcher::Teller;
use super::work::Work;
use crate::metrics::WriterMetrics;

/// Commands that may wait for the task; the next one is refused.
const QUEUE: usize = 4096;

/// How often a transaction is begun before its failure is told.
const TRIES: usize = 5;

/// One effect, as statements of one transaction.
#[async_trait]
pub(super) trait Command: Send + Sync + 'static {
    /// What it answers.
    type Outcome: Send + 'static;

    /// Carries it out. May be called again, after a rollback.
    async fn run(&self, work: &mut Work<'_>) -> Result<Self::Outcome, Fault>;
}

/// Why a command got no answer of its own.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("too many writes are waiting")]
    QueueFull,
    #[error("the store is closed")]
    Closed,
    #[error("the command was dropped")]
    Dropped,
}

/// Transactions on pooled connections.
#[derive(Clone)]
pub(super) struct Effects {
    readers: Readers,
    teller: Option<Arc<Teller>>,
}

/// What went wrong: nothing happened, or the commit was sent and was not refused.
pub(super) enum Failure {
    Before(Fault),
    Commit(Fault),
}

impl Effects {
    pub(super) const fn new(readers: Readers, teller: Option<Arc<Teller>>) -> Self {
        Self { readers, teller }
    }

    /// Carries a command out, to its end.
    pub(super) async fn carry_out<C: Command>(
        &self,
        command: &C,
        now: Timestamp,
    ) -> Result<C::Outcome, StoreError> {
        for _ in 1..TRIES {
            match self.attempt(command, now).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) if failure.is_passing() => {
                    tracing::debug!(fault = ?failure.fault(), "a transaction is tried again");
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(self.attempt(command, now).await?)
    }

    async fn attempt<C: Command>(&self, command: &C, now: Timestamp) -> Result<C::Outcome, Failure> {
        let connection = self.readers.connection().await.map_err(Failure::Before)?;
        let answer = self.transact(&connection, command, now).await;
        match answer {
            Ok((outcome, newest)) => {
                drop(connection);
                if let (Some(teller), Some(newest)) = (&self.teller, newest) {
                    teller.tell_own(&self.readers, newest).await;
                }
                Ok(outcome)
            }
            Err(failure) => {
                if failure.fault().spoils_connection() {
                    discard(connection);
                }
                Err(failure)
            }
        }
    }

    /// The outcome, and the sequence of the last change that was written.
    async fn transact<C: Command>(
        &self,
        connection: &Object,
        command: &C,
        now: Timestamp,
    ) -> Result<(C::Outcome, Option<i64>), Failure> {
        let target = self.readers.target();
        let mut work = Work::new(connection, now);
        let run = target.answer(command.run(&mut work)).await;
        let outcome = run.map_err(|fault| failure(&work, fault))?;
        let committed = target.answer(work.commit()).await;
        let newest = committed.map_err(|fault| failure(&work, fault))?;
        Ok((outcome, newest))
    }
}

fn failure(work: &Work<'_>, fault: Fault) -> Failure {
    if work.is_in_doubt() {
        Failure::Commit(fault)
    } else {
        Failure::Before(fault)
    }
}

impl Failure {
    /// Whether nothing happened, and the same may succeed when it is tried again.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Before(fault) if fault.is_passing())
    }

    const fn fault(&self) -> &Fault {
        match self {
            Self::Before(fault) | Self::Commit(fault) => fault,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Before(fault) => fault.into(),
            Failure::Commit(fault) => failed_commit(fault),
        }
    }
}

/// Both ways.
pub(super) struct Writer {
    effects: Effects,
    queue: mpsc::Sender<Job>,
    metrics: WriterMetrics,
    task: JoinHandle<()>,
}

impl Writer {
    /// Connects for the hot writes, and starts their task.
    pub(super) async fn start(
        target: Target,
        effects: Effects,
        metrics: WriterMetrics,
    ) -> Result<Self, Fault> {
        let (queue, received) = mpsc::channel(QUEUE);
        let worker = Worker::connect(target, effects.clone(), metrics.clone(), received).await?;
        Ok(Self {
            effects,
            queue,
            metrics,
            task: tokio::spawn(worker.work()),
        })
    }

    /// Carries out a command in a transaction of its own, from the first poll to the end.
    pub(super) async fn carry_out<C: Command>(
        &self,
        command: C,
        now: Timestamp,
    ) -> Result<C::Outcome, StoreError> {
        let effects = self.effects.clone();
        let carried_out = tokio::spawn(async move { effects.carry_out(&command, now).await });
        carried_out
            .await
            .unwrap_or_else(|error| Err(StoreError::OutcomeUnknown(error.into())))
    }

    /// Queues a hot write, at the first poll, and waits for its outcome.
    pub(super) async fn queue(&self, command: Hot, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        let (asker, answer) = oneshot::channel();
        let job = Job { command, now, asker };
        self.metrics.queued();
        self.queue.try_send(job).map_err(|refused| {
            self.metrics.refused();
            unavailable(match refused {
                mpsc::error::TrySendError::Full(_) => Unanswered::QueueFull,
                mpsc::error::TrySendError::Closed(_) => Unanswered::Closed,
            })
        })?;
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::OutcomeUnknown(Unanswered::Dropped.into())))
    }

    /// Goes the way of every hot write and changes nothing.
    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        let nobody = NoteActivity {
            session_id: SessionId(Uuid::nil()),
            activity: None,
            seen_generation: 0,
        };
        self.queue(nobody.into(), Timestamp::UNIX_EPOCH).await.map(drop)
    }

    /// Lets the task carry out what has queued, and waits for its end.
    pub(super) async fn stop(self) {
        drop(self.queue);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the task of the hot writes had failed");
        }
    }
}
