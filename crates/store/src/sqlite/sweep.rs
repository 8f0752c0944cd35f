//! Table `sweep_turn`, and taking rows out of the other tables, a slice of the primary key at a time.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{OneTimeTokenId, SessionId, UserId};
use keyturn_core::ports::{ClaimSweep, Slice, StoreError, SweepStore, Walked};
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use uuid::Uuid;

use super::SqliteStore;
use super::rows::Fault;
use super::writer::{Command, Moment};

#[async_trait]
impl SweepStore for SqliteStore {
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
        self.readers
            .scan(move |connection| overdue(connection, slice, at))
            .await
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

impl SqliteStore {
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

/// What is swept out of a table: `last`, the last key of a full slice after ?1 and up to ?2 of ?3 rows; `remove`, those after ?1 and up
/// to ?2 that are not younger than ?3.
struct Table {
    last: &'static str,
    remove: &'static str,
}

const SESSIONS: Table = Table {
    last: "SELECT id FROM sessions WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1 OFFSET ?3 - 1",
    remove: "DELETE FROM sessions WHERE id > ?1 AND id <= ?2 AND ended_at <= ?3",
};

const USERS: Table = Table {
    last: "SELECT id FROM users WHERE id > ?1 AND id <= ?2 AND deleted_at IS NOT NULL ORDER BY id LIMIT 1 OFFSET ?3 - 1",
    remove: "DELETE FROM users WHERE id > ?1 AND id <= ?2 AND deleted_at IS NOT NULL AND deleted_at <= ?3
        AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id)",
};

const TOKENS: Table = Table {
    last: "SELECT id FROM one_time_tokens WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1 OFFSET ?3 - 1",
    remove: "DELETE FROM one_time_tokens WHERE id > ?1 AND id <= ?2 AND (used_at <= ?3 OR expires_at <= ?3)",
};

const AUDIT: Table = Table {
    last: "SELECT id FROM audit_events WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1 OFFSET ?3 - 1",
    remove: "DELETE FROM audit_events WHERE id > ?1 AND id <= ?2 AND at <= ?3",
};

const CHANGES: Table = Table {
    last: "SELECT seq FROM changes WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT 1 OFFSET ?3 - 1",
    remove: "DELETE FROM changes WHERE seq > ?1 AND seq <= ?2 AND at <= ?3 AND seq < (SELECT max(seq) FROM changes)",
};

/// A key by which a table is walked.
trait Key: ToSql + FromSql + Copy + Send + 'static {}
impl Key for Uuid {}
impl Key for i64 {}

/// A slice after one key and up to another.
#[derive(Clone, Copy)]
struct Bounds<K> {
    after: K,
    until: K,
    limit: u32,
}

fn bounds(after: Option<Uuid>, before: Option<Uuid>, limit: u32) -> Bounds<Uuid> {
    Bounds {
        after: after.unwrap_or(Uuid::nil()),
        until: before.map_or(Uuid::max(), below),
        limit,
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
        limit: slice.limit,
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

impl<K: Key> Command for Remove<K> {
    type Outcome = Walked<K, u64>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, _moment: Moment) -> Result<Walked<K, u64>, Fault> {
        let Bounds {
            after, until: end, ..
        } = self.slice;
        let last = last(connection, self.table.last, self.slice)?;
        let until = self.until.as_microsecond();
        let mut statement = connection.prepare_cached(self.table.remove)?;
        let removed = statement.execute(params![after, last.unwrap_or(end), until])?;
        Ok(Walked {
            found: u64::try_from(removed).unwrap_or(u64::MAX),
            last,
        })
    }
}

/// The last key of a slice, if it is full.
fn last<K: Key>(connection: &Connection, sql: &str, slice: Bounds<K>) -> Result<Option<K>, rusqlite::Error> {
    let values = params![slice.after, slice.until, slice.limit];
    connection
        .prepare_cached(sql)?
        .query_row(values, |row| row.get(0))
        .optional()
}

fn overdue(
    connection: &Connection,
    slice: Slice<SessionId>,
    at: Timestamp,
) -> Result<Walked<SessionId, Vec<SessionId>>, Fault> {
    const SQL: &str = "SELECT id FROM sessions WHERE id > ?1 AND id <= ?2 AND ended_at IS NULL
          AND (ends_at <= ?3 OR last_activity_at + idle_timeout <= ?3)
        ORDER BY id";
    let (after, before) = (slice.after.map(|id| id.0), slice.before.map(|id| id.0));
    let slice = bounds(after, before, slice.limit);
    let last = last(connection, SESSIONS.last, slice)?;
    let mut statement = connection.prepare_cached(SQL)?;
    let values = params![slice.after, last.unwrap_or(slice.until), at.as_microsecond()];
    let found = statement.query_map(values, |row| row.get(0).map(SessionId))?;
    Ok(Walked {
        found: found.collect::<Result<_, _>>()?,
        last: last.map(SessionId),
    })
}

impl Command for ClaimSweep {
    type Outcome = bool;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<bool, Fault> {
        const SQL: &str = "INSERT INTO sweep_turn (only_row, holder, held_until) VALUES (1, ?1, ?2)
            ON CONFLICT (only_row) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
            WHERE (holder IS NULL OR holder = ?1 OR held_until <= ?3)
              AND (?4 IS NULL OR finished_at IS NULL OR finished_at <= ?4)";
        let values = params![
            self.holder,
            self.until.as_microsecond(),
            moment.now.as_microsecond(),
            self.unless_finished_after.map(Timestamp::as_microsecond),
        ];
        Ok(connection.prepare_cached(SQL)?.execute(values)? == 1)
    }
}

/// The turn is over.
struct Finish(Uuid);

impl Command for Finish {
    type Outcome = ();

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<(), Fault> {
        const SQL: &str = "UPDATE sweep_turn SET holder = NULL, finished_at = ?2 WHERE holder = ?1";
        let values = params![self.0, moment.now.as_microsecond()];
        connection.prepare_cached(SQL)?.execute(values)?;
        Ok(())
    }
}
