//! Keys of their own, beside those that are derived from the master secret: as they are stored, sealed.

use jiff::Timestamp;
use keyturn_token::Algorithm;

use super::reason::named;

named! {
    /// What a key is for.
    KeyPurpose ("key purpose") {
        /// Signs access tokens.
        Access = "access",
        /// Makes the refresh tokens of the sessions that begin while it is in use.
        Refresh = "refresh",
    }
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Names it; unique. For an access key the `kid` of its tokens.
    pub kid: String,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// How it signs; a refresh key always by HMAC-SHA256.
    pub algorithm: Algorithm,
    /// The key itself, or that it is gone.
    pub material: KeyMaterial,
    /// When it was made.
    pub published_at: Timestamp,
    /// From when on it is used. From then on the one before it is not.
    pub signs_from: Timestamp,
    /// How long what the one before it has signed can live.
    pub predecessor_until: Timestamp,
}

/// The secret part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyMaterial {
    /// Sealed under the master secret ([`crate::credential::Keys::seal`]).
    Sealed(Vec<u8>),
    /// Taken out of use at this time, and forgotten.
    Retired(Timestamp),
}
