//! Keys that are fetched: when, how often, and what happens when they can't be.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Json, Router};
use keyturn_token::SigningKey;
use keyturn_verifier::{
    Clock, Fetching, HttpJwks, JwkSet, JwksError, JwksPolicy, JwksSource, Refusal, Verifier, VerifyError,
};
use tokio::net::TcpListener;

use crate::fixtures::{ISSUER, StillClock, claims, pair, secret_key, token};

/// Keyturn's set of keys, or none where it can't be reached; counts who asks.
#[derive(Clone, Default)]
struct Published(Arc<Shelf>);

#[derive(Default)]
struct Shelf {
    keys: Mutex<Option<Vec<u8>>>,
    asked: AtomicUsize,
}

impl Published {
    fn set(&self, keys: Option<&[u8]>) {
        *self.0.keys.lock().unwrap() = keys.map(<[u8]>::to_vec);
    }

    fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }
}

fn set_of(numbers: &[u8]) -> JwkSet {
    let keys = numbers
        .iter()
        .map(|number| pair(*number).verification_key().jwk().unwrap().clone());
    JwkSet { keys: keys.collect() }
}

impl JwksSource for Published {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            let keys = self.0.keys.lock().unwrap().clone();
            keys.map(|numbers| set_of(&numbers)).ok_or(JwksError::Status(503))
        })
    }
}

struct Service {
    published: Published,
    clock: Arc<StillClock>,
    verifier: Verifier,
}

impl Service {
    fn new(keys: Option<&[u8]>) -> Self {
        let published = Published::default();
        published.set(keys);
        let clock = Arc::new(StillClock::default());
        let verifier = Verifier::builder(ISSUER)
            .jwks(published.clone(), JwksPolicy::default())
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .build();
        Self {
            published,
            clock,
            verifier,
        }
    }

    /// Asks with a token by this key that does not expire while the test runs.
    async fn ask(&self, key: &SigningKey) -> Result<(), Refusal> {
        let mut claims = claims();
        claims.exp += 1_000_000;
        self.verifier
            .verify(&key.sign(&claims).unwrap())
            .await
            .map(|_| ())
    }

    /// Lets the task that renews the keys come to its end.
    async fn until_asked(&self, times: usize) {
        while self.published.asked() < times {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
    }
}

fn unknown() -> Result<(), Refusal> {
    Err(Refusal::TokenUnknown(VerifyError::UnknownKey))
}

#[tokio::test]
async fn r2_4_keys_are_fetched_once_and_kept() {
    let service = Service::new(Some(&[1]));
    for _ in 0..100 {
        assert_eq!(service.ask(&pair(1)).await, Ok(()));
    }
    assert_eq!(service.published.asked(), 1);
}

#[tokio::test]
async fn many_first_requests_at_once_fetch_once() {
    let service = Arc::new(Service::new(Some(&[1])));
    let asking: Vec<_> = (0..64)
        .map(|_| {
            let service = Arc::clone(&service);
            tokio::spawn(async move { service.ask(&pair(1)).await })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap(), Ok(()));
    }
    assert_eq!(service.published.asked(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_again_and_strangers_cannot_make_it_more_often() {
    let service = Service::new(Some(&[1]));
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
    for stranger in 100..200 {
        assert_eq!(service.ask(&pair(stranger)).await, unknown());
    }
    assert_eq!(service.published.asked(), 1, "fetched just now");
    service.clock.advance(10);
    service.published.set(Some(&[1, 2]));
    assert_eq!(service.ask(&pair(2)).await, Ok(()), "a key that is new since");
    for stranger in 100..200 {
        assert_eq!(service.ask(&pair(stranger)).await, unknown());
    }
    assert_eq!(service.published.asked(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_is_good_no_longer_once_the_set_was_renewed() {
    let service = Service::new(Some(&[1, 2]));
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
    service.published.set(Some(&[2]));
    service.clock.advance(300);
    assert_eq!(
        service.ask(&pair(2)).await,
        Ok(()),
        "nobody waits for the renewal"
    );
    service.until_asked(2).await;
    assert_eq!(service.ask(&pair(1)).await, unknown());
}

#[tokio::test]
async fn while_keys_cannot_be_fetched_known_ones_are_good_and_nobody_is_signed_out() {
    let service = Service::new(Some(&[1]));
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
    service.published.set(None);
    service.clock.advance(10);
    assert_eq!(
        service.ask(&pair(2)).await,
        Err(Refusal::Unavailable),
        "it may be a new one"
    );
    assert_eq!(
        service.ask(&pair(2)).await,
        Err(Refusal::Unavailable),
        "without asking again"
    );
    assert_eq!(service.published.asked(), 2);
    service.clock.advance(3600);
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
    service.until_asked(3).await;
    service.clock.advance(86_400);
    assert_eq!(
        service.ask(&pair(1)).await,
        Err(Refusal::Unavailable),
        "too old to be believed"
    );
    service.published.set(Some(&[1]));
    service.clock.advance(10);
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
}

#[tokio::test]
async fn an_empty_set_takes_no_key_away() {
    let service = Service::new(Some(&[1]));
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
    service.published.set(Some(&[]));
    service.clock.advance(10);
    assert_eq!(service.ask(&pair(2)).await, Err(Refusal::Unavailable));
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
}

#[tokio::test]
async fn without_keys_from_the_start_it_is_503_and_then_all_is_well() {
    let service = Service::new(None);
    for _ in 0..10 {
        assert_eq!(service.ask(&pair(1)).await, Err(Refusal::Unavailable));
    }
    assert_eq!(service.published.asked(), 1);
    service.published.set(Some(&[1]));
    service.clock.advance(10);
    assert_eq!(service.ask(&pair(1)).await, Ok(()));
}

#[tokio::test]
async fn what_cannot_be_a_token_fetches_nothing() {
    let service = Service::new(Some(&[1]));
    let long = "a".repeat(9000);
    for token in ["", "a.b.c", long.as_str()] {
        assert!(matches!(
            service.verifier.verify(token).await,
            Err(Refusal::TokenUnknown(_))
        ));
    }
    assert_eq!(service.published.asked(), 0);
}

/// A secret at hand beside the keys: while a service changes over from HS256.
#[tokio::test]
async fn keys_at_hand_need_no_fetch() {
    let published = Published::default();
    let verifier = Verifier::builder(ISSUER)
        .shared_secret(crate::fixtures::SECRET)
        .unwrap()
        .jwks(published.clone(), JwksPolicy::default())
        .clock(Arc::new(StillClock::default()))
        .build();
    assert!(verifier.verify(&token()).await.is_ok());
    assert_eq!(published.asked(), 0);
    assert_ne!(secret_key().kid(), pair(1).kid());
}

#[tokio::test]
async fn r2_4_keys_come_over_http() {
    let app = Router::new()
        .route("/jwks.json", get(|| async { Json(set_of(&[1])) }))
        .route(
            "/moved",
            get(|| async { axum::response::Redirect::temporary("/jwks.json") }),
        )
        .route("/long", get(|| async { "x".repeat(70_000) }))
        .route("/page", get(|| async { "<html>" }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    for (path, expected) in [
        ("/jwks.json", Ok(())),
        ("/moved", Err(Refusal::Unavailable)),
        ("/long", Err(Refusal::Unavailable)),
        ("/page", Err(Refusal::Unavailable)),
        ("/nowhere", Err(Refusal::Unavailable)),
    ] {
        let source = HttpJwks::new(&format!("http://{address}{path}")).unwrap();
        let verifier = Verifier::builder(ISSUER)
            .jwks(source, JwksPolicy::default())
            .clock(Arc::new(StillClock::default()))
            .build();
        let token = pair(1).sign(&claims()).unwrap();
        assert_eq!(verifier.verify(&token).await.map(|_| ()), expected, "{path}");
    }
    server.abort();
}
