//! A whole edge in memory, and three callers to ask it:
//!
//! - [`Server::anonymous`] sends nothing of its own;
//! - [`Server::browser`] has a cookie jar, an origin, and brings its CSRF token, as a page's script would;
//! - [`Server::api`] keeps its tokens itself, as a command line or a phone would.
//!
//! Time stands until [`Server::pass`] moves it, and randomness repeats. Every answer, whoever asked, is checked against what
//! all answers promise ([`answer`]): it is described in the OpenAPI document, may be kept by nobody, carries its request's id,
//! and gives a browser no refresh token in a body.

pub(crate) mod answer;
mod api;
mod browser;
mod heard;
mod jar;
mod letters;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use keyturn_core::credential::{Keys, MasterSecret};
use keyturn_core::lifetime::{AccessPolicy, SessionPolicy};
use keyturn_core::model::account::Actor;
use keyturn_core::model::{AccountState, EndReason, Origin, ServiceScope, SessionId, User, UserId};
use keyturn_core::password::Password;
use keyturn_core::ports::{Clock, Entropy, SessionStore};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{
    AccountChanges, Accounts, Authority, CreateUser, Live, Mailing, PermissionChange, Policy, Ports,
    Services, SignUpPolicy, TokenPolicy,
};
use keyturn_core::throttle::ThrottlePolicy;
use keyturn_http::{EdgeConfig, EdgeSettings, Feed, Readiness};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::TinyHasher;
use keyturn_testkit::mem_store::MemStore;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) use answer::Answer;
pub(crate) use api::Api;
pub(crate) use browser::Browser;
pub(crate) use letters::Letters;

/// Where browsers find the server.
pub(crate) const PUBLIC_URL: &str = "https://auth.example";
/// Another origin that is allowed.
pub(crate) const APP_ORIGIN: &str = "https://app.example";
/// A native shell's.
pub(crate) const NATIVE_ORIGIN: &str = "capacitor://localhost";
/// A password that is good enough.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Ann's.
pub(crate) const EMAIL: &str = "ann@example.com";

/// An administrator's.
pub(crate) const ADMIN_EMAIL: &str = "root@example.com";

/// A request to be.
pub(crate) type Builder = axum::http::request::Builder;

pub(crate) struct Server {
    router: Router,
    accounts: Accounts,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemStore>,
    pub(crate) readiness: Readiness,
    pub(crate) feed: Arc<Feed>,
}

impl Server {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(settings(), policy())
    }

    pub(crate) fn with(settings: EdgeSettings, policy: Policy) -> Arc<Self> {
        Self::over(settings, policy, |ports| ports)
    }

    /// With other ports, such as one that fails.
    pub(crate) fn over(
        settings: EdgeSettings,
        policy: Policy,
        change: impl FnOnce(Ports) -> Ports,
    ) -> Arc<Self> {
        Self::mailing(settings, policy, change, Mailing::default())
    }

    /// With a mailer.
    fn mailing(
        settings: EdgeSettings,
        policy: Policy,
        change: impl FnOnce(Ports) -> Ports,
        mailing: Mailing,
    ) -> Arc<Self> {
        let (clock, entropy) = (Arc::new(ManualClock::new()), Arc::new(SeededEntropy::new(7)));
        let store = Arc::new(MemStore::new());
        let ports = change(Ports {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            hasher: Arc::new(TinyHasher::new(8)),
        });
        let mut secret = vec![0; 48];
        entropy.fill(&mut secret);
        let keys = Keys::derive(&MasterSecret::new(secret).unwrap(), None);
        let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
        store.listen(live.view.clone());
        let authority = Authority::new(ports.clone(), live, policy, keys).unwrap();
        let authority = Arc::new(authority.mailing(mailing));
        let config = EdgeConfig::new(settings).unwrap();
        let (readiness, feed) = (config.readiness(), config.feed());
        store.listen(Arc::new(heard::Heard(Arc::clone(&feed))));
        Arc::new(Self {
            router: keyturn_http::router(authority, config),
            accounts: Accounts::new(ports, Origin::COMMAND_LINE),
            clock,
            store,
            readiness,
            feed,
        })
    }

    pub(crate) fn anonymous(self: &Arc<Self>) -> Anonymous {
        Anonymous(Arc::clone(self))
    }

    /// A browser on a page of the server's own origin.
    pub(crate) fn browser(self: &Arc<Self>) -> Browser {
        Browser::new(Arc::clone(self), PUBLIC_URL)
    }

    pub(crate) fn api(self: &Arc<Self>) -> Api {
        Api::new(Arc::clone(self))
    }

    /// Ann's account, without a session.
    pub(crate) async fn ann(self: &Arc<Self>) {
        let body = json!({ "email": EMAIL, "username": "ann", "password": PASSWORD });
        self.api().post("/auth/signup", &body).await.expect_status(201);
    }

    /// An account with the permission `admin` and this email, without a session. Answers its own id.
    pub(crate) async fn administrator(&self, email: &str) -> UserId {
        let request = CreateUser {
            email: Some(email.to_owned()),
            username: None,
            name: None,
            password: Password::new(PASSWORD.to_owned()),
            state: AccountState::Active,
            permissions: vec!["admin".to_owned()],
            metadata: None,
        };
        self.accounts.create(request).await.unwrap().account.id
    }

    /// An administrator who keeps their tokens themselves, signed in.
    pub(crate) async fn admin(self: &Arc<Self>) -> Api {
        self.administrator(ADMIN_EMAIL).await;
        self.api_of(ADMIN_EMAIL).await
    }

    /// Somebody with this email, signed in and keeping their tokens themselves.
    pub(crate) async fn api_of(self: &Arc<Self>, email: &str) -> Api {
        let api = self.api();
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = api.post("/auth/signin", &body).await.expect_status(200);
        api.bear(answer.text_at("/access_token"));
        api
    }

    /// Takes this account all its permissions, whoever it is.
    pub(crate) async fn demote(&self, email: &str) {
        let id = self.accounts.find(email).await.unwrap().account.id;
        let changes = AccountChanges {
            permissions: Some(PermissionChange::Set(Vec::new())),
            ..AccountChanges::default()
        };
        self.accounts
            .clone()
            .insisting()
            .update(id, changes)
            .await
            .unwrap();
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// An administrator changes Ann's state.
    pub(crate) async fn set_state(&self, to: AccountState) -> User {
        let ann = self.accounts.find(EMAIL).await.unwrap();
        let id = ann.account.id;
        self.accounts
            .set_state(id, to, Actor::Administrator, "a test")
            .await
            .unwrap()
    }

    /// Whether somebody has an account by this email.
    pub(crate) async fn has_account(&self, email: &str) -> bool {
        self.accounts.find(email).await.is_ok()
    }

    /// Adds a service that may do these; answers its secret.
    pub(crate) async fn service(&self, name: &str, scopes: &[ServiceScope]) -> String {
        let entropy = SeededEntropy::new(name.len() as u64);
        let services = Services::new(&*self.store, &entropy);
        let (name, scopes) = (name.parse().unwrap(), scopes.iter().copied().collect());
        let added = services.add(name, scopes, &Origin::COMMAND_LINE, self.clock.now());
        added.await.unwrap().1.reveal().to_string()
    }

    /// Why a session ended, as recorded.
    pub(crate) async fn end_reason(&self, session: &str) -> Option<EndReason> {
        let id: SessionId = session.parse().unwrap();
        let family = self
            .store
            .find_session(id)
            .await
            .unwrap()
            .expect("the session exists");
        family.session.ended.map(|ended| ended.reason)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let asked = answer::Asked::of(&request);
        let mut request = request;
        let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer::checked(&asked, parts, &bytes)
    }
}

/// Somebody of whom nothing is known.
pub(crate) struct Anonymous(Arc<Server>);

impl Anonymous {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.0
            .send(request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn send(&self, builder: Builder, body: impl Into<Body>) -> Answer {
        self.0.send(builder.body(body.into()).unwrap()).await
    }
}

pub(crate) fn request(method: Method, path: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "auth.example")
}

/// A body, typed as JSON.
pub(crate) fn with_json(builder: Builder, body: &Value) -> Request<Body> {
    builder
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// A body, typed as a form; the values need no escapes but for blanks.
pub(crate) fn with_form(builder: Builder, fields: &[(&str, &str)]) -> Request<Body> {
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
        .collect();
    builder
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(pairs.join("&")))
        .unwrap()
}

pub(crate) fn sign_in_body() -> Value {
    json!({ "email": EMAIL, "password": PASSWORD })
}

pub(crate) fn settings() -> EdgeSettings {
    EdgeSettings {
        public_url: Some(PUBLIC_URL.to_owned()),
        base_url: PUBLIC_URL.to_owned(),
        allowed_origins: vec![APP_ORIGIN.to_owned()],
        native_origins: vec![NATIVE_ORIGIN.to_owned()],
        trusted_proxies: Vec::new(),
        dev_cookies: false,
        ..EdgeSettings::default()
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        rotation: RotationPolicy::default(),
        session: SessionPolicy::default(),
        access: AccessPolicy::default(),
        sign_up: SignUpPolicy::default(),
        throttle: ThrottlePolicy::default(),
        token: TokenPolicy {
            issuer: PUBLIC_URL.to_owned(),
            audience: None,
            email_claim: true,
            permissions_claim: false,
        },
    }
}
