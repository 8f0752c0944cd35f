//! Table `throttles`.
//!
//! Buckets are created first and locked in the order of their numbers, so that attempts which share several never wait for each other
//! in a circle, and no two of them count from the same state.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::ports::{CountOutcome, StoreError, ThrottleStore};
use keyturn_core::throttle::{BucketId, Decision, Hit, decide, give_back};

use super::PostgresStore;
use super::rows::{Fault, Fields, Flaw};
use super::work::Work;
use super::writer::Command;

#[async_trait]
impl ThrottleStore for PostgresStore {
    async fn count_attempt(&self, hits: Vec<Hit>, now: Timestamp) -> Result<CountOutcome, StoreError> {
        self.writer.carry_out(Count(hits), now).await
    }
}

/// One attempt, in all of its lanes or in none.
struct Count(Vec<Hit>);

#[async_trait]
impl Command for Count {
    type Outcome = CountOutcome;

    async fn run(&self, work: &mut Work<'_>) -> Result<CountOutcome, Fault> {
        let stored = lock(work, &self.0).await?;
        let found = |hit: &Hit| (*hit, stored.get(&hit.bucket).copied());
        let lanes: Vec<_> = self.0.iter().map(found).collect();
        match decide(&lanes, work.now) {
            Decision::Wait(wait) => Ok(CountOutcome::Wait(wait)),
            Decision::Allow(buckets) => {
                write(work, &buckets).await?;
                Ok(CountOutcome::Counted)
            }
        }
    }
}

/// Takes these hits back.
pub(super) async fn take_back(work: &Work<'_>, hits: &[Hit]) -> Result<(), Fault> {
    if hits.is_empty() {
        return Ok(());
    }
    let mut stored = lock(work, hits).await?;
    for hit in hits {
        let drained_at = give_back(hit, stored.get(&hit.bucket).copied(), work.now);
        stored.insert(hit.bucket, drained_at);
    }
    write(work, &stored.into_iter().collect::<Vec<_>>()).await
}

/// Locks the buckets of these hits, and answers the state of those that were used before.
async fn lock(work: &Work<'_>, hits: &[Hit]) -> Result<BTreeMap<BucketId, Timestamp>, Fault> {
    const CREATE: &str = "INSERT INTO throttles (bucket, drained_at)
        SELECT bucket, '-infinity' FROM unnest($1::bigint[]) AS wanted (bucket) ORDER BY bucket
        ON CONFLICT (bucket) DO NOTHING";
    const LOCK: &str = "SELECT bucket, CASE WHEN isfinite(drained_at) THEN drained_at END FROM throttles
        WHERE bucket = ANY ($1) ORDER BY bucket FOR NO KEY UPDATE";
    let by_number: BTreeMap<i64, BucketId> = hits
        .iter()
        .map(|hit| (i64::from(hit.bucket.number()), hit.bucket))
        .collect();
    let numbers: Vec<i64> = by_number.keys().copied().collect();
    work.execute(CREATE, &[&numbers]).await?;
    let mut stored = BTreeMap::new();
    for row in work.query(LOCK, &[&numbers]).await? {
        let mut fields = Fields::of(&row, 0);
        let mut read = || Ok::<_, Flaw>((fields.take::<i64>()?, fields.time_or_null()?));
        let (number, drained_at) = read().map_err(|flaw| Fields::damaged(&row, "throttles", 0, flaw))?;
        if let (Some(bucket), Some(drained_at)) = (by_number.get(&number), drained_at) {
            stored.insert(*bucket, drained_at);
        }
    }
    Ok(stored)
}

pub(super) const WRITE: &str = "UPDATE throttles SET drained_at = counted.drained_at
    FROM unnest($1::bigint[], $2::timestamptz[]) AS counted (bucket, drained_at)
    WHERE throttles.bucket = counted.bucket";

async fn write(work: &Work<'_>, buckets: &[(BucketId, Timestamp)]) -> Result<(), Fault> {
    let numbers: Vec<i64> = buckets
        .iter()
        .map(|(bucket, _)| i64::from(bucket.number()))
        .collect();
    let times: Vec<Timestamp> = buckets.iter().map(|(_, drained_at)| *drained_at).collect();
    work.execute(WRITE, &[&numbers, &times]).await?;
    Ok(())
}
