//! The use cases where a store alone does not show them: races between two steps, faults, and what work an answer costs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use keyturn_core::credential::{AttemptKey, Keys, MasterSecret, RefreshToken};
use keyturn_core::lifetime::{AccessPolicy, ActivityHint, SessionPolicy};
use keyturn_core::model::account::Actor;
use keyturn_core::model::{AccountState, AuditKind, Client, Delivery, EndReason, Origin, UserId};
use keyturn_core::password::{HashSettings, Password, PasswordHash, Workspace, hash};
use keyturn_core::ports::{
    AuditStore, EndAllSessions, HasherError, PasswordHasher, SessionStore, SignInName, UserStore, Verified,
};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{
    Accounts, AuthError, Authority, CreateUser, Issued, Live, Policy, Ports, RefreshRequest, Requester,
    SignInRequest, SignUpPolicy, SignUpRequest, SignedUp, TokenPolicy,
};
use keyturn_core::throttle::ThrottlePolicy;
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, request_origin};
use keyturn_testkit::mem_store::{MemStore, StoreFault};

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
    let policy = Policy {
        rotation: RotationPolicy::default(),
        session: SessionPolicy::default(),
        access: AccessPolicy::default(),
        sign_up: SignUpPolicy {
            enabled: true,
            initial_state,
        },
        throttle: ThrottlePolicy::default(),
        token: TokenPolicy {
            issuer: "https://id.example.org".to_owned(),
            audience: None,
            email_claim: true,
            permissions_claim: false,
        },
    };
    let keys = Keys::derive(&master_secret(SECRETS[0]), None);
    let live = listening(&store, &ports);
    let authority = Authority::new(ports.clone(), live, policy, keys).unwrap();
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

#[test]
fn r1_3_unknown_wrong_and_non_active_cost_the_same_work_until_the_password_was_right() {
    let house = house(AccountState::Active);
    for (name, state) in [
        ("ann", AccountState::Active),
        ("pat", AccountState::Pending),
        ("ina", AccountState::Inactive),
        ("sue", AccountState::Suspended),
    ] {
        house.create(name, state);
    }
    let work = |name: &str, password: &str| {
        let before = house.hasher.verified.load(Ordering::SeqCst);
        let answer = house.sign_in(name, password);
        (answer, house.hasher.verified.load(Ordering::SeqCst) - before)
    };
    for name in ["nobody", "ann", "pat", "ina", "sue"] {
        let (answer, verified) = work(name, "another long and quiet phrase");
        assert!(matches!(answer, Err(AuthError::InvalidCredentials)), "{name}");
        assert_eq!(verified, 1, "{name}");
    }
    assert!(work("ann", PASSWORD).0.is_ok());
    for (name, state) in [
        ("pat", AccountState::Pending),
        ("ina", AccountState::Inactive),
        ("sue", AccountState::Suspended),
    ] {
        let (answer, verified) = work(name, PASSWORD);
        assert!(
            matches!(answer, Err(AuthError::AccountNotActive(told)) if told == state),
            "{name}"
        );
        assert_eq!(verified, 1, "{name}");
    }
}

#[test]
fn a_name_that_can_be_nobodys_costs_the_same_work() {
    let house = house(AccountState::Active);
    let request = SignInRequest {
        name: None,
        password: Password::new(PASSWORD.to_owned()),
        delivery: Delivery::Body,
        remember: false,
        client: Client::default(),
        origin: request_origin(),
        replaces: None,
        device: None,
    };
    assert!(matches!(
        block_on(house.authority.sign_in(request)),
        Err(AuthError::InvalidCredentials)
    ));
    assert_eq!(house.hasher.verified.load(Ordering::SeqCst), 1);
}

#[test]
fn a_password_changed_between_verifying_and_starting_lets_nobody_in_with_the_old_one() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let accounts = Accounts::new(house.ports.clone(), Origin::COMMAND_LINE);
    house.meanwhile(async move {
        let new = Password::new("quite another quiet phrase".to_owned());
        accounts.set_password(ann, new).await.unwrap();
    });
    assert!(matches!(
        house.sign_in("ann", PASSWORD),
        Err(AuthError::InvalidCredentials)
    ));
    assert!(house.sign_in("ann", "quite another quiet phrase").is_ok());
}

#[test]
fn r1_3_an_account_suspended_between_verifying_and_starting_is_not_let_in() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let accounts = Accounts::new(house.ports.clone(), Origin::COMMAND_LINE);
    house.meanwhile(async move {
        accounts
            .set_state(ann, AccountState::Suspended, Actor::Administrator, "test")
            .await
            .unwrap();
    });
    let answer = house.sign_in("ann", PASSWORD);
    assert!(matches!(
        answer,
        Err(AuthError::AccountNotActive(AccountState::Suspended))
    ));
}

#[test]
fn a_sign_out_everywhere_between_verifying_and_starting_does_not_refuse_the_new_sign_in() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let ports = house.ports.clone();
    house.meanwhile(async move {
        let end = EndAllSessions {
            user_id: ann,
            keep: None,
            reason: EndReason::SignedOutElsewhere,
            origin: request_origin(),
        };
        ports
            .store
            .end_all_sessions(end, ports.clock.now())
            .await
            .unwrap();
    });
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    assert!(house.refresh(&token(&issued)).is_ok());
}

#[test]
fn a_rotation_of_unknown_outcome_is_recognised_as_ones_own_or_made_again() {
    for fault in [
        StoreFault::OutcomeUnknownApplied,
        StoreFault::OutcomeUnknownDropped,
    ] {
        let house = house(AccountState::Active);
        house.create("ann", AccountState::Active);
        let first = house.sign_in("ann", PASSWORD).unwrap();
        house.store.fail_next(fault);
        let second = house.refresh(&token(&first)).unwrap();
        assert_eq!(second.family.session.head.generation, 1, "{fault:?}");
        assert_eq!(
            house
                .refresh(&token(&second))
                .unwrap()
                .family
                .session
                .head
                .generation,
            2,
            "{fault:?}"
        );
    }
}

#[test]
fn r1_5_a_store_that_is_down_costs_nobody_the_session() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let first = house.sign_in("ann", PASSWORD).unwrap();
    house.store.set_down(true);
    assert!(matches!(house.refresh(&token(&first)), Err(AuthError::Store(_))));
    house.store.set_down(false);
    let second = house.refresh(&token(&first)).unwrap();
    assert_eq!(
        token(&second),
        token(&house.refresh(&token(&first)).unwrap()),
        "a retry gets the same successor"
    );
}

#[test]
fn a_hash_of_other_settings_is_replaced_at_sign_in_and_the_password_stays() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let name = SignInName::EmailKey("ann@example.org".to_owned());
    let old = hash(
        &Password::new(PASSWORD.to_owned()),
        HashSettings::Bcrypt { cost: 4 },
        [9; 16],
        &mut Workspace::default(),
    );
    let now = house.ports.clock.now();
    let stored = block_on(house.store.find_sign_in(&name))
        .unwrap()
        .unwrap()
        .password_hash;
    let rehash = keyturn_core::ports::Rehash {
        user_id: ann,
        expected: stored,
        password_hash: old.unwrap(),
    };
    block_on(house.store.rehash(rehash, now)).unwrap();

    assert!(matches!(
        house.sign_in("ann", "wrong, yet long and quiet"),
        Err(AuthError::InvalidCredentials)
    ));
    let kept = block_on(house.store.find_sign_in(&name))
        .unwrap()
        .unwrap()
        .password_hash;
    assert!(kept.as_str().starts_with("$2"));
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let replaced = block_on(house.store.find_sign_in(&name))
        .unwrap()
        .unwrap()
        .password_hash;
    assert!(replaced.as_str().starts_with("$argon2id$"));
    assert!(house.sign_in("ann", PASSWORD).is_ok());
    assert!(house.refresh(&token(&issued)).is_ok(), "no session ends by it");
}

#[test]
fn r2_1_where_accounts_wait_for_activation_a_taken_email_is_not_told() {
    let house = house(AccountState::Pending);
    assert!(matches!(house.sign_up("ann@example.org"), Ok(SignedUp::Pending)));
    assert!(matches!(house.sign_up("ANN@example.org"), Ok(SignedUp::Pending)));
    assert!(matches!(
        house.sign_in("ann", PASSWORD),
        Err(AuthError::AccountNotActive(AccountState::Pending))
    ));
}

#[test]
fn r2_1_an_email_is_unique_however_it_is_written() {
    let house = house(AccountState::Active);
    assert!(matches!(
        house.sign_up("Ann@Bücher.example"),
        Ok(SignedUp::SignedIn(..))
    ));
    assert!(matches!(
        house.sign_up("ann@xn--bcher-kva.example"),
        Err(AuthError::EmailTaken)
    ));
    assert!(matches!(
        house.sign_up("not an address"),
        Err(AuthError::Invalid(_))
    ));
}

#[test]
fn r1_5_a_new_master_secret_signs_out_nobody_while_the_previous_one_is_known() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let (browser, program) = (
        house.sign_in_as_browser("ann"),
        house.sign_in("ann", PASSWORD).unwrap(),
    );
    let device = browser.device.as_ref().unwrap().reveal();
    let lost_reply = house.refresh(&token(&program)).unwrap();

    let house = house.with_new_secret(true);
    assert!(block_on(house.authority.authenticate(&browser.access_token, requester())).is_ok());
    let refreshed = house.refresh_as_browser(&token(&browser), &device).unwrap();
    assert_eq!(refreshed.family.session.head.generation, 1);
    let retried = house.refresh(&token(&program)).unwrap();
    assert_eq!(
        token(&retried),
        token(&lost_reply),
        "the same attempt gets the same successor"
    );
    assert_eq!(
        house
            .sign_in("ann", PASSWORD)
            .unwrap()
            .family
            .session
            .head
            .generation,
        0
    );
}

#[test]
fn what_an_unknown_secret_made_is_no_ones_and_ends_nothing() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let program = house.sign_in("ann", PASSWORD).unwrap();
    let house = house.with_new_secret(false);
    assert!(matches!(
        house.refresh(&token(&program)),
        Err(AuthError::TokenUnknown)
    ));
    let family = block_on(house.ports.store.find_session(program.family.session.id))
        .unwrap()
        .unwrap();
    assert_eq!(family.session.ended, None);
}

#[test]
fn i6_activity_is_coalesced_and_written_by_the_next_flush() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let id = issued.family.session.id;
    let stored = || block_on(house.store.find_session(id)).unwrap().unwrap().session;
    let before = stored();
    house.clock.advance(SignedDuration::from_mins(5));
    block_on(house.authority.authenticate(&issued.access_token, requester())).unwrap();
    assert_eq!(stored(), before, "a check writes nothing");
    assert_eq!(block_on(house.authority.flush_activity()).unwrap(), 1);
    assert_eq!(
        stored().last_activity_at,
        before.started_at + SignedDuration::from_mins(5)
    );
    assert_eq!(block_on(house.authority.flush_activity()).unwrap(), 0);

    house.clock.advance(SignedDuration::from_mins(5));
    block_on(house.authority.authenticate(&issued.access_token, requester())).unwrap();
    house.store.set_down(true);
    assert!(block_on(house.authority.flush_activity()).is_err());
    house.store.set_down(false);
    assert_eq!(
        block_on(house.authority.flush_activity()).unwrap(),
        1,
        "what failed waits"
    );
    assert_eq!(
        stored().last_activity_at,
        before.started_at + SignedDuration::from_mins(10)
    );
}

#[test]
fn r1_6_activity_near_the_stored_idle_end_is_stored_before_its_answer() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let id = issued.family.session.id;
    let stored = || block_on(house.store.find_session(id)).unwrap().unwrap().session;
    // An access token that is still good when the stored idle end is a minute away: from a refresh that was no activity.
    house.clock.advance(SignedDuration::from_mins(40));
    let passive = RefreshRequest {
        token: RefreshToken::parse(&token(&issued)).unwrap(),
        device: None,
        attempt: None,
        hint: ActivityHint {
            passive: true,
            idle_seconds: None,
        },
        origin: request_origin(),
    };
    let refreshed = block_on(house.authority.refresh(passive)).unwrap().issued;
    let start = stored().started_at;
    house.clock.advance(SignedDuration::from_mins(19));
    let check = || block_on(house.authority.authenticate(&refreshed.access_token, requester()));
    check().unwrap();
    assert_eq!(stored().last_activity_at, start + SignedDuration::from_mins(59));
    house.clock.advance(SignedDuration::from_secs(30));
    check().unwrap();
    assert_eq!(
        stored().last_activity_at,
        start + SignedDuration::from_mins(59),
        "now there is time again"
    );
}

#[test]
fn who_is_not_let_in_is_written_with_the_account_and_never_with_the_name() {
    let house = house(AccountState::Active);
    let ann = house.create("ann", AccountState::Active);
    let bob = house.create("bob", AccountState::Suspended);
    for (name, password) in [("ann", "wrong"), ("nobody-at-all", "wrong"), ("bob", PASSWORD)] {
        assert!(house.sign_in(name, password).is_err());
    }
    let id = request_origin().request_id.unwrap();
    let events = block_on(house.store.request_audit(&id, 10)).unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.user_id, event.detail.as_str()))
        .collect();
    let failed = AuditKind::SignInFailed;
    let expected = [
        (failed, Some(ann), "wrong_password"),
        (failed, None, "unknown_account"),
        (failed, Some(bob), "suspended"),
    ];
    assert_eq!(told, expected);
    assert!(!format!("{events:?}").contains("nobody-at-all"));
}

#[test]
fn attempts_that_are_turned_away_are_written_once_for_each_full_lane() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let turned_away = (0..30)
        .filter(|_| matches!(house.sign_in("ann", "wrong"), Err(AuthError::Throttled { .. })))
        .count();
    assert_eq!(turned_away, 20);
    let id = request_origin().request_id.unwrap();
    let events = block_on(house.store.request_audit(&id, 100)).unwrap();
    let count = |kind| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(
        (count(AuditKind::SignInFailed), count(AuditKind::Throttled)),
        (10, 1)
    );
    assert_eq!(events.last().map(|event| event.detail.as_str()), Some("account"));
}

#[test]
fn r5_1_where_clients_are_not_recorded_no_address_is_in_the_audit_log() {
    let mut house = house(AccountState::Active);
    let mut policy = house.authority.policy().clone();
    policy.session.record_client = false;
    let keys = Keys::derive(&master_secret(SECRETS[0]), None);
    let live = listening(&house.store, &house.ports);
    house.authority = Authority::new(house.ports.clone(), live, policy, keys).unwrap();
    house.create("ann", AccountState::Active);
    assert!(house.sign_in("ann", "wrong").is_err());
    house.sign_in("ann", PASSWORD).unwrap();
    let id = request_origin().request_id.unwrap();
    let events = block_on(house.store.request_audit(&id, 10)).unwrap();
    let addresses: Vec<_> = events.iter().map(|event| event.origin.ip).collect();
    assert_eq!(addresses, [None, None], "{events:?}");
}
