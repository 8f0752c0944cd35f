//! Keeping a stream open: asking, reading, and asking again.
//!
//! **The rule**: whatever goes wrong, the next request says how far the last one came. A stream on which nothing arrives is given up.

use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, Url, header};
use tokio::sync::Notify;

use super::backoff::Backoff;
use super::event::{Event, Parser};
use super::observer::{FeedFault, FeedObserver};

/// How long a node may take to answer a request.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The least time without a word after which a stream is given up.
const SILENT_FOR: Duration = Duration::from_secs(2);

/// Messages in a row that came too late: the next connection may be a better one.
const LATE_IN_A_ROW: u32 = 5;

/// What reads the events of a stream.
pub(super) trait Reader: Send + 'static {
    /// A request is about to be sent. Answers where to go on.
    fn connecting(&mut self) -> Option<String>;

    /// An event came.
    fn read(&mut self, event: Event) -> impl Future<Output = Result<Came, FeedFault>> + Send;
}

/// What came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Good,
    /// Everything is told.
    Ready,
    /// It vouched for a moment too long ago.
    Late,
}

/// Where changes are, and how they are asked for.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) secret: String,
    pub(super) topics: &'static str,
    pub(super) max_staleness: Duration,
    pub(super) observer: Arc<dyn FeedObserver>,
}

impl Connection {
    /// Reads for ever: whoever began it ends the task.
    pub(super) async fn follow(self, mut reader: impl Reader) {
        let (mut backoff, chance, never) = (Backoff::default(), RandomState::new(), Notify::new());
        for number in 0_u64.. {
            let fault = match self.once(&mut reader, &mut backoff).await {
                Ok(never) => match never {},
                Err(fault) => fault,
            };
            let wait = backoff.after_failure(fault.retry_after(), chance.hash_one(number));
            self.observer.disconnected(&fault);
            drop(tokio::time::timeout(wait, never.notified()).await);
        }
    }

    /// One connection, until it fails.
    async fn once(&self, reader: &mut impl Reader, backoff: &mut Backoff) -> Result<Infallible, FeedFault> {
        let mut response = self.ask(reader.connecting()).await?;
        let (mut parser, mut late) = (Parser::default(), 0);
        loop {
            let chunk = within(self.silence(), response.chunk()).await?;
            parser
                .push(&chunk.ok_or(FeedFault::Closed)?)
                .map_err(FeedFault::malformed)?;
            while let Some(event) = parser.next() {
                match reader.read(event).await? {
                    Came::Good => late = 0,
                    Came::Late => late += 1,
                    Came::Ready => {
                        late = 0;
                        backoff.reset();
                        self.observer.connected();
                    }
                }
                if late >= LATE_IN_A_ROW {
                    return Err(FeedFault::Late);
                }
            }
        }
    }

    async fn ask(&self, position: Option<String>) -> Result<Response, FeedFault> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("topics", self.topics);
        let mut request = self
            .client
            .get(url)
            .bearer_auth(&self.secret)
            .header(header::ACCEPT, "text/event-stream");
        if let Some(position) = position {
            request = request.header("last-event-id", position);
        }
        let response = within(ANSWER_WITHIN, request.send()).await?;
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(FeedFault::Refused {
                status,
                retry_after: retry_after(&response),
            }),
        }
    }

    fn silence(&self) -> Duration {
        SILENT_FOR.max(self.max_staleness * 3)
    }
}

async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, FeedFault> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answered) => answered.map_err(|error| FeedFault::Unreachable(error.without_url())),
        Err(_) => Err(FeedFault::Silent),
    }
}

/// In seconds, as Keyturn says it.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}
