//! Table `sweep_turn`, and taking rows out of the other tables, a slice of the primary key at a time. A row that somebody else holds is left
//! for the next sweep: what waits for nobody is in nobody's way.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{OneTimeTokenId, SessionId, UserId};
use keyturn_core::ports::{ClaimSweep, Slice, StoreError, SweepStore, Walked};
use tokio_postgres::types::{FromSqlOwned, ToSql};
use uuid::Uuid;

use super::PostgresStore;
use super::rows::Fault;
use super::work::{Values, Work};
use super::writer::Command;

#[async_trait]
impl SweepStore for PostgresStore {
    async fn claim_sweep(&self, claim: ClaimSweep, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.carry_out(claim, now).await
    }

    async fn finish_sweep(&self, holder: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.writer.carry_out(Finish(holder), now).await
    }

    async fn overdue_sessions(
        &self,
        slice: Slice<SessionId>,
        at: Timestamp,
    ) -> Result<Walked<SessionId, Vec<SessionId>>, StoreError> {
        const SQL: &str = "SELECT id FROM sessions WHERE id > $1 AND id <= $2 AND ended_at IS NULL
              AND (ends_at <= $3 OR last_activity_at + idle_timeout * interval '1 microsecond' <= $3)
            ORDER BY id";
        let (after, before) = (slice.after.map(|id| id.0), slice.before.map(|id| id.0));
        let slice = bounds(after, before, slice.limit);
        let limits: Values<'_> = &[&slice.after, &slice.until, &(slice.limit - 1)];
        let last = self.readers.row(SESSIONS.last, limits).await?;
        let last = last.map(|row| row.try_get(0)).transpose().map_err(Fault::from)?;
        let rows = self
            .readers
            .rows(SQL, &[&slice.after, &last.unwrap_or(slice.until), &at])
            .await?;
        let found = rows.iter().map(|row| row.try_get(0).map(SessionId));
        Ok(Walked {
            found: found.collect::<Result<_, _>>().map_err(Fault::from)?,
            last: last.map(SessionId),
        })
    }

    async fn sweep_sessions(
        &self,
        slice: Slice<SessionId>,
        ended_until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<SessionId, u64>, StoreError> {
        let (after, before) = (slice.after.map(|id| id.0), slice.before.map(|id| id.0));
        let swept = self.sweep(&SESSIONS, bounds(after, before, slice.limit), ended_until, now);
        Ok(of_ids(swept.await?, SessionId))
    }

    async fn sweep_users(
        &self,
        slice: Slice<UserId>,
        deleted_until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<UserId, u64>, StoreError> {
        let (after, before) = (slice.after.map(|id| id.0), slice.before.map(|id| id.0));
        let swept = self.sweep(&USERS, bounds(after, before, slice.limit), deleted_until, now);
        Ok(of_ids(swept.await?, UserId))
    }

    async fn sweep_one_time_tokens(
        &self,
        slice: Slice<OneTimeTokenId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<OneTimeTokenId, u64>, StoreError> {
        let (after, before) = (slice.after.map(|id| id.0), slice.before.map(|id| id.0));
        let swept = self.sweep(&TOKENS, bounds(after, before, slice.limit), until, now);
        Ok(of_ids(swept.await?, OneTimeTokenId))
    }

    async fn sweep_audit(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError> {
        self.sweep(&AUDIT, numbers(slice), until, now).await
    }

    async fn sweep_changes(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError> {
        self.sweep(&CHANGES, numbers(slice), until, now).await
    }
}

impl PostgresStore {
    async fn sweep<K: Key>(
        &self,
        table: &'static Table,
        slice: Bounds<K>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<K, u64>, StoreError> {
        self.writer.carry_out(Remove { table, slice, until }, now).await
    }
}

/// What is swept out of a table: `last`, the last key of a full slice after $1 and up to $2, which $3 rows come before; `remove`, those
/// after $1 and up to $2 that are not younger than $3.
struct Table {
    last: &'static str,
    remove: &'static str,
}

const SESSIONS: Table = Table {
    last: "SELECT id FROM sessions WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3",
    remove: "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions
        WHERE id > $1 AND id <= $2 AND ended_at <= $3 ORDER BY id FOR UPDATE SKIP LOCKED)",
};

const USERS: Table = Table {
    last: "SELECT id FROM users WHERE id > $1 AND id <= $2 AND deleted_at IS NOT NULL ORDER BY id LIMIT 1 OFFSET $3",
    remove: "DELETE FROM users WHERE id IN (SELECT id FROM users
        WHERE id > $1 AND id <= $2 AND deleted_at IS NOT NULL AND deleted_at <= $3
          AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id)
        ORDER BY id FOR UPDATE SKIP LOCKED)",
};

const TOKENS: Table = Table {
    last: "SELECT id FROM one_time_tokens WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3",
    remove: "DELETE FROM one_time_tokens WHERE id IN (SELECT id FROM one_time_tokens
        WHERE id > $1 AND id <= $2 AND (used_at <= $3 OR expires_at <= $3) ORDER BY id FOR UPDATE SKIP LOCKED)",
};

const AUDIT: Table = Table {
    last: "SELECT id FROM audit_events WHERE id > $1 AND id <= $2 ORDER BY id LIMIT 1 OFFSET $3",
    remove: "DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events
        WHERE id > $1 AND id <= $2 AND at <= $3 ORDER BY id FOR UPDATE SKIP LOCKED)",
};

const CHANGES: Table = Table {
    last: "SELECT seq FROM changes WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT 1 OFFSET $3",
    remove: "DELETE FROM changes WHERE seq IN (SELECT seq FROM changes
        WHERE seq > $1 AND seq <= $2 AND at <= $3 AND seq < (SELECT max(seq) FROM changes)
        ORDER BY seq FOR UPDATE SKIP LOCKED)",
};

/// A key by which a table is walked.
trait Key: ToSql + FromSqlOwned + Copy + Send + Sync + 'static {}
impl Key for Uuid {}
impl Key for i64 {}

/// A slice after one key and up to another.
#[derive(Clone, Copy)]
struct Bounds<K> {
    after: K,
    until: K,
    limit: i64,
}

fn bounds(after: Option<Uuid>, before: Option<Uuid>, limit: u32) -> Bounds<Uuid> {
    Bounds {
        after: after.unwrap_or(Uuid::nil()),
        until: before.map_or(Uuid::max(), below),
        limit: i64::from(limit),
    }
}

/// The highest id below another.
fn below(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_sub(1))
}

fn numbers(slice: Slice<i64>) -> Bounds<i64> {
    Bounds {
        after: slice.after.unwrap_or(i64::MIN),
        until: slice.before.map_or(i64::MAX, |before| before.saturating_sub(1)),
        limit: i64::from(slice.limit),
    }
}

fn of_ids<Id, T>(walked: Walked<Uuid, T>, id: impl Fn(Uuid) -> Id) -> Walked<Id, T> {
    Walked {
        found: walked.found,
        last: walked.last.map(id),
    }
}

/// Takes what is old enough out of a slice.
struct Remove<K> {
    table: &'static Table,
    slice: Bounds<K>,
    until: Timestamp,
}

#[async_trait]
impl<K: Key> Command for Remove<K> {
    type Outcome = Walked<K, u64>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Walked<K, u64>, Fault> {
        let Bounds {
            after,
            until: end,
            limit,
        } = self.slice;
        let row = work
            .query_opt(self.table.last, &[&after, &end, &(limit - 1)])
            .await?;
        let last: Option<K> = row.map(|row| row.try_get(0)).transpose()?;
        let end = last.unwrap_or(end);
        let found = work
            .execute(self.table.remove, &[&after, &end, &self.until])
            .await?;
        Ok(Walked { found, last })
    }
}

#[async_trait]
impl Command for ClaimSweep {
    type Outcome = bool;

    async fn run(&self, work: &mut Work<'_>) -> Result<bool, Fault> {
        const SQL: &str =
            "INSERT INTO sweep_turn AS turn (only_row, holder, held_until) VALUES (true, $1, $2)
            ON CONFLICT (only_row) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
            WHERE (turn.holder IS NULL OR turn.holder = $1 OR turn.held_until <= $3)
              AND ($4::timestamptz IS NULL OR turn.finished_at IS NULL OR turn.finished_at <= $4)";
        let values: Values<'_> = &[&self.holder, &self.until, &work.now, &self.unless_finished_after];
        Ok(work.execute(SQL, values).await? == 1)
    }
}

/// The turn is over.
struct Finish(Uuid);

#[async_trait]
impl Command for Finish {
    type Outcome = ();

    async fn run(&self, work: &mut Work<'_>) -> Result<(), Fault> {
        const SQL: &str = "UPDATE sweep_turn SET holder = NULL, finished_at = $2 WHERE holder = $1";
        work.execute(SQL, &[&self.0, &work.now]).await.map(drop)
    }
}
