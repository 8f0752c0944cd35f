//! Which master secret the nodes over one store share.
//!
//! Two nodes with different secrets over one database would refuse each other's tokens, and people would be signed out at every
//! other request. The store keeps a mark of the secret, which tells nothing about it, and a node whose secret leaves another mark
//! does not start.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreError;
use crate::credential::SecretMark;

/// Keeps the mark of the master secret in use. Condition: none is kept yet, or it is this one, or one that it may replace.
#[derive(Debug, Clone, Copy)]
pub struct KeepSecretMark {
    /// Of the secret in use.
    pub mark: SecretMark,
    /// What it may take the place of.
    pub replaces: Replaces,
}

/// What a mark may take the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaces {
    /// Nothing: the secret was never changed.
    Nothing,
    /// The secret before it, while secrets are being rotated.
    Previous(SecretMark),
    /// Whatever is there: the operator said so.
    Anything,
}

/// The mark of the master secret.
#[async_trait]
pub trait SecretMarkStore: Send + Sync {
    /// See [`KeepSecretMark`]. `false`: the nodes of this store use another secret, and nothing was changed.
    async fn keep_secret_mark(&self, keep: KeepSecretMark, now: Timestamp) -> Result<bool, StoreError>;
}
