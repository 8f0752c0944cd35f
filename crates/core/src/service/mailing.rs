//! Asking for mail: a link to activate an account by, a link to set a password by.
//!
//! **The rule**: whoever asks gets one answer, whether or not there is an account, and gets it before anybody has looked: what is found is
//! worked on in the background, so that neither answer nor time tells (ASVS 5.0, 6.3.8). How much one address can be mailed is limited,
//! and the limit doesn't depend on an account either.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::error::FieldError;
use super::failures::with_unwritten;
use super::{AuthError, Authority, Ports};
use crate::credential::OneTimeToken;
use crate::model::{
    AccountState, AuditEvent, AuditKind, Client, EmailAddress, Errand, Holder, LinkAnswer, OneTimePurpose,
    OneTimeTokenId, Origin, PendingSignUp, StoredOneTimeToken, User, UserId,
};
use crate::ports::{
    Background, Effect, IssueToken, Letter, LetterKind, MailedLink, Mailer, RenewToken, SignInName, Unmailed,
};

/// How long a link sets a password, or confirms an address.
pub(super) const RESET_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// How long a sign-up waits for its activation.
const ACTIVATION_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// As many links of one kind work at once for one account or address: as many as can be asked for within the life of the shortest
/// ([`crate::throttle::Hit::mail`]), so that nobody can push the owner's link out.
const OUTSTANDING: NonZeroU32 = NonZeroU32::new(8).unwrap();

/// Sign-ups of one address whose links are sent again at once.
const SENT_AGAIN: usize = 3;

/// How mail is sent, and for what.
#[derive(Clone)]
pub struct Mailing {
    /// Who sends it.
    pub mailer: Arc<dyn Mailer>,
    /// Where what no answer waits for runs.
    pub background: Arc<dyn Background>,
    /// What links begin with: the address that people use, and the path of the pages, without a slash at the end.
    pub link_base: String,
    /// Whether accounts of people who sign up begin with a link in a mail.
    pub activates: bool,
    /// Whether owners are told of a changed password.
    pub tells_password_changed: bool,
    /// Whether the address until now is told of another one.
    pub tells_email_changed: bool,
    /// Whether owners are told of a sign-in from a device that is not known.
    pub tells_new_device: bool,
    /// Whether owners are told of a session that ended for token reuse.
    pub tells_token_reuse: bool,
    /// Whether letters go anywhere.
    pub sends: bool,
}

impl Default for Mailing {
    /// Nothing is mailed.
    fn default() -> Self {
        Self {
            mailer: Arc::new(Unmailed),
            background: Arc::new(Unmailed),
            link_base: String::new(),
            activates: false,
            tells_password_changed: false,
            tells_email_changed: false,
            tells_new_device: false,
            tells_token_reuse: false,
            sends: false,
        }
    }
}

/// Somebody who wants a link mailed.
pub struct LinkRequest {
    /// As typed.
    pub email: String,
    /// Where it comes from: its address is counted.
    pub client: Client,
    /// For the audit log.
    pub origin: Origin,
}

impl Authority {
    /// Sends mail in this way.
    #[must_use]
    pub fn mailing(self, mailing: Mailing) -> Self {
        Self { mailing, ..self }
    }

    /// How mail is sent.
    pub const fn mailed(&self) -> &Mailing {
        &self.mailing
    }

    /// Has a link mailed that sets a new password, if there is an account that it may be set for.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for what is no address, [`AuthError::Throttled`], [`AuthError::Store`]. None of them tells of an account.
    pub async fn forgot_password(&self, request: LinkRequest) -> Result<(), AuthError> {
        let (email, asked) = self.admit_link_request(request, AuditKind::ResetAsked).await?;
        self.in_background(|clerk| async move {
            let (owner, answer) = clerk.mail_reset(&email).await?;
            clerk.note(asked, owner, answer).await
        });
        Ok(())
    }

    /// Has the links of the sign-ups that wait under this address mailed again; those mailed before are dead then.
    ///
    /// # Errors
    /// As [`Authority::forgot_password`].
    pub async fn resend_activation(&self, request: LinkRequest) -> Result<(), AuthError> {
        let kind = AuditKind::ActivationAsked;
        let (email, asked) = self.admit_link_request(request, kind).await?;
        if self.mailing.activates {
            self.in_background(|clerk| async move {
                let (owner, answer) = clerk.mail_activation_again(&email).await?;
                clerk.note(asked, owner, answer).await
            });
        }
        Ok(())
    }

    /// Mails a sign-up its link; where the address has an account, its owner is told instead.
    pub(super) fn mail_activation(&self, sign_up: PendingSignUp) {
        self.in_background(|clerk| async move { clerk.mail_activation(sign_up).await });
    }

    /// Tells the owner that the password is another one.
    pub(super) fn tell_password_changed(&self, user: &User) {
        if self.mailing.tells_password_changed
            && let Some(to) = user.account.email.clone()
        {
            self.mailing.mailer.send(Letter {
                to,
                kind: LetterKind::PasswordChanged,
                link: None,
                happening: None,
            });
        }
    }

    async fn admit_link_request(
        &self,
        request: LinkRequest,
        kind: AuditKind,
    ) -> Result<(EmailAddress, Asked), AuthError> {
        let email = EmailAddress::parse(&request.email)
            .map_err(|error| AuthError::Invalid(vec![FieldError::new("email", error)]))?;
        let origin = self.kept(&request.origin);
        self.count_mail(&request.client, &email, &origin).await?;
        let at = self.ports.clock.now();
        let unwritten = self.audit_budget.failure(at);
        let asked = Asked {
            kind,
            at,
            origin,
            unwritten,
        };
        Ok((email, asked))
    }

    pub(super) fn in_background<F>(&self, work: impl FnOnce(Clerk) -> F)
    where
        F: Future<Output = Result<(), AuthError>> + Send + 'static,
    {
        let clerk = Clerk {
            ports: self.ports.clone(),
            mailing: self.mailing.clone(),
        };
        let working = work(clerk);
        self.mailing.background.run(Box::pin(async move {
            if let Err(error) = working.await {
                tracing::error!(error = %error, "what was to be mailed was not: {error}");
            }
        }));
    }
}

/// That somebody asked for a link, to be written down once it is known what came of it.
struct Asked {
    kind: AuditKind,
    at: Timestamp,
    origin: Origin,
    /// How many before it were not written; `None` where this one is not either.
    unwritten: Option<u64>,
}

/// Looks up, issues, mails: what no answer waits for.
pub(super) struct Clerk {
    pub(super) ports: Ports,
    pub(super) mailing: Mailing,
}

impl Clerk {
    /// Writes down what was asked for, whatever came of it: a known and an unknown address cost the same.
    async fn note(&self, asked: Asked, user_id: Option<UserId>, answer: LinkAnswer) -> Result<(), AuthError> {
        let Some(unwritten) = asked.unwritten else {
            return Ok(());
        };
        let event = AuditEvent {
            at: asked.at,
            kind: asked.kind,
            user_id,
            session_id: None,
            detail: with_unwritten(answer.as_str(), unwritten),
            origin: asked.origin,
        };
        Ok(self.ports.store.record_audit(event).await?)
    }

    async fn mail_reset(&self, email: &EmailAddress) -> Result<(Option<UserId>, LinkAnswer), AuthError> {
        let Some(user) = self.owner(email).await? else {
            return Ok((None, LinkAnswer::UnknownAccount));
        };
        let account = user.account;
        let owner = Some(account.id);
        if account.state.after_reset().is_none() {
            return Ok((owner, LinkAnswer::NotEntitled));
        }
        let errand = Errand::Reset(account.id);
        if let (Some(link), Some(to)) = (self.issue(errand, "/reset", RESET_LIFETIME).await?, account.email) {
            self.send(to, LetterKind::Reset, Some((link, RESET_LIFETIME)));
        }
        Ok((owner, LinkAnswer::Mailed))
    }

    async fn mail_activation(&self, sign_up: PendingSignUp) -> Result<(), AuthError> {
        let to = sign_up.email.clone();
        if let Some(user) = self.owner(&to).await? {
            return self.mail_owner(user).await;
        }
        let errand = Errand::SignUp(Box::new(sign_up));
        if let Some(link) = self.issue(errand, "/activate", ACTIVATION_LIFETIME).await? {
            self.send(to, LetterKind::Activation, Some((link, ACTIVATION_LIFETIME)));
        }
        Ok(())
    }

    /// To whom an address belongs that somebody signed up with: a pending account gets its link, any other one a word.
    async fn mail_owner(&self, user: User) -> Result<(), AuthError> {
        let account = user.account;
        let Some(to) = account.email else { return Ok(()) };
        if account.state != AccountState::Pending {
            self.send(to, LetterKind::AlreadyRegistered, None);
            return Ok(());
        }
        let errand = Errand::Activation(account.id);
        if let Some(link) = self.issue(errand, "/activate", ACTIVATION_LIFETIME).await? {
            self.send(to, LetterKind::Activation, Some((link, ACTIVATION_LIFETIME)));
        }
        Ok(())
    }

    async fn mail_activation_again(
        &self,
        email: &EmailAddress,
    ) -> Result<(Option<UserId>, LinkAnswer), AuthError> {
        if let Some(user) = self.owner(email).await? {
            let owner = Some(user.account.id);
            if user.account.state != AccountState::Pending {
                return Ok((owner, LinkAnswer::NotEntitled));
            }
            self.mail_owner(user).await?;
            return Ok((owner, LinkAnswer::Mailed));
        }
        let (holder, now) = (Holder::Address(email.key().to_owned()), self.ports.clock.now());
        let store = &self.ports.store;
        let waiting = store
            .outstanding_one_time_tokens(&holder, OneTimePurpose::Activation, now)
            .await?;
        let answer = if waiting.is_empty() {
            LinkAnswer::UnknownAccount
        } else {
            LinkAnswer::Mailed
        };
        for token in waiting.into_iter().take(SENT_AGAIN) {
            self.renew(token).await?;
        }
        Ok((None, answer))
    }

    async fn renew(&self, stored: StoredOneTimeToken) -> Result<(), AuthError> {
        let Errand::SignUp(sign_up) = stored.errand else {
            return Ok(());
        };
        let (now, token) = (
            self.ports.clock.now(),
            OneTimeToken::generate(self.ports.entropy.as_ref()),
        );
        let renew = RenewToken {
            id: stored.id,
            expected: stored.hash,
            hash: token.hash(),
            expires_at: crate::throttle::later(now, ACTIVATION_LIFETIME),
        };
        if self.ports.store.renew_one_time_token(renew, now).await? == Effect::Won(()) {
            let link = MailedLink::new(&self.mailing.link_base, "/activate", &token);
            self.send(
                sign_up.email,
                LetterKind::Activation,
                Some((link, ACTIVATION_LIFETIME)),
            );
        }
        Ok(())
    }

    pub(super) async fn owner(&self, email: &EmailAddress) -> Result<Option<User>, AuthError> {
        let name = SignInName::EmailKey(email.key().to_owned());
        Ok(self.ports.store.find_user_by_name(&name).await?)
    }

    /// A link for an errand; `None` where its account is gone.
    pub(super) async fn issue(
        &self,
        errand: Errand,
        page: &str,
        lifetime: SignedDuration,
    ) -> Result<Option<MailedLink>, AuthError> {
        self.issue_noted(errand, page, lifetime, None).await
    }

    /// The same, with an event.
    pub(super) async fn issue_noted(
        &self,
        errand: Errand,
        page: &str,
        lifetime: SignedDuration,
        audit: Option<AuditEvent>,
    ) -> Result<Option<MailedLink>, AuthError> {
        let (now, entropy) = (self.ports.clock.now(), self.ports.entropy.as_ref());
        let token = OneTimeToken::generate(entropy);
        let issue = IssueToken {
            token: StoredOneTimeToken {
                id: OneTimeTokenId::generate(now, entropy),
                hash: token.hash(),
                errand,
                created_at: now,
                expires_at: crate::throttle::later(now, lifetime),
            },
            limit: OUTSTANDING,
            audit,
        };
        let issued = self.ports.store.issue_one_time_token(issue, now).await?;
        Ok((issued == Effect::Won(())).then(|| MailedLink::new(&self.mailing.link_base, page, &token)))
    }

    pub(super) fn send(
        &self,
        to: EmailAddress,
        kind: LetterKind,
        link: Option<(MailedLink, SignedDuration)>,
    ) {
        self.mailing.mailer.send(Letter {
            to,
            kind,
            link,
            happening: None,
        });
    }
}
