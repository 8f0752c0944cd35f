//! People who use the routes, without a network: a clock that tests move, seeded randomness, and callers by name.
//!
//! Who asks is in a header of its own, which a layer turns into the session that a verifier would have found.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use keyturn_tasks::{Clock, Entropy, Observer, RequestId, Store, TaskPolicy, Tasks, Unobserved, router};
use keyturn_verifier::{Session, SessionContext};
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

/// How long deleted tasks are kept here.
pub(crate) const RETENTION: SignedDuration = SignedDuration::from_hours(24);

const CALLER: &str = "x-test-caller";

/// Stands still until it is moved.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(GAMMA, Ordering::SeqCst).wrapping_add(GAMMA);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of these.
    pub(crate) fn below(&self, sides: usize) -> usize {
        usize::try_from(self.next() % sides as u64).unwrap()
    }
}

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}

/// The routes over a store.
pub(crate) struct Api {
    router: Router,
    pub(crate) tasks: Tasks,
    pub(crate) clock: Arc<TestClock>,
}

impl Api {
    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self::observed_by(Arc::new(Unobserved), store)
    }

    pub(crate) fn observed_by(observer: Arc<dyn Observer>, store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_767_225_600_000_000)));
        let policy = TaskPolicy { retention: RETENTION };
        let tasks = Tasks::new(store, clock.clone(), Arc::new(Dice::seeded(7)), policy).observed_by(observer);
        Self {
            router: router(tasks.clone()).layer(from_fn(introduce)),
            tasks,
            clock,
        }
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Asking<'_> {
        Asking {
            api: self,
            request: http::Request::builder().method(method).uri(path),
            body: Body::empty(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Asking<'_> {
        self.ask(Method::GET, path)
    }

    /// Creates a task; answers it.
    pub(crate) async fn create(&self, caller: &str, body: Value) -> Value {
        let answer = self
            .ask(Method::POST, "/api/tasks")
            .by(caller)
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body
    }
}

/// A request on its way.
pub(crate) struct Asking<'a> {
    api: &'a Api,
    request: http::request::Builder,
    body: Body,
}

impl Asking<'_> {
    pub(crate) fn by(self, caller: &str) -> Self {
        self.header(CALLER, caller)
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self {
            request: self.request.header(name, value),
            ..self
        }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(&body.to_string())
    }

    pub(crate) fn body(self, body: &str) -> Self {
        Self {
            body: Body::from(body.to_owned()),
            ..self.header(header::CONTENT_TYPE.as_str(), "application/json")
        }
    }

    pub(crate) async fn send(self) -> Answer {
        let request = self.request.body(self.body).unwrap();
        let answer = self.api.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = match &bytes[..] {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).unwrap(),
        };
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The problem's code.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn etag(&self) -> &str {
        self.headers[header::ETAG].to_str().unwrap()
    }
}

async fn introduce(mut request: Request, next: Next) -> Response {
    let caller = request
        .headers()
        .get(CALLER)
        .map(|name| name.to_str().unwrap().to_owned());
    let session = caller.map(|caller| Session::new(caller, Uuid::nil(), i64::MAX));
    let context = session.map_or_else(SessionContext::anonymous, SessionContext::from);
    request.extensions_mut().insert(context);
    request.extensions_mut().insert(RequestId("req-1".to_owned()));
    next.run(request).await
}
