//! bcrypt, in its own form: `$2b$12$` and 53 characters.
//!
//! `$2a$`, `$2b$` and `$2y$` are one algorithm today; `$2x$`, the mark of a faulty one, is refused. A password that bcrypt
//! would read only a part of is never hashed, and never right: verifying it does the usual work and says no.

use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use bcrypt::{BcryptError, HashParts};
use sha2::{Digest, Sha256};

use super::settings::admit_bcrypt;
use super::{HashError, HashSettings, Password, Salt};

const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

/// The output that bcrypt stores, in bytes.
const OUTPUT_BYTES: usize = 23;

const DECOY_LABEL: &[u8] = b"keyturn decoy password hash";

/// A stored bcrypt hash.
pub(super) struct BcryptForm {
    text: String,
    cost: u32,
}

impl BcryptForm {
    /// Reads a stored hash; one that costs too much is refused here.
    pub(super) fn read(text: &str) -> Result<Self, HashError> {
        let parts: HashParts = text.parse().map_err(|_: BcryptError| HashError::Unreadable)?;
        let cost = parts.get_cost();
        HashSettings::Bcrypt { cost }.check()?;
        Ok(Self {
            text: text.to_owned(),
            cost,
        })
    }

    /// A new hash of a password that was admitted.
    pub(super) fn hash(password: &Password, cost: u32, salt: Salt) -> Result<String, HashError> {
        bcrypt::hash_with_salt(password.bytes(), cost, salt)
            .map(|parts| parts.to_string())
            .map_err(|_| HashError::InvalidSettings)
    }

    pub(super) fn verify(&self, password: &Password) -> Result<bool, HashError> {
        let admitted = admit_bcrypt(password).is_ok();
        let right = bcrypt::verify(password.bytes(), &self.text).map_err(|_| HashError::Unreadable)?;
        Ok(admitted && right)
    }

    pub(super) fn decoy(cost: u32, salt: Salt) -> String {
        let digest = Sha256::new()
            .chain_update(DECOY_LABEL)
            .chain_update(salt)
            .finalize();
        let output = digest.get(..OUTPUT_BYTES).unwrap_or_default();
        format!("$2b${cost:02}${}{}", BASE64.encode(salt), BASE64.encode(output))
    }

    pub(super) fn cost(&self) -> u32 {
        self.cost
    }
}
