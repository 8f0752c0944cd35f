//! Hashing and verifying: one stored form, several algorithms behind it.
//!
//! A stored hash says by itself how it was made: a PHC string for argon2 (`$argon2id$v=19$m=…`), bcrypt's own form
//! (`$2b$12$…`), another framework's notation (`foreign.rs`). Its cost is held against the ceilings of [`HashSettings`] before any work is done.

use std::fmt;

use super::argon::ArgonForm;
use super::bcrypt_form::BcryptForm;
use super::foreign::{self, ForeignForm};
use super::{HashSettings, Password, PasswordRejection, Salt, Workspace};

/// What is stored of a password: enough to verify one, nothing to sign in with. Its `Debug` prints the algorithm alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a hash as it was stored or imported. It is read when it is verified.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that the hash begins with, where it is one that is known: an algorithm's, or a framework's for one. Says nothing of
    /// what follows.
    pub fn algorithm(&self) -> &'static str {
        const KNOWN: [&str; 13] = [
            "argon2id",
            "argon2i",
            "argon2d",
            "2a",
            "2b",
            "2y",
            "argon2",
            "bcrypt",
            "bcrypt_sha256",
            "pbkdf2",
            "pbkdf2_sha1",
            "pbkdf2_sha256",
            "scrypt",
        ];
        if foreign::is_better_auth(&self.0) {
            return "scrypt";
        }
        let rest = self.0.strip_prefix('$').unwrap_or(&self.0);
        let name = rest.split(['$', ':']).next().unwrap_or_default();
        KNOWN
            .into_iter()
            .find(|known| *known == name)
            .unwrap_or("unknown")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({})", self.algorithm())
    }
}

/// Why a password could not be hashed or verified. Never says anything about the password's being right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The algorithm can't take all of the password ([`HashSettings::admit`]).
    #[error(transparent)]
    Rejected(#[from] PasswordRejection),
    /// No hash can be made with these settings.
    #[error("the password hash settings are out of the algorithm's range")]
    InvalidSettings,
    /// The cost is above the ceilings of [`HashSettings`].
    #[error("the password hash costs more than is allowed")]
    CostTooHigh,
    /// The stored hash is of an unknown algorithm, or is damaged.
    #[error("the stored password hash can't be read")]
    Unreadable,
    /// There is no memory for it now.
    #[error("there is not enough memory to hash a password")]
    OutOfMemory,
}

/// Hashes `password` for storing. `salt` is random and new.
///
/// # Errors
/// [`HashError::Rejected`] is for the person who chose the password; [`HashError::OutOfMemory`] passes; the settings'
/// errors were to be found at start, by [`HashSettings::check`].
pub fn hash(
    password: &Password,
    settings: HashSettings,
    salt: Salt,
    workspace: &mut Workspace,
) -> Result<PasswordHash, HashError> {
    settings.check()?;
    settings.admit(password)?;
    match settings {
        HashSettings::Argon2id {
            memory_kib,
            iterations,
            parallelism,
        } => {
            let form = ArgonForm::new(memory_kib, iterations, parallelism, salt)?;
            form.hash(password, workspace).map(PasswordHash)
        }
        HashSettings::Bcrypt { cost } => BcryptForm::hash(password, cost, salt).map(PasswordHash),
    }
}

/// Whether `password` is the one that `stored` was made of. Takes the same work for every answer.
///
/// # Errors
/// The stored hash is not usable: for the person it is as if the password were wrong, for the operator it is a fault.
pub fn verify(
    password: &Password,
    stored: &PasswordHash,
    workspace: &mut Workspace,
) -> Result<bool, HashError> {
    match Form::read(stored)? {
        Form::Argon(form) => form.verify(password, workspace),
        Form::Bcrypt(form) => form.verify(password),
        Form::Foreign(form) => form.verify(password, workspace),
    }
}

/// Whether `stored`, which somebody else made, is one that [`verify`] can read and may compute.
///
/// # Errors
/// [`HashError::Unreadable`], [`HashError::CostTooHigh`].
pub fn check_stored(stored: &PasswordHash) -> Result<(), HashError> {
    Form::read(stored).map(drop)
}

/// Whether `stored` should be replaced by one made with `settings`, now that the password is known to be right.
///
/// The new hash may be refused ([`HashSettings::admit`]): then the old one stays.
pub fn needs_rehash(stored: &PasswordHash, settings: HashSettings) -> bool {
    match (Form::read(stored), settings) {
        (
            Ok(Form::Argon(form)),
            HashSettings::Argon2id {
                memory_kib,
                iterations,
                parallelism,
            },
        ) => !form.was_made_with(memory_kib, iterations, parallelism),
        (Ok(Form::Bcrypt(form)), HashSettings::Bcrypt { cost }) => form.cost() != cost,
        _ => true,
    }
}

/// A hash that costs as much to verify as a real one, and of which nobody knows the password.
///
/// Verify against it where there is no account, so that the time tells nothing. Nothing was hashed to make it: its output
/// is a digest of a label and the salt, and a password for it would have to be found by trying all of them.
///
/// # Errors
/// As for [`HashSettings::check`].
pub fn decoy(settings: HashSettings, salt: Salt) -> Result<PasswordHash, HashError> {
    settings.check()?;
    match settings {
        HashSettings::Argon2id {
            memory_kib,
            iterations,
            parallelism,
        } => ArgonForm::new(memory_kib, iterations, parallelism, salt)?
            .decoy()
            .map(PasswordHash),
        HashSettings::Bcrypt { cost } => Ok(PasswordHash(BcryptForm::decoy(cost, salt))),
    }
}

/// A stored hash, read and found affordable.
enum Form {
    Argon(ArgonForm),
    Bcrypt(BcryptForm),
    Foreign(ForeignForm),
}

impl Form {
    fn read(stored: &PasswordHash) -> Result<Self, HashError> {
        let text = stored.as_str();
        if !text.starts_with('$') {
            let form = ForeignForm::read(text).ok_or(HashError::Unreadable)?;
            return form.map(Self::Foreign);
        }
        match stored.algorithm() {
            "argon2id" | "argon2i" | "argon2d" => ArgonForm::read(text).map(Self::Argon),
            "2a" | "2b" | "2y" => BcryptForm::read(text).map(Self::Bcrypt),
            _ => Err(HashError::Unreadable),
        }
    }
}
