//! The code of a prepared session: `ktc_` + base64url of 32 random bytes.
//!
//! A service that has authenticated somebody hands it to that person's browser, which takes the session over with it, once. What is
//! stored is its SHA-256, which needs no key: nobody guesses 256 bits. A mailed token is no code, nor a code a mailed token.
//!
//! The prefix never changes: leak scanners look for it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::OneTimeHash;
use crate::ports::Entropy;

const LABEL: &str = "session code";

/// Not the code of a session by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the code of a session")]
pub struct SessionCodeError;

/// A code on its way out or in.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SessionCode([u8; 32]);

impl SessionCode {
    /// What every code begins with.
    pub const PREFIX: &str = "ktc_";

    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a code. Only the one canonical spelling is accepted.
    ///
    /// # Errors
    /// [`SessionCodeError`] for a text that none of ours can be.
    pub fn parse(text: &str) -> Result<Self, SessionCodeError> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(SessionCodeError)?;
        let mut bytes = [0u8; 32];
        match URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes) {
            Ok(written) if written == bytes.len() => Ok(Self(bytes)),
            _ => Err(SessionCodeError),
        }
    }

    /// What is stored of it.
    pub fn hash(&self) -> OneTimeHash {
        let hash = Sha256::new().chain_update(LABEL).chain_update(self.0);
        OneTimeHash(hash.finalize().into())
    }

    /// The text to hand out.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(self.0)))
    }
}

impl fmt::Debug for SessionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionCode(…)")
    }
}
