//! The statements of the hot writes, each for any number of sessions at once: their values as columns, in the order of commands. Each column is
//! taken apart as rows are asked for: `unnest` of several at once would put each aside first.

use jiff::Timestamp;
use keyturn_core::ports::{HandAgain, NoteActivity, Rotate};
use uuid::Uuid;

use super::sessions::progress_columns;
use super::work::Value;

/// The session may be used: it is live, its epoch is the account's, the account is active. The account is looked up for each session, by its
/// id alone, whatever the planner knows of the tables: a join, planned while they were empty, would begin with all accounts that are active.
macro_rules! usable {
    () => {
        "sessions.ended_at IS NULL AND sessions.epoch = \
         (SELECT CASE users.state WHEN 'active' THEN users.session_epoch END FROM users WHERE users.id = sessions.user_id)"
    };
}

/// Locks one session, whoever has to be waited for.
pub(super) const LOCK: &str = "SELECT id FROM sessions WHERE id = $1 FOR NO KEY UPDATE";

/// Locks those of these sessions that nobody else holds.
pub(super) const LOCK_FREE: &str =
    "SELECT id FROM sessions WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED";

/// See [`Rotate`].
pub(super) const ROTATE: &str = concat!(
    "UPDATE sessions SET generation = asked.generation, handed_at = greatest(sessions.handed_at, $1),
        attempt_id = asked.attempt_id, attempt_hash = asked.attempt_hash,
        last_activity_at = greatest(sessions.last_activity_at, asked.activity),
        seen_generation = greatest(sessions.seen_generation, asked.seen)
    FROM (SELECT unnest($2::uuid[]) AS id, unnest($3::bigint[]) AS expected, unnest($4::timestamptz[]) AS expected_at,
        unnest($5::bigint[]) AS generation, unnest($6::bytea[]) AS attempt_id, unnest($7::bytea[]) AS attempt_hash,
        unnest($8::timestamptz[]) AS activity, unnest($9::bigint[]) AS seen) AS asked
    WHERE sessions.id = asked.id AND sessions.generation = asked.expected AND sessions.handed_at = asked.expected_at AND ",
    usable!(),
    " RETURNING ",
    progress_columns!()
);

/// See [`HandAgain`].
pub(super) const HAND_AGAIN: &str = concat!(
    "UPDATE sessions SET handed_at = greatest(sessions.handed_at, asked.now),
        last_activity_at = greatest(sessions.last_activity_at, asked.activity)
    FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::bigint[]) AS generation, unnest($3::timestamptz[]) AS now,
        unnest($4::timestamptz[]) AS activity) AS asked
    WHERE sessions.id = asked.id AND sessions.generation = asked.generation AND ",
    usable!(),
    " RETURNING ",
    progress_columns!()
);

/// See [`NoteActivity`].
pub(super) const NOTE_ACTIVITY: &str = concat!(
    "UPDATE sessions SET last_activity_at = greatest(sessions.last_activity_at, asked.activity),
        seen_generation = greatest(sessions.seen_generation, least(asked.seen, sessions.generation))
    FROM (SELECT unnest($1::uuid[]) AS id, unnest($2::timestamptz[]) AS now, unnest($3::timestamptz[]) AS activity,
        unnest($4::bigint[]) AS seen) AS asked
    WHERE sessions.id = asked.id AND asked.now < sessions.ends_at
        AND asked.now - sessions.last_activity_at < sessions.idle_timeout * interval '1 microsecond' AND ",
    usable!(),
    " RETURNING ",
    progress_columns!()
);

/// What [`ROTATE`] is run with.
#[derive(Default)]
pub(super) struct Rotations<'a> {
    ids: Vec<Uuid>,
    expected: Vec<i64>,
    expected_at: Vec<Timestamp>,
    generations: Vec<i64>,
    attempt_ids: Vec<&'a [u8]>,
    attempt_hashes: Vec<Option<&'a [u8]>>,
    activities: Vec<Option<Timestamp>>,
    seen: Vec<i64>,
}

impl<'a> Rotations<'a> {
    pub(super) fn of(commands: impl IntoIterator<Item = &'a Rotate>) -> Self {
        let mut all = Self::default();
        for rotate in commands {
            all.ids.push(rotate.session_id.0);
            all.expected.push(i64::from(rotate.expected.generation));
            all.expected_at.push(rotate.expected.handed_at);
            all.generations.push(i64::from(rotate.generation));
            all.attempt_ids.push(&rotate.attempt_id.0);
            all.attempt_hashes
                .push(rotate.attempt_hash.as_ref().map(|hash| hash.0.as_slice()));
            all.activities.push(rotate.activity);
            all.seen.push(i64::from(rotate.seen_generation));
        }
        all
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// `commit` is the time of the commit.
    pub(super) fn values<'v>(&'v self, commit: &'v Timestamp) -> [Value<'v>; 9] {
        [
            commit,
            &self.ids,
            &self.expected,
            &self.expected_at,
            &self.generations,
            &self.attempt_ids,
            &self.attempt_hashes,
            &self.activities,
            &self.seen,
        ]
    }
}

/// What [`HAND_AGAIN`] is run with.
#[derive(Default)]
pub(super) struct HandAgains {
    ids: Vec<Uuid>,
    generations: Vec<i64>,
    nows: Vec<Timestamp>,
    activities: Vec<Option<Timestamp>>,
}

impl HandAgains {
    pub(super) fn of<'a>(commands: impl IntoIterator<Item = (&'a HandAgain, Timestamp)>) -> Self {
        let mut all = Self::default();
        for (hand, now) in commands {
            all.ids.push(hand.session_id.0);
            all.generations.push(i64::from(hand.generation));
            all.nows.push(now);
            all.activities.push(hand.activity);
        }
        all
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn values(&self) -> [Value<'_>; 4] {
        [&self.ids, &self.generations, &self.nows, &self.activities]
    }
}

/// What [`NOTE_ACTIVITY`] is run with.
#[derive(Default)]
pub(super) struct Notes {
    ids: Vec<Uuid>,
    nows: Vec<Timestamp>,
    activities: Vec<Option<Timestamp>>,
    seen: Vec<i64>,
}

impl Notes {
    pub(super) fn of<'a>(commands: impl IntoIterator<Item = (&'a NoteActivity, Timestamp)>) -> Self {
        let mut all = Self::default();
        for (note, now) in commands {
            all.ids.push(note.session_id.0);
            all.nows.push(now);
            all.activities.push(note.activity);
            all.seen.push(i64::from(note.seen_generation));
        }
        all
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn values(&self) -> [Value<'_>; 4] {
        [&self.ids, &self.nows, &self.activities, &self.seen]
    }
}
