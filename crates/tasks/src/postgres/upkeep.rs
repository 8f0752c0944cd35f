//! Sweeping, people who are gone, and how far that is known.

use async_trait::async_trait;
use jiff::Timestamp;

use super::PostgresTasks;
use crate::model::UserId;
use crate::ports::{Heard, StoreError, Upkeep};

#[async_trait]
impl Upkeep for PostgresTasks {
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        const SQL: &str = "DELETE FROM tasks.deleted_tasks WHERE (user_id, original_task_id) IN
            (SELECT user_id, original_task_id FROM tasks.deleted_tasks WHERE restorable_until <= $1
                LIMIT $2 FOR UPDATE SKIP LOCKED)";
        self.connections.execute(SQL, &[&now, &i64::from(limit)]).await
    }

    async fn sweep_gone(&self, until: Timestamp) -> Result<u64, StoreError> {
        let sweep = "DELETE FROM tasks.gone_users WHERE gone_at <= $1";
        self.connections.execute(sweep, &[&until]).await
    }

    async fn forget(&self, owner: &UserId, now: Timestamp) -> Result<u64, StoreError> {
        const SQL: &str = "WITH mark AS (INSERT INTO tasks.gone_users (user_id, gone_at) VALUES ($1, $2)
                ON CONFLICT (user_id) DO UPDATE SET gone_at = greatest(gone_users.gone_at, excluded.gone_at)),
            live AS (DELETE FROM tasks.tasks WHERE user_id = $1 RETURNING 1),
            deleted AS (DELETE FROM tasks.deleted_tasks WHERE user_id = $1 RETURNING 1)
            SELECT (SELECT count(*) FROM live) + (SELECT count(*) FROM deleted)";
        let rows = self.connections.write(owner, SQL, &[&owner.0, &now]).await?;
        let gone: i64 = rows.first().map_or(0, |row| row.get(0));
        Ok(u64::try_from(gone).unwrap_or(0))
    }

    async fn owners(&self, behind: Option<&UserId>, limit: u32) -> Result<Vec<UserId>, StoreError> {
        const SQL: &str = "SELECT user_id FROM tasks.tasks WHERE $1::text IS NULL OR user_id > $1
            UNION SELECT user_id FROM tasks.deleted_tasks WHERE $1::text IS NULL OR user_id > $1
            ORDER BY user_id LIMIT $2";
        let behind = behind.map(|user| user.0.as_str());
        let limit = i64::from(limit);
        let rows = self.connections.read(SQL, &[&behind, &limit]).await?;
        Ok(rows.iter().map(|row| UserId(row.get(0))).collect())
    }

    async fn heard(&self) -> Result<Option<Heard>, StoreError> {
        let rows = self
            .connections
            .read("SELECT epoch, seq FROM tasks.heard", &[])
            .await?;
        Ok(rows.first().map(|row| Heard {
            epoch: row.get(0),
            seq: row.get(1),
        }))
    }

    async fn note_heard(&self, heard: &Heard) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO tasks.heard AS known (only_row, epoch, seq) VALUES (true, $1, $2)
            ON CONFLICT (only_row) DO UPDATE SET epoch = excluded.epoch, seq =
                CASE WHEN known.epoch = excluded.epoch THEN greatest(known.seq, excluded.seq) ELSE excluded.seq END";
        self.connections
            .execute(SQL, &[&heard.epoch, &heard.seq])
            .await
            .map(drop)
    }

    async fn check(&self) -> Result<(), StoreError> {
        // A row lock that is asked for is refused where no writes are taken.
        let look = "SELECT 1 FROM tasks.heard FOR UPDATE SKIP LOCKED";
        self.connections.read(look, &[]).await.map(drop)
    }
}
