//! The one thread that writes.
//!
//! It takes what has queued (no timer: the wait for the disk forms the batch), makes it one durable commit, and answers each
//! command with its own outcome. Two commands on one session never share a batch: the later one waits for the next.
//!
//! - A command that fails is undone and fails alone.
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
use crate::metrics::WriterMetrics;

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
    metrics: WriterMetrics,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(
        connection: Connection,
        listener: Option<Arc<dyn ChangeListener>>,
        metrics: WriterMetrics,
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
            metrics: metrics.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("keyturn-sqlite".to_owned())
            .spawn(move || worker.work())
            .map_err(OpenError::Thread)?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            metrics,
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
        self.metrics.queued();
        queue
            .try_send(Box::new(Queued {
                command,
                now,
                outcome: None,
                asker,
            }))
            .map_err(|refused| {
                self.metrics.refused();
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
    metrics: WriterMetrics,
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
                Received::Commands => self.outlive(Self::carry_out_batch),
                Received::Nothing => self.outlive(Self::watch),
                Received::Closed => break,
            }
        }
        let emptied = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
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
        let _running = self.metrics.batch(jobs.len());
        batch::carry_out(&self.connection, &self.metrics, self.watcher.as_mut(), jobs);
    }

    fn watch(&mut self) {
        if let Some(watcher) = &mut self.watcher {
            watcher.look(&self.connection);
        }
    }

    /// Does a piece of work and outlives its panic. Commands that it dropped are answered by that: their outcome is unknown.
    fn outlive(&mut self, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            tracing::error!("the writer thread panicked; the outcome of the commands at hand is unknown");
            batch::roll_back(&self.connection);
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use futures::future::join_all;
    use jiff::SignedDuration;
    use keyturn_core::model::Change;

    use super::*;

    /// What a test command does.
    enum Act {
        Note,
        Violate,
        ViolateAtCommit,
        Panic,
        Wait(Receiver<()>, Sender<()>),
    }

    struct Try {
        session: Option<SessionId>,
        note: i64,
        act: Act,
    }

    impl Command for Try {
        type Outcome = Timestamp;

        fn sessions(&self) -> [Option<SessionId>; 2] {
            [self.session, None]
        }

        fn run(&self, connection: &Connection, moment: Moment) -> Result<Timestamp, Fault> {
            connection.execute("INSERT INTO notes (note) VALUES (?1)", [self.note])?;
            match &self.act {
                Act::Note => {}
                Act::Violate => {
                    connection.execute("INSERT INTO notes (note) VALUES (?1)", [self.note])?;
                }
                Act::ViolateAtCommit => {
                    connection.execute("INSERT INTO owned (owner) VALUES (-1)", [])?;
                }
                Act::Panic => panic!("asked for by the test"),
                Act::Wait(go, begun) => {
                    begun.send(()).unwrap();
                    go.recv().unwrap();
                }
            }
            Ok(moment.commit)
        }
    }

    fn writer() -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(&folder);
        let schema = "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;
            CREATE TABLE notes (note INTEGER NOT NULL PRIMARY KEY) STRICT;
            CREATE TABLE owned (owner INTEGER REFERENCES notes (note) DEFERRABLE INITIALLY DEFERRED) STRICT;";
        connection.execute_batch(schema).unwrap();
        (
            folder,
            Writer::start(connection, None, WriterMetrics::default()).unwrap(),
        )
    }

    fn open(folder: &tempfile::TempDir) -> Connection {
        Connection::open(folder.path().join("notes.db")).unwrap()
    }

    fn notes(folder: &tempfile::TempDir) -> Vec<i64> {
        let connection = open(folder);
        let mut statement = connection
            .prepare("SELECT note FROM notes ORDER BY note")
            .unwrap();
        let notes = statement.query_map([], |row| row.get(0)).unwrap();
        notes.map(Result::unwrap).collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn session(number: u128) -> Option<SessionId> {
        Some(SessionId(uuid::Uuid::from_u128(number)))
    }

    /// Holds the thread, queues these, lets go: they are there at once. Each asked for at the second of its note.
    async fn at_once(writer: &Writer, commands: Vec<Try>) -> Vec<Result<Timestamp, StoreError>> {
        let ((go, held), (begun, running)) = (channel(), channel());
        let gate = Try {
            session: None,
            note: 1000,
            act: Act::Wait(held, begun),
        };
        let mut gate = Box::pin(writer.carry_out(gate, at(0)));
        assert!(futures::poll!(&mut gate).is_pending());
        running.recv().unwrap();
        let asking = commands.into_iter().map(|command| {
            let now = at(command.note);
            Box::pin(writer.carry_out(command, now))
        });
        let mut asking: Vec<_> = asking.collect();
        for command in &mut asking {
            assert!(futures::poll!(command).is_pending());
        }
        go.send(()).unwrap();
        gate.await.unwrap();
        join_all(asking).await
    }

    fn note(note: i64, session: Option<SessionId>) -> Try {
        Try {
            session,
            note,
            act: Act::Note,
        }
    }

    #[test]
    fn a_batch_commits_at_its_latest_now() {
        let (folder, writer) = writer();
        let commands = vec![note(3, session(1)), note(7, session(2)), note(5, None)];
        let answers = futures::executor::block_on(at_once(&writer, commands));
        assert!(answers.into_iter().all(|answer| answer.unwrap() == at(7)));
        assert_eq!(notes(&folder), [3, 5, 7, 1000]);
    }

    #[test]
    fn commands_on_one_session_share_no_batch_and_keep_their_order() {
        let (_folder, writer) = writer();
        let commands = vec![
            note(1, session(1)),
            note(2, session(1)),
            note(3, session(1)),
            note(4, session(2)),
        ];
        let answers = futures::executor::block_on(at_once(&writer, commands));
        let commits: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(commits, [at(4), at(2), at(3), at(4)]);
    }

    #[test]
    fn a_failing_command_is_undone_and_fails_alone() {
        let (folder, writer) = writer();
        let commands = vec![
            note(1, None),
            Try {
                session: None,
                note: 2,
                act: Act::Violate,
            },
            note(3, None),
        ];
        let answers = futures::executor::block_on(at_once(&writer, commands));
        assert!(
            matches!(&answers[..], [Ok(_), Err(StoreError::Unavailable(_)), Ok(_)]),
            "{answers:?}"
        );
        assert_eq!(notes(&folder), [1, 3, 1000]);
    }

    #[test]
    fn a_batch_that_is_not_committed_is_run_again_command_by_command() {
        let (folder, writer) = writer();
        let commands = vec![
            note(1, None),
            Try {
                session: None,
                note: 2,
                act: Act::ViolateAtCommit,
            },
            note(3, None),
        ];
        let answers = futures::executor::block_on(at_once(&writer, commands));
        assert!(
            matches!(&answers[..], [Ok(_), Err(StoreError::Unavailable(_)), Ok(_)]),
            "{answers:?}"
        );
        assert_eq!(notes(&folder), [1, 3, 1000]);
    }

    #[test]
    fn a_panic_hangs_nobody_and_the_thread_goes_on() {
        let (folder, writer) = writer();
        let commands = vec![
            note(1, None),
            Try {
                session: None,
                note: 2,
                act: Act::Panic,
            },
            note(3, None),
        ];
        let answers = futures::executor::block_on(at_once(&writer, commands));
        assert!(
            answers
                .iter()
                .all(|answer| matches!(answer, Err(StoreError::OutcomeUnknown(_)))),
            "{answers:?}"
        );
        futures::executor::block_on(writer.carry_out(note(4, None), at(4))).unwrap();
        assert_eq!(notes(&folder), [4, 1000]);
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let (_folder, writer) = writer();
        let commands = (0..=4096).map(|number| note(number, None));
        let refused = futures::executor::block_on(async {
            let ((go, held), (begun, running)) = (channel(), channel());
            let gate = Try {
                session: None,
                note: -1,
                act: Act::Wait(held, begun),
            };
            let mut gate = Box::pin(writer.carry_out(gate, at(0)));
            assert!(futures::poll!(&mut gate).is_pending());
            running.recv().unwrap();
            let mut refused = 0;
            for command in commands {
                let mut asking = Box::pin(writer.carry_out(command, at(0)));
                if let std::task::Poll::Ready(answer) = futures::poll!(&mut asking) {
                    assert!(matches!(answer, Err(StoreError::Unavailable(_))));
                    refused += 1;
                }
            }
            go.send(()).unwrap();
            gate.await.unwrap();
            refused
        });
        assert_eq!(refused, 1);
    }

    #[test]
    fn the_end_carries_out_what_has_queued() {
        let (folder, mut writer) = writer();
        futures::executor::block_on(async {
            let ((go, held), (begun, running)) = (channel(), channel());
            let gate = Try {
                session: None,
                note: 1000,
                act: Act::Wait(held, begun),
            };
            assert!(futures::poll!(Box::pin(writer.carry_out(gate, at(0)))).is_pending());
            running.recv().unwrap();
            assert!(futures::poll!(Box::pin(writer.carry_out(note(1, None), at(1)))).is_pending());
            go.send(()).unwrap();
        });
        writer.stop();
        assert_eq!(notes(&folder), [1, 1000]);
        let after = futures::executor::block_on(writer.carry_out(note(2, None), at(2)));
        assert!(matches!(after, Err(StoreError::Unavailable(_))));
    }

    struct Deaf;

    impl ChangeListener for Deaf {
        fn begins(&self, _history: &str, _newest: i64) {}

        fn changed(&self, _change: &Change) {
            panic!("asked for by the test");
        }

        fn looking(&self) -> Timestamp {
            Timestamp::MIN
        }

        fn caught_up(&self, _since: Timestamp) {}
    }

    #[test]
    fn a_listener_that_panics_does_not_stop_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyturn.db");
        let connection = super::super::migrate::open(&path, super::super::OpenMode::Migrate).unwrap();
        connection
            .execute_batch("CREATE TABLE notes (note INTEGER NOT NULL PRIMARY KEY) STRICT")
            .unwrap();
        let writer = Writer::start(connection, Some(Arc::new(Deaf)), WriterMetrics::default()).unwrap();
        let other = super::super::connection::writing(&path).unwrap();
        let change = "INSERT INTO changes (at, kind, id) VALUES (0, 'account.created', zeroblob(16))";
        other.execute_batch(change).unwrap();
        futures::executor::block_on(async {
            // It may cost one batch its answers, never the next.
            drop(writer.carry_out(note(1, None), at(1)).await);
            writer.carry_out(note(2, None), at(2)).await.unwrap();
        });
    }
}
