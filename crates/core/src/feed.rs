//! Following changes: positions, where a follower begins, and what it is told.
//!
//! **The rule**: who follows misses nothing. A position counts only within the history that gave it, only up to what was committed, and
//! only while nothing behind it has been swept; otherwise the follower begins with a snapshot, and what it knew before is void.
//!
//! **The caveat**: a snapshot of sessions is the ends whose access tokens may still be unexpired by the lifetime that is configured now. Where
//! that was made shorter, tokens of the longer one outlive it in the memory of who begins meanwhile.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::model::{AccountState, EndReason};

/// The times of changes are those of nodes, and may be out of their order by as much as clocks differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// A place in a history of changes: everything up to it has been read. As text `history:seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The history's name.
    pub history: String,
    /// The sequence of the last change that was read; 0 before the first.
    pub seq: i64,
}

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a position is of the form <history>:<number>, as an event's id gave it")]
pub struct PositionError;

impl Position {
    /// The longest text, in bytes.
    pub const MAX: usize = 200;
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.history, self.seq)
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let (history, seq) = text.rsplit_once(':').ok_or(PositionError)?;
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let counted = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() > Self::MAX || history.is_empty() || !history.bytes().all(named) || !counted {
            return Err(PositionError);
        }
        Ok(Self {
            history: history.to_owned(),
            seq: seq.parse().map_err(|_| PositionError)?,
        })
    }
}

/// What is there to be read.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// The history's name.
    pub history: &'a str,
    /// The sequence of the newest change; 0 where there never was one.
    pub newest: i64,
    /// That of the oldest one that was not swept; `None` where there is none at all.
    pub oldest: Option<i64>,
}

/// How a follower begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// With what came after this sequence.
    After(i64),
    /// With a snapshot.
    Snapshot,
}

/// How a follower begins who says that it has read up to `asked`.
pub fn beginning(asked: Option<&Position>, kept: Kept<'_>) -> Beginning {
    let Some(position) = asked else {
        return Beginning::Snapshot;
    };
    let same = position.history == kept.history;
    let committed = position.seq <= kept.newest;
    let unswept = kept
        .oldest
        .map_or(position.seq == kept.newest, |oldest| position.seq >= oldest - 1);
    if same && committed && unswept {
        Beginning::After(position.seq)
    } else {
        Beginning::Snapshot
    }
}

/// From when on a snapshot of sessions tells their ends: no token of a session that ended before is unexpired at `now`.
pub fn snapshot_since(now: Timestamp, access_ttl: SignedDuration) -> Timestamp {
    now.saturating_sub(access_ttl)
        .and_then(|since| since.saturating_sub(CLOCKS_DIFFER))
        .unwrap_or(Timestamp::MIN)
}

/// What somebody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Topics {
    /// Which sessions end.
    pub sessions: bool,
    /// Which accounts are created, changed and deleted.
    pub accounts: bool,
}

impl Topics {
    /// Whether nothing is followed.
    pub const fn is_empty(self) -> bool {
        !self.sessions && !self.accounts
    }

    /// Whether everything of `others` is among these.
    pub const fn include(self, others: Self) -> bool {
        (self.sessions || !others.sessions) && (self.accounts || !others.accounts)
    }
}

/// What became of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountChange {
    /// It is new.
    Created,
    /// Its profile or its permissions changed.
    Updated,
    /// Its state was set.
    State,
    /// It was deleted.
    Deleted,
}

/// What a follower is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A session ended.
    SessionEnded {
        /// Which.
        session_id: Uuid,
        /// Why.
        reason: Option<EndReason>,
    },
    /// Something became of an account.
    Account {
        /// What.
        change: AccountChange,
        /// Which: the id that applications know it by.
        subject: String,
        /// Its state at the moment of telling; `None` once it was deleted.
        state: Option<AccountState>,
    },
}

/// What a follower is told, and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldChange {
    /// Position in the history.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub told: Told,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HISTORY: &str = "20260101-0";

    #[test]
    fn a_follower_goes_on_only_where_it_can_have_missed_nothing() {
        use Beginning::{After, Snapshot};
        let cases = [
            ("nothing read before", None, 9, Some(1), Snapshot),
            ("the newest is read", Some((HISTORY, 9)), 9, Some(1), After(9)),
            ("something is new", Some((HISTORY, 3)), 9, Some(1), After(3)),
            ("nothing happened yet", Some((HISTORY, 0)), 0, None, After(0)),
            ("before the first", Some((HISTORY, 0)), 9, Some(1), After(0)),
            (
                "the next one is the oldest that is kept",
                Some((HISTORY, 3)),
                9,
                Some(4),
                After(3),
            ),
            (
                "one behind it was swept",
                Some((HISTORY, 3)),
                9,
                Some(5),
                Snapshot,
            ),
            ("everything was swept", Some((HISTORY, 3)), 9, None, Snapshot),
            (
                "ahead of what was committed: a copy was restored",
                Some((HISTORY, 10)),
                9,
                Some(1),
                Snapshot,
            ),
            (
                "of another history",
                Some(("20260101-7", 3)),
                9,
                Some(1),
                Snapshot,
            ),
        ];
        for (name, asked, newest, oldest, expected) in cases {
            let asked = asked.map(|(history, seq)| Position {
                history: history.to_owned(),
                seq,
            });
            let kept = Kept {
                history: HISTORY,
                newest,
                oldest,
            };
            assert_eq!(beginning(asked.as_ref(), kept), expected, "{name}");
        }
    }

    #[test]
    fn a_position_is_read_as_it_was_written_and_nothing_else_is() {
        for text in ["a:0", "20260101T000000Z-12:9223372036854775807", "7-1-5-16384:12"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        let long = format!("{}:1", "a".repeat(Position::MAX));
        for text in [
            "",
            ":",
            "a:",
            ":1",
            "a",
            "a:-1",
            "a:+1",
            "a:1 ",
            "a b:1",
            "a:b:1",
            "ä:1",
            "a:9223372036854775808",
            &long,
        ] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_snapshot_reaches_back_as_far_as_tokens_live_and_clocks_differ() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(
            snapshot_since(at(10_000), SignedDuration::from_mins(30)),
            at(10_000 - 1860)
        );
        assert_eq!(
            snapshot_since(Timestamp::MIN, SignedDuration::from_mins(30)),
            Timestamp::MIN
        );
    }

    #[test]
    fn who_may_follow_one_thing_may_not_follow_both() {
        let (sessions, accounts) = (true, true);
        let both = Topics { sessions, accounts };
        let one = Topics {
            sessions,
            accounts: false,
        };
        assert!(both.include(one) && both.include(both) && one.include(one));
        assert!(
            !one.include(both)
                && !one.include(Topics {
                    sessions: false,
                    accounts
                })
        );
        assert!(Topics::default().is_empty() && !one.is_empty());
    }
}
