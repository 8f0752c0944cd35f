//! Every key, derived from the master secret (HKDF-SHA256, RFC 5869), one label a purpose.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::sealing::{KeyBytes, SealingKey};

/// 32 bytes or more, from which every key is derived. Whoever has it and the database can mint tokens.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct MasterSecret(Vec<u8>);

/// Why a master secret is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterSecretError {
    /// Under 32 bytes (RFC 7518 §3.2 asks the same of HS256 keys).
    #[error(
        "a master secret needs at least {} bytes, this one has {length}",
        MasterSecret::MIN_LEN
    )]
    TooShort {
        /// How many it has.
        length: usize,
    },
    /// A placeholder, or one byte over and over.
    #[error(
        "this master secret is a well-known or repetitive one: make a new one, for example with `openssl rand -base64 48`"
    )]
    WellKnown,
}

impl MasterSecret {
    /// The shortest secret that is accepted, in bytes.
    pub const MIN_LEN: usize = 32;
    /// Fewer different bytes than this are no random secret: 32 random bytes have 30 on average.
    const MIN_DISTINCT: usize = 10;

    /// Takes a secret as it was configured.
    ///
    /// # Errors
    /// Too short, or plainly not random.
    pub fn new(bytes: Vec<u8>) -> Result<Self, MasterSecretError> {
        let secret = Self(bytes);
        if secret.0.len() < Self::MIN_LEN {
            return Err(MasterSecretError::TooShort {
                length: secret.0.len(),
            });
        }
        let mut seen = [false; 256];
        for byte in &secret.0 {
            if let Some(slot) = seen.get_mut(usize::from(*byte)) {
                *slot = true;
            }
        }
        let distinct = seen.iter().filter(|present| **present).count();
        let text = String::from_utf8_lossy(&secret.0).to_ascii_lowercase();
        let placeholder = [
            "changeme",
            "change-me",
            "change_me",
            "secretsecret",
            "your-secret",
            "your_secret",
        ]
        .iter()
        .any(|known| text.contains(known));
        if distinct < Self::MIN_DISTINCT || placeholder {
            return Err(MasterSecretError::WellKnown);
        }
        Ok(secret)
    }

    /// The key for one purpose, 32 bytes.
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0u8; 32]);
        let hkdf = Hkdf::<Sha256>::new(Some(b"keyturn/v1"), &self.0);
        let expanded = hkdf.expand(label.as_bytes(), key.as_mut_slice());
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
        key
    }
}

/// Names a refresh key without telling anything about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefreshKeyId(pub u32);

/// Tells one master secret from another, and nothing about either: nodes over one store compare it. Derived under a label of
/// its own, it is no key of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretMark(pub [u8; 32]);

impl SecretMark {
    fn of(secret: &MasterSecret) -> Self {
        Self(*secret.derive("mark of the master secret"))
    }
}

/// A key for HMAC-SHA256.
#[derive(Clone)]
pub(super) struct MacKey(Hmac<Sha256>);

impl MacKey {
    fn new(key: &[u8; 32]) -> Self {
        let mut block = Zeroizing::new([0u8; 64]);
        for (slot, byte) in block.iter_mut().zip(key) {
            *slot = *byte;
        }
        Self(Hmac::<Sha256>::new(&(*block).into()))
    }

    /// HMAC over a label and parts, each preceded by its length, so that no two lists give the same input.
    pub(super) fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(&label.as_bytes()).chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether `presented` is the MAC of these parts, in constant time.
    pub(super) fn verify(&self, label: &str, parts: &[&[u8]], presented: &[u8; 32]) -> bool {
        self.mac(label, parts).ct_eq(presented).into()
    }
}

struct RefreshKey {
    id: RefreshKeyId,
    key: MacKey,
}

/// A refresh key of its own, opened from its row.
pub struct OwnRefreshKey {
    /// Its id.
    pub id: RefreshKeyId,
    /// From when on new sessions use it.
    pub signs_from: Timestamp,
    /// The key.
    pub bytes: KeyBytes,
}

/// Refresh keys of their own, in the order of the times from which they are used.
type OwnRefreshKeys = Vec<(Timestamp, RefreshKey)>;

/// The keys of one process. All nodes that share a master secret have the same.
pub struct Keys {
    mark: SecretMark,
    previous_mark: Option<SecretMark>,
    refresh: RefreshKey,
    previous_refresh: Option<RefreshKey>,
    own_refresh: RwLock<Arc<OwnRefreshKeys>>,
    pub(super) device: MacKey,
    pub(super) previous_device: Option<MacKey>,
    pub(super) attempt: MacKey,
    pub(super) previous_attempt: Option<MacKey>,
    pub(super) csrf: MacKey,
    throttle: MacKey,
    access_secret: Zeroizing<[u8; 32]>,
    previous_access_secret: Option<Zeroizing<[u8; 32]>>,
    pub(super) sealing: SealingKey,
    pub(super) previous_sealing: Option<SealingKey>,
    shared_secret: Option<Zeroizing<Vec<u8>>>,
    previous_shared_secret: Option<Zeroizing<Vec<u8>>>,
    pub(super) token_mark: MacKey,
    pub(super) previous_token_mark: Option<MacKey>,
}

impl Keys {
    /// Derives the keys. What was issued under `previous` stays good while it is rotated out: refresh and access tokens, device
    /// cookies, remembered `Idempotency-Key`s. CSRF tokens do not; a client gets a new one where it is told so. Throttles begin anew.
    pub fn derive(current: &MasterSecret, previous: Option<&MasterSecret>) -> Self {
        let mac_key = |label| MacKey::new(&current.derive(label));
        let previous_mac_key = |label| previous.map(|secret| MacKey::new(&secret.derive(label)));
        Self {
            mark: SecretMark::of(current),
            previous_mark: previous.map(SecretMark::of),
            refresh: RefreshKey::derive(current),
            previous_refresh: previous.map(RefreshKey::derive),
            own_refresh: RwLock::default(),
            device: mac_key("device cookie"),
            previous_device: previous_mac_key("device cookie"),
            attempt: mac_key("attempt"),
            previous_attempt: previous_mac_key("attempt"),
            csrf: mac_key("csrf"),
            throttle: mac_key("throttle"),
            access_secret: current.derive("access token HS256"),
            previous_access_secret: previous.map(|secret| secret.derive("access token HS256")),
            sealing: SealingKey::derive(current),
            previous_sealing: previous.map(SealingKey::derive),
            shared_secret: None,
            previous_shared_secret: None,
            token_mark: mac_key("access token mark"),
            previous_token_mark: previous_mac_key("access token mark"),
        }
    }

    /// The mark of the master secret in use.
    pub const fn mark(&self) -> SecretMark {
        self.mark
    }

    /// The mark of the one before it, while that is accepted.
    pub const fn previous_mark(&self) -> Option<SecretMark> {
        self.previous_mark
    }

    /// The key that a session which begins at `now` uses, for life.
    pub fn refresh_key_at(&self, now: Timestamp) -> RefreshKeyId {
        let own = self.own_refresh();
        let used = own.iter().rev().find(|(signs_from, _)| *signs_from <= now);
        used.map_or(self.refresh.id, |(_, key)| key.id)
    }

    /// Takes these refresh keys beside the derived one, in place of those taken before; in the order of `signs_from`.
    pub fn take_refresh_keys(&self, own: Vec<OwnRefreshKey>) {
        let own = own.into_iter().map(|key| {
            let mac_key = MacKey::new(&key.bytes);
            (
                key.signs_from,
                RefreshKey {
                    id: key.id,
                    key: mac_key,
                },
            )
        });
        *self.own_refresh.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(own.collect());
    }

    fn own_refresh(&self) -> Arc<OwnRefreshKeys> {
        Arc::clone(&self.own_refresh.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that is derived from the master secret: what new sessions use until there is a key of its own.
    pub const fn current_refresh_key(&self) -> RefreshKeyId {
        self.refresh.id
    }

    /// Signs access tokens with a secret that applications have, too; what was signed with `previous` stays good.
    #[must_use]
    pub fn with_shared_secret(mut self, secret: &[u8], previous: Option<&[u8]>) -> Self {
        self.shared_secret = Some(Zeroizing::new(secret.to_vec()));
        self.previous_shared_secret = previous.map(|secret| Zeroizing::new(secret.to_vec()));
        self
    }

    /// The secret that applications have, too, if there is one.
    pub fn shared_secret(&self) -> Option<&[u8]> {
        self.shared_secret.as_ref().map(|secret| secret.as_slice())
    }

    /// The one before it.
    pub fn previous_shared_secret(&self) -> Option<&[u8]> {
        self.previous_shared_secret
            .as_ref()
            .map(|secret| secret.as_slice())
    }

    /// The secret that access tokens are signed with by HS256.
    pub fn access_secret(&self) -> &[u8] {
        self.access_secret.as_slice()
    }

    /// The secret before it, still accepted.
    pub fn previous_access_secret(&self) -> Option<&[u8]> {
        self.previous_access_secret
            .as_ref()
            .map(|secret| secret.as_slice())
    }

    /// Which of 65 536 buckets counts a subject. Nobody without the key can tell, nor choose a subject to meet another's bucket.
    pub(crate) fn throttle_index(&self, label: &str, subject: &[&[u8]]) -> u16 {
        let [high, low, ..] = self.throttle.mac(label, subject);
        u16::from_be_bytes([high, low])
    }

    pub(super) fn refresh_key(&self, id: RefreshKeyId) -> Option<MacKey> {
        let mut derived = std::iter::once(&self.refresh).chain(&self.previous_refresh);
        if let Some(key) = derived.find(|key| key.id == id) {
            return Some(key.key.clone());
        }
        let own = self.own_refresh();
        own.iter()
            .find(|(_, key)| key.id == id)
            .map(|(_, key)| key.key.clone())
    }
}

impl RefreshKey {
    fn derive(secret: &MasterSecret) -> Self {
        let id = secret.derive("refresh token key id");
        let [a, b, c, d, ..] = *id;
        Self {
            id: RefreshKeyId(u32::from_be_bytes([a, b, c, d])),
            key: MacKey::new(&secret.derive("refresh token")),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("refresh", &self.refresh.id)
            .finish_non_exhaustive()
    }
}
