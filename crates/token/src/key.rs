//! Keys: one secret or pair, one algorithm, one id.
//!
//! A key's id goes into every token's header. That of a public key is its thumbprint (RFC 7638). That of a shared secret must tell
//! nothing about the secret that the token does not tell anyway: it is a truncated HMAC under the secret over a fixed label. That label
//! has spaces in it, so it can never be the text that a token's signature covers.
//!
//! The cryptographic library is called directly: nobody has to install a provider, and another crate that installs one changes
//! nothing here. Secrets are wiped from memory when a key is dropped.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::MAX_TOKEN_BYTES;
use crate::algorithm::Algorithm;
use crate::claims::AccessClaims;
use crate::error::{KeyError, SignError, VerifyError};
use crate::header::Header;
use crate::jwk::Jwk;
use crate::key_pair::{PrivateHalf, PublicHalf};

/// The shortest secret that HS256 takes, in bytes: as long as the hash's output (RFC 7518 §3.2).
pub const MIN_SECRET_BYTES: usize = 32;

const KEY_ID_LABEL: &[u8] = b"keyturn access token key id";
const KEY_ID_BYTES: usize = 16;

/// A key that signs access tokens.
#[derive(Clone)]
pub struct SigningKey {
    signing: Signing,
    verification: VerificationKey,
}

#[derive(Clone)]
enum Signing {
    Secret(Arc<hmac::Key>),
    Pair(PrivateHalf),
}

impl SigningKey {
    /// A key for HS256 from a shared secret of at least [`MIN_SECRET_BYTES`] random bytes.
    ///
    /// # Errors
    /// Refuses a shorter secret: it could be found from one token by trying.
    pub fn hs256(secret: &[u8]) -> Result<Self, KeyError> {
        let verification = VerificationKey::hs256(secret)?;
        Ok(Self::of(Signing::Secret(hs256(secret)), verification))
    }

    /// A key of this algorithm from 32 random bytes; the same bytes always give the same key.
    ///
    /// # Errors
    /// For ES256, one of 2^32 random values is no key: draw again.
    pub fn from_random(algorithm: Algorithm, random: &[u8; 32]) -> Result<Self, KeyError> {
        if algorithm == Algorithm::Hs256 {
            return Self::hs256(random);
        }
        let private = PrivateHalf::new(algorithm, random)?;
        let verification = VerificationKey::public(private.public()?);
        Ok(Self::of(Signing::Pair(private), verification))
    }

    fn of(signing: Signing, verification: VerificationKey) -> Self {
        Self {
            signing,
            verification,
        }
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
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(SignError::TooLarge { length: token.len() });
        }
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.signing {
            Signing::Secret(secret) => Ok(hmac::sign(secret, message).as_ref().to_vec()),
            Signing::Pair(private) => private.sign(message),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, "SigningKey", self.verification.algorithm(), self.kid())
    }
}

/// A key that verifies access tokens. Copies of a public key share what they have verified.
#[derive(Clone)]
pub struct VerificationKey {
    kid: String,
    encoded_header: String,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Secret(Arc<hmac::Key>),
    Public(Arc<PublicHalf>),
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
        let key = hs256(secret);
        Ok(Self::of(shared_secret_id(&key)?, Form::Secret(key)))
    }

    /// A key for EdDSA or ES256 as the issuer publishes it. Its id is the thumbprint, whatever the token or the set says.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] for another type, curve, algorithm or use, a `kid` that is not the thumbprint, and a point off the curve.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let (algorithm, public) = jwk.parts()?;
        PublicHalf::new(algorithm, &public).map(Self::public)
    }

    fn public(key: PublicHalf) -> Self {
        Self::of(key.jwk.thumbprint(), Form::Public(Arc::new(key)))
    }

    fn of(kid: String, form: Form) -> Self {
        Self {
            encoded_header: Header::encode(form.algorithm().name(), &kid),
            kid,
            form,
        }
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

    /// The key for everybody to see. A shared secret has no such form.
    pub fn jwk(&self) -> Option<&Jwk> {
        match &self.form {
            Form::Secret(_) => None,
            Form::Public(key) => Some(&key.jwk),
        }
    }

    /// The one algorithm of this key.
    pub fn algorithm(&self) -> Algorithm {
        self.form.algorithm()
    }

    /// Whether `signature` is this key's over `message`. For a secret the comparison takes the same time wherever it fails.
    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        match &self.form {
            Form::Secret(key) => hmac::verify(key, message, signature).map_err(|_| VerifyError::Signature),
            Form::Public(key) if key.verifies(message, signature) => Ok(()),
            Form::Public(_) => Err(VerifyError::Signature),
        }
    }
}

impl Form {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Secret(_) => Algorithm::Hs256,
            Self::Public(key) => key.algorithm,
        }
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, "VerificationKey", self.algorithm(), self.kid())
    }
}

fn write_key(f: &mut fmt::Formatter<'_>, name: &str, algorithm: Algorithm, kid: &str) -> fmt::Result {
    f.debug_struct(name)
        .field("algorithm", &algorithm)
        .field("kid", &kid)
        .finish_non_exhaustive()
}

/// The key, its first two blocks hashed once and for all.
fn hs256(secret: &[u8]) -> Arc<hmac::Key> {
    Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret))
}

/// The id of a shared secret: 128 bits, base64url.
fn shared_secret_id(key: &hmac::Key) -> Result<String, KeyError> {
    let tag = hmac::sign(key, KEY_ID_LABEL);
    Ok(URL_SAFE_NO_PAD.encode(tag.as_ref().get(..KEY_ID_BYTES).ok_or(KeyError::Unusable)?))
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

    /// RFC 8037, appendix A: key, thumbprint, signing input and signature.
    #[test]
    fn eddsa_is_that_of_rfc_8037() {
        let decoded = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
        let seed = decoded("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let key = SigningKey::from_random(Algorithm::EdDsa, &seed.try_into().unwrap()).unwrap();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let jwk = key.verification_key().jwk().unwrap().clone();
        assert_eq!(jwk.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let expected =
            decoded("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
        assert_eq!(key.signature(message).unwrap(), expected);
        for verifier in [key.verification_key(), VerificationKey::from_jwk(&jwk).unwrap()] {
            assert_eq!(verifier.check(message, &expected), Ok(()));
            assert_eq!(verifier.check(message, &expected), Ok(()), "remembered");
            assert_eq!(verifier.check(b"another", &expected), Err(VerifyError::Signature));
        }
    }

    /// RFC 7515, appendix A.3: key, signing input and signature.
    #[test]
    fn es256_is_that_of_rfc_7515_a_3() {
        let decoded = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
        let number = decoded("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        let key = SigningKey::from_random(Algorithm::Es256, &number.try_into().unwrap()).unwrap();
        let verifier = key.verification_key();
        let jwk = verifier.jwk().unwrap();
        assert_eq!(jwk.x, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        assert_eq!(
            jwk.y.as_deref(),
            Some("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        );
        let message = b"eyJhbGciOiJFUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let theirs =
            decoded("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
        assert_eq!(verifier.check(message, &theirs), Ok(()));
        let ours = key.signature(message).unwrap();
        assert_eq!(ours.len(), 64);
        assert_eq!(verifier.check(message, &ours), Ok(()));
    }

    /// RFC 7518 §3.4 has the two numbers side by side; what other libraries write of the same signature is another thing.
    #[test]
    fn es256_takes_no_der() {
        let der = [&[0x30, 0x44, 0x02, 0x20][..], &[1; 32], &[0x02, 0x20], &[1; 32]].concat();
        let key = SigningKey::from_random(Algorithm::Es256, &[7; 32]).unwrap();
        for signature in [der, vec![], vec![0; 64], vec![0xff; 64], vec![1; 63], vec![1; 65]] {
            assert_eq!(
                key.verification_key().check(b"message", &signature),
                Err(VerifyError::Signature)
            );
        }
    }

    #[test]
    fn a_number_out_of_range_is_no_key() {
        for number in [[0; 32], [0xff; 32]] {
            let made = SigningKey::from_random(Algorithm::Es256, &number);
            assert_eq!(made.map(|key| key.kid().to_owned()), Err(KeyError::Unusable));
        }
    }
}
