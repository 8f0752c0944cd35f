//! What the operator says about the database: an address, and how long anything may take.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use keyturn_core::ports::Clock;

use crate::metrics::WriterMetrics;

/// How to reach the database, and how long to wait for it.
///
/// The address is a URL as `psql` takes it: `postgres://user:password@host:5432/database?sslmode=…`, of one host or several (then
/// whichever takes writes is used). `sslmode` says how the connection is protected:
///
/// - `verify-full` (also `require` and `verify-ca`, which are no weaker here): encrypted, the server's certificate signed by an
///   authority of this system, or of the file `sslrootcert=…`, and made out to the host. The default for every host but this one.
/// - `disable`: not encrypted. The default for a socket and for the loopback; anywhere else it has to be said.
/// - `prefer` and `allow`, which whoever sits on the line can turn off, are refused.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The address. It may hold the password: never shown.
    pub url: String,
    /// Connections to the database at most, besides two of a purpose: the one that rotates, and the one that listens.
    pub pool_size: usize,
    /// How long making a connection may take, or waiting for one that is in use.
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long one statement may wait for a row that another one holds.
    pub lock_timeout: Duration,
    /// How long a transaction may stand still before the database ends it: one whose node has vanished.
    pub idle_in_transaction_timeout: Duration,
    /// `revocation.max_staleness`: changes are read four times within it, besides whenever the database wakes the listener.
    pub max_staleness: Duration,
    /// The system's clock, as it is: its offset to the database's is measured. `None`: it is not.
    pub clock: Option<Arc<dyn Clock>>,
    /// What counts the hot writes.
    pub metrics: WriterMetrics,
}

impl PostgresOptions {
    /// The database at this address, with the usual limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: 16,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            idle_in_transaction_timeout: Duration::from_secs(10),
            max_staleness: Duration::from_secs(1),
            clock: None,
            metrics: WriterMetrics::default(),
        }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("pool_size", &self.pool_size)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("idle_in_transaction_timeout", &self.idle_in_transaction_timeout)
            .field("max_staleness", &self.max_staleness)
            .finish_non_exhaustive()
    }
}
