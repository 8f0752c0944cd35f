//! `kt`: how Keyturn knows its own access tokens where the key that signs them is shared.
//!
//! Whoever verifies by HS256 can also sign. An application that has the shared secret can make tokens that its own checks take; they
//! must not open Keyturn's routes. So Keyturn marks its tokens with a MAC under a key that leaves nobody's hands, and asks for it.
//!
//! **The rule**: the mark covers every claim that Keyturn goes by: token, session, account, generation and times. So it can't be
//! carried to another session, nor keep a token alive beyond its time. Permissions and email are left out: these Keyturn never
//! takes from a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyturn_token::AccessClaims;

use super::keys::{Keys, MacKey};

const LABEL: &str = "access token mark";

impl Keys {
    /// The mark of a token.
    pub fn token_mark(&self, claims: &AccessClaims) -> String {
        with_parts(claims, |parts| {
            URL_SAFE_NO_PAD.encode(self.token_mark.mac(LABEL, parts))
        })
    }

    /// Whether the token has its mark. Compared in constant time.
    pub fn has_mark(&self, claims: &AccessClaims) -> bool {
        let mut presented = [0; 32];
        let text = claims.kt.as_deref().unwrap_or_default();
        if URL_SAFE_NO_PAD.decode_slice(text, &mut presented) != Ok(presented.len()) {
            return false;
        }
        let is_right = |key: &MacKey| with_parts(claims, |parts| key.verify(LABEL, parts, &presented));
        std::iter::once(&self.token_mark)
            .chain(&self.previous_token_mark)
            .any(is_right)
    }
}

/// Each part is counted with its length.
fn with_parts<T>(claims: &AccessClaims, work: impl FnOnce(&[&[u8]]) -> T) -> T {
    work(&[
        claims.jti.as_bytes(),
        claims.sid.as_bytes(),
        claims.sub.as_bytes(),
        &claims.generation.to_be_bytes(),
        &claims.iat.to_be_bytes(),
        &claims.exp.to_be_bytes(),
    ])
}
