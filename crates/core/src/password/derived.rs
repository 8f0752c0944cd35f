//! scrypt (RFC 7914) and PBKDF2 (RFC 8018 §5.2): verified where they were imported, never made.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, Algorithm};
use scrypt::Params;
use subtle::ConstantTimeEq;

use super::HashError;

/// The costliest derivation that is computed, as for [`super::HashSettings`]: whoever can write one row must not be able to
/// stop every sign-in. Twice and more of what any framework's defaults ask for, and about two seconds of one core.
const MAX_SCRYPT_BYTES: u64 = 256 * 1024 * 1024;
/// scrypt's memory times its lanes, which are computed one after the other.
const MAX_SCRYPT_WORK: u64 = 2 * MAX_SCRYPT_BYTES;
/// Rounds of PBKDF2.
const MAX_PBKDF2_ROUNDS: u32 = 5_000_000;

/// The output of scrypt that every framework stores, in bytes. A shorter one would be guessed sooner, an empty one at once.
const SCRYPT_OUTPUT: usize = 64;

/// A key derivation, and what must come out of it.
pub(super) struct DerivedForm {
    derivation: Derivation,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

enum Derivation {
    Scrypt(Params),
    Pbkdf2(Digest, NonZeroU32),
}

/// The hash function below PBKDF2.
#[derive(Clone, Copy)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }

    const fn output(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// scrypt's parameters as they are written: memory and time, block size, lanes.
#[derive(Clone, Copy)]
pub(super) struct ScryptCost {
    pub(super) n: u64,
    pub(super) r: u32,
    pub(super) p: u32,
}

impl DerivedForm {
    /// Refuses what costs too much, or has not the length of such an output.
    pub(super) fn scrypt(cost: ScryptCost, salt: Vec<u8>, expected: Vec<u8>) -> Result<Self, HashError> {
        let block = 128 * u64::from(cost.r);
        let bytes = cost.n.saturating_mul(block);
        let lanes = block.saturating_mul(cost.p.into());
        if bytes > MAX_SCRYPT_BYTES
            || lanes > MAX_SCRYPT_BYTES
            || bytes.saturating_mul(cost.p.into()) > MAX_SCRYPT_WORK
        {
            return Err(HashError::CostTooHigh);
        }
        if !cost.n.is_power_of_two() || cost.n < 2 || expected.len() != SCRYPT_OUTPUT {
            return Err(HashError::Unreadable);
        }
        let log_n = u8::try_from(cost.n.ilog2()).map_err(|_| HashError::Unreadable)?;
        let params = Params::new(log_n, cost.r, cost.p).map_err(|_| HashError::Unreadable)?;
        Ok(Self {
            derivation: Derivation::Scrypt(params),
            salt,
            expected,
        })
    }

    /// Refuses what costs too much, or has not the length of such an output.
    pub(super) fn pbkdf2(
        digest: Digest,
        rounds: u32,
        salt: Vec<u8>,
        expected: Vec<u8>,
    ) -> Result<Self, HashError> {
        if rounds > MAX_PBKDF2_ROUNDS {
            return Err(HashError::CostTooHigh);
        }
        let rounds = NonZeroU32::new(rounds).ok_or(HashError::Unreadable)?;
        if expected.len() != digest.output() {
            return Err(HashError::Unreadable);
        }
        Ok(Self {
            derivation: Derivation::Pbkdf2(digest, rounds),
            salt,
            expected,
        })
    }

    /// Whether this text gives the output that is stored; compared in constant time.
    pub(super) fn verify(&self, text: &[u8]) -> Result<bool, HashError> {
        match &self.derivation {
            Derivation::Scrypt(params) => {
                let mut output = [0; SCRYPT_OUTPUT];
                scrypt::scrypt(text, &self.salt, params, &mut output).map_err(|_| HashError::Unreadable)?;
                Ok(output.as_slice().ct_eq(&self.expected).into())
            }
            Derivation::Pbkdf2(digest, rounds) => {
                Ok(pbkdf2::verify(digest.algorithm(), *rounds, &self.salt, text, &self.expected).is_ok())
            }
        }
    }
}
