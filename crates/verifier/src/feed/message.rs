//! What events mean.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::event::Event;

/// What became of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountChange {
    /// It is new.
    Created,
    /// Its profile or its permissions changed.
    Updated,
    /// Its state was set.
    State,
    /// It was deleted: what your service keeps of it can go.
    Deleted,
}

/// Something became of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountEvent {
    /// What.
    pub change: AccountChange,
    /// Which, as [`Session::user_id`](crate::Session::user_id) names it.
    pub user_id: String,
    /// When.
    pub at: Timestamp,
    /// Its state when it was told (`active`, `pending`, `inactive`, `suspended`); `None` once it was deleted.
    pub state: Option<String>,
}

/// What Keyturn says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// What follows, up to `Ready`, is everything that there is to know.
    Snapshot {
        at: Timestamp,
        access_ttl: SignedDuration,
    },
    /// A session ended.
    Ended {
        session_id: Uuid,
        reason: Option<String>,
        at: Timestamp,
    },
    /// Something became of an account.
    Account(AccountEvent),
    /// From here on everything is told; see [`Message::Vouched`].
    Ready {
        looked: SignedDuration,
        access_ttl: SignedDuration,
    },
    /// Everything is told that was committed up to this moment, counted from the request's arrival.
    Vouched { looked: SignedDuration },
    /// Of a later version of Keyturn.
    Unknown,
}

/// An event whose data is not what its name says.
#[derive(Debug, thiserror::Error)]
#[error("the event {name:?} can't be read")]
pub(super) struct Malformed {
    name: String,
    source: serde_json::Error,
}

#[derive(Deserialize)]
struct SnapshotData {
    at: Timestamp,
    access_ttl: i64,
}

#[derive(Deserialize)]
struct VouchData {
    looked_ms: i64,
}

#[derive(Deserialize)]
struct ReadyData {
    looked_ms: i64,
    access_ttl: i64,
}

#[derive(Deserialize)]
struct EndedData {
    session_id: Uuid,
    reason: Option<String>,
    at: Timestamp,
}

#[derive(Deserialize)]
struct AccountData {
    user_id: String,
    state: Option<String>,
    at: Timestamp,
}

impl Message {
    /// What this event says.
    pub(super) fn read(event: &Event) -> Result<Self, Malformed> {
        let read = match event.name.as_str() {
            "snapshot" => parse(event).map(|data: SnapshotData| Self::Snapshot {
                at: data.at,
                access_ttl: SignedDuration::from_secs(data.access_ttl),
            }),
            "ready" => parse(event).map(|data: ReadyData| Self::Ready {
                looked: SignedDuration::from_millis(data.looked_ms),
                access_ttl: SignedDuration::from_secs(data.access_ttl),
            }),
            "heartbeat" => parse(event).map(|data: VouchData| Self::Vouched {
                looked: SignedDuration::from_millis(data.looked_ms),
            }),
            "session.ended" => parse(event).map(|data: EndedData| Self::Ended {
                session_id: data.session_id,
                reason: data.reason,
                at: data.at,
            }),
            "account.created" => account(event, AccountChange::Created),
            "account.updated" => account(event, AccountChange::Updated),
            "account.state" => account(event, AccountChange::State),
            "account.deleted" => account(event, AccountChange::Deleted),
            _ => Ok(Self::Unknown),
        };
        read.map_err(|source| Malformed {
            name: event.name.clone(),
            source,
        })
    }
}

fn account(event: &Event, change: AccountChange) -> Result<Message, serde_json::Error> {
    parse(event).map(|data: AccountData| {
        Message::Account(AccountEvent {
            change,
            user_id: data.user_id,
            at: data.at,
            state: data.state,
        })
    })
}

fn parse<'a, T: Deserialize<'a>>(event: &'a Event) -> Result<T, serde_json::Error> {
    serde_json::from_str(&event.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, data: &str) -> Result<Message, Malformed> {
        Message::read(&Event {
            name: name.to_owned(),
            data: data.to_owned(),
            id: None,
        })
    }

    #[test]
    fn events_are_understood_and_later_ones_passed_over() {
        let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let ended = r#"{"kind":"session.ended","at":"2026-01-01T00:00:00Z","session_id":"00000000-0000-0000-0000-000000000002","reason":"idle"}"#;
        let deleted = r#"{"kind":"account.deleted","at":"2026-01-01T00:00:00Z","user_id":"42"}"#;
        let minutes = SignedDuration::from_mins(30);
        for (name, data, expected) in [
            (
                "session.ended",
                ended,
                Message::Ended {
                    session_id: Uuid::from_u128(2),
                    reason: Some("idle".into()),
                    at,
                },
            ),
            (
                "heartbeat",
                r#"{"looked_ms":-3}"#,
                Message::Vouched {
                    looked: SignedDuration::from_millis(-3),
                },
            ),
            (
                "ready",
                r#"{"looked_ms":4,"access_ttl":1800}"#,
                Message::Ready {
                    looked: SignedDuration::from_millis(4),
                    access_ttl: minutes,
                },
            ),
            (
                "snapshot",
                r#"{"at":"2026-01-01T00:00:00Z","access_ttl":1800,"more":1}"#,
                Message::Snapshot {
                    at,
                    access_ttl: minutes,
                },
            ),
            (
                "account.deleted",
                deleted,
                Message::Account(AccountEvent {
                    change: AccountChange::Deleted,
                    user_id: "42".into(),
                    at,
                    state: None,
                }),
            ),
            ("task.finished", "whatever", Message::Unknown),
        ] {
            assert_eq!(read(name, data).unwrap(), expected);
        }
        assert!(read("session.ended", deleted).is_err());
        assert!(read("heartbeat", "").is_err());
    }
}
