//! What the rules need from the world, as dyn-compatible traits: clock, entropy, stores, password hashing, and who counts.

mod audit_log;
mod change_listener;
mod changes;
mod clock;
mod directory;
mod entropy;
mod hasher;
mod mailer;
mod observer;
mod one_time_tokens;
mod own_account;
mod secret_mark;
mod services;
mod signing_keys;
mod store;
mod sweep;
mod throttles;
mod transfer;

pub use audit_log::{AuditEntry, AuditFilter, AuditPosition};
pub use change_listener::ChangeListener;
pub use changes::{ChangeStore, ChangedAccount};
pub use clock::Clock;
pub use directory::{Profile, SetState, UpdateOutcome, UpdateUser, UserFilter, UserSearch};
pub use entropy::Entropy;
pub use hasher::{HasherError, PasswordHasher, Verified};
pub use mailer::{Background, Happening, Letter, LetterKind, MailedLink, Mailer, Unmailed};
pub use observer::{Observer, SessionSource, SignInResult, Unobserved, VerdictName};
pub use one_time_tokens::{
    ChangeEmail, IssueToken, OneTimeTokenStore, RenewToken, ResetPassword, SpendOutcome, SpendToken, Spending,
};
pub use own_account::{ChangePassword, Confirmed, DeleteUser, OwnAccountStore};
pub use secret_mark::{KeepSecretMark, Replaces, SecretMarkStore};
pub use services::{RemoveService, ServiceStore};
pub use signing_keys::{AddKey, ResealKey, RetireKey, SigningKeyStore};
pub use store::*;
pub use sweep::{ClaimSweep, Slice, SweepStore, Walked};
pub use throttles::{CountOutcome, ThrottleStore};
pub use transfer::{ImportOutcome, ImportUsers, StoredUser, TransferStore};
