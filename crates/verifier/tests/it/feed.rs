//! The feed over HTTP: what is asked, what is believed, and what becomes of requests while it is away. Keyturn's side is played by a
//! server that sends what a test says.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_verifier::{
    AccountChange, AccountEvent, AccountFeed, AccountSubscriber, Answer, Feed, FeedFault, FeedObserver,
    Liveness, Presented, Refusal, StaleAnswer, StalePolicy, Standing, Taking, Verifier,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::fixtures::{StillClock, by_secret, token};

const SNAPSHOT: &str = "event: snapshot\ndata: {\"at\":\"1970-01-12T13:46:40Z\",\"access_ttl\":1800}\n\n";
const READY: &str = "event: ready\ndata: {\"looked_ms\":0,\"access_ttl\":1800}\nid: a:1\n\n";
const ENDED: &str = "event: session.ended\ndata: {\"at\":\"1970-01-12T13:46:40Z\",\"session_id\":\"00000000-0000-0000-0000-000000000002\",\"reason\":\"signed_out\"}\nid: a:2\n\n";

/// What each connection is answered, in turn.
enum Part {
    /// These events, and then the end of the stream.
    Ends(&'static str),
    /// These events, and then silence.
    Stays(&'static str),
    Refuses(u16),
}

/// What was asked for: position, topics, authorization.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    position: Option<String>,
    query: String,
    authorization: String,
}

#[derive(Clone)]
struct Stage {
    parts: Arc<Mutex<VecDeque<Part>>>,
    asked: UnboundedSender<Asked>,
}

/// Plays these parts; answers where, and what is asked.
async fn plays(parts: impl IntoIterator<Item = Part>) -> (String, UnboundedReceiver<Asked>) {
    let (asked, heard) = unbounded_channel();
    let stage = Stage {
        parts: Arc::new(Mutex::new(parts.into_iter().collect())),
        asked,
    };
    let routes = Router::new()
        .route("/auth/changes", get(answer))
        .with_state(stage);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/auth/changes", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, heard)
}

async fn answer(State(stage): State<Stage>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let asked = Asked {
        position: text("last-event-id"),
        query: query.unwrap_or_default(),
        authorization: text("authorization").unwrap_or_default(),
    };
    drop(stage.asked.send(asked));
    let part = stage.parts.lock().unwrap().pop_front().unwrap_or(Part::Stays(""));
    let (events, stays) = match part {
        Part::Ends(events) => (events, false),
        Part::Stays(events) => (events, true),
        Part::Refuses(status) => {
            return (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")]).into_response();
        }
    };
    let events = futures::stream::iter([Ok::<_, Infallible>(events)]);
    let body = match stays {
        true => axum::body::Body::from_stream(futures::StreamExt::chain(events, futures::stream::pending())),
        false => axum::body::Body::from_stream(events),
    };
    ([("content-type", "text/event-stream")], body).into_response()
}

/// Passes on what a feed says of itself.
struct Noting(UnboundedSender<String>);

impl FeedObserver for Noting {
    fn connected(&self) {
        drop(self.0.send("connected".to_owned()));
    }

    fn disconnected(&self, fault: &FeedFault) {
        drop(self.0.send(fault.to_string()));
    }

    fn stale(&self, answer: StaleAnswer) {
        drop(self.0.send(format!("{answer:?}")));
    }
}

fn noting() -> (Arc<Noting>, UnboundedReceiver<String>) {
    let (sender, noted) = unbounded_channel();
    (Arc::new(Noting(sender)), noted)
}

/// A feed under this clock, with its notes.
fn feed(url: &str, clock: &Arc<StillClock>) -> (keyturn_verifier::FeedBuilder, UnboundedReceiver<String>) {
    let (observer, noted) = noting();
    let builder = Feed::builder(url, "kts_secret").unwrap();
    (builder.clock(clock.clone()).observer(observer), noted)
}

fn by(feed: &Arc<Feed>, clock: &Arc<StillClock>) -> Verifier {
    by_secret(clock).liveness(feed.clone()).build()
}

#[tokio::test]
async fn r2_4_an_end_that_was_told_is_refused_and_the_next_request_goes_on_from_there() {
    let ended = Box::leak(format!("{SNAPSHOT}{READY}{ENDED}").into_boxed_str());
    let (url, mut asked) = plays([Part::Ends(ended), Part::Stays(READY)]).await;
    let clock = Arc::new(StillClock::default());
    let (builder, mut noted) = feed(&url, &clock);
    let feed = builder.start().unwrap();
    assert_eq!(noted.recv().await.unwrap(), "connected");
    assert_eq!(noted.recv().await.unwrap(), "Keyturn ended the stream");
    let refused = by(&feed, &clock).verify(&token()).await.unwrap_err();
    let reason = Some("signed_out".to_owned());
    assert_eq!(refused, Refusal::SessionEnded { reason });
    let first = asked.recv().await.unwrap();
    let expected = Asked {
        position: None,
        query: "topics=sessions".to_owned(),
        authorization: "Bearer kts_secret".to_owned(),
    };
    assert_eq!(first, expected);
    assert_eq!(asked.recv().await.unwrap().position.as_deref(), Some("a:2"));
    assert_eq!(feed.status().ended_sessions, 1);
}

/// Says this of every token.
struct Says(Standing);

impl Liveness for Says {
    fn check<'a>(&'a self, _presented: Presented<'a>) -> Answer<'a> {
        let standing = self.0.clone();
        Answer::Later(Box::pin(async move { standing }))
    }
}

#[tokio::test]
async fn r2_4_what_is_too_old_is_asked_about_or_left_to_the_policy_and_never_401() {
    let begun: &'static str = Box::leak(format!("{SNAPSHOT}{READY}").into_boxed_str());
    let (closed, open) = (StalePolicy::FailClosed, StalePolicy::FailOpen);
    for (name, policy, other, expected, noted_as) in [
        ("closed", closed, None, Err(503), StaleAnswer::Refused),
        ("open", open, None, Ok(()), StaleAnswer::LetIn),
        (
            "asked: it lives",
            closed,
            Some(Standing::Live),
            Ok(()),
            StaleAnswer::Asked,
        ),
        (
            "asked: it is over",
            open,
            Some(Standing::Inactive),
            Err(401),
            StaleAnswer::Asked,
        ),
        (
            "asked in vain, closed",
            closed,
            Some(Standing::Unavailable),
            Err(503),
            StaleAnswer::Refused,
        ),
        (
            "asked in vain, open",
            open,
            Some(Standing::Unavailable),
            Ok(()),
            StaleAnswer::LetIn,
        ),
    ] {
        let (url, _asked) = plays([Part::Stays(begun)]).await;
        let clock = Arc::new(StillClock::default());
        let (builder, mut noted) = feed(&url, &clock);
        let builder = match other {
            Some(standing) => builder.ask(Arc::new(Says(standing))),
            None => builder,
        };
        let feed = builder.when_stale(policy).start().unwrap();
        assert_eq!(noted.recv().await.unwrap(), "connected", "{name}");
        let verifier = by(&feed, &clock);
        verifier.verify(&token()).await.unwrap();
        clock.advance(2);
        let answered = verifier.verify(&token()).await;
        assert_eq!(
            answered.map(|_| ()).map_err(|refusal| refusal.status()),
            expected,
            "{name}"
        );
        assert_eq!(noted.recv().await.unwrap(), format!("{noted_as:?}"), "{name}");
        let status = feed.status();
        let counted = match noted_as {
            StaleAnswer::Asked => status.stale_asked,
            StaleAnswer::Refused => status.stale_refused,
            _ => status.stale_let_in,
        };
        assert_eq!(counted, 1, "{name}: {status:?}");
    }
}

#[tokio::test]
async fn a_node_that_refuses_or_talks_nonsense_is_asked_again() {
    let begun: &'static str = Box::leak(format!("{SNAPSHOT}{READY}").into_boxed_str());
    let parts = [
        Part::Refuses(503),
        Part::Refuses(401),
        Part::Ends("event: ready\ndata: nonsense\n\n"),
        Part::Stays(begun),
    ];
    let (url, _asked) = plays(parts).await;
    let clock = Arc::new(StillClock::default());
    let (builder, mut noted) = feed(&url, &clock);
    let feed = builder.start().unwrap();
    for expected in [
        "Keyturn refuses the feed with status 503",
        "Keyturn refuses the feed with status 401",
        "what came is no stream of changes",
        "connected",
    ] {
        assert_eq!(noted.recv().await.unwrap(), expected);
    }
    by(&feed, &clock).verify(&token()).await.unwrap();
}

/// Takes events in, but for the first time that one is told.
struct Forgetful {
    told: UnboundedSender<String>,
    failed: Mutex<bool>,
}

impl AccountSubscriber for Forgetful {
    fn snapshot(&self) -> Taking<'_> {
        drop(self.told.send("snapshot".to_owned()));
        Box::pin(async { Ok(()) })
    }

    fn changed<'a>(&'a self, event: AccountEvent, position: &'a str) -> Taking<'a> {
        Box::pin(async move {
            let first = !std::mem::replace(&mut *self.failed.lock().unwrap(), true);
            if first {
                return Err("no room at the moment".into());
            }
            assert_eq!(event.change, AccountChange::Deleted);
            let told = format!("{} {position}", event.user_id);
            drop(self.told.send(told));
            Ok(())
        })
    }
}

#[tokio::test]
async fn an_account_is_told_again_until_it_was_taken_in() {
    const DELETED: &str =
        "event: account.deleted\ndata: {\"at\":\"1970-01-12T13:46:40Z\",\"user_id\":\"42\"}\nid: a:7\n\n";
    let (url, mut asked) = plays([
        Part::Stays(Box::leak(format!("{SNAPSHOT}{DELETED}").into_boxed_str())),
        Part::Stays(DELETED),
        Part::Ends(""),
    ])
    .await;
    let (told, mut heard) = unbounded_channel();
    let subscriber = Arc::new(Forgetful {
        told,
        failed: Mutex::new(false),
    });
    let (observer, mut noted) = noting();
    let position = Some("a:3".to_owned());
    let feed = AccountFeed::start_observed(&url, "kts_secret", position, subscriber, observer).unwrap();
    assert_eq!(heard.recv().await.unwrap(), "snapshot");
    assert_eq!(
        noted.recv().await.unwrap(),
        "an account's change could not be taken in"
    );
    assert_eq!(heard.recv().await.unwrap(), "42 a:7");
    for _ in 0..2 {
        let asked = asked.recv().await.unwrap();
        assert_eq!(
            (asked.position.as_deref(), asked.query.as_str()),
            (Some("a:3"), "topics=accounts")
        );
    }
    drop(feed);
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    assert!(Feed::builder("http://id.example.org/auth/changes", "kts_secret").is_err());
}
