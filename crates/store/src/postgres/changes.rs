//! Table `changes`: what others must hear, written in the transaction of the effect that it tells of.
//!
//! **The rule**: rows are inserted as the last thing before the commit, under a lock that the commit lifts. A sequence's order is not the
//! order of commits by itself; under the lock it is, so that who has read up to a sequence has missed nothing before it.
//!
//! **The caveat**: effects that others must hear of commit one after the other. Rotations write no changes.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{Change, ChangeKind, EndReason, UserId};
use keyturn_core::ports::{ChangeStore, ChangedAccount, StoreError};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::PostgresStore;
use super::rows::{Fault, Fields, Flaw};
use super::work::{Prepared, Values, Work};

/// Where listeners are woken; what was changed is read from the table.
pub(super) const CHANNEL: &str = "keyturn_changes";

/// Two keys of advisory locks in this database, which the application shares: the first names us ("keyt").
pub(super) const LOCK_CLASS: i32 = 0x6b65_7974;

/// Held from the insertion of changes to the commit.
const LOCK: i32 = 1;

/// What is new to who has read up to a sequence.
pub(super) const READ: &str =
    "SELECT seq, at, kind, id, reason FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2";

/// A change that is yet to be written.
pub(super) struct NewChange {
    pub(super) kind: ChangeKind,
    pub(super) id: Uuid,
    pub(super) reason: Option<EndReason>,
}

#[async_trait]
impl ChangeStore for PostgresStore {
    async fn changes_after(&self, after: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let rows = self.readers.rows(READ, &[&after, &i64::from(limit)]).await?;
        Ok(read(&rows)?)
    }

    async fn changed_account(&self, id: UserId) -> Result<Option<ChangedAccount>, StoreError> {
        const SQL: &str = "SELECT id, subject, CASE WHEN deleted_at IS NULL THEN state END
            FROM users WHERE id = $1";
        let row = self.readers.row(SQL, &[&id.0]).await?;
        let read = |row: &Row| account(row).map_err(|flaw| Fields::damaged(row, "users", 0, flaw));
        Ok(row.as_ref().map(read).transpose()?)
    }
}

fn account(row: &Row) -> Result<ChangedAccount, Flaw> {
    let mut fields = Fields::of(row, 1);
    Ok(ChangedAccount {
        subject: fields.take()?,
        state: fields.parsed_or_null()?,
    })
}

/// At most `limit` changes with a sequence above `after`.
pub(super) async fn read_after(client: &Client, after: i64, limit: u32) -> Result<Vec<Change>, Fault> {
    read(&client.query(READ, &[&after, &i64::from(limit)]).await?)
}

/// The sequence of the newest change that is committed; 0 where there is none.
pub(super) async fn newest(client: &Client) -> Result<i64, Fault> {
    let newest = "SELECT coalesce(max(seq), 0) FROM changes";
    Ok(client.query_one(newest, &[]).await?.try_get(0)?)
}

/// What writes changes in their order, and wakes the listeners with the commit where one of them is urgent; they read the others soon enough.
/// Nothing may be locked after it.
pub(super) struct Writing<'a> {
    statements: Option<Statements<'a>>,
    kinds: Vec<&'static str>,
    ids: Vec<Uuid>,
    reasons: Vec<Option<&'static str>>,
    urgent: bool,
}

/// Two of their own: within one, nothing says that the lock comes before the sequence.
struct Statements<'a> {
    lock: Prepared<'a>,
    insert: Prepared<'a>,
}

impl<'a> Writing<'a> {
    /// Of these changes; of none, it does nothing.
    pub(super) async fn prepare(work: &Work<'a>, changes: &[NewChange]) -> Result<Self, Fault> {
        const LOCK_AND_WAKE: &str =
            "SELECT pg_advisory_xact_lock($1, $2), CASE WHEN $3 THEN pg_notify($4, '') END";
        const INSERT: &str = "INSERT INTO changes (at, kind, id, reason)
            SELECT $1, kind, id, reason FROM unnest($2::text[], $3::uuid[], $4::text[])
                WITH ORDINALITY AS new (kind, id, reason, number) ORDER BY number
            RETURNING seq";
        let statements = if changes.is_empty() {
            None
        } else {
            Some(Statements {
                lock: work.prepared(LOCK_AND_WAKE).await?,
                insert: work.prepared(INSERT).await?,
            })
        };
        let reason = |change: &NewChange| change.reason.map(EndReason::as_str);
        Ok(Self {
            statements,
            kinds: changes.iter().map(|change| change.kind.as_str()).collect(),
            ids: changes.iter().map(|change| change.id).collect(),
            reasons: changes.iter().map(reason).collect(),
            urgent: changes.iter().any(|change| change.kind.is_urgent()),
        })
    }

    /// Sends both statements when it is first polled, in their order; of two failures the first is the cause. Answers the sequence of the last
    /// change.
    pub(super) async fn send(&self, now: Timestamp) -> Result<Option<i64>, Fault> {
        let Some(Statements { lock, insert }) = &self.statements else {
            return Ok(None);
        };
        let before: Values<'_> = &[&LOCK_CLASS, &LOCK, &self.urgent, &CHANNEL];
        let new: Values<'_> = &[&now, &self.kinds, &self.ids, &self.reasons];
        let (_, rows) = tokio::try_join!(biased; lock.execute(before), insert.query(new))?;
        let sequences = rows.iter().map(|row| row.try_get::<_, i64>(0));
        let sequences: Vec<i64> = sequences.collect::<Result<_, _>>()?;
        Ok(sequences.into_iter().max())
    }
}

fn read(rows: &[Row]) -> Result<Vec<Change>, Fault> {
    let read = |row| change(row).map_err(|flaw| Fields::damaged(row, "changes", 0, flaw));
    rows.iter().map(read).collect()
}

fn change(row: &Row) -> Result<Change, Flaw> {
    let mut fields = Fields::of(row, 0);
    Ok(Change {
        seq: fields.take()?,
        at: fields.time()?,
        kind: fields.parsed()?,
        id: fields.take()?,
        reason: fields.parsed_or_null()?,
    })
}

/// Names the history that sequences belong to: the cluster, the timeline that a promotion or a recovery begins, the database, and the
/// table as it was created.
pub(super) async fn epoch(client: &Client) -> Result<String, Fault> {
    const SQL: &str = "SELECT format('%s-%s-%s-%s', system_identifier, timeline_id,
            (SELECT oid FROM pg_database WHERE datname = current_database()), 'changes'::regclass::oid)
        FROM pg_control_system(), pg_control_checkpoint()";
    Ok(client.query_one(SQL, &[]).await?.try_get(0)?)
}
