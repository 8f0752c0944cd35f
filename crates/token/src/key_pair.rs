//! Keys of two halves: Ed25519 and P-256, by the cryptographic library.
//!
//! A signature is exactly 64 bytes for both: for ES256 the two numbers side by side (RFC 7518 §3.4), never DER. The library refuses
//! points off the curve, numbers out of range and the second spelling of an Ed25519 signature (RFC 8032 §5.1.7).
//!
//! **The caveat**: a signature by ES256 takes a fresh random number, which the library draws by itself; it is the one thing here that
//! is not the caller's.

use std::sync::Arc;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey, VerificationAlgorithm,
};

use crate::algorithm::Algorithm;
use crate::error::{KeyError, SignError};
use crate::jwk::Jwk;
use crate::verified::VerifiedSignatures;

const SIGNATURE: usize = 64;

/// The half that signs.
#[derive(Clone)]
pub(crate) enum PrivateHalf {
    EdDsa(Arc<Ed25519KeyPair>),
    Es256(Arc<EcdsaKeyPair>),
}

impl PrivateHalf {
    /// From 32 random bytes: the seed of RFC 8032 §5.1.5, or the number itself on P-256.
    pub(crate) fn new(algorithm: Algorithm, seed: &[u8; 32]) -> Result<Self, KeyError> {
        match algorithm {
            Algorithm::Hs256 => Err(KeyError::Unusable),
            Algorithm::EdDsa => Ed25519KeyPair::from_seed_unchecked(seed)
                .map(|pair| Self::EdDsa(Arc::new(pair)))
                .map_err(|_| KeyError::Unusable),
            Algorithm::Es256 => p256(seed),
        }
    }

    /// The public half.
    pub(crate) fn public(&self) -> Result<PublicHalf, KeyError> {
        match self {
            Self::EdDsa(pair) => PublicHalf::new(Algorithm::EdDsa, pair.public_key().as_ref()),
            Self::Es256(pair) => PublicHalf::new(Algorithm::Es256, pair.public_key().as_ref()),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = match self {
            Self::EdDsa(pair) => pair.try_sign(message),
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), message),
        };
        Ok(signature.map_err(|_| SignError::KeyPair)?.as_ref().to_vec())
    }
}

/// A number that is zero or not below the order of the curve is refused: one of 2^32 random ones. Draw again.
fn p256(number: &[u8; 32]) -> Result<PrivateHalf, KeyError> {
    let public = PrivateKey::from_private_key(&ECDH_P256, number)
        .map_err(|_| KeyError::Unusable)?
        .compute_public_key()
        .map_err(|_| KeyError::Unusable)?;
    EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, number, public.as_ref())
        .map(|pair| PrivateHalf::Es256(Arc::new(pair)))
        .map_err(|_| KeyError::Unusable)
}

/// The half that verifies, and what it has verified.
pub(crate) struct PublicHalf {
    pub(crate) algorithm: Algorithm,
    pub(crate) jwk: Jwk,
    key: ParsedPublicKey,
    verified: VerifiedSignatures,
}

impl PublicHalf {
    /// From 32 bytes of Ed25519, or an uncompressed point of P-256, which must lie on it.
    pub(crate) fn new(algorithm: Algorithm, public: &[u8]) -> Result<Self, KeyError> {
        let by: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::Hs256 => return Err(KeyError::Unusable),
            Algorithm::EdDsa => &ED25519,
            Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        };
        Ok(Self {
            algorithm,
            jwk: Jwk::of(algorithm, public)?,
            key: ParsedPublicKey::new(by, public).map_err(|_| KeyError::Unusable)?,
            verified: VerifiedSignatures::default(),
        })
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != SIGNATURE {
            return false;
        }
        let (known, fingerprint) = self.verified.recall(message, signature);
        if known {
            return true;
        }
        let right = self.key.verify_sig(message, signature).is_ok();
        if right {
            self.verified.remember(&fingerprint);
        }
        right
    }
}
