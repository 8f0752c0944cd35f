//! What a store must do. The store never decides: a method is one whole, atomic, conditional effect, and says whether its
//! condition held. Nothing of a transaction leaves it; there are no default methods; whatever writes takes `now`.
//!
//! The rules that every implementation keeps, and the behaviour suite checks:
//! - An answered write is durable. A write once queued is carried through even if the asker is gone.
//! - A change that others must hear of ([`Change`](crate::model::Change)) and the audit event are written in the effect's own transaction. Every session
//!   that an effect ends has one of each ([`AuditEvent::session_ended`], of the effect's origin).
//! - [`StoreError::Unavailable`] means that nothing happened; [`StoreError::OutcomeUnknown`] that it may have.
//! - Reads see every write acknowledged before they began.

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    AuditEntry, AuditFilter, AuditPosition, ChangeStore, OneTimeTokenStore, OwnAccountStore, SecretMarkStore,
    ServiceStore, SetState, SigningKeyStore, SweepStore, ThrottleStore, TransferStore, UpdateOutcome,
    UpdateUser, UserFilter,
};
use crate::credential::{AttemptHash, AttemptId};
use crate::model::{
    Account, AuditEvent, EndReason, Ended, Head, NewUser, Origin, Progress, RequestId, Session, SessionId,
    User, UserId,
};
use crate::password::PasswordHash;
use crate::throttle::Hit;

/// Why a store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Storage is down or refuses (disk full, connection lost before the commit). Nothing was changed.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The connection broke around the commit: it may or may not have happened. Read again to find out.
    #[error("the outcome of the write is unknown: {0}")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// A row that no version of this program writes.
    #[error("row {id} of table {table} is damaged: {source}")]
    Damaged {
        /// Its table.
        table: &'static str,
        /// Its id.
        id: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Whether a conditional effect took place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<T> {
    /// It did; this is what is stored now.
    Won(T),
    /// The row was not as expected: read again and judge again.
    Lost,
}

impl<T> Effect<T> {
    /// The same of what was won.
    pub fn map<U>(self, of: impl FnOnce(T) -> U) -> Effect<U> {
        match self {
            Self::Won(won) => Effect::Won(of(won)),
            Self::Lost => Effect::Lost,
        }
    }
}

/// A session with the standing of its account, read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The session, ended or not.
    pub session: Session,
    /// Its account as it is now; shared, since nobody changes it in passing.
    pub account: Arc<Account>,
}

/// Starts a session. Condition: the account is active and its epoch is the session's.
#[derive(Debug, Clone)]
pub struct StartSession {
    /// The new session, generation 0.
    pub session: Session,
    /// A session that ends with it (reason `replaced`), if it is still live.
    pub replaces: Option<SessionId>,
    /// As many sessions of the account live on at most, this one among them: the oldest others end (reason `session_limit`). One
    /// that is past an end of its own does not count.
    pub limit: Option<NonZeroU32>,
    /// Counts of the attempt that are taken back: whoever gives the right password has not guessed.
    pub returns: Vec<Hit>,
    /// Written with it; the sessions that it ends have its origin.
    pub audit: AuditEvent,
}

/// Moves a family's head. Condition: head as expected, the session live, its epoch the account's, the account active.
#[derive(Debug, Clone)]
pub struct Rotate {
    /// Which session.
    pub session_id: SessionId,
    /// The head as it was judged.
    pub expected: Head,
    /// The new generation.
    pub generation: u32,
    /// This try of ours.
    pub attempt_id: AttemptId,
    /// The requester's `Idempotency-Key`, unless the session is bound.
    pub attempt_hash: Option<AttemptHash>,
    /// Raises `last_activity_at`, never lowers it.
    pub activity: Option<Timestamp>,
    /// Raises `seen_generation`, never lowers it.
    pub seen_generation: u32,
    /// Written with it, for a rotation that rolls a lost write forward.
    pub audit: Option<AuditEvent>,
}

/// Hands the current token out again: sets `handed_at` to `now` unless it is later already. Condition: generation as
/// expected, the session live, its epoch the account's, the account active.
#[derive(Debug, Clone, Copy)]
pub struct HandAgain {
    /// Which session.
    pub session_id: SessionId,
    /// The current generation as it was judged.
    pub generation: u32,
    /// Raises `last_activity_at`, never lowers it.
    pub activity: Option<Timestamp>,
}

/// Notes activity and what was seen in use. Condition: the session is live and not past an end at `now`, its epoch the
/// account's, the account active.
#[derive(Debug, Clone, Copy)]
pub struct NoteActivity {
    /// Which session.
    pub session_id: SessionId,
    /// Raises `last_activity_at`, never lowers it.
    pub activity: Option<Timestamp>,
    /// Raises `seen_generation`, never lowers it, and never past the current generation.
    pub seen_generation: u32,
}

/// What an end was judged from, and is conditional on. All ask that the session has not ended before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndCondition {
    /// Nothing more: a sign-out, or an end that no later event can undo.
    Live,
    /// The head is still as it was judged: for reuse.
    Head(Head),
    /// Nobody was active since: for idle.
    LastActivity(Timestamp),
}

/// Ends one session.
#[derive(Debug, Clone)]
pub struct EndSession {
    /// Which session.
    pub session_id: SessionId,
    /// What it was judged from.
    pub condition: EndCondition,
    /// The end to record.
    pub end: Ended,
    /// Written with it, in place of the usual event.
    pub audit: AuditEvent,
}

/// What became of an [`EndSession`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndOutcome {
    /// It ended now.
    Ended,
    /// It had ended before, with this end; nothing was changed.
    Already(Ended),
    /// The condition did not hold: read again and judge again.
    Lost,
    /// There is no such session.
    Absent,
}

/// Ends all sessions of an account by raising its epoch, so that one being started at the same moment dies too.
#[derive(Debug, Clone)]
pub struct EndAllSessions {
    /// Whose.
    pub user_id: UserId,
    /// The one that stays and follows the epoch, if it is live.
    pub keep: Option<SessionId>,
    /// The reason to record.
    pub reason: EndReason,
    /// Of the event of each session that ends.
    pub origin: Origin,
}

/// Sets a password. Ends all sessions but `keep` (reason `password_changed`) by raising the epoch, and makes the account's
/// outstanding one-time tokens void.
#[derive(Debug)]
pub struct SetPassword {
    /// Whose.
    pub user_id: UserId,
    /// The new hash.
    pub password_hash: PasswordHash,
    /// The session from which it was changed.
    pub keep: Option<SessionId>,
    /// Who.
    pub audit: AuditEvent,
}

/// Replaces a hash by a better one of the same password. Condition: the hash is still the one that was verified.
#[derive(Debug)]
pub struct Rehash {
    /// Whose.
    pub user_id: UserId,
    /// The hash that was verified.
    pub expected: PasswordHash,
    /// The new hash.
    pub password_hash: PasswordHash,
}

/// What became of a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateOutcome {
    /// It exists now.
    Created(Box<User>),
    /// Another account has this email.
    EmailTaken,
    /// Another account has this username.
    UsernameTaken,
    /// Another account has this subject.
    SubjectTaken,
}

/// How a person names their account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInName {
    /// By the normalised email ([`crate::model::EmailAddress::key`]).
    EmailKey(String),
    /// By the normalised username ([`crate::model::Username::key`]).
    UsernameKey(String),
}

/// What a sign-in is checked against.
#[derive(Debug)]
pub struct SignInRecord {
    /// The account.
    pub account: Account,
    /// Its password hash.
    pub password_hash: PasswordHash,
    /// The last successful sign-in.
    pub last_login_at: Option<Timestamp>,
}

/// A page of a list, newest first: at most `limit` rows with an id below `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<Id> {
    /// The last id of the page before; `None` for the first.
    pub before: Option<Id>,
    /// At most this many rows.
    pub limit: u32,
}

/// Which sessions a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFilter {
    /// Those not recorded as ended.
    Live,
    /// Those too.
    All,
}

/// Sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Starts a session and notes the sign-in; see [`StartSession`].
    async fn start_session(&self, start: StartSession, now: Timestamp) -> Result<Effect<()>, StoreError>;

    /// One session with its account. A read by primary key.
    async fn find_session(&self, id: SessionId) -> Result<Option<Family>, StoreError>;

    /// Sessions of one account (all accounts where `None`), newest first.
    async fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, StoreError>;

    /// See [`Rotate`]. `handed_at` becomes the time of the commit: `now`, or the latest `now` of the batch it is part of,
    /// and never goes back. Answers where the session is then.
    async fn rotate(&self, rotate: Rotate, now: Timestamp) -> Result<Effect<Progress>, StoreError>;

    /// See [`HandAgain`]. Answers where the session is then.
    async fn hand_again(&self, hand: HandAgain, now: Timestamp) -> Result<Effect<Progress>, StoreError>;

    /// See [`NoteActivity`]. Answers where the session is then.
    async fn note_activity(&self, note: NoteActivity, now: Timestamp)
    -> Result<Effect<Progress>, StoreError>;

    /// See [`EndSession`].
    async fn end_session(&self, end: EndSession, now: Timestamp) -> Result<EndOutcome, StoreError>;

    /// See [`EndAllSessions`]. Answers how many ended; `Lost` where there is no such account.
    async fn end_all_sessions(&self, end: EndAllSessions, now: Timestamp) -> Result<Effect<u64>, StoreError>;
}

/// Accounts.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Creates an account if its email, username and subject are free.
    async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<CreateOutcome, StoreError>;

    /// One account by our own id.
    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// One account by the id that applications see.
    async fn find_user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError>;

    /// One account by a sign-in name.
    async fn find_user_by_name(&self, name: &SignInName) -> Result<Option<User>, StoreError>;

    /// What a sign-in is checked against.
    async fn find_sign_in(&self, name: &SignInName) -> Result<Option<SignInRecord>, StoreError>;

    /// Accounts, newest first.
    async fn list_users(&self, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, StoreError>;

    /// Whether an active account has the permission `admin`, this one aside.
    async fn has_administrator(&self, except: Option<UserId>) -> Result<bool, StoreError>;

    /// See [`UpdateUser`]. `Lost` also where there is no such account.
    async fn update_user(&self, update: UpdateUser, now: Timestamp) -> Result<UpdateOutcome, StoreError>;

    /// See [`SetState`]. `Lost` where a condition does not hold, or there is no such account.
    async fn set_state(&self, set: SetState, now: Timestamp) -> Result<Effect<User>, StoreError>;

    /// See [`SetPassword`]. `Lost` where there is no such account.
    async fn set_password(&self, set: SetPassword, now: Timestamp) -> Result<Effect<User>, StoreError>;

    /// See [`Rehash`].
    async fn rehash(&self, rehash: Rehash, now: Timestamp) -> Result<Effect<()>, StoreError>;
}

/// The audit log.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Writes one event that belongs to no other effect.
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError>;

    /// The events of one session, oldest first, at most `limit`.
    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError>;

    /// Events, newest first.
    async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: Page<AuditPosition>,
    ) -> Result<Vec<AuditEntry>, StoreError>;

    /// The events of one request, oldest first, at most `limit`.
    async fn request_audit(&self, id: &RequestId, limit: u32) -> Result<Vec<AuditEvent>, StoreError>;
}

/// Whether the store can serve.
#[async_trait]
pub trait StoreHealth: Send + Sync {
    /// Answers if a read and the write path work.
    async fn check(&self) -> Result<(), StoreError>;
}

/// Everything one store does.
pub trait Store:
    SessionStore
    + UserStore
    + TransferStore
    + OwnAccountStore
    + ThrottleStore
    + AuditStore
    + ChangeStore
    + SweepStore
    + SecretMarkStore
    + SigningKeyStore
    + ServiceStore
    + OneTimeTokenStore
    + StoreHealth
{
}

impl<T> Store for T where
    T: SessionStore
        + UserStore
        + TransferStore
        + OwnAccountStore
        + ThrottleStore
        + AuditStore
        + ChangeStore
        + SweepStore
        + SecretMarkStore
        + SigningKeyStore
        + ServiceStore
        + OneTimeTokenStore
        + StoreHealth
{
}
