//! The revocation feed: knowing which sessions have ended without asking about each token.
//!
//! **The rule**: what is known is believed for `max_staleness`. Beyond that a request is decided by asking Keyturn, where that is set up, or else by
//! [`StalePolicy`]; it is never answered 401 for what is merely not known. An end that is known counts for good.
//!
//! **The caveat**: a service that has just started knows nothing until the feed is there, some milliseconds later; its first requests are stale.

mod accounts;
mod backoff;
mod connection;
mod event;
mod knowledge;
mod message;
mod observer;
mod task;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Url;

pub use self::accounts::{AccountFeed, AccountSubscriber, Taking};
use self::connection::{Came, Connection, Reader};
use self::event::Event;
use self::knowledge::{Knowledge, Known, Progress, Taken};
use self::message::Message;
pub use self::message::{AccountChange, AccountEvent};
use self::observer::Unobserved;
pub use self::observer::{FeedFault, FeedObserver, StaleAnswer};
use self::task::Task;
use crate::address::{self, AddressError};
use crate::clock::{Clock, SystemClock};
use crate::liveness::{Answer, Liveness, Presented, Standing};

/// What becomes of a request while what is known is too old, and nobody else could tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum StalePolicy {
    /// 503 with `Retry-After`: nobody is let in whose session may have ended.
    #[default]
    FailClosed,
    /// It goes on: a session that ended meanwhile is let in until its access token has expired.
    FailOpen,
}

/// Follows which sessions end, until it is dropped. Give it to [`VerifierBuilder::liveness`](crate::VerifierBuilder::liveness).
pub struct Feed {
    shared: Arc<Shared>,
    _task: Task,
}

struct Shared {
    knowledge: Knowledge,
    clock: Arc<dyn Clock>,
    policy: StalePolicy,
    ask: Option<Arc<dyn Liveness>>,
    observer: Arc<dyn FeedObserver>,
    counts: [AtomicU64; 3],
}

/// How a feed is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedStatus {
    /// How old what is known is; `None` while nothing is.
    pub age: Option<Duration>,
    /// Ends that are kept.
    pub ended_sessions: usize,
    /// Requests that came while what is known was too old, and Keyturn was asked about their token.
    pub stale_asked: u64,
    /// Those that were answered 503.
    pub stale_refused: u64,
    /// Those that were let in.
    pub stale_let_in: u64,
}

/// How a [`Feed`] is put together.
pub struct FeedBuilder {
    url: Url,
    secret: String,
    max_staleness: Duration,
    policy: StalePolicy,
    ask: Option<Arc<dyn Liveness>>,
    observer: Arc<dyn FeedObserver>,
    clock: Arc<dyn Clock>,
}

impl Feed {
    /// At `url`, Keyturn's `/auth/changes` by https or on this machine, with what `keyturn service add <name> --scope changes:sessions` has shown.
    ///
    /// # Errors
    /// Another address.
    pub fn builder(url: &str, secret: impl Into<String>) -> Result<FeedBuilder, AddressError> {
        Ok(FeedBuilder {
            url: address::trusted(url)?,
            secret: secret.into(),
            max_staleness: Duration::from_secs(1),
            policy: StalePolicy::default(),
            ask: None,
            observer: Arc::new(Unobserved),
            clock: Arc::new(SystemClock::new()),
        })
    }

    /// How it is doing.
    pub fn status(&self) -> FeedStatus {
        let count = |answer| self.shared.count(answer).load(Ordering::Relaxed);
        FeedStatus {
            age: self.shared.knowledge.age(self.shared.clock.elapsed()),
            ended_sessions: self.shared.knowledge.len(),
            stale_asked: count(StaleAnswer::Asked),
            stale_refused: count(StaleAnswer::Refused),
            stale_let_in: count(StaleAnswer::LetIn),
        }
    }
}

impl FeedBuilder {
    /// For how long what is known is believed: one second, unless this says otherwise. Keyturn says four times within its own `revocation.max_staleness` that
    /// all is told; less than that can't be kept.
    #[must_use]
    pub const fn max_staleness(mut self, max_staleness: Duration) -> Self {
        self.max_staleness = max_staleness;
        self
    }

    /// What becomes of a request while what is known is too old: [`StalePolicy::FailClosed`], unless this says otherwise.
    #[must_use]
    pub const fn when_stale(mut self, policy: StalePolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Asks this one about a token while what is known is too old, such as `Introspection`; the policy counts where that does not know either.
    #[must_use]
    pub fn ask(mut self, other: Arc<dyn Liveness>) -> Self {
        self.ask = Some(other);
        self
    }

    /// Tells this observer how the feed is doing.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn FeedObserver>) -> Self {
        self.observer = observer;
        self
    }

    /// Goes by this clock instead of the system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Begins to follow. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// No HTTP client.
    pub fn start(self) -> Result<Arc<Feed>, AddressError> {
        let connection = Connection {
            client: address::streaming_client()?,
            url: self.url,
            secret: self.secret,
            topics: "sessions",
            max_staleness: self.max_staleness,
            observer: Arc::clone(&self.observer),
        };
        let shared = Arc::new(Shared {
            knowledge: Knowledge::new(self.max_staleness),
            clock: self.clock,
            policy: self.policy,
            ask: self.ask,
            observer: self.observer,
            counts: Default::default(),
        });
        let follower = Follower {
            shared: Arc::clone(&shared),
            progress: Progress::new(),
        };
        Ok(Arc::new(Feed {
            shared,
            _task: Task::spawn(connection.follow(follower)),
        }))
    }
}

impl Liveness for Feed {
    fn check<'a>(&'a self, presented: Presented<'a>) -> Answer<'a> {
        let shared = &self.shared;
        Answer::Now(
            match shared.knowledge.of(presented.session, shared.clock.elapsed()) {
                Known::Live => Standing::Live,
                Known::Ended { reason } => Standing::Ended { reason },
                Known::Void => Standing::Inactive,
                Known::Stale => return shared.stale(presented),
            },
        )
    }
}

impl Shared {
    /// Asks whoever else may know, and then goes by the policy.
    fn stale<'a>(&'a self, presented: Presented<'a>) -> Answer<'a> {
        match self.ask.as_ref().map(|other| other.check(presented)) {
            None => Answer::Now(self.by_policy()),
            Some(Answer::Now(standing)) => Answer::Now(self.unless_known(standing)),
            Some(Answer::Later(asking)) => {
                Answer::Later(Box::pin(async move { self.unless_known(asking.await) }))
            }
        }
    }

    fn unless_known(&self, standing: Standing) -> Standing {
        if standing == Standing::Unavailable {
            return self.by_policy();
        }
        self.note(StaleAnswer::Asked);
        standing
    }

    fn by_policy(&self) -> Standing {
        match self.policy {
            StalePolicy::FailClosed => {
                self.note(StaleAnswer::Refused);
                Standing::Unavailable
            }
            StalePolicy::FailOpen => {
                self.note(StaleAnswer::LetIn);
                Standing::Live
            }
        }
    }

    fn note(&self, answer: StaleAnswer) {
        self.count(answer).fetch_add(1, Ordering::Relaxed);
        self.observer.stale(answer);
    }

    const fn count(&self, answer: StaleAnswer) -> &AtomicU64 {
        let [asked, refused, let_in] = &self.counts;
        match answer {
            StaleAnswer::Asked => asked,
            StaleAnswer::Refused => refused,
            StaleAnswer::LetIn => let_in,
        }
    }
}

/// Takes what comes into what is known.
struct Follower {
    shared: Arc<Shared>,
    progress: Progress,
}

impl Reader for Follower {
    fn connecting(&mut self) -> Option<String> {
        self.progress.connecting(self.shared.clock.elapsed());
        self.progress.position().map(str::to_owned)
    }

    async fn read(&mut self, event: Event) -> Result<Came, FeedFault> {
        let message = Message::read(&event).map_err(FeedFault::malformed)?;
        let received = (self.shared.clock.elapsed(), self.shared.clock.now());
        let knowledge = &self.shared.knowledge;
        Ok(match self.progress.take(message, event.id, knowledge, received) {
            Taken::Noted => Came::Good,
            Taken::Ready => Came::Ready,
            Taken::Late => Came::Late,
        })
    }
}
