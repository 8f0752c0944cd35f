//! Password hashing, which is slow on purpose and therefore runs apart from everything else.

use std::time::Duration;

use async_trait::async_trait;

use crate::password::{HashError, Password, PasswordHash, PasswordRejection};

/// Why a password was not hashed or verified.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The queue is full. Ask again after this long; nothing was done.
    #[error("too many sign-ins at once")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The new password is not good enough.
    #[error(transparent)]
    Rejected(#[from] PasswordRejection),
    /// The stored hash cannot be verified, or hashing itself failed.
    #[error(transparent)]
    Scheme(#[from] HashError),
    /// The hashing threads are gone: the process is shutting down.
    #[error("password hashing has stopped")]
    Stopped,
}

/// What verifying a password gave.
#[derive(Debug)]
pub struct Verified {
    /// The password is right.
    pub matches: bool,
    /// A hash of it with the present settings, where it is right and the stored one was made with others.
    pub replacement: Option<PasswordHash>,
}

/// Judges, hashes and verifies passwords with the configured policy and settings.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Judges a new password and makes the hash to store. `context` is what it must not be guessed from: email, username.
    async fn hash_new(&self, password: Password, context: Vec<String>) -> Result<PasswordHash, HasherError>;

    /// Verifies against `stored`; `None` (no such account) costs the same work and never matches.
    async fn verify(&self, password: Password, stored: Option<PasswordHash>)
    -> Result<Verified, HasherError>;
}
