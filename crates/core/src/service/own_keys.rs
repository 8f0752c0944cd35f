//! The keys of a running server: taken over at start, and again whenever the rows have changed.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use keyturn_token::{AccessClaims, JwkSet};

use super::access_keys::AccessKeys;
use super::open_keys::OpenKeys;
use super::{AuthError, Authority, KeyFault, KeyKeeper, KeyPolicy};

impl Authority {
    /// Takes over the stored keys, makes one where the configured algorithm has none, and seals anew what lies under the previous
    /// master secret. Call it once, before serving.
    ///
    /// # Errors
    /// [`KeyFault::Sealed`] for a key of another master secret: its sessions would be strangers. [`KeyFault::Store`].
    pub async fn start_keys(&self, policy: KeyPolicy) -> Result<(), KeyFault> {
        let now = self.now();
        let store = self.ports.store.as_ref();
        let keeper = KeyKeeper::new(store, self.ports.entropy.as_ref(), &self.keys, policy);
        keeper.settle(now).await?;
        let open = self.take_over().await?;
        keeper.reseal(open.outdated, now).await
    }

    /// Reads the stored keys again: for every few seconds. Keys that can't be read or opened leave those known as they are.
    ///
    /// # Errors
    /// As [`Authority::start_keys`].
    pub async fn reload_keys(&self) -> Result<(), KeyFault> {
        self.take_over().await.map(drop)
    }

    /// The public keys with which an access token that is in time may be signed, now or soon. Empty for HS256.
    pub fn jwk_set(&self) -> JwkSet {
        self.access_keys().jwk_set(self.now())
    }

    pub(super) fn access_keys(&self) -> Arc<AccessKeys> {
        Arc::clone(&self.access_keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Signs with the key of this moment, and marks the token where others could sign, too.
    pub(super) fn sign(&self, mut claims: AccessClaims, now: Timestamp) -> Result<String, AuthError> {
        let keys = self.access_keys();
        if keys.are_shared() {
            claims.kt = Some(self.keys.token_mark(&claims));
        }
        let key = keys
            .signing(now)
            .ok_or_else(|| AuthError::internal("no key signs"))?;
        key.sign(&claims).map_err(AuthError::internal)
    }

    async fn take_over(&self) -> Result<OpenKeys, KeyFault> {
        let rows = self.ports.store.signing_keys().await?;
        let known = self.access_keys();
        let mut open = OpenKeys::open(&rows, &self.keys, |kid| known.known(kid))?;
        let access = std::mem::take(&mut open.access);
        let keys = AccessKeys::new(&self.policy.token, &self.keys, access)?;
        self.keys.take_refresh_keys(std::mem::take(&mut open.refresh));
        *self.access_keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(open)
    }
}
