//! The one-time token of a mailed link: `kto_` + base64url of 32 random bytes.
//!
//! Whoever has it can do one thing once: activate an account, set a password, confirm an address. It travels in a mail and comes
//! back in the body of a POST; what is stored is its SHA-256, which needs no key: nobody guesses 256 bits.
//!
//! The prefix never changes: leak scanners look for it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ports::Entropy;

const LABEL: &str = "one-time token";

/// Not a one-time token of ours by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a one-time token")]
pub struct OneTimeTokenError;

/// What is stored of a one-time token. Looked up by equality: who could learn from the time that takes would have to guess hashes
/// of random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OneTimeHash(pub [u8; 32]);

/// A one-time token on its way out or in.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct OneTimeToken([u8; 32]);

impl OneTimeToken {
    /// What every one-time token begins with.
    pub const PREFIX: &str = "kto_";

    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a token as it travels.
    ///
    /// # Errors
    /// [`OneTimeTokenError`] for a text that none of ours can be.
    pub fn parse(text: &str) -> Result<Self, OneTimeTokenError> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(OneTimeTokenError)?;
        let mut bytes = [0u8; 32];
        match URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes) {
            Ok(written) if written == bytes.len() => Ok(Self(bytes)),
            _ => Err(OneTimeTokenError),
        }
    }

    /// What is stored of it.
    pub fn hash(&self) -> OneTimeHash {
        OneTimeHash(
            Sha256::new()
                .chain_update(LABEL)
                .chain_update(self.0)
                .finalize()
                .into(),
        )
    }

    /// The text to mail.
    pub fn reveal(&self) -> String {
        let mut text = Self::PREFIX.to_owned();
        URL_SAFE_NO_PAD.encode_string(self.0, &mut text);
        text
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken(…)")
    }
}
