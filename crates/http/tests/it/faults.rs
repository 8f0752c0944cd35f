//! Hashing that is busy, stuck or broken, panics, and requesters who hang up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use keyturn_core::password::{Password, PasswordHash};
use keyturn_core::ports::{Entropy, HasherError, PasswordHasher, Verified};
use keyturn_core::service::Ports;
use keyturn_testkit::fixtures::TinyHasher;
use serde_json::json;
use tokio::sync::Notify;

use crate::harness::{EMAIL, PASSWORD, Server, policy, request, settings, sign_in_body};

/// What a hasher does instead of hashing.
#[derive(Clone, Copy)]
enum Mood {
    Busy,
    Panics,
}

#[async_trait]
impl PasswordHasher for Mood {
    async fn hash_new(&self, _: Password, _: Vec<String>) -> Result<PasswordHash, HasherError> {
        self.fail()
    }

    async fn verify(&self, _: Password, _: Option<PasswordHash>) -> Result<Verified, HasherError> {
        self.fail()
    }
}

impl Mood {
    fn fail<T>(self) -> Result<T, HasherError> {
        match self {
            Self::Busy => Err(HasherError::Busy {
                retry_after: Duration::from_millis(1_200),
            }),
            Self::Panics => panic!("the secret of the hasher"),
        }
    }
}

fn with_hasher(hasher: impl PasswordHasher + 'static) -> Arc<Server> {
    Server::over(settings(), policy(), |ports| Ports {
        hasher: Arc::new(hasher),
        ..ports
    })
}

#[tokio::test]
async fn a_full_queue_says_when_to_come_back() {
    let server = with_hasher(Mood::Busy);
    let answer = server
        .api()
        .post("/auth/signin", &sign_in_body())
        .await
        .expect_problem(503, "busy");
    assert_eq!(answer.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn a_panic_in_a_use_case_is_a_problem_without_its_message() {
    let server = with_hasher(Mood::Panics);
    let answer = server
        .api()
        .post("/auth/signin", &sign_in_body())
        .await
        .expect_problem(500, "internal");
    assert!(!answer.text.contains("secret"));
}

/// Entropy that is there while the server is made, and then is gone.
struct Exhausted {
    entropy: Arc<dyn Entropy>,
    gone: Arc<AtomicBool>,
}

impl Entropy for Exhausted {
    fn fill(&self, buffer: &mut [u8]) {
        assert!(!self.gone.load(Ordering::SeqCst), "the secret of the entropy");
        self.entropy.fill(buffer);
    }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_problem_without_its_message() {
    let gone = Arc::new(AtomicBool::new(false));
    let server = Server::over(settings(), policy(), |ports| Ports {
        entropy: Arc::new(Exhausted {
            entropy: ports.entropy.clone(),
            gone: gone.clone(),
        }),
        ..ports
    });
    gone.store(true, Ordering::SeqCst);
    let builder = request(Method::GET, "/auth/csrf").header("x-request-id", "mine");
    let answer = server
        .anonymous()
        .send(builder, Body::empty())
        .await
        .expect_problem(500, "internal");
    assert!(!answer.text.contains("secret"));
    assert_eq!(answer.body["instance"], "mine");
}

/// Hashes once it is let.
struct Gated {
    hasher: TinyHasher,
    entered: Arc<Notify>,
    release: Arc<Notify>,
}

impl Gated {
    fn new() -> (Self, Arc<Notify>, Arc<Notify>) {
        let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let gated = Self {
            hasher: TinyHasher::new(8),
            entered: entered.clone(),
            release: release.clone(),
        };
        (gated, entered, release)
    }
}

#[async_trait]
impl PasswordHasher for Gated {
    async fn hash_new(&self, password: Password, context: Vec<String>) -> Result<PasswordHash, HasherError> {
        self.entered.notify_one();
        self.release.notified().await;
        self.hasher.hash_new(password, context).await
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verified, HasherError> {
        self.hasher.verify(password, stored).await
    }
}

/// Lets other tasks run until the account is there.
async fn account_appears(server: &Server) -> bool {
    for _ in 0..1_000 {
        if server.has_account(EMAIL).await {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn what_was_begun_is_carried_through_when_the_requester_hangs_up() {
    let (hasher, entered, release) = Gated::new();
    let server = with_hasher(hasher);
    let api = server.api();
    let asking = tokio::spawn(async move {
        api.post("/auth/signup", &json!({ "email": EMAIL, "password": PASSWORD }))
            .await
    });
    entered.notified().await;
    asking.abort();
    assert!(asking.await.is_err_and(|error| error.is_cancelled()));
    assert!(!server.has_account(EMAIL).await);
    release.notify_one();
    assert!(account_appears(&server).await);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered_and_still_carried_through() {
    let (hasher, _, release) = Gated::new();
    let server = with_hasher(hasher);
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let began = tokio::time::Instant::now();
    server
        .api()
        .post("/auth/signup", &body)
        .await
        .expect_problem(503, "timed-out");
    assert_eq!(
        began.elapsed(),
        Duration::from_secs(30),
        "hashing may wait for its turn"
    );
    release.notify_one();
    assert!(account_appears(&server).await);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for_to_the_end_of_half_a_window() {
    let server = Server::new();
    let never = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let began = tokio::time::Instant::now();
    let builder = request(Method::POST, "/auth/refresh").header("content-type", "application/json");
    server
        .anonymous()
        .send(builder, never)
        .await
        .expect_problem(408, "body-timed-out");
    assert_eq!(began.elapsed(), Duration::from_secs(4));
}
