//! How new passwords are hashed, and how costly a stored hash may be.

use super::{HashError, Password, PasswordRejection};

/// bcrypt reads this much of a password and ignores the rest.
const MAX_BCRYPT_BYTES: usize = 72;

/// The algorithm and cost of new hashes. A stored hash made otherwise is still verified, and replaced at the next
/// successful sign-in ([`super::needs_rehash`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashSettings {
    /// RFC 9106. The default is OWASP's: 19 MiB, two iterations, one lane.
    Argon2id {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        iterations: u32,
        /// Lanes. They are computed one after another: each hash has one thread.
        parallelism: u32,
    },
    /// For applications that read the hashes too and know only bcrypt.
    Bcrypt {
        /// The logarithm of the number of rounds; each step doubles the work.
        cost: u32,
    },
}

impl Default for HashSettings {
    fn default() -> Self {
        Self::Argon2id {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
        }
    }
}

/// The costliest hash that is computed. A hash of higher cost, in the settings or in a stored row, is refused and not
/// computed: whoever can write one row must not be able to stop every sign-in.
impl HashSettings {
    /// Most memory of a hash, in KiB.
    pub const MAX_MEMORY_KIB: u32 = 256 * 1024;
    /// Most passes of a hash.
    pub const MAX_ITERATIONS: u32 = 16;
    /// Most lanes of a hash.
    pub const MAX_PARALLELISM: u32 = 8;
    /// Highest bcrypt cost.
    pub const MAX_BCRYPT_COST: u32 = 14;

    /// Refuses settings that could make no hash, or one that would not be verified.
    ///
    /// There is no lower bound beyond the algorithm's own: that is for the configuration to judge.
    ///
    /// # Errors
    /// [`HashError::CostTooHigh`] or [`HashError::InvalidSettings`].
    pub fn check(self) -> Result<(), HashError> {
        match self {
            Self::Argon2id {
                memory_kib,
                iterations,
                parallelism,
            } => {
                if memory_kib > Self::MAX_MEMORY_KIB
                    || iterations > Self::MAX_ITERATIONS
                    || parallelism > Self::MAX_PARALLELISM
                {
                    return Err(HashError::CostTooHigh);
                }
                argon2::Params::new(memory_kib, iterations, parallelism, None)
                    .map(drop)
                    .map_err(|_| HashError::InvalidSettings)
            }
            Self::Bcrypt { cost } if cost > Self::MAX_BCRYPT_COST => Err(HashError::CostTooHigh),
            Self::Bcrypt { cost } if cost < 4 => Err(HashError::InvalidSettings),
            Self::Bcrypt { .. } => Ok(()),
        }
    }

    /// Whether the algorithm can take all of `password`. Judged where a password is set, beside the policy.
    ///
    /// # Errors
    /// bcrypt would ignore a part of it: the password is refused and never cut.
    pub fn admit(self, password: &Password) -> Result<(), PasswordRejection> {
        match self {
            Self::Argon2id { .. } => Ok(()),
            Self::Bcrypt { .. } => admit_bcrypt(password),
        }
    }
}

/// The passwords that bcrypt takes whole: at most 72 bytes, none of them NUL, which would end the password or, where the
/// key is repeated to fill the block, make `a` and `a NUL a` one.
pub(super) fn admit_bcrypt(password: &Password) -> Result<(), PasswordRejection> {
    if password.bytes().len() > MAX_BCRYPT_BYTES {
        return Err(PasswordRejection::TooLongForBcrypt {
            max: MAX_BCRYPT_BYTES,
        });
    }
    if password.bytes().contains(&0) {
        return Err(PasswordRejection::NulForBcrypt);
    }
    Ok(())
}
