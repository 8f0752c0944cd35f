//! Keys: one secret, one algorithm, one id.
//!
//! A key's id goes into every token's header, so it must tell nothing about the secret that the token does not tell anyway:
//! it is a truncated HMAC under the secret over a fixed label. That label has spaces in it, so it can never be the text
//! that a token's signature covers.
//!
//! The cryptographic provider is called directly and not by way of the process-wide default: nobody has to install one, and
//! another crate that switches on a second one changes nothing here. Secrets are wiped from memory when a key is dropped.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::MAX_TOKEN_BYTES;
use crate::claims::AccessClaims;
use crate::error::{KeyError, SignError, VerifyError};
use crate::header::Header;

/// The shortest secret that HS256 takes, in bytes: as long as the hash's output (RFC 7518 §3.2).
pub const MIN_SECRET_BYTES: usize = 32;

const KEY_ID_LABEL: &[u8] = b"keyturn access token key id";
const KEY_ID_BYTES: usize = 16;

/// The algorithms that a key can be for. The key chooses, never the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// HMAC with SHA-256, RFC 7518 §3.2.
    Hs256,
}

impl Algorithm {
    /// The name in a token's header, RFC 7518 §3.1.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
        }
    }

    fn in_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Hs256 => jsonwebtoken::Algorithm::HS256,
        }
    }
}

/// A key that signs access tokens.
#[derive(Clone)]
pub struct SigningKey {
    signing: EncodingKey,
    verification: VerificationKey,
}

impl SigningKey {
    /// A key for HS256 from a shared secret of at least [`MIN_SECRET_BYTES`] random bytes.
    ///
    /// # Errors
    /// Refuses a shorter secret: it could be found from one token by trying.
    pub fn hs256(secret: &[u8]) -> Result<Self, KeyError> {
        let verification = VerificationKey::hs256(secret)?;
        Ok(Self {
            signing: EncodingKey::from_secret(secret),
            verification,
        })
    }

    /// The key's public id, as it stands in every token's header.
    pub fn kid(&self) -> &str {
        self.verification.kid()
    }

    /// The key that verifies what this one signs. For HS256 it is the same secret.
    pub fn verification_key(&self) -> VerificationKey {
        self.verification.clone()
    }

    /// Signs `claims` and gives the token in its compact form.
    ///
    /// # Errors
    /// [`SignError::TooLarge`] where the claims are longer than a verifier reads; the others are faults of a library.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, SignError> {
        let json = serde_json::to_vec(claims).map_err(SignError::Claims)?;
        let header = self.verification.encoded_header();
        let mut token = String::with_capacity(header.len() + json.len() * 4 / 3 + 64);
        token.push_str(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(json, &mut token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(SignError::TooLarge { length: token.len() });
        }
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        signature(self.verification.algorithm, &self.signing, message)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, "SigningKey", self.verification.algorithm, self.kid())
    }
}

/// A key that verifies access tokens.
#[derive(Clone)]
pub struct VerificationKey {
    algorithm: Algorithm,
    kid: String,
    encoded_header: String,
    key: DecodingKey,
}

impl VerificationKey {
    /// A key for HS256 from the secret that the issuer signs with.
    ///
    /// # Errors
    /// Refuses a secret of fewer than [`MIN_SECRET_BYTES`] bytes.
    pub fn hs256(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::TooShort { length: secret.len() });
        }
        let kid = shared_secret_id(secret)?;
        Ok(Self {
            algorithm: Algorithm::Hs256,
            encoded_header: Header::encode(Algorithm::Hs256.name(), &kid),
            kid,
            key: DecodingKey::from_secret(secret),
        })
    }

    /// The key's public id, as it stands in the header of every token it verifies.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The header of every token that this key verifies, as the signing key writes it: a header that is the same, letter for
    /// letter, needs no reading.
    pub(crate) fn encoded_header(&self) -> &str {
        &self.encoded_header
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's over `message`. The comparison takes the same time wherever it fails.
    pub(crate) fn check(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), VerifyError> {
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.in_library(), &self.key)
            .map_err(|_| VerifyError::Signature)?
            .verify(message, signature)
            .map_err(|_| VerifyError::Signature)
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, "VerificationKey", self.algorithm, &self.kid)
    }
}

fn write_key(f: &mut fmt::Formatter<'_>, name: &str, algorithm: Algorithm, kid: &str) -> fmt::Result {
    f.debug_struct(name)
        .field("algorithm", &algorithm)
        .field("kid", &kid)
        .finish_non_exhaustive()
}

/// The id of a shared secret: 128 bits, base64url.
fn shared_secret_id(secret: &[u8]) -> Result<String, KeyError> {
    let tag = signature(Algorithm::Hs256, &EncodingKey::from_secret(secret), KEY_ID_LABEL)
        .map_err(|_| KeyError::Unusable)?;
    Ok(URL_SAFE_NO_PAD.encode(tag.get(..KEY_ID_BYTES).ok_or(KeyError::Unusable)?))
}

fn signature(algorithm: Algorithm, key: &EncodingKey, message: &[u8]) -> Result<Vec<u8>, SignError> {
    let signer =
        (DEFAULT_PROVIDER.signer_factory)(&algorithm.in_library(), key).map_err(SignError::Crypto)?;
    signer.try_sign(message).map_err(SignError::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515, appendix A.1: key, signing input and signature.
    #[test]
    fn hs256_is_that_of_rfc_7515_a_1() {
        let secret = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let message = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let expected = URL_SAFE_NO_PAD
            .decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
            .unwrap();
        let key = SigningKey::hs256(&secret).unwrap();
        assert_eq!(key.signature(message).unwrap(), expected);
        assert_eq!(key.verification_key().check(message, &expected), Ok(()));
    }

    #[test]
    fn an_id_is_stable_and_tells_keys_apart() {
        let id = |secret: &[u8]| SigningKey::hs256(secret).unwrap().kid().to_owned();
        assert_eq!(id(&[7; 32]), id(&[7; 32]));
        assert_ne!(id(&[7; 32]), id(&[8; 32]));
        assert_ne!(
            id(&[7; 32]),
            URL_SAFE_NO_PAD.encode([7; 16]),
            "an id is not a piece of the secret"
        );
        assert_eq!(URL_SAFE_NO_PAD.decode(id(&[7; 32])).unwrap().len(), KEY_ID_BYTES);
    }

    #[test]
    fn short_secrets_are_refused() {
        assert_eq!(
            VerificationKey::hs256(&[7; 31]).unwrap_err(),
            KeyError::TooShort { length: 31 }
        );
        assert_eq!(
            SigningKey::hs256(&[]).unwrap_err(),
            KeyError::TooShort { length: 0 }
        );
        assert!(SigningKey::hs256(&[7; 32]).is_ok());
    }

    #[test]
    fn a_key_is_printed_without_its_secret() {
        let key = SigningKey::hs256(b"a secret that nobody may ever see").unwrap();
        let printed = format!("{key:?} {:?}", key.verification_key());
        assert!(printed.contains(key.kid()));
        assert!(!printed.contains("secret that"), "{printed}");
        assert!(!printed.contains("97, 32, 115"), "{printed}");
    }
}
