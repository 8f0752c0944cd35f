//! One follower's stream of server-sent events.
//!
//! **The rule**: first what the follower lacks, from the store; then what the node hears. `ready` and `heartbeat` say since when everything is told,
//! counted from the arrival of the request, so that a follower need not compare clocks; their `id`, like every event's, is a position to go on from.
//!
//! **The caveat**: an event is made when it is asked for. A client that takes nothing waits at its own expense, until the connection is given up.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use futures::stream::{self, Stream};
use keyturn_core::feed::{Beginning, ToldChange};
use keyturn_core::model::Change;
use keyturn_core::service::{AuthError, Authority, Following};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::metrics::FeedMetrics;
use super::{Feed, Handed, Heading, Heard, Seat};
use crate::shapes::{ChangeBody, ReadyBody, SnapshotBody, VouchBody};

/// Changes that are read at once.
const PAGE: u32 = 256;

/// How soon a service that was removed is told nothing more.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// How long a client waits before it connects again.
const RETRY: Duration = Duration::from_secs(1);

/// How a stream begins.
pub(crate) struct Opened {
    /// When its request arrived.
    pub(crate) at: Instant,
    /// Where the node stood then.
    pub(crate) heading: Heading,
    /// What the follower lacks.
    pub(crate) beginning: Beginning,
}

/// A follower and how far it is.
pub(crate) struct Follower {
    authority: Arc<Authority>,
    feed: Arc<Feed>,
    _seat: Seat,
    following: Following,
    opened: Instant,
    history: Arc<str>,
    cursor: i64,
    stage: Stage,
    is_ready: bool,
    /// The look that it was last told of.
    vouched: Option<Instant>,
    check_at: Instant,
    woken: watch::Receiver<u64>,
    due: VecDeque<Event>,
}

#[derive(Clone, Copy)]
enum Stage {
    /// Finding where its snapshot begins.
    Snapshot,
    /// Reading the store, up to this sequence.
    Reading(i64),
    Listening,
    Over,
}

impl Follower {
    pub(crate) fn new(
        authority: Arc<Authority>,
        feed: Arc<Feed>,
        seat: Seat,
        following: Following,
        opened: Opened,
    ) -> Self {
        let (cursor, stage) = match opened.beginning {
            Beginning::After(seq) => (seq, Stage::Reading(opened.heading.told)),
            Beginning::Snapshot => (0, Stage::Snapshot),
        };
        Self {
            woken: feed.woken.subscribe(),
            authority,
            feed,
            _seat: seat,
            following,
            opened: opened.at,
            history: opened.heading.history,
            cursor,
            stage,
            is_ready: false,
            vouched: None,
            check_at: opened.at + CHECK_EVERY,
            due: VecDeque::from([Event::default().retry(RETRY)]),
        }
    }

    /// Its events, until it may follow no longer, the history ends or the process is about to stop.
    pub(crate) fn events(self) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
        stream::unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((Ok(event), follower))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.due.pop_front() {
                return Some(event);
            }
            let went_on = match self.stage {
                Stage::Snapshot => self.begin_snapshot().await,
                Stage::Reading(until) => self.read(until).await,
                Stage::Listening => self.listen().await,
                Stage::Over => return None,
            };
            if let Err(error) = went_on {
                tracing::debug!(%error, "a follower's stream ends: {error}");
                self.stage = Stage::Over;
            }
        }
    }

    async fn begin_snapshot(&mut self) -> Result<(), AuthError> {
        let Some(heading) = self
            .feed
            .heading()
            .filter(|heading| heading.history == self.history)
        else {
            self.stage = Stage::Over;
            return Ok(());
        };
        let turn = self.feed.turn().await;
        self.cursor = self
            .authority
            .snapshot_after(self.following.topics, heading.told)
            .await?;
        drop(turn);
        self.stage = Stage::Reading(heading.told);
        let body = SnapshotBody::new(self.authority.now(), self.authority.policy().access.ttl);
        // Without a position: who loses the stream before the first change begins again.
        self.push("snapshot", &body, None)
    }

    /// One piece of what the store has.
    async fn read(&mut self, until: i64) -> Result<(), AuthError> {
        let page = self.page().await?;
        let more = page.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        for change in &page {
            let told = self.authority.told_change(change, self.following.topics).await?;
            self.tell(change.seq, told, None)?;
        }
        self.check().await?;
        if matches!(self.stage, Stage::Reading(_)) && (!more || self.cursor >= until) {
            self.stage = Stage::Listening;
        }
        Ok(())
    }

    async fn page(&self) -> Result<Vec<Change>, AuthError> {
        let _turn = self.feed.turn().await;
        self.authority.changes_after(self.cursor, PAGE).await
    }

    /// What the node has heard, or else waits for it.
    async fn listen(&mut self) -> Result<(), AuthError> {
        // First, so that nothing that is heard from here on is slept through.
        self.woken.borrow_and_update();
        match self.feed.hand(&self.history, self.cursor) {
            Handed::Over => self.stage = Stage::Over,
            Handed::Behind(told) => self.stage = Stage::Reading(told),
            Handed::Changes(changes, looked) => {
                let nothing = changes.is_empty();
                for heard in changes {
                    self.hear(heard).await?;
                }
                let said = match looked {
                    Some(looked) => self.vouch(looked)?,
                    None => false,
                };
                if nothing && !said {
                    self.wait().await?;
                }
            }
        }
        Ok(())
    }

    async fn hear(&mut self, heard: Heard) -> Result<(), AuthError> {
        let topics = self.following.topics;
        let told = self.authority.told_change(&heard.change, topics).await?;
        self.tell(heard.change.seq, told, Some(heard.at.elapsed()))
    }

    fn tell(&mut self, seq: i64, told: Option<ToldChange>, lag: Option<Duration>) -> Result<(), AuthError> {
        self.cursor = seq;
        let Some(told) = told else { return Ok(()) };
        self.feed.count(|metrics| FeedMetrics::handed(metrics, lag));
        let body = ChangeBody::new(&told);
        self.push(body.kind(), &body, Some(seq))
    }

    /// Says that everything is told that was committed before this look, if it is time to.
    fn vouch(&mut self, looked: Instant) -> Result<bool, AuthError> {
        if !self.feed.is_due(self.vouched, looked) {
            return Ok(false);
        }
        self.vouched = Some(looked);
        let looked_ms = milliseconds(self.opened, looked);
        if self.is_ready {
            self.push("heartbeat", &VouchBody { looked_ms }, Some(self.cursor))?;
        } else {
            self.is_ready = true;
            let body = ReadyBody::new(looked_ms, self.authority.policy().access.ttl);
            self.push("ready", &body, Some(self.cursor))?;
        }
        Ok(true)
    }

    async fn wait(&mut self) -> Result<(), AuthError> {
        match tokio::time::timeout_at(self.check_at, self.woken.changed()).await {
            Ok(Ok(())) => Ok(()),
            // Nobody will ever say anything again.
            Ok(Err(_)) => {
                self.stage = Stage::Over;
                Ok(())
            }
            Err(_) => self.check().await,
        }
    }

    /// From time to time, whether it still may follow. A store that does not answer says nothing about that.
    async fn check(&mut self) -> Result<(), AuthError> {
        if Instant::now() < self.check_at {
            return Ok(());
        }
        self.check_at = Instant::now() + CHECK_EVERY;
        match self.authority.may_still_follow(&self.following).await {
            Ok(true) | Err(AuthError::Store(_)) => Ok(()),
            Ok(false) => {
                self.stage = Stage::Over;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn push(&mut self, name: &str, body: &impl Serialize, seq: Option<i64>) -> Result<(), AuthError> {
        let event = Event::default().event(name);
        let event = event.json_data(body).map_err(AuthError::internal)?;
        self.due.push_back(match seq {
            Some(seq) => event.id(format!("{}:{seq}", self.history)),
            None => event,
        });
        Ok(())
    }
}

/// From `since` to `until`, negative where it was before; rounded down, since later would promise too much.
fn milliseconds(since: Instant, until: Instant) -> i64 {
    let whole = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match until.checked_duration_since(since) {
        Some(after) => whole(after),
        None => -whole(since.duration_since(until)).saturating_add(1),
    }
}
