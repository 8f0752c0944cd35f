//! Table `throttles`.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::SessionId;
use keyturn_core::ports::{CountOutcome, StoreError, ThrottleStore};
use keyturn_core::throttle::{BucketId, Decision, Hit, decide, give_back};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::rows::{Fault, Fields};
use super::writer::{Command, Moment};

#[async_trait]
impl ThrottleStore for SqliteStore {
    /// Who has to wait is told so by a read: a flood of attempts that are refused takes no place in the queue of writes.
    async fn count_attempt(&self, hits: Vec<Hit>, now: Timestamp) -> Result<CountOutcome, StoreError> {
        let lanes = self.readers.with(|connection| lanes(connection, &hits))?;
        if let Decision::Wait(wait) = decide(&lanes, now) {
            return Ok(CountOutcome::Wait(wait));
        }
        self.writer.carry_out(Count(hits), now).await
    }
}

/// One attempt, in all of its lanes or in none.
struct Count(Vec<Hit>);

impl Command for Count {
    type Outcome = CountOutcome;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<CountOutcome, Fault> {
        match decide(&lanes(connection, &self.0)?, moment.now) {
            Decision::Wait(wait) => Ok(CountOutcome::Wait(wait)),
            Decision::Allow(buckets) => {
                for (bucket, drained_at) in buckets {
                    write(connection, bucket, drained_at)?;
                }
                Ok(CountOutcome::Counted)
            }
        }
    }
}

/// Takes these hits back.
pub(super) fn take_back(connection: &Connection, hits: &[Hit], now: Timestamp) -> Result<(), Fault> {
    for hit in hits {
        let drained_at = give_back(hit, read(connection, hit.bucket)?, now);
        write(connection, hit.bucket, drained_at)?;
    }
    Ok(())
}

/// What each of these has been counted so far.
fn lanes(connection: &Connection, hits: &[Hit]) -> Result<Vec<(Hit, Option<Timestamp>)>, Fault> {
    hits.iter()
        .map(|hit| Ok((*hit, read(connection, hit.bucket)?)))
        .collect()
}

fn read(connection: &Connection, bucket: BucketId) -> Result<Option<Timestamp>, Fault> {
    const SQL: &str = "SELECT bucket, drained_at FROM throttles WHERE bucket = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([bucket.number()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let drained_at = Fields::of(row, 1).time();
    Ok(Some(
        drained_at.map_err(|flaw| Fields::damaged(row, "throttles", 0, flaw))?,
    ))
}

fn write(connection: &Connection, bucket: BucketId, drained_at: Timestamp) -> Result<(), Fault> {
    const SQL: &str = "INSERT INTO throttles (bucket, drained_at) VALUES (?1, ?2)
        ON CONFLICT (bucket) DO UPDATE SET drained_at = excluded.drained_at";
    let values = params![bucket.number(), drained_at.as_microsecond()];
    connection.prepare_cached(SQL)?.execute(values)?;
    Ok(())
}
