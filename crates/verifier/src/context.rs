//! Who is signed in: the session context of a request.

use std::fmt;
use std::sync::Arc;

use keyturn_token::AccessClaims;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use uuid::Uuid;

use crate::refusal::Refusal;

/// A session whose access token was accepted.
///
/// Its `Debug` leaves out the email address, so that it can stand in a log line.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The account: the id that the application knows it by, the token's `sub`. It never changes.
    pub user_id: String,
    /// The account's email address, where Keyturn is set to name it. It may change; an account is known by its `user_id`.
    pub email: Option<String>,
    /// The account's permissions. Empty where Keyturn is not set to name them.
    pub permissions: Vec<String>,
    /// The sign-in that the request belongs to.
    pub session_id: Uuid,
    /// The second in which the token was issued, since the Unix epoch.
    pub issued_at: i64,
    /// The second from which the token is no longer good, since the Unix epoch.
    pub expires_at: i64,
}

impl Session {
    /// A session without email address and permissions, for who knows of it in another way than by a token.
    pub fn new(user_id: impl Into<String>, session_id: Uuid, expires_at: i64) -> Self {
        Self {
            user_id: user_id.into(),
            email: None,
            permissions: Vec::new(),
            session_id,
            issued_at: i64::MAX,
            expires_at,
        }
    }

    /// Whether the account has this permission, letter for letter.
    pub fn has(&self, permission: &str) -> bool {
        self.permissions.iter().any(|had| had == permission)
    }

    /// Goes on only with this permission.
    ///
    /// # Errors
    /// [`Refusal::PermissionMissing`], 403.
    pub fn require(&self, permission: &str) -> Result<(), Refusal> {
        if self.has(permission) {
            Ok(())
        } else {
            Err(Refusal::PermissionMissing {
                permission: permission.to_owned(),
            })
        }
    }
}

impl From<AccessClaims> for Session {
    fn from(claims: AccessClaims) -> Self {
        Self {
            user_id: claims.sub,
            email: claims.email,
            permissions: claims.permissions.unwrap_or_default(),
            session_id: claims.sid,
            issued_at: claims.iat,
            expires_at: claims.exp,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user_id", &self.user_id)
            .field("permissions", &self.permissions)
            .field("session_id", &self.session_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The session of a request, or that there is none. Cheap to copy.
///
/// As JSON: `is_authenticated`, `user_id`, `email`, `permissions`, `session_id`; `null` and an empty list where nobody is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionContext(Option<Arc<Session>>);

impl SessionContext {
    /// That of a request without credentials.
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// Whether somebody is signed in.
    pub const fn is_authenticated(&self) -> bool {
        self.0.is_some()
    }

    /// The session, where somebody is signed in.
    pub fn session(&self) -> Option<&Arc<Session>> {
        self.0.as_ref()
    }

    /// The account's id.
    pub fn user_id(&self) -> Option<&str> {
        self.0.as_deref().map(|session| session.user_id.as_str())
    }

    /// The account's email address, where Keyturn is set to name it.
    pub fn email(&self) -> Option<&str> {
        self.0.as_deref()?.email.as_deref()
    }

    /// The account's permissions: none where nobody is signed in.
    pub fn permissions(&self) -> &[String] {
        self.0
            .as_deref()
            .map_or(&[], |session| session.permissions.as_slice())
    }

    /// The session's id.
    pub fn session_id(&self) -> Option<Uuid> {
        self.0.as_deref().map(|session| session.session_id)
    }

    /// The session of somebody who must be signed in.
    ///
    /// # Errors
    /// [`Refusal::CredentialsMissing`], 401.
    pub fn require_session(&self) -> Result<&Arc<Session>, Refusal> {
        self.0.as_ref().ok_or(Refusal::CredentialsMissing)
    }

    /// The session of somebody who must be signed in and have this permission.
    ///
    /// # Errors
    /// [`Refusal::CredentialsMissing`], 401, before [`Refusal::PermissionMissing`], 403.
    pub fn require(&self, permission: &str) -> Result<&Arc<Session>, Refusal> {
        let session = self.require_session()?;
        session.require(permission)?;
        Ok(session)
    }
}

impl From<Session> for SessionContext {
    fn from(session: Session) -> Self {
        Self(Some(Arc::new(session)))
    }
}

impl Serialize for SessionContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut context = serializer.serialize_struct("SessionContext", 5)?;
        context.serialize_field("is_authenticated", &self.is_authenticated())?;
        context.serialize_field("user_id", &self.user_id())?;
        context.serialize_field("email", &self.email())?;
        context.serialize_field("permissions", self.permissions())?;
        context.serialize_field("session_id", &self.session_id())?;
        context.end()
    }
}
