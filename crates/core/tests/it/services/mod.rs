//! The use cases where a store alone does not show them: races between two steps, faults, and what work an answer costs.
//!
//! Here is the house: the services over a store that can fail, and a hasher that counts its work and lets something happen
//! meanwhile.

mod activity;
mod audit;
mod faults;
mod master_secret;
mod sign_in;
mod sign_up;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use keyturn_core::credential::{AttemptKey, Keys, MasterSecret, RefreshToken};
use keyturn_core::lifetime::ActivityHint;
use keyturn_core::model::{AccountState, Client, Delivery, Origin, UserId};
use keyturn_core::password::{Password, PasswordHash};
use keyturn_core::ports::{HasherError, PasswordHasher, SignInName, Verified};
use keyturn_core::service::{
    Accounts, AuthError, Authority, CreateUser, Issued, Live, Policy, Ports, RefreshRequest, Requester,
    SignInRequest, SignUpPolicy, SignUpRequest, SignedUp, TokenPolicy,
};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, request_origin};
use keyturn_testkit::mem_store::MemStore;

use crate::policy::policy;

pub(crate) const PASSWORD: &str = "a long and quiet phrase";

type Meanwhile = BoxFuture<'static, ()>;

/// Counts its work, and lets something happen between a verified password and what follows.
struct Observed {
    hasher: TinyHasher,
    verified: AtomicU32,
    meanwhile: Mutex<Option<Meanwhile>>,
}

#[async_trait]
impl PasswordHasher for Observed {
    async fn hash_new(&self, password: Password, context: Vec<String>) -> Result<PasswordHash, HasherError> {
        self.hasher.hash_new(password, context).await
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verified, HasherError> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        let verified = self.hasher.verify(password, stored).await;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        verified
    }
}

pub(crate) struct House {
    pub(crate) store: Arc<MemStore>,
    hasher: Arc<Observed>,
    clock: Arc<ManualClock>,
    pub(crate) ports: Ports,
    pub(crate) authority: Authority,
}

pub(crate) fn requester() -> Requester {
    Requester {
        hint: ActivityHint::default(),
        origin: request_origin(),
    }
}

/// Two master secrets: the first, and its successor.
const SECRETS: [u8; 2] = [0, 100];

fn master_secret(first_byte: u8) -> MasterSecret {
    MasterSecret::new((first_byte..first_byte + 48).collect()).unwrap()
}

fn listening(store: &MemStore, ports: &Ports) -> Live {
    let live = Live::new(ports.clock.clone(), SignedDuration::from_secs(1));
    store.listen(live.view.clone());
    live
}

pub(crate) fn house(initial_state: AccountState) -> House {
    let store = Arc::new(MemStore::new());
    let hasher = Arc::new(Observed {
        hasher: TinyHasher::new(7),
        verified: AtomicU32::new(0),
        meanwhile: Mutex::new(None),
    });
    let clock = Arc::new(ManualClock::new());
    let ports = Ports {
        store: store.clone(),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(1)),
        hasher: hasher.clone(),
    };
    let open = Policy {
        sign_up: SignUpPolicy {
            enabled: true,
            initial_state,
        },
        token: TokenPolicy {
            email_claim: true,
            ..policy().token
        },
        ..policy()
    };
    let keys = Keys::derive(&master_secret(SECRETS[0]), None);
    let live = listening(&store, &ports);
    let authority = Authority::new(ports.clone(), live, open, keys).unwrap();
    House {
        store,
        hasher,
        clock,
        ports,
        authority,
    }
}

impl House {
    pub(crate) fn create(&self, name: &str, state: AccountState) -> UserId {
        let user = CreateUser {
            email: Some(format!("{name}@example.org")),
            username: None,
            name: None,
            password: Password::new(PASSWORD.to_owned()),
            state,
            permissions: Vec::new(),
            metadata: None,
        };
        block_on(Accounts::new(self.ports.clone(), Origin::COMMAND_LINE).create(user))
            .unwrap()
            .account
            .id
    }

    pub(crate) fn sign_in(&self, name: &str, password: &str) -> Result<Issued, AuthError> {
        self.sign_in_as(SignInName::EmailKey(format!("{name}@example.org")), password)
    }

    pub(crate) fn sign_in_by_username(&self, name: &str) -> Result<Issued, AuthError> {
        self.sign_in_as(SignInName::UsernameKey(name.to_owned()), PASSWORD)
    }

    fn sign_in_as(&self, name: SignInName, password: &str) -> Result<Issued, AuthError> {
        block_on(self.authority.sign_in(SignInRequest {
            name: Some(name),
            password: Password::new(password.to_owned()),
            delivery: Delivery::Body,
            remember: false,
            client: Client::default(),
            origin: request_origin(),
            replaces: None,
            device: None,
        }))
    }

    fn refresh(&self, token: &str) -> Result<Issued, AuthError> {
        let request = RefreshRequest {
            token: RefreshToken::parse(token).unwrap(),
            device: None,
            attempt: Some(AttemptKey::new("the same attempt, every time").unwrap()),
            hint: ActivityHint::default(),
            origin: request_origin(),
        };
        block_on(self.authority.refresh(request)).map(|refreshed| refreshed.issued)
    }

    /// The same house after a start with the other master secret, the first one still known or not.
    fn with_new_secret(self, keep_previous: bool) -> Self {
        let previous = master_secret(SECRETS[0]);
        let keys = Keys::derive(&master_secret(SECRETS[1]), keep_previous.then_some(&previous));
        let policy = self.authority.policy().clone();
        let live = listening(&self.store, &self.ports);
        let authority = Authority::new(self.ports.clone(), live, policy, keys).unwrap();
        Self { authority, ..self }
    }

    fn sign_in_as_browser(&self, name: &str) -> Issued {
        block_on(self.authority.sign_in(SignInRequest {
            name: Some(SignInName::EmailKey(format!("{name}@example.org"))),
            password: Password::new(PASSWORD.to_owned()),
            delivery: Delivery::Cookie,
            remember: false,
            client: Client::default(),
            origin: request_origin(),
            replaces: None,
            device: None,
        }))
        .unwrap()
    }

    fn refresh_as_browser(&self, token: &str, device: &str) -> Result<Issued, AuthError> {
        let request = RefreshRequest {
            token: RefreshToken::parse(token).unwrap(),
            device: self.authority.device_cookie(device),
            attempt: None,
            hint: ActivityHint::default(),
            origin: request_origin(),
        };
        block_on(self.authority.refresh_by_cookie(request)).map(|refreshed| refreshed.issued)
    }

    fn sign_up(&self, email: &str) -> Result<SignedUp, AuthError> {
        block_on(self.authority.sign_up(SignUpRequest {
            email: email.to_owned(),
            password: Password::new(PASSWORD.to_owned()),
            username: None,
            name: None,
            delivery: Delivery::Body,
            remember: false,
            client: Client::default(),
            origin: request_origin(),
            replaces: None,
        }))
    }

    /// What happens after the next password was verified.
    pub(crate) fn meanwhile(&self, happens: impl Future<Output = ()> + Send + 'static) {
        *self.hasher.meanwhile.lock().unwrap() = Some(happens.boxed());
    }
}

fn token(issued: &Issued) -> String {
    issued.refresh_token.as_ref().unwrap().reveal()
}
