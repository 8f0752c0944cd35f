//! The device cookie: proof that a refresh comes from the browser that signed in.
//!
//! Minted at each sign-in of `cookie` or `hybrid` delivery; random, MACed, naming account and time, so that a device that
//! has signed in before can be recognised without a table. A session keeps only its hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::keys::{Keys, MacKey};
use crate::model::UserId;
use crate::ports::Entropy;

const LABEL: &str = "device cookie";
const FIELDS_LEN: usize = 16 + 8 + 16;
const BODY_LEN: usize = FIELDS_LEN + 32;

/// What a session keeps of its device cookie: SHA-256 of 16 random bytes and their MAC, of no use to a thief of the database.
#[expect(
    clippy::derived_hash_with_manual_eq,
    reason = "equal values hash alike: only the timing of the comparison is our own"
)]
#[derive(Clone, Copy, Debug, Eq, Hash)]
pub struct DeviceHash(pub [u8; 32]);

impl PartialEq for DeviceHash {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// A device cookie as it travels. One that parses was made by us.
pub struct DeviceCookie {
    fields: [u8; FIELDS_LEN],
    mac: [u8; 32],
}

impl DeviceCookie {
    /// A fresh one for this account.
    pub fn mint(keys: &Keys, user_id: UserId, now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut random = [0u8; 16];
        entropy.fill(&mut random);
        let mut fields = [0u8; FIELDS_LEN];
        let seconds = now.as_second().to_be_bytes();
        for (slot, byte) in fields
            .iter_mut()
            .zip(user_id.0.as_bytes().iter().chain(&seconds).chain(&random))
        {
            *slot = *byte;
        }
        let mac = keys.device.mac(LABEL, &[&fields]);
        Self { fields, mac }
    }

    /// Reads a cookie; `None` for one that we did not make.
    pub fn parse(keys: &Keys, text: &str) -> Option<Self> {
        let mut body = [0u8; BODY_LEN];
        let written = URL_SAFE_NO_PAD.decode_slice(text, &mut body).ok()?;
        let (fields, rest) = body.split_first_chunk::<FIELDS_LEN>()?;
        let mac = rest.first_chunk::<32>()?;
        let made_by = |key: &MacKey| key.verify(LABEL, &[fields], mac);
        let genuine = written == BODY_LEN
            && (made_by(&keys.device) || keys.previous_device.as_ref().is_some_and(made_by));
        genuine.then_some(Self {
            fields: *fields,
            mac: *mac,
        })
    }

    /// The account that signed in with it.
    pub fn user_id(&self) -> UserId {
        let (user_id, _) = self.fields.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        UserId(Uuid::from_bytes(*user_id))
    }

    /// What the session keeps.
    pub fn hash(&self) -> DeviceHash {
        DeviceHash(
            Sha256::new()
                .chain_update(LABEL)
                .chain_update(self.fields)
                .chain_update(self.mac)
                .finalize()
                .into(),
        )
    }

    /// The text to hand out.
    pub fn reveal(&self) -> String {
        let mut body = self.fields.to_vec();
        body.extend_from_slice(&self.mac);
        URL_SAFE_NO_PAD.encode(body)
    }
}

impl fmt::Debug for DeviceCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceCookie(of {})", self.user_id())
    }
}
