//! Table `secret_mark`.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::SessionId;
use keyturn_core::ports::{KeepSecretMark, Replaces, SecretMarkStore, StoreError};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::rows::Fault;
use super::writer::{Command, Moment};

#[async_trait]
impl SecretMarkStore for SqliteStore {
    async fn keep_secret_mark(&self, keep: KeepSecretMark, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.carry_out(keep, now).await
    }
}

impl Command for KeepSecretMark {
    type Outcome = bool;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<bool, Fault> {
        const SQL: &str = "INSERT INTO secret_mark (only_row, mark, kept_at) VALUES (1, ?1, ?2)
            ON CONFLICT (only_row) DO UPDATE SET
                kept_at = iif(mark = excluded.mark, kept_at, excluded.kept_at), mark = excluded.mark
            WHERE mark = excluded.mark OR mark = ?3 OR ?4";
        let previous = match self.replaces {
            Replaces::Previous(mark) => Some(mark.0),
            Replaces::Nothing | Replaces::Anything => None,
        };
        let anything = self.replaces == Replaces::Anything;
        let values = params![self.mark.0, moment.now.as_microsecond(), previous, anything];
        Ok(connection.prepare_cached(SQL)?.execute(values)? == 1)
    }
}
