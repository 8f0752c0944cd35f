//! Keys of their own, as a store keeps them: sealed. It can't read them, and never decides which is used.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Effect, StoreError};
use crate::model::{AuditEvent, StoredKey};

/// Adds a key, if the newest one of its purpose that is not retired is the one expected: of two who rotate at once one wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddKey {
    /// The key.
    pub key: StoredKey,
    /// The id of the key of this purpose that is used last (by `signs_from`, then by id), retired ones left out; `None` where there is none.
    pub expected: Option<String>,
    /// What to note.
    pub audit: AuditEvent,
}

/// Takes a key out of use and forgets its material, if it is not retired already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetireKey {
    /// Its id.
    pub kid: String,
    /// What to note.
    pub audit: AuditEvent,
}

/// Puts the same key, sealed anew, in the place of this sealed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResealKey {
    /// Its id.
    pub kid: String,
    /// As it is sealed now.
    pub expected: Vec<u8>,
    /// As it is sealed from now on.
    pub sealed: Vec<u8>,
}

/// Keys.
#[async_trait]
pub trait SigningKeyStore: Send + Sync {
    /// All keys, retired ones too, in the order of `signs_from`, then of ids.
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// See [`AddKey`]. `Lost` also where there is a key of this id.
    async fn add_signing_key(&self, add: AddKey, now: Timestamp) -> Result<Effect<()>, StoreError>;

    /// See [`RetireKey`]. `Lost` where there is no such key, or it is retired.
    async fn retire_signing_key(&self, retire: RetireKey, now: Timestamp) -> Result<Effect<()>, StoreError>;

    /// See [`ResealKey`]. `Lost` where it is sealed otherwise, or retired.
    async fn reseal_signing_key(&self, reseal: ResealKey, now: Timestamp) -> Result<Effect<()>, StoreError>;
}
