//! The driver against a real edge over the store in memory, on a loopback port. It measures nothing: it shows that what the driver
//! calls a refresh or a session check is one.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails by panicking is doing its work"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use keyturn_bench::load::client::{Client, Delivery};
use keyturn_bench::load::drive::{Bounds, Operation, drive};
use keyturn_bench::load::hello;
use keyturn_core::credential::{Keys, MasterSecret};
use keyturn_core::lifetime::{AccessPolicy, SessionPolicy};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{Authority, Live, Policy, Ports, SignUpPolicy, TokenPolicy};
use keyturn_core::throttle::ThrottlePolicy;
use keyturn_http::{EdgeConfig, EdgeSettings};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::TinyHasher;
use keyturn_testkit::mem_store::MemStore;

#[tokio::test]
async fn clients_of_both_deliveries_keep_their_chains() {
    for delivery in [Delivery::Body, Delivery::Cookie] {
        let address = edge().await;
        let mut clients = Vec::new();
        for number in 0..2 {
            let mut client = Client::new(address, delivery, number, number).await;
            client.sign_up().await;
            clients.push(client);
        }
        for operation in [
            Operation::Refresh,
            Operation::Check,
            Operation::SignIn,
            Operation::Refresh,
        ] {
            let figures = drive(&mut clients, operation, Bounds::each(3)).await;
            assert_eq!(figures.operations(), 6, "{delivery:?} {operation:?}");
            assert!(figures.percentile(0.5) <= figures.percentile(0.99));
        }
    }
}

#[tokio::test]
#[should_panic(expected = "session check")]
async fn a_check_that_is_refused_does_not_count() {
    let mut stranger = [Client::new(edge().await, Delivery::Body, 0, 0).await];
    drive(&mut stranger, Operation::Check, Bounds::each(1)).await;
}

#[tokio::test]
async fn the_bare_server_answers_the_same_driver() {
    let (listener, address) = hello::listen().await;
    tokio::spawn(hello::serve(listener));
    assert!(hello::drive(address, 2, Bounds::each(3)).await > 0.0);
}

/// Serves without a window for concurrent refreshes, so that each rotates.
async fn edge() -> SocketAddr {
    let clock = Arc::new(ManualClock::new());
    let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
    let store = Arc::new(MemStore::new());
    store.listen(live.view.clone());
    let ports = Ports {
        store,
        clock,
        entropy: Arc::new(SeededEntropy::new(7)),
        hasher: Arc::new(TinyHasher::new(8)),
    };
    let policy = Policy {
        rotation: RotationPolicy {
            concurrent_window: SignedDuration::ZERO,
            ..RotationPolicy::default()
        },
        session: SessionPolicy::default(),
        access: AccessPolicy::default(),
        sign_up: SignUpPolicy::default(),
        throttle: ThrottlePolicy {
            enabled: false,
            ..ThrottlePolicy::default()
        },
        token: TokenPolicy {
            issuer: "https://auth.example".to_owned(),
            audience: None,
            email_claim: true,
            permissions_claim: false,
        },
    };
    let keys = Keys::derive(&MasterSecret::new((0..48).collect()).unwrap(), None);
    let authority = Arc::new(Authority::new(ports, live, policy, keys).unwrap());
    let config = EdgeConfig::new(EdgeSettings::default()).unwrap();
    let service = keyturn_http::router(authority, config).into_make_service_with_connect_info::<SocketAddr>();
    let (listener, address) = hello::listen().await;
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}
