//! A transaction under way.
//!
//! Each way to the database and back costs both sides more than most statements do, so what need not wait for an answer is sent without one:
//! `BEGIN` with what is looked at first, and the changes and `COMMIT` with what is written last.
//!
//! - Nothing that writes is sent before `BEGIN` was answered: without a transaction it would be one of its own.
//! - Nothing is sent behind a statement that could not be sent. One that the engine refuses makes the rest of the transaction refused, `COMMIT` too.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::ClientWrapper;
use futures::future::try_join_all;
use futures::{FutureExt, TryFutureExt, join};
use jiff::Timestamp;
use keyturn_core::model::{ChangeKind, EndReason};
use tokio::sync::OnceCell;
use tokio::try_join;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::changes::{NewChange, Writing};
use super::rows::{Fault, refused_commit};

/// What one parameter of a statement is.
pub(super) type Value<'a> = &'a (dyn ToSql + Sync);

/// What a statement is run with.
pub(super) type Values<'a> = &'a [Value<'a>];

/// A transaction, and what is to be told of it. Dropped before it was committed, it is rolled back.
pub(super) struct Work<'a> {
    connection: &'a ClientWrapper,
    begun: OnceCell<()>,
    changes: Vec<NewChange>,
    committed: bool,
    /// The sequence of the last change that was written.
    newest: Option<i64>,
    /// `COMMIT` was sent, and nothing says what came of it.
    in_doubt: AtomicBool,
    /// When it was asked for.
    pub(super) now: Timestamp,
}

impl<'a> Work<'a> {
    /// Nothing is sent yet.
    pub(super) const fn new(connection: &'a ClientWrapper, now: Timestamp) -> Self {
        Self {
            connection,
            begun: OnceCell::const_new(),
            changes: Vec::new(),
            committed: false,
            newest: None,
            in_doubt: AtomicBool::new(false),
            now,
        }
    }

    /// To be written before the commit, in the order of these calls.
    pub(super) fn note_change(&mut self, kind: ChangeKind, id: Uuid, reason: Option<EndReason>) {
        self.changes.push(NewChange { kind, id, reason });
    }

    /// The rows of a statement that changes nothing, though it may lock. It goes along with `BEGIN`, where that was not sent before.
    pub(super) async fn look(&self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, Fault> {
        let statement = self.connection.prepare_cached(sql).await?;
        let (begun, rows) = join!(self.begin(), self.connection.query(&statement, values));
        begun?;
        Ok(rows?)
    }

    /// Of several that are prepared, each is sent when it is first polled: together they take one way to the database and back.
    pub(super) async fn prepared(&self, sql: &'static str) -> Result<Prepared<'a>, Fault> {
        self.begin().await?;
        Ok(Prepared {
            statement: self.connection.prepare_cached(sql).await?,
            connection: self.connection,
        })
    }

    pub(super) async fn execute(&self, sql: &'static str, values: Values<'_>) -> Result<u64, Fault> {
        self.prepared(sql).await?.execute(values).await
    }

    pub(super) async fn query(&self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, Fault> {
        self.prepared(sql).await?.query(values).await
    }

    pub(super) async fn query_opt(
        &self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Option<Row>, Fault> {
        let prepared = self.prepared(sql).await?;
        Ok(self.connection.query_opt(&prepared.statement, values).await?)
    }

    /// The end of the transaction: what is written last, on whose answers nothing depends, with the changes and the commit behind it, all sent at once.
    pub(super) async fn commit_with(&mut self, last: &[(Prepared<'_>, Values<'_>)]) -> Result<(), Fault> {
        let changes = std::mem::take(&mut self.changes);
        let changes = Writing::prepare(self, &changes).await?;
        let writes = try_join_all(last.iter().map(|(statement, values)| statement.execute(values)));
        let (_, newest, ()) = try_join!(
            biased;
            writes.inspect_err(|fault| self.refused(fault)),
            changes.send(self.now).inspect_err(|fault| self.refused(fault)),
            self.send_commit(),
        )?;
        self.newest = newest;
        self.committed = true;
        Ok(())
    }

    /// The end of the transaction, where it has none yet. Answers the sequence of the last change that was written.
    pub(super) async fn commit(&mut self) -> Result<Option<i64>, Fault> {
        if !self.committed {
            self.commit_with(&[]).await?;
        }
        Ok(self.newest)
    }

    /// Whether all of it may have happened although it failed.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt.load(Ordering::Relaxed)
    }

    async fn begin(&self) -> Result<(), Fault> {
        let begin = || self.connection.batch_execute("BEGIN");
        Ok(self.begun.get_or_try_init(begin).await.map(drop)?)
    }

    async fn send_commit(&self) -> Result<(), Fault> {
        if !self.begun.initialized() {
            return Ok(());
        }
        self.in_doubt.store(true, Ordering::Relaxed);
        let answer = self.connection.batch_execute("COMMIT").await;
        let answer = answer.map_err(Fault::from);
        let doubtful = answer.as_ref().is_err_and(|fault| !refused_commit(fault));
        self.in_doubt.store(doubtful, Ordering::Relaxed);
        answer
    }

    /// A statement before `COMMIT` has failed. Where the engine itself says so, it does not commit what follows.
    fn refused(&self, fault: &Fault) {
        if fault.is_answer() {
            self.in_doubt.store(false, Ordering::Relaxed);
        }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if self.begun.initialized() && !self.committed {
            // Sent when it is first polled. Whoever has the connection next is answered after it.
            drop(self.connection.batch_execute("ROLLBACK").now_or_never());
        }
    }
}

/// A statement that the database knows, in a transaction that has begun.
pub(super) struct Prepared<'a> {
    statement: Statement,
    connection: &'a ClientWrapper,
}

impl Prepared<'_> {
    pub(super) async fn execute(&self, values: Values<'_>) -> Result<u64, Fault> {
        Ok(self.connection.execute(&self.statement, values).await?)
    }

    pub(super) async fn query(&self, values: Values<'_>) -> Result<Vec<Row>, Fault> {
        Ok(self.connection.query(&self.statement, values).await?)
    }
}
