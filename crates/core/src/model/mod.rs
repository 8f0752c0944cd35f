//! The things the rules speak of: accounts, sessions, their ends, and what is recorded about them.

pub mod account;
pub mod audit;
pub mod change;
pub mod email;
pub mod ids;
pub mod imported;
pub mod one_time_token;
pub mod reason;
pub mod service;
pub mod session;
pub mod signing_key;
pub mod username;

pub use account::{Account, AccountState, NewUser, User};
pub use audit::{
    Agent, AuditActor, AuditEvent, AuditKind, LinkAnswer, Origin, RequestId, RequestIdError, SensitiveAct,
    ServiceFailure, SignInFailure, SignUpFailure, StartFailure,
};
pub use change::{Change, ChangeKind};
pub use email::EmailAddress;
pub use ids::{OneTimeTokenId, SessionId, UserId};
pub use imported::ImportedUser;
pub use one_time_token::{
    CodeVerdict, Errand, Holder, OneTimePurpose, PendingSignUp, PreparedSession, StoredOneTimeToken,
};
pub use reason::{EndReason, ReuseKind};
pub use service::{NewService, Service, ServiceName, ServiceNameError, ServiceScope, ServiceScopes};
pub use session::{Client, Delivery, Ended, Head, Progress, Session};
pub use signing_key::{KeyMaterial, KeyPurpose, StoredKey};
pub use username::Username;
