//! The signed double-submit token (second wall against CSRF; OWASP CSRF Prevention Cheat Sheet, ASVS 5.0 V3.5).
//!
//! A random value and a MAC over it and the session it is bound to. It travels in a cookie that scripts may read and in the
//! `X-CSRF-Token` header; both must be the same text, and the MAC must be right for the session that the request's token
//! cookies name. A token bound to no session is good only where no cookie names one.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::keys::Keys;
use crate::model::SessionId;
use crate::ports::Entropy;

const LABEL: &str = "csrf";
const BODY_LEN: usize = 16 + 32;

/// What a CSRF token is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsrfBinding {
    /// No cookie names a session: before sign-in.
    Unbound,
    /// The session that the refresh cookie names, or else the access cookie, live or not.
    Session(SessionId),
}

impl CsrfBinding {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Unbound => &[],
            Self::Session(id) => id.0.as_bytes(),
        }
    }
}

/// A CSRF token as it travels.
pub struct CsrfToken(String);

impl CsrfToken {
    /// A fresh one for this binding.
    pub fn mint(keys: &Keys, binding: CsrfBinding, entropy: &dyn Entropy) -> Self {
        let mut random = [0u8; 16];
        entropy.fill(&mut random);
        let mut body = random.to_vec();
        body.extend_from_slice(&keys.csrf.mac(LABEL, &[&random, binding.bytes()]));
        Self(URL_SAFE_NO_PAD.encode(body))
    }

    /// Whether header and cookie are one and the same token of ours, bound as the request is.
    pub fn accepts(keys: &Keys, binding: CsrfBinding, header: &str, cookie: &str) -> bool {
        let same: bool = header.as_bytes().ct_eq(cookie.as_bytes()).into();
        same && Self::is_genuine(keys, binding, header)
    }

    /// Whether a cookie that the browser already has can be used again for this binding.
    pub fn is_genuine(keys: &Keys, binding: CsrfBinding, text: &str) -> bool {
        let mut body = [0u8; BODY_LEN];
        let decoded = URL_SAFE_NO_PAD.decode_slice(text, &mut body);
        let Some((random, rest)) = body.split_first_chunk::<16>() else {
            return false;
        };
        let Some(mac) = rest.first_chunk::<32>() else {
            return false;
        };
        decoded == Ok(BODY_LEN) && keys.csrf.verify(LABEL, &[random, binding.bytes()], mac)
    }

    /// The text to hand out.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}
