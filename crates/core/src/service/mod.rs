//! The use cases, one a file. A service reads, asks a pure function what it means, and has the store carry that out.
//!
//! [`Authority`] is what the HTTP edge talks to; [`Accounts`] is the part of it that needs no token keys, for the command
//! line. On a lost condition a service reads again and judges again, at most three times; then the answer is 503, never a guess.

mod access_keys;
mod accounts;
mod administration;
mod attempt;
mod authenticate;
mod confirm;
mod csrf;
mod email_change;
mod error;
mod explain;
mod export;
mod failures;
mod flush;
mod follow;
mod id_bytes;
mod importer;
mod introspect;
mod issue;
mod key_fault;
mod keys;
mod known;
mod mailed_links;
mod mailing;
mod notices;
mod open_keys;
mod own_account;
mod own_keys;
mod refresh;
mod sent_reset;
mod services;
mod session_start;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod sweep;
mod throttle;
mod vouch;

use std::sync::{Arc, RwLock};

use jiff::SignedDuration;
use keyturn_token::KeyError;

use self::access_keys::AccessKeys;
use self::id_bytes::IdBytes;
use crate::activity::ActivityBuffer;
use crate::audit_budget::AuditBudget;
use crate::credential::Keys;
use crate::lifetime::{AccessPolicy, SessionPolicy};
use crate::model::AccountState;
use crate::ports::{Clock, Entropy, Observer, PasswordHasher, Store, StoreError, Unobserved};
use crate::rotation::RotationPolicy;
use crate::throttle::ThrottlePolicy;
use crate::view::SessionView;

pub(crate) use accounts::parse_name;
pub use accounts::{Accounts, CreateUser};
pub use administration::{AccountChanges, PermissionChange};
pub use authenticate::{Authenticated, Requester};
pub use confirm::Confirmation;
pub use email_change::{EmailChangeRequest, EmailLinkUse};
pub use error::{AuthError, FieldError};
pub use export::{Export, ExportItem};
pub use follow::Following;
pub use importer::{ImportPolicy, Importer, RowOutcome, RowRefusal, TakenOver};
pub use introspect::{Introspected, Viewer};
pub use issue::Issued;
pub use key_fault::KeyFault;
pub use keys::{KeyKeeper, KeyPolicy, KeyReport, KeyStatus};
pub use mailed_links::LinkUse;
pub use mailing::{LinkRequest, Mailing};
pub use own_account::ChangeProfile;
pub use refresh::{RefreshRequest, Refreshed, RefreshedAs};
pub use sent_reset::{ResetRefused, reset_address};
pub use services::{PresentedService, ServiceFault, Services};
pub use session_start::{CodeSignIn, SESSION_CODE_LIFETIME, Vouching};
pub use sign_in::{SignInRequest, parse_sign_in_name};
pub use sign_out::SignOutRequest;
pub use sign_up::{SignUpRequest, SignedUp};
pub use sweep::{RetentionPolicy, Sweep, Swept, SweptKind};

/// How often a use case reads and judges again after a lost condition.
const TRIES: usize = 4;

/// The world, as the services see it.
#[derive(Clone)]
pub struct Ports {
    /// Sessions, accounts, audit, changes.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Password hashing.
    pub hasher: Arc<dyn PasswordHasher>,
}

/// What the process knows of sessions beside its store. Make it first, and give the view to the store as its listener.
#[derive(Clone)]
pub struct Live {
    /// Live sessions.
    pub view: Arc<SessionView>,
    /// Activity that is not yet stored.
    pub activity: Arc<ActivityBuffer>,
}

impl Live {
    /// Sessions that the view holds at most: some tens of megabytes.
    const CAPACITY: usize = 65_536;

    /// Knows nothing yet. Believes a store for `max_staleness` after it last said that it had told everything.
    pub fn new(clock: Arc<dyn Clock>, max_staleness: SignedDuration) -> Self {
        Self {
            view: Arc::new(SessionView::new(clock, max_staleness, Self::CAPACITY)),
            activity: Arc::default(),
        }
    }
}

/// Who may create an account, and what it takes to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignUpPolicy {
    /// Whether people may sign up by themselves.
    pub enabled: bool,
    /// The state that a new account begins in: active, or pending until an administrator activates it.
    pub initial_state: AccountState,
}

impl Default for SignUpPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            initial_state: AccountState::Active,
        }
    }
}

/// What access tokens say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPolicy {
    /// `iss`.
    pub issuer: String,
    /// `aud`, where set.
    pub audience: Option<String>,
    /// Whether `email` is a claim.
    pub email_claim: bool,
    /// Whether `permissions` is a claim.
    pub permissions_claim: bool,
}

/// Everything that is configured about sign-in and sessions.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Windows of the rotation.
    pub rotation: RotationPolicy,
    /// Time-outs of sessions.
    pub session: SessionPolicy,
    /// Lifetime of access tokens.
    pub access: AccessPolicy,
    /// Sign-up.
    pub sign_up: SignUpPolicy,
    /// How many passwords may be tried.
    pub throttle: ThrottlePolicy,
    /// Claims.
    pub token: TokenPolicy,
}

/// The session authority: every use case of the HTTP edge.
pub struct Authority {
    ports: Ports,
    ids: IdBytes,
    live: Live,
    policy: Policy,
    keys: Keys,
    access_keys: RwLock<Arc<AccessKeys>>,
    audit_budget: AuditBudget,
    observer: Arc<dyn Observer>,
    mailing: Mailing,
}

impl Authority {
    /// Puts the authority together, with the keys that are derived or configured. Those that are stored it takes over with
    /// [`Authority::start_keys`].
    ///
    /// # Errors
    /// A key that cannot sign.
    pub fn new(ports: Ports, live: Live, policy: Policy, keys: Keys) -> Result<Self, KeyError> {
        let access_keys = AccessKeys::new(&policy.token, &keys, Vec::new())?;
        Ok(Self {
            ids: IdBytes::of(Arc::clone(&ports.entropy)),
            ports,
            live,
            policy,
            keys,
            access_keys: RwLock::new(Arc::new(access_keys)),
            audit_budget: AuditBudget::default(),
            observer: Arc::new(Unobserved),
            mailing: Mailing::default(),
        })
    }

    /// Tells this observer what comes of requests.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self }
    }

    /// What is configured.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The world, for what works beside requests.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The present moment, by the authority's clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.ports.clock.now()
    }

    /// The present moment for who lets somebody in or ends a session by it.
    fn reliable_now(&self) -> Result<jiff::Timestamp, AuthError> {
        let now = self.ports.clock.now();
        if self.ports.clock.is_reliable() {
            Ok(now)
        } else {
            Err(StoreError::Unavailable(Box::new(error::ClockUnreliable)).into())
        }
    }

    /// A fresh id for something that is not stored, such as a request.
    pub fn fresh_id(&self) -> uuid::Uuid {
        crate::model::ids::uuid_v7(self.now(), &self.ids)
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// What the store says is wrong.
    pub async fn check_store(&self) -> Result<(), AuthError> {
        Ok(self.ports.store.check().await?)
    }
}
