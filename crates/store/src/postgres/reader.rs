//! Reads on pooled connections. One that nobody has used for a while is asked whether it still stands; a read whose connection breaks all the
//! same is tried once more on another one, since it changes nothing.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Metrics, Object, Pool, RecyclingMethod, Runtime,
    Timeouts,
};
use keyturn_core::ports::StoreError;
use tokio_postgres::{Row, Statement};

use super::connection::Target;
use super::migrate::OpenError;
use super::options::PostgresOptions;
use super::rows::Fault;
use super::work::Values;

/// Whether a connection still stands is asked where nobody has used it for so long.
const BELIEVED: Duration = Duration::from_secs(1);

/// When a statement is planned.
#[derive(Clone, Copy)]
enum Planning {
    /// Once a connection, for any values, as soon as the server finds that good enough.
    Once,
    /// Each time, for the values that it is given.
    Anew,
}

/// The pool, shared with the writer.
#[derive(Clone)]
pub(super) struct Readers {
    pool: Pool,
    target: Arc<Target>,
}

impl Readers {
    /// A pool without a connection yet.
    pub(super) fn new(target: &Target, size: usize) -> Result<Self, OpenError> {
        Ok(Self {
            pool: pool(target, size)?,
            target: Arc::new(target.clone()),
        })
    }

    /// A connection, for at most a transaction.
    pub(super) async fn connection(&self) -> Result<Object, Fault> {
        self.pool
            .get()
            .await
            .map_err(|error| Fault::Unreachable(error.into()))
    }

    /// How the pool's connections are made, and how long their answers may take.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// The rows that a statement gives.
    pub(super) async fn rows(&self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, StoreError> {
        self.tried(sql, values, Planning::Once).await
    }

    /// The rows that a statement gives, planned for these values: for lists whose filters find few rows today and most of them tomorrow.
    pub(super) async fn rows_planned_anew(
        &self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        self.tried(sql, values, Planning::Anew).await
    }

    /// The row that a statement gives, if any.
    pub(super) async fn row(&self, sql: &str, values: Values<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Closes the idle connections now, and each of the others when it is given back.
    pub(super) fn close(&self) {
        self.pool.close();
    }

    async fn tried(&self, sql: &str, values: Values<'_>, planning: Planning) -> Result<Vec<Row>, StoreError> {
        match self.attempt(sql, values, planning).await {
            Err(fault) if fault.is_passing() => Ok(self.attempt(sql, values, planning).await?),
            answer => Ok(answer?),
        }
    }

    async fn attempt(&self, sql: &str, values: Values<'_>, planning: Planning) -> Result<Vec<Row>, Fault> {
        let connection = self.connection().await?;
        let answer = self.target.answer(read(&connection, sql, values, planning)).await;
        if let Err(fault) = &answer
            && fault.spoils_connection()
        {
            discard(connection);
        }
        answer
    }
}

/// A pool without a connection yet.
fn pool(target: &Target, size: usize) -> Result<Pool, OpenError> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = Manager::from_config(target.config.clone(), target.tls.clone(), recycling);
    let limit = target.connect_timeout();
    let timeouts = Timeouts {
        wait: Some(limit),
        create: Some(limit),
        recycle: None,
    };
    let still_stands = Hook::async_fn(move |connection: &mut ClientWrapper, used: &Metrics| {
        Box::pin(async move {
            if used.last_used() >= BELIEVED {
                let answer = tokio::time::timeout(limit, connection.simple_query("")).await;
                let answer = answer.map_err(|_| HookError::message("no answer"))?;
                answer.map_err(HookError::Backend)?;
            }
            Ok(())
        })
    });
    Pool::builder(manager)
        .pre_recycle(still_stands)
        .max_size(size.max(1))
        .timeouts(timeouts)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| OpenError::Pool(error.into()))
}

/// A pool of connections to the same database, made and protected as the store's own, for an application that keeps tables of its own there.
///
/// # Errors
/// What is wrong with the address; nothing is connected yet.
pub fn postgres_pool(options: &PostgresOptions) -> Result<Pool, OpenError> {
    pool(&Target::of(options)?, options.pool_size)
}

/// Closes a connection instead of giving it back.
pub(super) fn discard(connection: Object) {
    drop(Object::take(connection));
}

async fn read(
    connection: &Object,
    sql: &str,
    values: Values<'_>,
    planning: Planning,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement: Statement = match planning {
        Planning::Once => connection.prepare_cached(sql).await?,
        Planning::Anew => connection.prepare(sql).await?,
    };
    connection.query(&statement, values).await
}
