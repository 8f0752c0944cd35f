//! The header of an access token: exactly `typ`, `alg` and `kid`.
//!
//! RFC 7515 lets a verifier ignore header parameters that it does not know. This one refuses them: Keyturn issues none, and
//! every attack on a header begins with one that should have been ignored (`jwk`, `jku`, `x5u`, `crit`, `b64`, `zip`).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::VerifyError;
use crate::object;

/// The type of an access token, RFC 9068 §2.1.
const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// A header as it is written and read; what is read borrows where it can.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header<'a> {
    #[serde(borrow)]
    typ: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) alg: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) kid: Cow<'a, str>,
}

impl<'a> Header<'a> {
    /// The header of a token that this key signs, in base64url.
    pub(crate) fn encode(alg: &'a str, kid: &'a str) -> String {
        // Names and ids of our own making: JSON text without anything to escape.
        let json = format!(r#"{{"typ":"{ACCESS_TOKEN_TYPE}","alg":"{alg}","kid":"{kid}"}}"#);
        URL_SAFE_NO_PAD.encode(json)
    }

    /// Reads a decoded header.
    pub(crate) fn read(json: &'a [u8]) -> Result<Self, VerifyError> {
        let header: Self = object::read(json).map_err(refusal)?;
        if header.typ == ACCESS_TOKEN_TYPE {
            Ok(header)
        } else {
            Err(VerifyError::Type)
        }
    }
}

fn refusal(error: serde_json::Error) -> VerifyError {
    if error.is_data() {
        VerifyError::Header
    } else {
        VerifyError::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let encoded = Header::encode("HS256", "k-1");
        let json = URL_SAFE_NO_PAD.decode(encoded).unwrap();
        assert_eq!(json, br#"{"typ":"at+jwt","alg":"HS256","kid":"k-1"}"#);
        let header = Header::read(&json).unwrap();
        assert_eq!((&*header.alg, &*header.kid), ("HS256", "k-1"));
    }
}
