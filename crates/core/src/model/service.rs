//! Services: programs of the operator's that ask Keyturn about people's tokens, or act for people. They have a name, a secret and
//! scopes, and no session.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::AuditEvent;
use super::reason::{UnknownName, named};
use crate::credential::ServiceSecretHash;

named! {
    /// What a service may do.
    ServiceScope ("service scope") {
        /// Ask what a token is worth (RFC 7662).
        Introspect = "introspect",
        /// Start a session for a person whom it has authenticated itself.
        SessionStart = "session:start",
        /// Follow which sessions end.
        ChangesSessions = "changes:sessions",
        /// Follow which accounts are created, changed and deleted.
        ChangesAccounts = "changes:accounts",
    }
}

/// What a service may do, in all. As text: the scopes with a space between them (RFC 6749 §3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceScopes(BTreeSet<ServiceScope>);

impl ServiceScopes {
    /// Whether this is one of them.
    pub fn contains(&self, scope: ServiceScope) -> bool {
        self.0.contains(&scope)
    }

    /// Each of them, in the order of [`ServiceScope::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = ServiceScope> {
        self.0.iter().copied()
    }
}

impl FromIterator<ServiceScope> for ServiceScopes {
    fn from_iter<I: IntoIterator<Item = ServiceScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for ServiceScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes: Vec<_> = self.iter().map(ServiceScope::as_str).collect();
        f.write_str(&scopes.join(" "))
    }
}

impl FromStr for ServiceScopes {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        text.split_ascii_whitespace().map(str::parse).collect()
    }
}

/// The name of a service, unique: its client id. It reads the same in a URL, in a form and in HTTP Basic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(String);

/// A text that can be no service's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a service's name has 1 to {max} characters of a-z, 0-9, `-`, `_` and `.`", max = ServiceName::MAX)]
pub struct ServiceNameError;

impl ServiceName {
    /// The longest name, in characters.
    pub const MAX: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ServiceName {
    type Err = ServiceNameError;

    fn from_str(text: &str) -> Result<Self, ServiceNameError> {
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        };
        if (1..=Self::MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ServiceNameError)
        }
    }
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// What it may do.
    pub scopes: ServiceScopes,
    /// Since when.
    pub created_at: Timestamp,
}

/// A service to be.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its name.
    pub name: ServiceName,
    /// What is kept of its secret.
    pub secret_hash: ServiceSecretHash,
    /// What it may do.
    pub scopes: ServiceScopes,
    /// Written with it.
    pub audit: AuditEvent,
}
