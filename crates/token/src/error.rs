//! What can go wrong with keys and tokens.
//!
//! A [`VerifyError`] never holds the token or a part of it: errors end in logs. Only [`VerifyError::Expired`] speaks of a
//! token that is known to be the issuer's own; every other variant is about no one's.

use crate::claims::AccessClaims;

/// Why a key can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// RFC 7518 §3.2: an HMAC key is at least as long as the hash's output.
    #[error("a signing secret must have at least 32 bytes, this one has {length}")]
    TooShort {
        /// How many bytes the refused secret has.
        length: usize,
    },
    /// The cryptographic library refuses the key.
    #[error("the signing key can't be used")]
    Unusable,
}

/// Why claims could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The claims could not be written as JSON.
    #[error("the claims can't be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The token would be longer than [`crate::MAX_TOKEN_BYTES`], and so refused by every verifier.
    #[error("the token would have {length} bytes, more than a verifier accepts; shorten the permissions")]
    TooLarge {
        /// How many bytes it would have.
        length: usize,
    },
    /// The cryptographic library failed with a key pair, and does not say why.
    #[error("the token could not be signed with the key pair")]
    KeyPair,
}

/// Why a token was not accepted, in the order in which it is judged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Longer than [`crate::MAX_TOKEN_BYTES`]; nothing of it was read.
    #[error("the access token is too long")]
    TooLarge,
    /// Not three parts in canonical base64url with JSON in the first.
    #[error("the access token is malformed")]
    Malformed,
    /// The header lacks `typ`, `alg` or `kid`, has one twice, or has anything else.
    #[error("the access token's header is not one of an access token")]
    Header,
    /// The header's `typ` is not `at+jwt`: a token of another kind (RFC 9068 §4, RFC 8725 §3.11).
    #[error("the token is not an access token")]
    Type,
    /// No key of this id is known.
    #[error("the access token was signed with an unknown key")]
    UnknownKey,
    /// The header names another algorithm than the key's (RFC 8725 §3.1).
    #[error("the access token names the wrong algorithm")]
    Algorithm,
    /// The signature is not this key's.
    #[error("the access token's signature is wrong")]
    Signature,
    /// Signed by the issuer's key, but the claims are no strict JSON object, or one is missing, doubled, of another type, or
    /// one that can't be ignored (`nbf`).
    #[error("the access token has not the claims of one")]
    Claims,
    /// Issued by someone else.
    #[error("the access token is from another issuer")]
    Issuer,
    /// Meant for someone else, or for someone where no audience is expected (RFC 7519 §4.1.3).
    #[error("the access token is for another audience")]
    Audience,
    /// The issuer's own token, whose time is over. The claims are right apart from that.
    #[error("the access token has expired")]
    Expired(Box<AccessClaims>),
}
