//! The JWS compact serialisation (RFC 7515 §3.1, §7.1), below any policy about what a header says.
//!
//! **The rule**: three parts in canonical base64url, without padding, blank or stray bits, so that a token has one spelling
//! (RFC 7515 §2, §5.2 steps 2, 7 and 8); and one algorithm, the key's, which the header must name (RFC 8725 §3.1).
//!
//! **The caveat**: which key, and whether the header is one of an access token, is for [`crate::Verifier`] to say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::MAX_TOKEN_BYTES;
use crate::error::VerifyError;
use crate::key::VerificationKey;

/// A token taken apart; nothing in it is believed before [`Jws::check`].
pub(crate) struct Jws<'a> {
    message: &'a str,
    encoded_header: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart. One that is too long costs no more than reading its length.
    pub(crate) fn read(token: &'a str) -> Result<Self, VerifyError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::TooLarge);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        // A further dot is left in the payload, where the alphabet of base64url refuses it.
        let (header, payload) = message.split_once('.').ok_or(VerifyError::Malformed)?;
        Ok(Self {
            message,
            encoded_header: header,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// The header as it stands in the token.
    pub(crate) fn encoded_header(&self) -> &'a str {
        self.encoded_header
    }

    /// The header, decoded.
    pub(crate) fn header(&self) -> Result<Vec<u8>, VerifyError> {
        decode(self.encoded_header)
    }

    /// Gives the payload out if the header's `alg` is the key's and the signature is right.
    pub(crate) fn check(&self, alg: &str, key: &VerificationKey) -> Result<&[u8], VerifyError> {
        if alg != key.algorithm().name() {
            return Err(VerifyError::Algorithm);
        }
        key.check(self.message.as_bytes(), &self.signature)?;
        Ok(&self.payload)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, VerifyError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| VerifyError::Malformed)
}
