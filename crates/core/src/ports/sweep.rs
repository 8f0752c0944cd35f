//! Taking out of the store what nobody needs any more, a few rows at a time.
//!
//! **The rule**: a table is walked along its primary key in slices, so that no index has to name a column that rotations change, and no
//! command holds the writer for long. What is swept is swept by its own time, never by its position alone. Nothing depends on a sweep
//! having run.
//!
//! **The caveat**: the newest change always stays, so that the sequence that followers count on is never out of sight.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::model::{OneTimeTokenId, SessionId, UserId};

/// The next rows to look at: at most `limit`, in the order of their ids, after one of them and, where it is said, before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice<Id> {
    /// The last row of the slice before; `None` for the first.
    pub after: Option<Id>,
    /// Rows from here on are not looked at.
    pub before: Option<Id>,
    /// At most this many.
    pub limit: u32,
}

/// What came of a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked<Id, T> {
    /// What was found in it, or how many rows were swept out of it.
    pub found: T,
    /// Its last row, where it was full; `None`: the walk is over.
    pub last: Option<Id>,
}

/// Asks to be the one who sweeps. Condition: nobody else holds the turn, and none was finished after `unless_finished_after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimSweep {
    /// Who asks; the holder may ask again, to hold it for longer.
    pub holder: Uuid,
    /// Until then the turn is the holder's, whatever becomes of them.
    pub until: Timestamp,
    /// A turn finished later than this is recent enough.
    pub unless_finished_after: Option<Timestamp>,
}

/// Sweeping.
#[async_trait]
pub trait SweepStore: Send + Sync {
    /// See [`ClaimSweep`]. Answers whether the turn is the holder's.
    async fn claim_sweep(&self, claim: ClaimSweep, now: Timestamp) -> Result<bool, StoreError>;

    /// Gives the turn back as finished, if it is the holder's.
    async fn finish_sweep(&self, holder: Uuid, now: Timestamp) -> Result<(), StoreError>;

    /// Sessions of a slice that are not recorded as ended and were past an end of their own at `at`. Changes nothing.
    async fn overdue_sessions(
        &self,
        slice: Slice<SessionId>,
        at: Timestamp,
    ) -> Result<Walked<SessionId, Vec<SessionId>>, StoreError>;

    /// Removes the sessions of a slice that ended at `ended_until` or before. Tells how many.
    async fn sweep_sessions(
        &self,
        slice: Slice<SessionId>,
        ended_until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<SessionId, u64>, StoreError>;

    /// Removes what is left of accounts that were deleted at `deleted_until` or before and have no session any more. The slice is of deleted
    /// accounts alone. Tells how many.
    async fn sweep_users(
        &self,
        slice: Slice<UserId>,
        deleted_until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<UserId, u64>, StoreError>;

    /// Removes the one-time tokens of a slice that were spent or void, or past their end, at `until`. Tells how many.
    async fn sweep_one_time_tokens(
        &self,
        slice: Slice<OneTimeTokenId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<OneTimeTokenId, u64>, StoreError>;

    /// Removes the audit events of a slice, which goes by their numbers, that were written at `until` or before. Tells how many.
    async fn sweep_audit(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError>;

    /// Removes the changes of a slice, which goes by their sequence, that were committed at `until` or before, except the newest there is.
    /// Tells how many.
    async fn sweep_changes(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError>;
}
