//! Who hears how the feed is doing, for logs and metrics.

use std::time::Duration;

/// Hears how a feed is doing. Called from its task, or from a request: must not block.
pub trait FeedObserver: Send + Sync + 'static {
    /// Everything is known, and will be told as it happens.
    fn connected(&self) {}

    /// The stream broke; it is asked for again. [`FeedFault::Refused`] with 401 or 403 is for an operator: the secret or its scopes are wrong.
    fn disconnected(&self, _fault: &FeedFault) {}

    /// A request came while what is known was too old, and this was done about it.
    fn stale(&self, _answer: StaleAnswer) {}
}

/// What was done about a request while what is known was too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StaleAnswer {
    /// Keyturn was asked about the token, and knew.
    Asked,
    /// It was answered 503.
    Refused,
    /// It was let in.
    LetIn,
}

/// Why a stream broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedFault {
    /// No connection, or a broken one.
    #[error("Keyturn is not reached")]
    Unreachable(#[source] reqwest::Error),
    /// No answer, or nothing more, for too long.
    #[error("Keyturn says nothing")]
    Silent,
    /// Another status than 200.
    #[error("Keyturn refuses the feed with status {status}")]
    Refused {
        /// The status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The node ended the stream: it stops, or the service was removed.
    #[error("Keyturn ended the stream")]
    Closed,
    /// Everything arrives later than it is worth anything.
    #[error("the stream is too slow")]
    Late,
    /// What came is no stream of changes.
    #[error("what came is no stream of changes")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The subscriber could not take an event; it will be told it again.
    #[error("an account's change could not be taken in")]
    Subscriber(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl FeedFault {
    pub(super) fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Malformed(Box::new(error))
    }

    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Nobody.
pub(super) struct Unobserved;

impl FeedObserver for Unobserved {}
