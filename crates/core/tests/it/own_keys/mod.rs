//! R5.4: keys of their own, from the store to the token and back.
//!
//! Here is the house, a store and the nodes over it, with what they sign and admit.

mod duties;
mod sealed;
mod shared_secret;
mod signing;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{Keys, MasterSecret, RefreshToken};
use keyturn_core::lifetime::ActivityHint;
use keyturn_core::model::{AccountState, Client, Delivery, KeyPurpose, Origin, StoredKey};
use keyturn_core::password::Password;
use keyturn_core::ports::{Clock, SignInName};
use keyturn_core::service::{
    AuthError, Authority, Issued, KeyFault, KeyKeeper, KeyPolicy, KeyStatus, Live, Policy, Ports,
    RefreshRequest, Requester, SignInRequest, SignUpPolicy,
};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, World, request_origin};
use keyturn_testkit::mem_store::MemStore;
use keyturn_token::{Algorithm, VerificationKey, Verifier};

use crate::policy::{ISSUER, policy};

const SHARED: &[u8] = b"k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";
const PERIOD: i64 = 900;

fn secret(first_byte: u8) -> MasterSecret {
    MasterSecret::new((first_byte..first_byte + 48).collect()).unwrap()
}

fn keys() -> Keys {
    Keys::derive(&secret(0), None)
}

fn key_policy(algorithm: Algorithm) -> KeyPolicy {
    KeyPolicy {
        algorithm,
        publish_period: SignedDuration::from_secs(PERIOD),
        access_life: SignedDuration::from_mins(30),
        session_life: SignedDuration::from_hours(24 * 7),
    }
}

/// A store, its time, and a node over it.
struct House {
    store: Arc<MemStore>,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    node: Authority,
}

impl House {
    fn new(keys: Keys, algorithm: Algorithm) -> Self {
        let (store, clock) = (Arc::new(MemStore::new()), Arc::new(ManualClock::new()));
        let entropy = Arc::new(SeededEntropy::new(5));
        block_on(World::new(1).sign_up(&*store, "ann"));
        let node = node(&store, &clock, &entropy, keys);
        block_on(node.start_keys(key_policy(algorithm))).unwrap();
        Self {
            store,
            clock,
            entropy,
            node,
        }
    }

    /// A node that starts now, beside or after the first.
    fn another(&self, keys: Keys, algorithm: Algorithm) -> Result<Authority, KeyFault> {
        let node = node(&self.store, &self.clock, &self.entropy, keys);
        block_on(node.start_keys(key_policy(algorithm))).map(|()| node)
    }

    fn with_keeper<T>(&self, algorithm: Algorithm, work: impl FnOnce(&KeyKeeper<'_>, Timestamp) -> T) -> T {
        let keys = keys();
        let keeper = KeyKeeper::new(&*self.store, &*self.entropy, &keys, key_policy(algorithm));
        work(&keeper, self.clock.now())
    }

    fn rotate(&self, purpose: KeyPurpose, algorithm: Algorithm) -> Result<StoredKey, KeyFault> {
        self.with_keeper(algorithm, |keeper: &KeyKeeper<'_>, now| {
            block_on(keeper.rotate(purpose, false, &Origin::COMMAND_LINE, now))
        })
    }

    fn retire(&self, kid: &str, force: bool) -> Result<(), KeyFault> {
        self.with_keeper(Algorithm::EdDsa, |keeper: &KeyKeeper<'_>, now| {
            block_on(keeper.retire(kid, force, &Origin::COMMAND_LINE, now))
        })
    }

    fn statuses(&self) -> Vec<(KeyPurpose, KeyStatus)> {
        self.with_keeper(Algorithm::EdDsa, |keeper: &KeyKeeper<'_>, now| {
            let reports = block_on(keeper.list(now)).unwrap();
            reports
                .iter()
                .map(|report| (report.purpose, report.status))
                .collect()
        })
    }

    fn pass(&self, seconds: i64) -> Timestamp {
        self.clock.advance(SignedDuration::from_secs(seconds))
    }
}

fn node(
    store: &Arc<MemStore>,
    clock: &Arc<ManualClock>,
    entropy: &Arc<SeededEntropy>,
    keys: Keys,
) -> Authority {
    let closed = Policy {
        sign_up: SignUpPolicy {
            enabled: false,
            initial_state: AccountState::Active,
        },
        ..policy()
    };
    let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
    store.listen(live.view.clone());
    let ports = Ports {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        hasher: Arc::new(TinyHasher::new(7)),
    };
    Authority::new(ports, live, closed, keys).unwrap()
}

fn sign_in(node: &Authority) -> Issued {
    block_on(node.sign_in(SignInRequest {
        name: Some(SignInName::EmailKey("ann@example.com".to_owned())),
        password: Password::new("ann".to_owned()),
        delivery: Delivery::Body,
        remember: false,
        client: Client::default(),
        origin: request_origin(),
        replaces: None,
        device: None,
    }))
    .unwrap()
}

fn refresh(node: &Authority, issued: &Issued) -> Result<Issued, AuthError> {
    let token = issued.refresh_token.as_ref().unwrap().reveal();
    let request = RefreshRequest {
        token: RefreshToken::parse(&token).unwrap(),
        device: None,
        attempt: None,
        hint: ActivityHint::default(),
        origin: request_origin(),
    };
    block_on(node.refresh(request)).map(|refreshed| refreshed.issued)
}

fn admits(node: &Authority, token: &str) -> bool {
    let requester = Requester {
        hint: ActivityHint::default(),
        origin: request_origin(),
    };
    block_on(node.authenticate(token, requester)).is_ok()
}

/// `alg` and `kid` of a token.
fn header(token: &str) -> (String, String) {
    let json = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let field = |name: &str| header[name].as_str().unwrap().to_owned();
    (field("alg"), field("kid"))
}

/// What an application makes of a token with the public keys alone.
fn accepted_by_application(node: &Authority, token: &str, now: Timestamp) -> bool {
    let keys = node.jwk_set().keys;
    let verifier = keys.iter().fold(Verifier::new(ISSUER), |verifier, jwk| {
        verifier.with_key(VerificationKey::from_jwk(jwk).unwrap())
    });
    verifier.verify(token, now).is_ok()
}
