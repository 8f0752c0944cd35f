//! Sweeping, people who are gone, and how far that is known.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::SqliteTasks;
use crate::model::UserId;
use crate::ports::{Heard, StoreError, Upkeep};

#[async_trait]
impl Upkeep for SqliteTasks {
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM deleted_tasks WHERE rowid IN
            (SELECT rowid FROM deleted_tasks WHERE restorable_until <= ?1 LIMIT ?2)";
        let sweep = move |connection: &Connection| {
            let swept = connection.execute(SQL, params![now.as_microsecond(), limit])?;
            Ok(u64::try_from(swept).unwrap_or(u64::MAX))
        };
        self.connections.write(sweep).await
    }

    async fn sweep_gone(&self, until: Timestamp) -> Result<u64, StoreError> {
        let sweep = move |connection: &Connection| {
            let swept = connection.execute(
                "DELETE FROM gone_users WHERE gone_at <= ?1",
                [until.as_microsecond()],
            )?;
            Ok(u64::try_from(swept).unwrap_or(u64::MAX))
        };
        self.connections.write(sweep).await
    }

    async fn forget(&self, owner: &UserId, now: Timestamp) -> Result<u64, StoreError> {
        const MARK: &str = "INSERT INTO gone_users (user_id, gone_at) VALUES (?1, ?2)
            ON CONFLICT (user_id) DO UPDATE SET gone_at = max(gone_at, excluded.gone_at)";
        let owner = owner.clone();
        let forget = move |connection: &Connection| {
            connection.execute(MARK, params![owner.0, now.as_microsecond()])?;
            let live = connection.execute("DELETE FROM tasks WHERE user_id = ?1", [&owner.0])?;
            let deleted = connection.execute("DELETE FROM deleted_tasks WHERE user_id = ?1", [&owner.0])?;
            Ok(u64::try_from(live + deleted).unwrap_or(u64::MAX))
        };
        self.connections.write(forget).await
    }

    async fn owners(&self, behind: Option<&UserId>, limit: u32) -> Result<Vec<UserId>, StoreError> {
        const SQL: &str = "SELECT user_id FROM tasks WHERE ?1 IS NULL OR user_id > ?1
            UNION SELECT user_id FROM deleted_tasks WHERE ?1 IS NULL OR user_id > ?1
            ORDER BY user_id LIMIT ?2";
        let behind = behind.map(|user| user.0.clone());
        let owners = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(SQL)?;
            let owners = statement.query_map(params![behind, limit], |row| row.get(0).map(UserId))?;
            Ok(owners.collect::<Result<_, _>>()?)
        };
        self.connections.read(owners).await
    }

    async fn heard(&self) -> Result<Option<Heard>, StoreError> {
        let heard = |connection: &Connection| {
            let heard = connection.query_row("SELECT epoch, seq FROM heard", [], |row| {
                Ok(Heard {
                    epoch: row.get(0)?,
                    seq: row.get(1)?,
                })
            });
            Ok(heard.optional()?)
        };
        self.connections.read(heard).await
    }

    async fn note_heard(&self, heard: &Heard) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO heard (only_row, epoch, seq) VALUES (1, ?1, ?2)
            ON CONFLICT (only_row) DO UPDATE SET epoch = excluded.epoch,
                seq = CASE WHEN epoch = excluded.epoch THEN max(seq, excluded.seq) ELSE excluded.seq END";
        let heard = heard.clone();
        let note = move |connection: &Connection| {
            connection.execute(SQL, params![heard.epoch, heard.seq])?;
            Ok(())
        };
        self.connections.write(note).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.connections
            .read(|connection| Ok(connection.query_row("SELECT count(*) FROM heard", [], |_| Ok(()))?))
            .await?;
        self.connections.write(|_| Ok(())).await
    }
}
