//! Accounts as an administrator runs them: create, find, list, change the state, set the password, end sessions.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::FieldError;
use super::{AuthError, Ports, TRIES, parse_sign_in_name};
use crate::activity::ActivityBuffer;
use crate::administration;
use crate::model::account::Actor;
use crate::model::{
    AccountState, AuditEvent, AuditKind, EmailAddress, EndReason, Ended, NewUser, Origin, SessionId, User,
    UserId, Username,
};
use crate::password::Password;
use crate::ports::{
    CreateOutcome, Effect, EndAllSessions, EndCondition, EndOutcome, EndSession, Family, Page, SessionFilter,
    SetPassword, SetState, UserFilter,
};

/// The longest name to show, in characters.
const NAME_MAX: usize = 200;

/// A text that is no name to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has at most {NAME_MAX} characters, and no control characters")]
pub(crate) struct NameRefused;

/// An account to create.
pub struct CreateUser {
    /// As typed.
    pub email: Option<String>,
    /// As typed.
    pub username: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// The password.
    pub password: Password,
    /// The state to begin in.
    pub state: AccountState,
    /// Names of what the person may do.
    pub permissions: Vec<String>,
    /// A small JSON object; `None`: an empty one.
    pub metadata: Option<Value>,
}

/// The accounts, without any key: for administrators and the command line.
#[derive(Clone)]
pub struct Accounts {
    pub(super) ports: Ports,
    pub(super) origin: Origin,
    /// What this process knows of activity and the store does not yet.
    pub(super) activity: Arc<ActivityBuffer>,
    /// Whether the last administrator may be taken away too.
    pub(super) insists: bool,
}

impl Accounts {
    /// Over these ports, on behalf of this one.
    pub fn new(ports: Ports, origin: Origin) -> Self {
        Self {
            ports,
            origin,
            activity: Arc::default(),
            insists: false,
        }
    }

    /// The present moment, by the accounts' clock.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Creates an account.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] names every field that cannot be accepted; [`AuthError::EmailTaken`], [`AuthError::UsernameTaken`].
    pub async fn create(&self, request: CreateUser) -> Result<User, AuthError> {
        let mut errors = Vec::new();
        let permissions = parsed(
            Some(request.permissions),
            "permissions",
            |names| administration::permissions(names, &[]),
            &mut errors,
        );
        let metadata = request.metadata.unwrap_or_else(|| json!({}));
        parsed(
            Some(&metadata),
            "metadata",
            administration::check_metadata,
            &mut errors,
        );
        let email = parsed(
            request.email.as_deref(),
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
        if email.is_none() && username.is_none() && errors.is_empty() {
            errors.push(nameless());
        }
        let context = guessable(email.as_ref(), username.as_ref(), name.as_deref());
        if !errors.is_empty() {
            return Err(AuthError::Invalid(errors));
        }
        let password_hash = self.ports.hasher.hash_new(request.password, context).await?;
        let now = self.ports.clock.now();
        let id = UserId::generate(now, self.ports.entropy.as_ref());
        let new = NewUser {
            id,
            subject: id.to_string(),
            email,
            username,
            name,
            password_hash,
            state: request.state,
            permissions: permissions.unwrap_or_default(),
            metadata,
            audit: self.event(AuditKind::UserCreated, id, request.state.to_string(), now),
        };
        match self.ports.store.create_user(new, now).await? {
            CreateOutcome::Created(user) => Ok(*user),
            CreateOutcome::EmailTaken => Err(AuthError::EmailTaken),
            CreateOutcome::UsernameTaken => Err(AuthError::UsernameTaken),
            CreateOutcome::SubjectTaken => Err(AuthError::internal("a fresh id was taken")),
        }
    }

    /// Finds an account by whatever an administrator has at hand: id, subject, email or username.
    ///
    /// # Errors
    /// [`AuthError::NotFound`].
    pub async fn find(&self, text: &str) -> Result<User, AuthError> {
        let store = &self.ports.store;
        if let Ok(id) = Uuid::parse_str(text)
            && let Some(user) = store.find_user(UserId(id)).await?
        {
            return Ok(user);
        }
        if let Some(name) = parse_sign_in_name(text)
            && let Some(user) = store.find_user_by_name(&name).await?
        {
            return Ok(user);
        }
        store.find_user_by_subject(text).await?.ok_or(AuthError::NotFound)
    }

    /// Accounts, newest first.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn list(&self, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, AuthError> {
        Ok(self.ports.store.list_users(filter, page).await?)
    }

    /// Moves an account to another state; where that is not active its sessions end at once (R1.3).
    ///
    /// # Errors
    /// [`AuthError::Transition`] for a change that may not be made; [`AuthError::LastAdministrator`].
    pub async fn set_state(
        &self,
        id: UserId,
        to: AccountState,
        actor: Actor,
        why: &str,
    ) -> Result<User, AuthError> {
        for _ in 0..TRIES {
            let user = self.ports.store.find_user(id).await?.ok_or(AuthError::NotFound)?;
            let from = user.account.state;
            from.transition(to, actor)?;
            let permissions = &user.account.permissions;
            let another_administrator = self.must_leave_another(&user.account, to, permissions).await?;
            let now = self.ports.clock.now();
            let detail = format!("{from} -> {to} by {actor}: {why}");
            let audit = self.event(AuditKind::UserState, id, detail, now);
            if let Effect::Won(user) = self
                .ports
                .store
                .set_state(
                    SetState {
                        user_id: id,
                        from,
                        to,
                        another_administrator,
                        audit,
                    },
                    now,
                )
                .await?
            {
                return Ok(user);
            }
        }
        Err(AuthError::Contended)
    }

    /// Sets a password as an administrator; all sessions of the account end (`password_changed`).
    ///
    /// # Errors
    /// [`AuthError::Invalid`] for a password that is not good enough.
    pub async fn set_password(&self, id: UserId, password: Password) -> Result<User, AuthError> {
        let user = self.ports.store.find_user(id).await?.ok_or(AuthError::NotFound)?;
        let account = &user.account;
        let context = guessable(
            account.email.as_ref(),
            account.username.as_ref(),
            user.name.as_deref(),
        );
        let password_hash = self.ports.hasher.hash_new(password, context).await?;
        let now = self.ports.clock.now();
        let audit = self.event(AuditKind::PasswordSet, id, Actor::Administrator.to_string(), now);
        match self
            .ports
            .store
            .set_password(
                SetPassword {
                    user_id: id,
                    password_hash,
                    keep: None,
                    audit,
                },
                now,
            )
            .await?
        {
            Effect::Won(user) => Ok(user),
            Effect::Lost => Err(AuthError::NotFound),
        }
    }

    /// Sessions of one account or of all, newest first.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, AuthError> {
        let mut families = self.ports.store.list_sessions(user_id, filter, page).await?;
        for family in &mut families {
            self.activity.lay_over(&mut family.session);
        }
        Ok(families)
    }

    /// Ends one session (`admin`). Answers whether it ended now; one that had ended keeps its reason.
    ///
    /// # Errors
    /// [`AuthError::NotFound`].
    pub async fn end_session(&self, session_id: SessionId) -> Result<bool, AuthError> {
        let store = &self.ports.store;
        let family = store.find_session(session_id).await?.ok_or(AuthError::NotFound)?;
        let now = self.ports.clock.now();
        let reason = EndReason::Admin;
        let end = EndSession {
            session_id,
            condition: EndCondition::Live,
            end: Ended {
                at: now,
                reason,
                kind: None,
            },
            audit: AuditEvent::session_ended(family.account.id, session_id, reason, &self.origin, now),
        };
        match store.end_session(end, now).await? {
            EndOutcome::Ended => Ok(true),
            EndOutcome::Already(_) | EndOutcome::Lost => Ok(false),
            EndOutcome::Absent => Err(AuthError::NotFound),
        }
    }

    /// Ends all sessions of an account (`admin`). Answers how many ended.
    ///
    /// # Errors
    /// [`AuthError::NotFound`].
    pub async fn end_all_sessions(&self, user_id: UserId) -> Result<u64, AuthError> {
        let end = EndAllSessions {
            user_id,
            keep: None,
            reason: EndReason::Admin,
            origin: self.origin.clone(),
        };
        match self
            .ports
            .store
            .end_all_sessions(end, self.ports.clock.now())
            .await?
        {
            Effect::Won(ended) => Ok(ended),
            Effect::Lost => Err(AuthError::NotFound),
        }
    }

    pub(super) fn event(
        &self,
        kind: AuditKind,
        user_id: UserId,
        detail: String,
        at: Timestamp,
    ) -> AuditEvent {
        AuditEvent {
            at,
            kind,
            user_id: Some(user_id),
            session_id: None,
            detail,
            origin: self.origin.clone(),
        }
    }
}

/// Parses an optional field and collects what is wrong with it.
pub(super) fn parsed<G, T, E: ToString>(
    given: Option<G>,
    field: &'static str,
    parse: impl FnOnce(G) -> Result<T, E>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    match parse(given?) {
        Ok(value) => Some(value),
        Err(error) => {
            errors.push(FieldError::new(field, error));
            None
        }
    }
}

/// A name to show.
pub(crate) fn parse_name(name: String) -> Result<String, NameRefused> {
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(NameRefused);
    }
    Ok(name)
}

/// That nobody could sign in to such an account.
pub(super) fn nameless() -> FieldError {
    FieldError::new("email", "an account needs an email or a username")
}

/// What a password must not be guessed from.
pub(super) fn guessable(
    email: Option<&EmailAddress>,
    username: Option<&Username>,
    name: Option<&str>,
) -> Vec<String> {
    let email = email
        .into_iter()
        .flat_map(|email| [email.as_given().to_owned(), email.local_part().to_owned()]);
    let username = username.map(|username| username.as_given().to_owned());
    email.chain(username).chain(name.map(str::to_owned)).collect()
}
