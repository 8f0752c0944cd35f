//! Changes as followers read them.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::feed::{AccountChange, Told, ToldChange};
use serde::Serialize;
use utoipa::ToSchema;

/// A change. Which fields are there depends on its `kind`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeBody {
    /// `session.ended`, `account.created`, `account.updated`, `account.state` or `account.deleted`.
    #[schema(value_type = String, example = "session.ended")]
    kind: &'static str,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The session that ended, as `sid` in its access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    session_id: Option<String>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "signed_out")]
    reason: Option<&'static str>,
    /// The account, as `sub` in access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    user_id: Option<String>,
    /// The account's state at the moment of telling; not there once it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "active")]
    state: Option<&'static str>,
}

impl ChangeBody {
    pub(crate) fn new(told: &ToldChange) -> Self {
        let bare = |kind| Self {
            kind,
            at: told.at,
            session_id: None,
            reason: None,
            user_id: None,
            state: None,
        };
        match &told.told {
            Told::SessionEnded { session_id, reason } => Self {
                session_id: Some(session_id.to_string()),
                reason: reason.map(|reason| reason.as_str()),
                ..bare("session.ended")
            },
            Told::Account {
                change,
                subject,
                state,
            } => Self {
                user_id: Some(subject.clone()),
                state: state.map(|state| state.as_str()),
                ..bare(match change {
                    AccountChange::Created => "account.created",
                    AccountChange::Updated => "account.updated",
                    AccountChange::State => "account.state",
                    AccountChange::Deleted => "account.deleted",
                })
            },
        }
    }

    pub(crate) const fn kind(&self) -> &'static str {
        self.kind
    }
}

/// A piece of the changes, for who does not keep a stream open.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangePage)]
pub(crate) struct ChangePageBody {
    /// Whether this begins anew: what was known before is void, since `after` was not given, or leads nowhere any more.
    pub(crate) snapshot: bool,
    /// In the order in which they were committed.
    pub(crate) items: Vec<ChangeBody>,
    /// Where to go on: the next `after`.
    pub(crate) next: String,
    /// Whether more is there already.
    pub(crate) more: bool,
}

/// A snapshot begins: what was known before is void once it is whole.
#[derive(Debug, Serialize)]
pub(crate) struct SnapshotBody {
    at: Timestamp,
    /// How long access tokens are good, in seconds.
    access_ttl: i64,
}

impl SnapshotBody {
    pub(crate) const fn new(at: Timestamp, access_ttl: SignedDuration) -> Self {
        Self {
            at,
            access_ttl: access_ttl.as_secs(),
        }
    }
}

/// Everything is told that was committed up to a moment: so many milliseconds after the request had arrived, or before.
#[derive(Debug, Serialize)]
pub(crate) struct VouchBody {
    pub(crate) looked_ms: i64,
}

/// The first such moment.
#[derive(Debug, Serialize)]
pub(crate) struct ReadyBody {
    looked_ms: i64,
    /// How long access tokens are good, in seconds.
    access_ttl: i64,
}

impl ReadyBody {
    pub(crate) const fn new(looked_ms: i64, access_ttl: SignedDuration) -> Self {
        Self {
            looked_ms,
            access_ttl: access_ttl.as_secs(),
        }
    }
}
