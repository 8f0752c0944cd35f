//! Accounts, sessions and commands, made from one clock and one seed.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptId, DeviceCookie, Keys, MasterSecret, Nonce};
use keyturn_core::lifetime::SessionPolicy;
use keyturn_core::model::{
    Account, AccountState, AuditActor, AuditEvent, AuditKind, Client, Delivery, EmailAddress, EndReason,
    Ended, Head, NewUser, Origin, Session, SessionId, User, UserId, Username,
};
use keyturn_core::password::{self, HashSettings, Password, PasswordHash, PasswordPolicy, Workspace};
use keyturn_core::ports::{
    Clock, CreateOutcome, Effect, EndCondition, EndSession, Entropy, HasherError, PasswordHasher, Rotate,
    SetState, StartSession, Store, Verified,
};

use crate::clock::ManualClock;
use crate::entropy::SeededEntropy;

/// Where a test happens: its time, its randomness, its keys.
#[derive(Debug)]
pub struct World {
    /// Stands until it is moved.
    pub clock: ManualClock,
    /// The same in every run.
    pub entropy: SeededEntropy,
    /// Of a master secret made from the seed.
    pub keys: Keys,
}

impl World {
    /// The world of this seed.
    pub fn new(seed: u64) -> Self {
        let entropy = SeededEntropy::new(seed);
        let mut secret = vec![0; 48];
        entropy.fill(&mut secret);
        let secret = MasterSecret::new(secret).expect("random bytes make a good secret");
        Self {
            clock: ManualClock::new(),
            keys: Keys::derive(&secret, None),
            entropy,
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets `seconds` pass and answers the new time.
    pub fn pass(&self, seconds: i64) -> Timestamp {
        self.clock.advance(SignedDuration::from_secs(seconds))
    }

    /// An active account to be: `<name>@example.com`, the username `name`, the password hash of `name`.
    pub fn new_user(&self, name: &str) -> NewUser {
        let id = UserId::generate(self.now(), &self.entropy);
        NewUser {
            id,
            subject: id.to_string(),
            email: Some(
                EmailAddress::parse(&format!("{name}@example.com")).expect("a name that makes an address"),
            ),
            username: Some(Username::parse(name).expect("a valid username")),
            name: None,
            password_hash: self.password_hash(name),
            state: AccountState::Active,
            permissions: Vec::new(),
            metadata: serde_json::json!({}),
            audit: self.audit(AuditKind::UserCreated, id, None),
        }
    }

    /// A real hash of this password, with settings too cheap for anything but tests.
    pub fn password_hash(&self, password: &str) -> PasswordHash {
        let mut salt = [0; 16];
        self.entropy.fill(&mut salt);
        let password = Password::new(password.to_owned());
        password::hash(&password, TinyHasher::SETTINGS, salt, &mut Workspace::default())
            .expect("valid settings")
    }

    /// Creates an active account.
    pub async fn sign_up(&self, store: &dyn Store, name: &str) -> User {
        match store
            .create_user(self.new_user(name), self.now())
            .await
            .expect("the store serves")
        {
            CreateOutcome::Created(user) => *user,
            other => panic!("{name} was not created: {other:?}"),
        }
    }

    /// A session to be, of generation 0, and its device cookie where the delivery has one.
    pub fn new_session(&self, account: &Account, delivery: Delivery) -> (Session, Option<DeviceCookie>) {
        let now = self.now();
        let device = || DeviceCookie::mint(&self.keys, account.id, now, &self.entropy);
        let device = delivery.is_bound().then(device);
        let (idle_timeout, absolute_timeout) = SessionPolicy::default().timeouts(false);
        let session = Session {
            id: SessionId::generate(now, &self.entropy),
            user_id: account.id,
            epoch: account.session_epoch,
            nonce: Nonce::generate(&self.entropy),
            refresh_key_id: self.keys.current_refresh_key(),
            head: Head {
                generation: 0,
                handed_at: now,
            },
            seen_generation: 0,
            attempt_id: AttemptId::generate(&self.entropy),
            attempt_hash: None,
            device_hash: device.as_ref().map(DeviceCookie::hash),
            delivery,
            started_at: now,
            last_activity_at: now,
            idle_timeout,
            ends_at: now + absolute_timeout,
            ended: None,
            client: Client::new(Some([192, 0, 2, 7].into()), Some("Mozilla/5.0 (test)")),
        };
        (session, device)
    }

    /// The start of this session, and nothing besides.
    pub fn start(&self, session: Session) -> StartSession {
        StartSession {
            audit: self.audit(AuditKind::SessionStarted, session.user_id, Some(session.id)),
            session,
            replaces: None,
            limit: None,
            returns: Vec::new(),
        }
    }

    /// Starts a session.
    pub async fn sign_in(&self, store: &dyn Store, account: &Account, delivery: Delivery) -> Session {
        let (session, _) = self.new_session(account, delivery);
        let start = self.start(session.clone());
        let started = store
            .start_session(start, self.now())
            .await
            .expect("the store serves");
        assert_eq!(
            started,
            Effect::Won(()),
            "the account is active and of this epoch"
        );
        session
    }

    /// The next rotation of this session, as judged from what is given here.
    pub fn rotation(&self, session: &Session) -> Rotate {
        Rotate {
            session_id: session.id,
            expected: session.head,
            generation: session.head.generation + 1,
            attempt_id: AttemptId::generate(&self.entropy),
            attempt_hash: None,
            activity: Some(self.now()),
            seen_generation: session.head.generation,
            audit: None,
        }
    }

    /// An unconditional end of this session, now, with its audit event.
    pub fn ending(&self, session: &Session, reason: EndReason) -> EndSession {
        EndSession {
            session_id: session.id,
            condition: EndCondition::Live,
            end: Ended {
                at: self.now(),
                reason,
                kind: None,
            },
            audit: self.audit(AuditKind::SessionEnded, session.user_id, Some(session.id)),
        }
    }

    /// An administrator's change of state.
    pub fn state_change(&self, user_id: UserId, from: AccountState, to: AccountState) -> SetState {
        SetState {
            user_id,
            from,
            to,
            another_administrator: false,
            audit: self.audit(AuditKind::UserState, user_id, None),
        }
    }

    /// An audit event of now.
    pub fn audit(&self, kind: AuditKind, user_id: UserId, session_id: Option<SessionId>) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            kind,
            user_id: Some(user_id),
            session_id,
            detail: "by a test".into(),
            origin: request_origin(),
        }
    }
}

/// A request by HTTP, `request-1`.
pub fn request_origin() -> Origin {
    Origin {
        actor: AuditActor::Person,
        agent: None,
        request_id: Some("request-1".parse().expect("a request id")),
        ip: Some([192, 0, 2, 7].into()),
    }
}

/// Hashes for real, with settings that take no time.
#[derive(Debug)]
pub struct TinyHasher(SeededEntropy);

impl TinyHasher {
    /// The least that argon2 takes.
    pub const SETTINGS: HashSettings = HashSettings::Argon2id {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    /// A hasher with salts of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    fn salt(&self) -> password::Salt {
        let mut salt = [0; 16];
        self.0.fill(&mut salt);
        salt
    }
}

#[async_trait]
impl PasswordHasher for TinyHasher {
    async fn hash_new(&self, password: Password, context: Vec<String>) -> Result<PasswordHash, HasherError> {
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        PasswordPolicy::default().check(&password, &context)?;
        Ok(password::hash(
            &password,
            Self::SETTINGS,
            self.salt(),
            &mut Workspace::default(),
        )?)
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verified, HasherError> {
        let mut workspace = Workspace::default();
        let known = stored.is_some();
        let stored = stored.map_or_else(|| password::decoy(Self::SETTINGS, self.salt()), Ok)?;
        let matches = password::verify(&password, &stored, &mut workspace)? && known;
        let outdated = matches && password::needs_rehash(&stored, Self::SETTINGS);
        let replacement = outdated
            .then(|| password::hash(&password, Self::SETTINGS, self.salt(), &mut workspace))
            .transpose()?;
        Ok(Verified { matches, replacement })
    }
}
