//! Following accounts: for services that keep something of people beside what Keyturn does.
//!
//! **The rule**: every change is told at least once, in order. Keep the position with what a change made you do, in one transaction, and go on from it: then it
//! is as if each came exactly once.
//!
//! **The caveat**: Keyturn keeps changes for `retention.changes`. Who was away for longer, or whose position is of a database that was replaced, is told that it
//! begins anew ([`AccountSubscriber::snapshot`]) and then what is kept; accounts that were deleted before are to be found in another way.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::connection::{Came, Connection, Reader};
use super::event::Event;
use super::message::{AccountEvent, Message};
use super::observer::{FeedFault, FeedObserver, Unobserved};
use super::task::Task;
use crate::address::{self, AddressError};

/// The end of taking something in. After an error it is told again, a little later.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Takes in what becomes of accounts.
pub trait AccountSubscriber: Send + Sync + 'static {
    /// What follows begins anew, from the oldest change that is kept.
    fn snapshot(&self) -> Taking<'_>;

    /// Something became of an account. `position` is where to go on after it.
    fn changed<'a>(&'a self, event: AccountEvent, position: &'a str) -> Taking<'a>;
}

/// Follows accounts until it is dropped.
pub struct AccountFeed {
    _task: Task,
}

impl AccountFeed {
    /// At `url`, Keyturn's `/auth/changes` by https or on this machine, with the secret of a service that has the scope `changes:accounts`; from `position` on, where
    /// one was kept. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// Another address, or no HTTP client.
    pub fn start(
        url: &str,
        secret: impl Into<String>,
        position: Option<String>,
        subscriber: Arc<dyn AccountSubscriber>,
    ) -> Result<Self, AddressError> {
        Self::start_observed(url, secret, position, subscriber, Arc::new(Unobserved))
    }

    /// The same, telling this observer how it is doing.
    ///
    /// # Errors
    /// Another address, or no HTTP client.
    pub fn start_observed(
        url: &str,
        secret: impl Into<String>,
        position: Option<String>,
        subscriber: Arc<dyn AccountSubscriber>,
        observer: Arc<dyn FeedObserver>,
    ) -> Result<Self, AddressError> {
        let connection = Connection {
            client: address::streaming_client()?,
            url: address::trusted(url)?,
            secret: secret.into(),
            topics: "accounts",
            max_staleness: Duration::from_secs(10),
            observer,
        };
        let follower = Follower { position, subscriber };
        Ok(Self {
            _task: Task::spawn(connection.follow(follower)),
        })
    }
}

struct Follower {
    position: Option<String>,
    subscriber: Arc<dyn AccountSubscriber>,
}

impl Reader for Follower {
    fn connecting(&mut self) -> Option<String> {
        self.position.clone()
    }

    async fn read(&mut self, event: Event) -> Result<Came, FeedFault> {
        let came = match Message::read(&event).map_err(FeedFault::malformed)? {
            Message::Snapshot { .. } => {
                self.subscriber.snapshot().await.map_err(FeedFault::Subscriber)?;
                Came::Good
            }
            Message::Account(change) => {
                let position = event.id.as_deref().unwrap_or_default();
                let taking = self.subscriber.changed(change, position);
                taking.await.map_err(FeedFault::Subscriber)?;
                Came::Good
            }
            Message::Ready { .. } => Came::Ready,
            Message::Ended { .. } | Message::Vouched { .. } | Message::Unknown => Came::Good,
        };
        self.position = event.id.or(self.position.take());
        Ok(came)
    }
}
