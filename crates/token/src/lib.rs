//! Keyturn's access tokens: what they say, how they are signed, how they are verified.
//!
//! An access token is a JWT in the profile of RFC 9068: a header of exactly `typ: at+jwt`, `alg` and `kid`, and the claims
//! of [`AccessClaims`]. [`SigningKey`] makes one; [`Verifier`] accepts one, or says in a [`VerifyError`] why not.
//!
//! **The rule**: a key has one algorithm, and the token never chooses it (RFC 8725 §3.1). What the profile does not name in
//! the header is refused, `crit`, `jku`, `jwk` and `x5u` among it, so that nothing in a token can point at the key to
//! verify it with (RFC 8725 §3.10). A token has one spelling: canonical base64url, objects in which no name stands twice at any
//! depth, whole numbers for times, ids in one form; `null` is no value.
//!
//! **The caveat**: a good signature says who issued the token, not that its session still lives. Ask Keyturn, or follow its
//! feed of ended sessions, where that matters. Nothing here reads a clock: `now` is an argument, and there is no leeway.
//!
//! ```
//! use jiff::Timestamp;
//! use keyturn_token::{AccessClaims, SigningKey, Verifier, VerifyError};
//! use uuid::Uuid;
//!
//! let key = SigningKey::hs256(b"0123456789abcdef0123456789abcdef")?;
//! let token = key.sign(&AccessClaims {
//!     sub: "42".into(),
//!     iat: 1_000,
//!     exp: 2_800,
//!     jti: Uuid::from_u128(1),
//!     iss: "https://auth.example".into(),
//!     sid: Uuid::from_u128(2),
//!     generation: 0,
//!     email: None,
//!     permissions: None,
//!     aud: None,
//!     kt: None,
//! })?;
//!
//! let verifier = Verifier::new("https://auth.example").with_key(key.verification_key());
//! let claims = verifier.verify(&token, Timestamp::from_second(2_799)?)?;
//! assert_eq!(claims.sub, "42");
//!
//! // From the second it names, a token is expired; it is still known as ours.
//! let late = verifier.verify(&token, Timestamp::from_second(2_800)?);
//! assert!(matches!(late, Err(VerifyError::Expired(_))));
//!
//! // A short secret is refused: it could be guessed from one token, offline.
//! assert!(SigningKey::hs256(b"secret").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod claims;
mod error;
mod header;
mod jwk;
mod jws;
mod key;
mod key_pair;
mod object;
mod verified;
mod verifier;
#[cfg(test)]
mod wycheproof;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{AccessClaims, TokenExpired};
pub use error::{KeyError, SignError, VerifyError};
pub use jwk::{Jwk, JwkSet};
pub use key::{MIN_SECRET_BYTES, SigningKey, VerificationKey};
pub use verifier::Verifier;

/// The longest token that is signed or looked at, in bytes. What is longer costs no more than reading its length.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
