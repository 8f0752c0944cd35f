//! Keys of their own: listing, rotating and retiring them, for the command line; and taking them over, for a server.
//!
//! **The rule**: a new key is published before it is used, so that nobody meets a token whose key it can't know. No key is taken out of
//! use while something of it lives, unless an operator insists.
//!
//! **The caveat**: a server hears of new rows by reading them every few seconds, not at once. A key that is used at once
//! ([`KeyKeeper::rotate`] with `at_once`) is unknown to the other nodes for as long.

use jiff::{SignedDuration, Timestamp};
use keyturn_token::{Algorithm, SigningKey};
use zeroize::Zeroizing;

use super::key_fault::KeyFault;
use super::open_keys::{self, Outdated, bound_to};
use crate::credential::{KeyBytes, Keys, RefreshKeyId, SealedFor};
use crate::key_schedule::{KeyDuty, KeyTimes, duties};
use crate::model::{AuditEvent, AuditKind, KeyMaterial, KeyPurpose, Origin, StoredKey};
use crate::ports::{AddKey, Effect, Entropy, Page, ResealKey, RetireKey, SessionFilter, Store};

/// How often a key is drawn: one of 2^32 random values is none of P-256.
const DRAWS: usize = 4;
const REFRESH_PREFIX: &str = "refresh-";

/// What is configured about keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPolicy {
    /// How access tokens are signed.
    pub algorithm: Algorithm,
    /// How long a key is shown before it is used. Longer than anybody keeps a set of keys.
    pub publish_period: SignedDuration,
    /// The longest life of an access token.
    pub access_life: SignedDuration,
    /// The longest life of a session.
    pub session_life: SignedDuration,
}

/// What a key does, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// In the schedule.
    Held(KeyDuty),
    /// Taken out of use at this time.
    Retired(Timestamp),
    /// Good for what it made before; access tokens are signed with `jwt.secret`.
    Superseded,
}

/// One key, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyReport {
    /// Its id.
    pub kid: String,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// How it signs.
    pub algorithm: Algorithm,
    /// What it does now.
    pub status: KeyStatus,
    /// When it was made; `None` for one that is derived from the master secret or configured.
    pub published_at: Option<Timestamp>,
    /// From when on it is or was used, likewise.
    pub signs_from: Option<Timestamp>,
}

/// Changes the keys of a store.
pub struct KeyKeeper<'a> {
    store: &'a dyn Store,
    entropy: &'a dyn Entropy,
    keys: &'a Keys,
    policy: KeyPolicy,
}

impl<'a> KeyKeeper<'a> {
    /// Over this store.
    pub const fn new(
        store: &'a dyn Store,
        entropy: &'a dyn Entropy,
        keys: &'a Keys,
        policy: KeyPolicy,
    ) -> Self {
        Self {
            store,
            entropy,
            keys,
            policy,
        }
    }

    /// Every key, with what it does at `now`: for each purpose the derived or configured one first, then the others by their times.
    ///
    /// # Errors
    /// [`KeyFault::Store`].
    pub async fn list(&self, now: Timestamp) -> Result<Vec<KeyReport>, KeyFault> {
        let rows = self.store.signing_keys().await?;
        let mut reports = Vec::with_capacity(rows.len() + 3);
        if let Some(secret) = self.keys.shared_secret() {
            let kid = SigningKey::hs256(secret)?.kid().to_owned();
            let status = KeyStatus::Held(KeyDuty::Signing);
            reports.push(Self::without_row(kid, KeyPurpose::Access, status));
        }
        for purpose in KeyPurpose::ALL.iter().copied() {
            let held = held(&rows, purpose);
            let mut status = duties(&times(&held), now).into_iter().map(|duty| {
                let shared = purpose == KeyPurpose::Access && self.keys.shared_secret().is_some();
                if shared && duty == KeyDuty::Signing {
                    KeyStatus::Superseded
                } else {
                    KeyStatus::Held(duty)
                }
            });
            let first = status.next().unwrap_or(KeyStatus::Held(KeyDuty::Signing));
            reports.push(Self::without_row(self.derived_id(purpose)?, purpose, first));
            reports.extend(held.iter().zip(status).map(|(row, status)| report(row, status)));
            reports.extend(rows.iter().filter_map(|row| match row.material {
                KeyMaterial::Retired(at) if row.purpose == purpose => {
                    Some(report(row, KeyStatus::Retired(at)))
                }
                _ => None,
            }));
        }
        Ok(reports)
    }

    /// Makes a key and publishes it. It is used after the publish period, or at once. Answers the new row.
    ///
    /// # Errors
    /// [`KeyFault::Published`] while the last one waits (not `at_once`), [`KeyFault::Configured`], [`KeyFault::Contended`].
    pub async fn rotate(
        &self,
        purpose: KeyPurpose,
        at_once: bool,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<StoredKey, KeyFault> {
        if purpose == KeyPurpose::Access && self.keys.shared_secret().is_some() {
            return Err(KeyFault::Configured);
        }
        let rows = self.store.signing_keys().await?;
        let held = held(&rows, purpose);
        if let Some(newest) = held.last()
            && newest.signs_from > now
            && !at_once
        {
            return Err(KeyFault::Published {
                kid: newest.kid.clone(),
                signs_from: newest.signs_from,
            });
        }
        self.add(purpose, &held, at_once, origin, now).await
    }

    /// Takes a key out of use and forgets it.
    ///
    /// # Errors
    /// [`KeyFault::InUse`], [`KeyFault::Needed`] (not with `force`), [`KeyFault::Unknown`], [`KeyFault::Derived`].
    pub async fn retire(
        &self,
        kid: &str,
        force: bool,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), KeyFault> {
        let kid = kid.to_owned();
        for purpose in KeyPurpose::ALL.iter().copied() {
            if self.derived_id(purpose)? == kid {
                return Err(KeyFault::Derived { kid });
            }
        }
        let rows = self.store.signing_keys().await?;
        let row = rows.iter().find(|row| row.kid == kid && is_held(row));
        let Some(row) = row else {
            return Err(KeyFault::Unknown { kid });
        };
        let held = held(&rows, row.purpose);
        let place = held.iter().position(|held| held.kid == kid);
        // The derived key stands before those that have rows.
        let duty = place.and_then(|place| duties(&times(&held), now).get(place + 1).copied());
        match duty {
            Some(KeyDuty::Signing) => return Err(KeyFault::InUse { kid }),
            Some(KeyDuty::Verifying { until }) if !force => return Err(KeyFault::Needed { kid, until }),
            _ => {}
        }
        let audit = noted(AuditKind::KeyRetired, row, origin, now);
        match self
            .store
            .retire_signing_key(RetireKey { kid, audit }, now)
            .await?
        {
            Effect::Won(()) => Ok(()),
            Effect::Lost => Err(KeyFault::Contended),
        }
    }

    /// Sees to it that the newest key of access tokens is of the configured algorithm. A database without a session has nobody to tell
    /// first: there the key is used at once.
    pub(super) async fn settle(&self, now: Timestamp) -> Result<(), KeyFault> {
        if self.keys.shared_secret().is_some() {
            return Ok(());
        }
        let rows = self.store.signing_keys().await?;
        let held = held(&rows, KeyPurpose::Access);
        let newest = held.last().map_or(Algorithm::Hs256, |row| row.algorithm);
        if newest == self.policy.algorithm {
            return Ok(());
        }
        let any = Page {
            before: None,
            limit: 1,
        };
        let sessions = self.store.list_sessions(None, SessionFilter::All, any).await?;
        let at_once = sessions.is_empty();
        let added = self.add(KeyPurpose::Access, &held, at_once, &Origin::COMMAND_LINE, now);
        match added.await {
            // Another node has done it.
            Err(KeyFault::Contended) => Ok(()),
            Err(fault) => Err(fault),
            Ok(row) => {
                tracing::info!(key.id = %row.kid, "access tokens are signed by {} from {} on", row.algorithm.name(), row.signs_from);
                Ok(())
            }
        }
    }

    /// Seals these anew, under the present master secret.
    pub(super) async fn reseal(&self, outdated: Vec<Outdated>, now: Timestamp) -> Result<(), KeyFault> {
        for Outdated { row, bytes, sealed } in outdated {
            let kid = row.kid.clone();
            let anew = self.keys.seal(&bytes, bound_to(&row), self.entropy);
            let reseal = ResealKey {
                expected: sealed,
                sealed: anew.map_err(|_| KeyFault::Unusable { kid: kid.clone() })?,
                kid,
            };
            // Lost: another node was faster.
            self.store.reseal_signing_key(reseal, now).await?;
        }
        Ok(())
    }

    async fn add(
        &self,
        purpose: KeyPurpose,
        held: &[&StoredKey],
        at_once: bool,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<StoredKey, KeyFault> {
        let (kid, bytes) = self.drawn(purpose)?;
        let period = if at_once {
            SignedDuration::ZERO
        } else {
            self.policy.publish_period
        };
        let (algorithm, life) = match purpose {
            KeyPurpose::Access => (self.policy.algorithm, self.policy.access_life),
            KeyPurpose::Refresh => (Algorithm::Hs256, self.policy.session_life),
        };
        let times = KeyTimes::published(now, period, life);
        let bound = SealedFor {
            kid: &kid,
            purpose,
            algorithm,
        };
        let sealed = self.keys.seal(&bytes, bound, self.entropy);
        let key = StoredKey {
            material: KeyMaterial::Sealed(sealed.map_err(|_| KeyFault::Unusable { kid: kid.clone() })?),
            kid,
            purpose,
            algorithm,
            published_at: now,
            signs_from: times.signs_from,
            predecessor_until: times.predecessor_until,
        };
        let add = AddKey {
            expected: held.last().map(|row| row.kid.clone()),
            audit: noted(AuditKind::KeyPublished, &key, origin, now),
            key: key.clone(),
        };
        match self.store.add_signing_key(add, now).await? {
            Effect::Won(()) => Ok(key),
            Effect::Lost => Err(KeyFault::Contended),
        }
    }

    /// A new key and its id.
    fn drawn(&self, purpose: KeyPurpose) -> Result<(String, KeyBytes), KeyFault> {
        for _ in 0..DRAWS {
            let mut bytes = Zeroizing::new([0; 32]);
            self.entropy.fill(bytes.as_mut_slice());
            match purpose {
                KeyPurpose::Refresh => {
                    let mut id = [0; 4];
                    self.entropy.fill(&mut id);
                    return Ok((refresh_kid(RefreshKeyId(u32::from_be_bytes(id))), bytes));
                }
                KeyPurpose::Access => {
                    if let Ok(key) = SigningKey::from_random(self.policy.algorithm, &bytes) {
                        return Ok((key.kid().to_owned(), bytes));
                    }
                }
            }
        }
        Err(KeyFault::Unusable {
            kid: purpose.to_string(),
        })
    }

    fn derived_id(&self, purpose: KeyPurpose) -> Result<String, KeyFault> {
        Ok(match purpose {
            KeyPurpose::Access => SigningKey::hs256(self.keys.access_secret())?.kid().to_owned(),
            KeyPurpose::Refresh => refresh_kid(self.keys.current_refresh_key()),
        })
    }

    fn without_row(kid: String, purpose: KeyPurpose, status: KeyStatus) -> KeyReport {
        KeyReport {
            kid,
            purpose,
            algorithm: Algorithm::Hs256,
            status,
            published_at: None,
            signs_from: None,
        }
    }
}

/// The rows of a purpose that are not retired, in the order of their times.
fn held(rows: &[StoredKey], purpose: KeyPurpose) -> Vec<&StoredKey> {
    let of_purpose = rows.iter().filter(|row| row.purpose == purpose);
    of_purpose.filter(|row| is_held(row)).collect()
}

/// Whether a row still holds its key.
pub(super) const fn is_held(row: &StoredKey) -> bool {
    matches!(row.material, KeyMaterial::Sealed(_))
}

/// The schedule: the derived key, then these.
fn times(held: &[&StoredKey]) -> Vec<KeyTimes> {
    let rows = held.iter().map(|row| open_keys::times(row));
    std::iter::once(KeyTimes::FIRST).chain(rows).collect()
}

fn report(row: &StoredKey, status: KeyStatus) -> KeyReport {
    KeyReport {
        kid: row.kid.clone(),
        purpose: row.purpose,
        algorithm: row.algorithm,
        status,
        published_at: Some(row.published_at),
        signs_from: Some(row.signs_from),
    }
}

fn noted(kind: AuditKind, row: &StoredKey, origin: &Origin, now: Timestamp) -> AuditEvent {
    AuditEvent {
        at: now,
        kind,
        user_id: None,
        session_id: None,
        detail: format!("{} {}", row.purpose, row.kid),
        origin: origin.clone(),
    }
}

fn refresh_kid(RefreshKeyId(id): RefreshKeyId) -> String {
    format!("{REFRESH_PREFIX}{id:08x}")
}

/// The id that refresh tokens carry.
pub(super) fn refresh_id(kid: &str) -> Option<RefreshKeyId> {
    let digits = kid.strip_prefix(REFRESH_PREFIX)?;
    u32::from_str_radix(digits, 16).ok().map(RefreshKeyId)
}
