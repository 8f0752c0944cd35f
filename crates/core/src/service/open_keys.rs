//! Opening the rows: from what is stored to keys that sign.

use keyturn_token::SigningKey;

use super::access_keys::Timed;
use super::key_fault::KeyFault;
use super::keys::{is_held, refresh_id};
use crate::credential::{KeyBytes, Keys, OwnRefreshKey, SealedFor};
use crate::key_schedule::KeyTimes;
use crate::model::{KeyMaterial, KeyPurpose, StoredKey};

/// A row that is sealed under the previous master secret.
pub(super) struct Outdated {
    pub(super) row: StoredKey,
    pub(super) sealed: Vec<u8>,
    pub(super) bytes: KeyBytes,
}

/// Everything that the rows hold.
#[derive(Default)]
pub(super) struct OpenKeys {
    pub(super) access: Vec<Timed>,
    pub(super) refresh: Vec<OwnRefreshKey>,
    pub(super) outdated: Vec<Outdated>,
}

impl OpenKeys {
    /// Opens the rows, in their order. Access keys that `known` has are taken from there.
    pub(super) fn open(
        rows: &[StoredKey],
        keys: &Keys,
        known: impl Fn(&str) -> Option<SigningKey>,
    ) -> Result<Self, KeyFault> {
        let mut open = Self::default();
        for row in rows.iter().filter(|row| is_held(row)) {
            let bytes = open.bytes(row, keys)?;
            match row.purpose {
                KeyPurpose::Access => open.access.push((times(row), access(row, &bytes, &known)?)),
                KeyPurpose::Refresh => open.refresh.push(OwnRefreshKey {
                    id: refresh_id(&row.kid).ok_or_else(|| unusable(row))?,
                    signs_from: row.signs_from,
                    bytes,
                }),
            }
        }
        Ok(open)
    }

    fn bytes(&mut self, row: &StoredKey, keys: &Keys) -> Result<KeyBytes, KeyFault> {
        let KeyMaterial::Sealed(sealed) = &row.material else {
            return Err(unusable(row));
        };
        let opened = keys
            .open(sealed, bound_to(row))
            .map_err(|_| KeyFault::Sealed { kid: row.kid.clone() })?;
        if opened.outdated {
            self.outdated.push(Outdated {
                row: row.clone(),
                sealed: sealed.clone(),
                bytes: opened.bytes.clone(),
            });
        }
        Ok(opened.bytes)
    }
}

/// What a row's key is sealed for.
pub(super) fn bound_to(row: &StoredKey) -> SealedFor<'_> {
    SealedFor {
        kid: &row.kid,
        purpose: row.purpose,
        algorithm: row.algorithm,
    }
}

/// The times of a row.
pub(super) const fn times(row: &StoredKey) -> KeyTimes {
    KeyTimes {
        signs_from: row.signs_from,
        predecessor_until: row.predecessor_until,
    }
}

fn access(
    row: &StoredKey,
    bytes: &KeyBytes,
    known: impl Fn(&str) -> Option<SigningKey>,
) -> Result<SigningKey, KeyFault> {
    if let Some(key) = known(&row.kid) {
        return Ok(key);
    }
    let key = SigningKey::from_random(row.algorithm, bytes).map_err(|_| unusable(row))?;
    if key.kid() == row.kid {
        Ok(key)
    } else {
        Err(unusable(row))
    }
}

fn unusable(row: &StoredKey) -> KeyFault {
    KeyFault::Unusable { kid: row.kid.clone() }
}
