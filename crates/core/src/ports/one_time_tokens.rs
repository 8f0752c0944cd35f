//! One-time tokens: issued, renewed, and spent in one effect with what they stand for.
//!
//! **The rule**: a token is *outstanding* while it is neither spent nor void, and `now` is before its end. Spending one is
//! conditional on that, and whatever else a [`Spending`] asks for; where anything does not hold, nothing is done and the token stays as
//! it was. Of two who spend one token at once, one wins. What is spent or void forgets its data.

use std::num::NonZeroU32;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Effect, SetState, StartSession, StoreError};
use crate::credential::OneTimeHash;
use crate::model::{
    AccountState, AuditEvent, EmailAddress, Holder, NewUser, OneTimePurpose, OneTimeTokenId,
    StoredOneTimeToken, UserId,
};
use crate::password::PasswordHash;

/// Issues a token. Condition: an account that holds it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueToken {
    /// The token.
    pub token: StoredOneTimeToken,
    /// As many tokens of its holder and purpose stay outstanding at most, this one among them: the oldest others become void.
    pub limit: NonZeroU32,
    /// Written with it, if at all: what anybody can ask for in somebody's name may flood no log.
    pub audit: Option<AuditEvent>,
}

/// Puts another secret in the place of an outstanding token's, for a link that is sent again: the earlier link is dead from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenewToken {
    /// Which token.
    pub id: OneTimeTokenId,
    /// Its hash, as it was read.
    pub expected: OneTimeHash,
    /// Of the new secret.
    pub hash: OneTimeHash,
    /// The new end.
    pub expires_at: Timestamp,
}

/// Sets a password that was forgotten. Condition: the account's state is `from`. Ends all sessions (reason `password_changed`) by raising
/// the epoch; every other outstanding token of the account becomes void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetPassword {
    /// Whose.
    pub user_id: UserId,
    /// The state as it was judged.
    pub from: AccountState,
    /// The new state: the same, or active where the link brings an account back.
    pub to: AccountState,
    /// Of the new password.
    pub password_hash: PasswordHash,
    /// Written with it.
    pub audit: AuditEvent,
}

/// Gives an account another address. Condition: the account is active, the address is free. Every other outstanding token of the
/// account becomes void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeEmail {
    /// Whose.
    pub user_id: UserId,
    /// The new address.
    pub email: EmailAddress,
    /// Written with it.
    pub audit: AuditEvent,
}

/// What is done with a token.
#[derive(Debug)]
pub enum Spending {
    /// An account is made of a sign-up, on the conditions of [`UserStore::create_user`](super::UserStore::create_user). Other outstanding
    /// sign-ups of the address become void.
    Create(Box<NewUser>),
    /// A pending account is let in; every other outstanding token of it becomes void.
    Activate(SetState),
    /// See [`ResetPassword`].
    Reset(ResetPassword),
    /// See [`ChangeEmail`].
    ChangeEmail(ChangeEmail),
    /// A session is started, on the conditions of [`StartSession`].
    StartSession(Box<StartSession>),
}

/// Spends a token. Conditions: it is outstanding, and those of what is done with it.
#[derive(Debug)]
pub struct SpendToken {
    /// Which token.
    pub id: OneTimeTokenId,
    /// Its hash, as it was presented.
    pub hash: OneTimeHash,
    /// Whose it is: what is done concerns nobody else.
    pub holder: Holder,
    /// What is done with it.
    pub spending: Spending,
}

/// What became of a [`SpendToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpendOutcome {
    /// It is done, and the token spent.
    Spent,
    /// The token was not outstanding, or the account not as it was judged: read again and judge again.
    Lost,
    /// Another account has this email.
    EmailTaken,
    /// Another account has this username.
    UsernameTaken,
}

/// One-time tokens.
#[async_trait]
pub trait OneTimeTokenStore: Send + Sync {
    /// See [`IssueToken`]. `Lost` where there is no such account, or the id or hash is taken.
    async fn issue_one_time_token(&self, issue: IssueToken, now: Timestamp)
    -> Result<Effect<()>, StoreError>;

    /// See [`RenewToken`].
    async fn renew_one_time_token(&self, renew: RenewToken, now: Timestamp)
    -> Result<Effect<()>, StoreError>;

    /// The token with this hash, if it is of this purpose and outstanding.
    async fn find_one_time_token(
        &self,
        purpose: OneTimePurpose,
        hash: OneTimeHash,
        now: Timestamp,
    ) -> Result<Option<StoredOneTimeToken>, StoreError>;

    /// The outstanding tokens of a holder and purpose, newest first.
    async fn outstanding_one_time_tokens(
        &self,
        holder: &Holder,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Result<Vec<StoredOneTimeToken>, StoreError>;

    /// See [`SpendToken`].
    async fn spend_one_time_token(
        &self,
        spend: SpendToken,
        now: Timestamp,
    ) -> Result<SpendOutcome, StoreError>;
}
