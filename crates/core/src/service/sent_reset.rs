//! A link to set a new password, sent by an administrator to somebody who can't ask for it, or should set one.
//!
//! **The rule**: it goes to the account's address alone, and is one like any other: the administrator never sees it. Unlike whoever asks
//! without being signed in, they are told why none is sent.

use super::mailing::{Clerk, RESET_LIFETIME};
use super::{Accounts, AuthError, Mailing};
use crate::model::{AccountState, AuditKind, EmailAddress, Errand, UserId};
use crate::ports::LetterKind;

/// Why no link is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResetRefused {
    /// Nowhere to send it.
    #[error("the account has no email")]
    NoAddress,
    /// A link would do nothing.
    #[error("the account is {0}: nobody sets its password by a link")]
    State(AccountState),
    /// The installation sends no mail.
    #[error("no mail is sent: mail.host is not set")]
    NoMail,
}

/// Whether a link may be sent, and to which address.
///
/// # Errors
/// Why not.
pub fn reset_address(
    sends: bool,
    state: AccountState,
    email: Option<EmailAddress>,
) -> Result<EmailAddress, ResetRefused> {
    if !sends {
        return Err(ResetRefused::NoMail);
    }
    if state.after_reset().is_none() {
        return Err(ResetRefused::State(state));
    }
    email.ok_or(ResetRefused::NoAddress)
}

impl Accounts {
    /// Mails the account's owner a link that sets a new password. Sessions stay until it is used.
    ///
    /// # Errors
    /// [`AuthError::NotFound`], [`AuthError::ResetRefused`].
    pub async fn send_reset(&self, mailing: &Mailing, id: UserId) -> Result<(), AuthError> {
        let account = match self.ports.store.find_user(id).await? {
            Some(user) => user.account,
            None => return Err(AuthError::NotFound),
        };
        let to = reset_address(mailing.sends, account.state, account.email)?;
        let now = self.ports.clock.now();
        let audit = self.event(AuditKind::ResetSent, id, String::new(), now);
        let clerk = Clerk {
            ports: self.ports.clone(),
            mailing: mailing.clone(),
        };
        let (errand, lifetime) = (Errand::Reset(id), RESET_LIFETIME);
        let issued = clerk.issue_noted(errand, "/reset", lifetime, Some(audit)).await?;
        let link = issued.ok_or(AuthError::NotFound)?;
        clerk.send(to, LetterKind::Reset, Some((link, lifetime)));
        Ok(())
    }
}
