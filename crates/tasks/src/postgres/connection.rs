//! Pooled connections, each for one look or one transaction.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::rows::Fault;
use crate::model::UserId;
use crate::ports::StoreError;

/// What a statement is given.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The first of two keys of advisory locks in this database, which others share: it names the tasks ("task").
pub(super) const LOCK_CLASS: i32 = 0x7461_736b;

/// Held to the commit by whoever writes a person's tasks. Two people whose ids have one hash take turns, which harms neither.
const TURN: &str = "SELECT pg_advisory_xact_lock($1, hashtext($2))";

/// The pool, and how long its answers may take.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    answer_timeout: Duration,
}

impl Connections {
    pub(super) const fn new(pool: Pool, answer_timeout: Duration) -> Self {
        Self { pool, answer_timeout }
    }

    /// The rows that a statement gives. It is tried once more where the connection broke, since it changes nothing.
    pub(super) async fn read(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        match self.bounded(self.look(sql, values)).await {
            Err(fault) if fault.is_lost_connection() => Ok(self.bounded(self.look(sql, values)).await?),
            answer => Ok(answer?),
        }
    }

    /// One statement that changes a person's tasks, in its turn.
    pub(super) async fn write(
        &self,
        owner: &UserId,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        Ok(self.bounded(self.effect(owner, sql, values)).await?)
    }

    /// One statement that concerns nobody in particular.
    pub(super) async fn execute(&self, sql: &str, values: Values<'_>) -> Result<u64, StoreError> {
        let executing = async {
            let connection = self.connection().await?;
            let statement = connection.prepare_cached(sql).await?;
            Ok(connection.execute(&statement, values).await?)
        };
        Ok(self.bounded(executing).await?)
    }

    async fn look(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Fault> {
        let connection = self.connection().await?;
        let statement = connection.prepare_cached(sql).await?;
        Ok(connection.query(&statement, values).await?)
    }

    async fn effect(&self, owner: &UserId, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Fault> {
        let mut connection = self.connection().await?;
        let turn = connection.prepare_cached(TURN).await?;
        let statement = connection.prepare_cached(sql).await?;
        let transaction = connection.transaction().await?;
        // A statement of its own: the next one sees what was committed before the lock was had.
        transaction.query_one(&turn, &[&LOCK_CLASS, &owner.0]).await?;
        let rows = transaction.query(&statement, values).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    async fn connection(&self) -> Result<Object, Fault> {
        self.pool
            .get()
            .await
            .map_err(|error| Fault::Unreachable(error.into()))
    }

    async fn bounded<T>(&self, answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        tokio::time::timeout(self.answer_timeout, answer)
            .await
            .map_err(|elapsed| Fault::Unreachable(elapsed.into()))?
    }
}
