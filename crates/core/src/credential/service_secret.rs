//! The secret of a service: `kts_` + base64url of 32 random bytes. Shown once; what is kept is its hash, which needs no key and no
//! slowness: nobody guesses 256 bits.
//!
//! The prefix never changes: leak scanners look for it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ports::Entropy;

const LABEL: &str = "service secret";

/// A secret, made or presented.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ServiceSecret([u8; 32]);

/// Not a service's secret by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the secret of a service")]
pub struct ServiceSecretError;

impl ServiceSecret {
    /// The visible beginning of every secret.
    pub const PREFIX: &'static str = "kts_";

    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a secret. Only the one canonical spelling is accepted.
    ///
    /// # Errors
    /// Anything that is not of the form.
    pub fn parse(text: &str) -> Result<Self, ServiceSecretError> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(ServiceSecretError)?;
        let mut bytes = [0u8; 32];
        match URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(ServiceSecretError),
        }
    }

    /// What is kept of it.
    pub fn hash(&self) -> ServiceSecretHash {
        let hash = Sha256::new().chain_update(LABEL).chain_update(self.0);
        ServiceSecretHash(hash.finalize().into())
    }

    /// The text to hand out.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(self.0)))
    }
}

impl fmt::Debug for ServiceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceSecret(…)")
    }
}

/// What is kept of a service's secret: SHA-256, of no use to a thief of the database.
#[derive(Clone, Copy, Debug, Eq)]
pub struct ServiceSecretHash(pub [u8; 32]);

impl PartialEq for ServiceSecretHash {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
