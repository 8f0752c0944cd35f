//! Keeping a key in the database: AES-256-GCM (NIST SP 800-38D) under a key derived from the master secret.
//!
//! **The rule**: what the key is for stands beside it in the row and is bound to it as associated data, so that no row can be given
//! another name, purpose or algorithm. A dump without the master secret holds no key.
//!
//! The form is version ‖ nonce (12) ‖ ciphertext and tag. The nonce is random: a few hundred seals under one key are far from the
//! 2^32 that SP 800-38D §8.3 allows.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::keys::{Keys, MasterSecret};
use crate::model::KeyPurpose;
use crate::ports::Entropy;
use keyturn_token::Algorithm;

const VERSION: u8 = 1;
const LABEL: &str = "sealed keys";

/// 32 random bytes: a signing key, before it is given a form.
pub type KeyBytes = Zeroizing<[u8; 32]>;

/// What a sealed key is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedFor<'a> {
    /// Its name.
    pub kid: &'a str,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// How it signs.
    pub algorithm: Algorithm,
}

impl SealedFor<'_> {
    /// Fields that hold no line feed, one a line.
    fn associated_data(&self) -> Aad<String> {
        let Self {
            kid,
            purpose,
            algorithm,
        } = self;
        Aad::from(format!("keyturn key\n{purpose}\n{}\n{kid}", algorithm.name()))
    }
}

/// The sealed key can't be opened: it was sealed under another master secret, or it is not what the row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is sealed under another master secret, or its row was changed")]
pub struct Unsealable;

/// A key that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The key.
    pub bytes: KeyBytes,
    /// Whether it took the previous master secret: seal it anew before that is retired.
    pub outdated: bool,
}

/// Seals and opens.
pub(super) struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    pub(super) fn derive(secret: &MasterSecret) -> Self {
        Self(secret.derive(LABEL))
    }

    fn cipher(&self) -> Result<LessSafeKey, Unsealable> {
        UnboundKey::new(&AES_256_GCM, self.0.as_slice())
            .map(LessSafeKey::new)
            .map_err(|_| Unsealable)
    }

    fn seal(
        &self,
        bytes: &KeyBytes,
        of: SealedFor<'_>,
        nonce: [u8; NONCE_LEN],
    ) -> Result<Vec<u8>, Unsealable> {
        let mut text = bytes.to_vec();
        self.cipher()?
            .seal_in_place_append_tag(Nonce::from(&nonce), of.associated_data(), &mut text)
            .map_err(|_| Unsealable)?;
        Ok([&[VERSION][..], &nonce, &text].concat())
    }

    fn open(&self, sealed: &[u8], of: SealedFor<'_>) -> Result<KeyBytes, Unsealable> {
        let (version, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unsealable)?;
        if *version != VERSION {
            return Err(Unsealable);
        }
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self
            .cipher()?
            .open_in_place(Nonce::from(nonce), of.associated_data(), &mut text)
            .map_err(|_| Unsealable)?;
        let bytes: &[u8; 32] = (&*opened).try_into().map_err(|_| Unsealable)?;
        Ok(Zeroizing::new(*bytes))
    }
}

impl Keys {
    /// Seals a key for its row.
    ///
    /// # Errors
    /// A fault of the cryptographic library.
    pub fn seal(
        &self,
        bytes: &KeyBytes,
        of: SealedFor<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Unsealable> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        self.sealing.seal(bytes, of, nonce)
    }

    /// Opens a key from its row, under the master secret or the one before it.
    ///
    /// # Errors
    /// [`Unsealable`].
    pub fn open(&self, sealed: &[u8], of: SealedFor<'_>) -> Result<Opened, Unsealable> {
        if let Ok(bytes) = self.sealing.open(sealed, of) {
            return Ok(Opened {
                bytes,
                outdated: false,
            });
        }
        let previous = self.previous_sealing.as_ref().ok_or(Unsealable)?;
        previous.open(sealed, of).map(|bytes| Opened {
            bytes,
            outdated: true,
        })
    }
}
