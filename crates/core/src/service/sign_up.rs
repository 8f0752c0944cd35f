//! Signing up (R2.1).
//!
//! Where accounts begin active, a taken email is told (409) and the person is signed in at once. Where they begin pending,
//! the answer is the same whether or not the email is taken, and costs the same work. Where a mailed link activates them, there is no
//! account before the link is used ([`super::mailed_links`]).

use super::accounts::{guessable, parse_name, parsed};
use super::sign_in::NewSession;
use super::{Accounts, AuthError, Authority, CreateUser, Issued};
use crate::credential::RefreshToken;
use crate::model::{Client, Delivery, EmailAddress, Origin, PendingSignUp, SignUpFailure, User, Username};
use crate::password::Password;
use crate::ports::SignInName;

/// Someone who wants an account.
pub struct SignUpRequest {
    /// As typed.
    pub email: String,
    /// The password.
    pub password: Password,
    /// As typed.
    pub username: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// How the tokens will travel.
    pub delivery: Delivery,
    /// "Keep me signed in".
    pub remember: bool,
    /// What the session keeps of where it was started.
    pub client: Client,
    /// Where the request comes from.
    pub origin: Origin,
    /// The refresh cookie that came along: its session ends (`replaced`).
    pub replaces: Option<RefreshToken>,
}

/// What a sign-up led to.
#[derive(Debug)]
pub enum SignedUp {
    /// The account exists and the person is signed in.
    SignedIn(Box<Issued>, Box<User>),
    /// If the email was free, the account waits for its activation.
    Pending,
}

impl Authority {
    /// Creates an account and signs it in where it begins active.
    ///
    /// # Errors
    /// [`AuthError::SignUpClosed`], [`AuthError::Invalid`], [`AuthError::EmailTaken`], [`AuthError::UsernameTaken`],
    /// [`AuthError::Throttled`], [`AuthError::Busy`].
    pub async fn sign_up(&self, request: SignUpRequest) -> Result<SignedUp, AuthError> {
        let policy = self.policy.sign_up;
        if !policy.enabled {
            return Err(AuthError::SignUpClosed);
        }
        let origin = self.kept(&request.origin);
        if self.mailing.activates {
            return self.sign_up_by_mail(request, &origin).await;
        }
        self.count_sign_up(&request.client, &origin).await?;
        let new_user = CreateUser {
            email: Some(request.email),
            username: request.username.clone(),
            name: request.name,
            password: request.password,
            state: policy.initial_state,
            permissions: Vec::new(),
            metadata: None,
        };
        let accounts = Accounts::new(self.ports.clone(), origin.clone());
        let user = match accounts.create(new_user).await {
            Ok(user) => user,
            Err(AuthError::EmailTaken) => {
                self.sign_up_refused(SignUpFailure::EmailTaken, &origin).await?;
                return if policy.initial_state.is_active() {
                    Err(AuthError::EmailTaken)
                } else {
                    self.as_if_free(request.username.as_deref()).await
                };
            }
            Err(AuthError::UsernameTaken) => {
                self.sign_up_refused(SignUpFailure::UsernameTaken, &origin)
                    .await?;
                return Err(AuthError::UsernameTaken);
            }
            Err(error) => return Err(error),
        };
        if !user.account.state.is_active() {
            return Ok(SignedUp::Pending);
        }
        let replaces = self.replaced_session(request.replaces.as_ref()).await?;
        let new = NewSession {
            vouched_by: None,
            delivery: request.delivery,
            remember: request.remember,
            client: &request.client,
            origin: &origin,
            replaces,
            returns: Vec::new(),
        };
        match self.start_session(user.account.clone(), &new).await? {
            Some(issued) => Ok(SignedUp::SignedIn(Box::new(issued), Box::new(user))),
            None => Err(AuthError::Contended),
        }
    }

    /// Has a link mailed that makes the account. Nothing is kept of an address but in its links, so that a taken one costs the same and
    /// answers the same: only its owner is told.
    async fn sign_up_by_mail(&self, request: SignUpRequest, origin: &Origin) -> Result<SignedUp, AuthError> {
        let mut errors = Vec::new();
        let email = parsed(
            Some(request.email.as_str()),
            "email",
            EmailAddress::parse,
            &mut errors,
        );
        let username = parsed(
            request.username.as_deref(),
            "username",
            Username::parse,
            &mut errors,
        );
        let name = parsed(request.name, "name", parse_name, &mut errors);
        let Some(email) = email.filter(|_| errors.is_empty()) else {
            return Err(AuthError::Invalid(errors));
        };
        self.count_mail(&request.client, &email, origin).await?;
        if self.is_taken(username.as_ref()).await? {
            self.sign_up_refused(SignUpFailure::UsernameTaken, origin).await?;
            return Err(AuthError::UsernameTaken);
        }
        let context = guessable(Some(&email), username.as_ref(), name.as_deref());
        let password_hash = self.ports.hasher.hash_new(request.password, context).await?;
        self.mail_activation(PendingSignUp {
            email,
            username,
            name,
            password_hash,
        });
        Ok(SignedUp::Pending)
    }

    /// Answers for a taken email what would have been answered for a free one: a taken username is told all the same, or
    /// else asking with a username that is known to be taken would tell which emails are.
    async fn as_if_free(&self, username: Option<&str>) -> Result<SignedUp, AuthError> {
        let username = username.and_then(|text| Username::parse(text).ok());
        if self.is_taken(username.as_ref()).await? {
            return Err(AuthError::UsernameTaken);
        }
        Ok(SignedUp::Pending)
    }

    async fn is_taken(&self, username: Option<&Username>) -> Result<bool, AuthError> {
        let Some(username) = username else {
            return Ok(false);
        };
        let name = SignInName::UsernameKey(username.key().to_owned());
        Ok(self.ports.store.find_user_by_name(&name).await?.is_some())
    }
}
