//! The one thread that writes.
//!
//! It takes what has queued (no timer: the wait for the disk forms the batch), makes it one durable commit, and answers each
//! command with its own outcome. Two commands on one session never share a batch: the later one waits for the next.
//!
//! - A command that fails is undone by its savepoint and fails alone.
//! - A batch whose commit fails is run again, command by command.
//! - Where the engine has rolled everything back (disk full), every command of the batch is answered unavailable.
//! - A command once queued is carried out whether anybody still waits for the answer or not.
//! - A panic costs the commands of its batch their answers: their outcome is unknown. The thread goes on.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use keyturn_core::model::SessionId;
use keyturn_core::ports::{ChangeListener, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::batch;
use super::migrate::OpenError;
use super::rows::{Fault, unavailable};
use super::watcher::Watcher;

/// Commands that may wait for the thread; the next one is refused.
const QUEUE: usize = 4096;

/// Commands that the thread looks through for a batch.
const IN_SIGHT: usize = 1024;

/// Commands in one commit.
const BATCH: usize = 256;

/// How often an idle thread looks for what other processes have committed.
const WATCH_EVERY: Duration = Duration::from_millis(200);

/// The times that a command runs by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// When it was asked for.
    pub(super) now: Timestamp,
    /// The latest `now` of its batch: the time of the commit.
    pub(super) commit: Timestamp,
}

/// One effect, as statements.
pub(super) trait Command: Send + 'static {
    /// What it answers.
    type Outcome: Send + 'static;

    /// The sessions that it names: no other command of its batch names one of them.
    fn sessions(&self) -> [Option<SessionId>; 2];

    /// Carries it out within the batch's transaction. May be called again, after a rollback.
    fn run(&self, connection: &Connection, moment: Moment) -> Result<Self::Outcome, Fault>;
}

/// A queued command of any kind.
pub(super) trait Job: Send {
    /// See [`Command::sessions`].
    fn sessions(&self) -> [Option<SessionId>; 2];
    /// When it was asked for.
    fn now(&self) -> Timestamp;
    /// Carries it out and keeps the outcome.
    fn run(&mut self, connection: &Connection, commit: Timestamp) -> Result<(), Fault>;
    /// Answers with the kept outcome.
    fn succeed(self: Box<Self>);
    /// Answers with an error.
    fn fail(self: Box<Self>, error: StoreError);
}

struct Queued<C: Command> {
    command: C,
    now: Timestamp,
    outcome: Option<C::Outcome>,
    asker: oneshot::Sender<Result<C::Outcome, StoreError>>,
}

impl<C: Command> Job for Queued<C> {
    fn sessions(&self) -> [Option<SessionId>; 2] {
        self.command.sessions()
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn run(&mut self, connection: &Connection, commit: Timestamp) -> Result<(), Fault> {
        let moment = Moment {
            now: self.now,
            commit,
        };
        self.outcome = Some(self.command.run(connection, moment)?);
        Ok(())
    }

    fn succeed(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // Nobody there any more: the effect stands all the same.
            drop(self.asker.send(Ok(outcome)));
        }
    }

    fn fail(self: Box<Self>, error: StoreError) {
        drop(self.asker.send(Err(error)));
    }
}

/// Why a command got no answer of its own.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("too many writes are waiting")]
    QueueFull,
    #[error("the writer thread has stopped")]
    Stopped,
    #[error("the writer thread dropped the command")]
    Dropped,
}

/// The thread, and the way to it.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(
        connection: Connection,
        listener: Option<Arc<dyn ChangeListener>>,
    ) -> Result<Self, OpenError> {
        let watcher = listener
            .map(|listener| Watcher::start(&connection, listener))
            .transpose()?;
        let (queue, received) = sync_channel(QUEUE);
        let worker = Worker {
            connection,
            watcher,
            received,
            waiting: VecDeque::new(),
        };
        let thread = std::thread::Builder::new()
            .name("keyturn-sqlite".to_owned())
            .spawn(move || worker.work())
            .map_err(OpenError::Thread)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Queues a command, at the first poll, and waits for its outcome.
    pub(super) async fn carry_out<C: Command>(
        &self,
        command: C,
        now: Timestamp,
    ) -> Result<C::Outcome, StoreError> {
        let (asker, answer) = oneshot::channel();
        let queue = self
            .queue
            .as_ref()
            .ok_or_else(|| unavailable(Unanswered::Stopped))?;
        queue
            .try_send(Box::new(Queued {
                command,
                now,
                outcome: None,
                asker,
            }))
            .map_err(|refused| {
                unavailable(match refused {
                    TrySendError::Full(_) => Unanswered::QueueFull,
                    TrySendError::Disconnected(_) => Unanswered::Stopped,
                })
            })?;
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::OutcomeUnknown(Unanswered::Dropped.into())))
    }

    /// Lets the thread carry out what has queued, and waits for its end.
    pub(super) fn stop(&mut self) {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        // A listener may have held the store and drop it on the thread itself, which can't wait for its own end.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the writer thread of the store had panicked");
        }
    }
}

/// What the thread owns.
struct Worker {
    connection: Connection,
    watcher: Option<Watcher>,
    received: Receiver<Box<dyn Job>>,
    waiting: VecDeque<Box<dyn Job>>,
}

/// What the queue gave.
enum Received {
    Commands,
    Nothing,
    Closed,
}

impl Worker {
    fn work(mut self) {
        loop {
            match self.receive() {
                Received::Commands => self.carry_out_batch(),
                Received::Nothing => self.watch(),
                Received::Closed => break,
            }
        }
        let emptied = self
            .connection
            .pragma_query(None, "wal_checkpoint(TRUNCATE)", |_| Ok(()));
        if let Err(error) = emptied {
            tracing::warn!(%error, "the write-ahead log was not emptied at the end; the next start will");
        }
    }

    /// Waits until there is a command, or it is time to watch; then takes what else has queued.
    fn receive(&mut self) -> Received {
        if self.waiting.is_empty() {
            let first = match &self.watcher {
                Some(_) => self.received.recv_timeout(WATCH_EVERY),
                None => self.received.recv().map_err(RecvTimeoutError::from),
            };
            match first {
                Ok(job) => self.waiting.push_back(job),
                Err(RecvTimeoutError::Timeout) => return Received::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Received::Closed,
            }
        }
        let room = IN_SIGHT.saturating_sub(self.waiting.len());
        self.waiting.extend(self.received.try_iter().take(room));
        Received::Commands
    }

    fn carry_out_batch(&mut self) {
        let jobs = select(&mut self.waiting);
        let (connection, watcher) = (&self.connection, self.watcher.as_mut());
        let carried = catch_unwind(AssertUnwindSafe(|| batch::carry_out(connection, watcher, jobs)));
        if carried.is_err() {
            tracing::error!("a batch of writes panicked; its commands are answered with an unknown outcome");
            batch::roll_back(&self.connection);
        }
    }

    fn watch(&mut self) {
        if let Some(watcher) = &mut self.watcher {
            watcher.look(&self.connection);
        }
    }
}

/// Takes a batch from what waits: in order, except that a command waits while one before it names its session.
fn select(waiting: &mut VecDeque<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let mut named = HashSet::new();
    let mut batch = Vec::with_capacity(waiting.len().min(BATCH));
    let mut later = VecDeque::new();
    for job in waiting.drain(..) {
        let sessions = job.sessions();
        let alone = sessions.iter().flatten().all(|id| !named.contains(id));
        named.extend(sessions.into_iter().flatten());
        if alone && batch.len() < BATCH {
            batch.push(job);
        } else {
            later.push_back(job);
        }
    }
    *waiting = later;
    batch
}
