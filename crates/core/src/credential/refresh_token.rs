//! The refresh token: `ktr_` + base64url( version ‖ key id ‖ session id ‖ generation ‖ MAC ).
//!
//! Opaque to clients. The MAC (HMAC-SHA256 under a server key) covers a label, all the fields, and the session's nonce, which
//! is stored and never sent: a dump of the database alone mints nothing, nor does the server's key alone. The same
//! generation always gives the same token, which is how a lost reply is answered again without keeping a token.
//!
//! The prefix never changes: leak scanners look for it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::keys::{Keys, RefreshKeyId};
use crate::model::SessionId;
use crate::ports::Entropy;

const LABEL: &str = "refresh token";
const VERSION: u8 = 1;
const FIELDS_LEN: usize = 1 + 4 + 16 + 4;
const BODY_LEN: usize = FIELDS_LEN + 32;

/// Random input of a session's MACs; 32 bytes, in the session's row and nowhere else.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// A fresh one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// From its row.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For its row.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(…)")
    }
}

/// Not a refresh token of ours by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a refresh token")]
pub struct RefreshTokenError;

/// A refresh token, parsed but not yet believed: only [`RefreshToken::is_genuine`] tells whether we made it.
pub struct RefreshToken {
    key_id: RefreshKeyId,
    session_id: SessionId,
    generation: u32,
    mac: [u8; 32],
}

impl RefreshToken {
    /// The visible beginning of every refresh token.
    pub const PREFIX: &'static str = "ktr_";

    /// Makes the token of one generation. `None` where the session's key is no longer known to this process.
    pub fn mint(
        keys: &Keys,
        key_id: RefreshKeyId,
        session_id: SessionId,
        generation: u32,
        nonce: &Nonce,
    ) -> Option<Self> {
        let key = keys.refresh_key(key_id)?;
        let mut token = Self {
            key_id,
            session_id,
            generation,
            mac: [0; 32],
        };
        token.mac = key.mac(LABEL, &[&token.fields(), nonce.as_bytes()]);
        Some(token)
    }

    /// Reads a token. Only the one canonical spelling is accepted.
    ///
    /// # Errors
    /// Anything that is not of the form, before any key is touched.
    pub fn parse(text: &str) -> Result<Self, RefreshTokenError> {
        let encoded = text.strip_prefix(Self::PREFIX).ok_or(RefreshTokenError)?;
        let mut body = [0u8; BODY_LEN];
        let written = URL_SAFE_NO_PAD
            .decode_slice(encoded, &mut body)
            .map_err(|_| RefreshTokenError)?;
        let (version, rest) = body.split_first().ok_or(RefreshTokenError)?;
        if written != BODY_LEN || *version != VERSION {
            return Err(RefreshTokenError);
        }
        let (key_id, rest) = rest.split_first_chunk::<4>().ok_or(RefreshTokenError)?;
        let (session_id, rest) = rest.split_first_chunk::<16>().ok_or(RefreshTokenError)?;
        let (generation, rest) = rest.split_first_chunk::<4>().ok_or(RefreshTokenError)?;
        let mac = rest.first_chunk::<32>().ok_or(RefreshTokenError)?;
        Ok(Self {
            key_id: RefreshKeyId(u32::from_be_bytes(*key_id)),
            session_id: SessionId(Uuid::from_bytes(*session_id)),
            generation: u32::from_be_bytes(*generation),
            mac: *mac,
        })
    }

    /// Whether we made this token for the session with this nonce, under the key that the session was born with.
    pub fn is_genuine(&self, keys: &Keys, session_key: RefreshKeyId, nonce: &Nonce) -> bool {
        let Some(key) = keys.refresh_key(self.key_id) else {
            return false;
        };
        key.verify(LABEL, &[&self.fields(), nonce.as_bytes()], &self.mac) && self.key_id == session_key
    }

    /// The session that it claims to belong to.
    pub const fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// The generation that it claims to be.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The text to hand out.
    pub fn reveal(&self) -> String {
        let mut body = Vec::with_capacity(BODY_LEN);
        body.extend_from_slice(&self.fields());
        body.extend_from_slice(&self.mac);
        let mut text = String::with_capacity(Self::PREFIX.len() + BODY_LEN.div_ceil(3) * 4);
        text.push_str(Self::PREFIX);
        URL_SAFE_NO_PAD.encode_string(&body, &mut text);
        text
    }

    /// Everything before the MAC, as it travels. Every field has a fixed length, so the encoding is unambiguous.
    fn fields(&self) -> [u8; FIELDS_LEN] {
        let mut fields = [0u8; FIELDS_LEN];
        let key_id = self.key_id.0.to_be_bytes();
        let generation = self.generation.to_be_bytes();
        let source = std::iter::once(&VERSION)
            .chain(&key_id)
            .chain(self.session_id.0.as_bytes())
            .chain(&generation);
        for (slot, byte) in fields.iter_mut().zip(source) {
            *slot = *byte;
        }
        fields
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}.{})", self.session_id, self.generation)
    }
}
