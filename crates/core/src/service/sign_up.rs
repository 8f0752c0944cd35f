//! Signing up (R2.1).
//!
//! Where accounts begin active, a taken email is told (409) and the person is signed in at once. Where they begin pending,
//! the answer is the same whether or not the email is taken, and costs the same work.

use super::sign_in::NewSession;
use super::{Accounts, AuthError, Authority, CreateUser, Issued};
use crate::credential::RefreshToken;
use crate::model::{Client, Delivery, Origin, SignUpFailure, User, Username};
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
        self.count_sign_up(&request.client, &origin).await?;
        let new_user = CreateUser {
            email: Some(request.email),
            username: request.username.clone(),
            name: request.name,
            password: request.password,
            state: policy.initial_state,
            permissions: Vec::new(),
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

    /// Answers for a taken email what would have been answered for a free one: a taken username is told all the same, or
    /// else asking with a username that is known to be taken would tell which emails are.
    async fn as_if_free(&self, username: Option<&str>) -> Result<SignedUp, AuthError> {
        let username = username.and_then(|text| Username::parse(text).ok());
        if let Some(username) = username {
            let name = SignInName::UsernameKey(username.key().to_owned());
            if self.ports.store.find_user_by_name(&name).await?.is_some() {
                return Err(AuthError::UsernameTaken);
            }
        }
        Ok(SignedUp::Pending)
    }
}
