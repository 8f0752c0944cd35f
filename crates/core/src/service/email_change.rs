//! Changing one's email: asked for with the current password, done by a link that goes to the new address.
//!
//! **The rule**: the account has its address until somebody who reads the mail of the new one says so by a POST. Whoever asks gets one
//! answer, whether or not the address is taken, before anybody has looked; the owner of a taken one is told. The address until now hears
//! of the change (ASVS 5.0, 6.3.7).
//!
//! **The caveat**: the link asks for no password, so that it may be opened on another device. Who mistypes an address gives whoever reads
//! its mail a link to the account: the notice to the address until now is what shows it.

use super::confirm::Confirmation;
use super::error::FieldError;
use super::mailing::{Clerk, RESET_LIFETIME};
use super::{AuthError, Authenticated, Authority};
use crate::model::{
    AuditKind, Client, EmailAddress, Errand, OneTimePurpose, Origin, SensitiveAct, SessionId, UserId,
};
use crate::ports::{ChangeEmail, Confirmed, Letter, LetterKind, SpendOutcome, Spending};

/// The page that the link leads to.
const PAGE: &str = "/account/email";

/// Somebody who is signed in and wants another address.
pub struct EmailChangeRequest {
    /// The new address, as typed.
    pub email: String,
    /// The current password.
    pub confirmation: Confirmation,
}

/// Somebody who uses the link that went to the new address.
pub struct EmailLinkUse {
    /// The token in it, as it came.
    pub token: String,
    /// Where it comes from: its address is counted.
    pub client: Client,
    /// For the audit log.
    pub origin: Origin,
}

impl Authority {
    /// Has a link mailed to the new address that makes it the account's. Nothing changes until it is used.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for what is no address, or the account's already; [`AuthError::WrongPassword`], [`AuthError::Throttled`],
    /// [`AuthError::Busy`]. None of them tells of another account.
    pub async fn ask_email_change(
        &self,
        caller: &Authenticated,
        request: EmailChangeRequest,
    ) -> Result<(), AuthError> {
        let email = EmailAddress::parse(&request.email).map_err(|error| refused(error.to_string()))?;
        let account = self.own_account(caller).await?.account;
        if account
            .email
            .is_some_and(|now| now.as_given() == email.as_given())
        {
            return Err(refused("this is the account's email already".to_owned()));
        }
        let confirmed = self
            .confirm(caller, &request.confirmation, SensitiveAct::ChangeEmail)
            .await?;
        self.count_mail_to(&email, account.id, &self.kept(&caller.origin))
            .await?;
        let wanted = Wanted {
            user_id: account.id,
            email,
            confirmed,
        };
        self.in_background(|clerk| async move { clerk.mail_email_change(wanted).await });
        Ok(())
    }

    /// Gives the account the address that the link went to; every other link of the account is dead then. Sessions stay.
    ///
    /// # Errors
    /// [`AuthError::LinkInvalid`], also where another account has the address by now; [`AuthError::Throttled`].
    pub async fn confirm_email_change(&self, link: EmailLinkUse) -> Result<(), AuthError> {
        let origin = self.kept(&link.origin);
        let stored = self
            .find_link(OneTimePurpose::EmailChange, &link.token, &link.client, &origin)
            .await?;
        let Errand::EmailChange(id, email) = &stored.errand else {
            return Err(AuthError::LinkInvalid);
        };
        // Whoever changes the address meanwhile makes this link void.
        let before = self.owner_of(*id).await?.account.email;
        let change = ChangeEmail {
            user_id: *id,
            email: email.clone(),
            audit: self.link_event(AuditKind::EmailChanged, *id, "mailed link", &origin),
        };
        match self.spend(&stored, Spending::ChangeEmail(change)).await? {
            SpendOutcome::Spent => {
                self.tell_email_changed(before);
                Ok(())
            }
            _ => Err(AuthError::LinkInvalid),
        }
    }

    /// Tells the address until now, if there was one.
    fn tell_email_changed(&self, before: Option<EmailAddress>) {
        if let Some(to) = before.filter(|_| self.mailing.tells_email_changed) {
            self.mailing.mailer.send(Letter {
                to,
                kind: LetterKind::EmailChanged,
                link: None,
                happening: None,
            });
        }
    }
}

/// A change that was asked for.
struct Wanted {
    user_id: UserId,
    email: EmailAddress,
    confirmed: Confirmed,
}

impl Clerk {
    async fn mail_email_change(&self, wanted: Wanted) -> Result<(), AuthError> {
        let Wanted {
            user_id,
            email,
            confirmed,
        } = wanted;
        if let Some(owner) = self.owner(&email).await?.map(|user| user.account)
            && owner.id != user_id
        {
            if let Some(to) = owner.email {
                self.send(to, LetterKind::AlreadyRegistered, None);
            }
            return Ok(());
        }
        let errand = Errand::EmailChange(user_id, email.clone());
        let link = self.issue(errand, PAGE, RESET_LIFETIME).await?;
        // After it was issued: a password that is set later makes it void, and one that was set before is seen here.
        if let Some(link) = link
            && self.still_confirmed(user_id, &confirmed).await?
        {
            self.send(email, LetterKind::EmailChange, Some((link, RESET_LIFETIME)));
        }
        Ok(())
    }

    /// Whether the password and the session are still what they were when the change was asked for.
    async fn still_confirmed(&self, id: UserId, confirmed: &Confirmed) -> Result<bool, AuthError> {
        let record = self.ports.store.find_password(id).await?;
        let is_current = record.is_some_and(|record| record.password_hash == confirmed.password_hash);
        Ok(is_current && self.is_live(confirmed.session_id).await?)
    }

    async fn is_live(&self, id: SessionId) -> Result<bool, AuthError> {
        let family = self.ports.store.find_session(id).await?;
        Ok(family.is_some_and(|family| {
            family.session.ended.is_none() && family.session.epoch == family.account.session_epoch
        }))
    }
}

fn refused(message: String) -> AuthError {
    AuthError::Invalid(vec![FieldError::new("email", message)])
}
