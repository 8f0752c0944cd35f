//! How other frameworks write down password hashes, so that their users keep their passwords.
//!
//! | notation | from |
//! | --- | --- |
//! | `scrypt:N:r:p$salt$hex`, `pbkdf2:sha256:rounds$salt$hex` (also `sha1`, `sha512`) | Werkzeug, Flask |
//! | `pbkdf2_sha256$rounds$salt$base64`, `pbkdf2_sha1$…`, `scrypt$N$salt$r$p$base64` | Django |
//! | `argon2$argon2id$v=19$…`, `bcrypt$$2b$…`, `bcrypt_sha256$$2b$…` | Django, before a form of the algorithm's own |
//! | 32 hexadecimal digits, `:`, 128 more | Better Auth: scrypt, N = 16384, r = 16, p = 1 |
//!
//! **The rule**: a notation is read exactly as its framework writes it; anything else is unreadable, and never taken for another
//! one. A salt is the text that is written, not what it may encode.
//!
//! **The caveat**: these are read for one sign-in each, after which the hash is one of [`super::HashSettings`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::argon::ArgonForm;
use super::bcrypt_form::BcryptForm;
use super::derived::{DerivedForm, Digest, ScryptCost};
use super::{HashError, Password, Workspace};

/// Better Auth's parameters, which its hashes don't name.
const BETTER_AUTH: ScryptCost = ScryptCost {
    n: 16384,
    r: 16,
    p: 1,
};
const BETTER_AUTH_SALT: usize = 32;

/// A hash in another framework's notation.
pub(super) enum ForeignForm {
    Argon(ArgonForm),
    Bcrypt(BcryptForm),
    /// bcrypt of the SHA-256 of the password, in hexadecimal digits.
    BcryptSha256(BcryptForm),
    Derived(DerivedForm),
    /// Of the password in Unicode's form NFKC.
    DerivedOfNfkc(DerivedForm),
}

impl ForeignForm {
    /// Reads a stored hash; one that costs too much is refused here. `None`: none of these notations.
    pub(super) fn read(text: &str) -> Option<Result<Self, HashError>> {
        if let Some((salt, key)) = better_auth(text) {
            return Some(read_better_auth(salt, key));
        }
        let (method, rest) = text.split_once('$')?;
        Some(match method {
            "argon2" => ArgonForm::read(rest_of_phc(text, method)).map(Self::Argon),
            "bcrypt" => BcryptForm::read(rest).map(Self::Bcrypt),
            "bcrypt_sha256" => BcryptForm::read(rest).map(Self::BcryptSha256),
            "pbkdf2_sha256" => django_pbkdf2(Digest::Sha256, rest),
            "pbkdf2_sha1" => django_pbkdf2(Digest::Sha1, rest),
            "scrypt" => django_scrypt(rest),
            _ => return werkzeug(method, rest),
        })
    }

    pub(super) fn verify(&self, password: &Password, workspace: &mut Workspace) -> Result<bool, HashError> {
        match self {
            Self::Argon(form) => form.verify(password, workspace),
            Self::Bcrypt(form) => form.verify(password),
            Self::BcryptSha256(form) => {
                let digest = Sha256::digest(password.bytes());
                form.verify(&Password::new(hex(&digest)))
            }
            Self::Derived(form) => form.verify(password.bytes()),
            Self::DerivedOfNfkc(form) => {
                let composed: Zeroizing<String> = Zeroizing::new(password.expose().nfkc().collect());
                form.verify(composed.as_bytes())
            }
        }
    }
}

/// Whether this is Better Auth's notation, which has no name in it.
pub(super) fn is_better_auth(text: &str) -> bool {
    better_auth(text).is_some()
}

fn better_auth(text: &str) -> Option<(&str, &str)> {
    let (salt, key) = text.split_once(':')?;
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (salt.len() == BETTER_AUTH_SALT && is_hex(salt) && is_hex(key)).then_some((salt, key))
}

fn read_better_auth(salt: &str, key: &str) -> Result<ForeignForm, HashError> {
    let form = DerivedForm::scrypt(BETTER_AUTH, salt.into(), unhex(key)?)?;
    Ok(ForeignForm::DerivedOfNfkc(form))
}

/// A PHC string begins with the `$` that ends Django's name for it.
fn rest_of_phc<'a>(text: &'a str, method: &str) -> &'a str {
    text.strip_prefix(method).unwrap_or_default()
}

fn django_pbkdf2(digest: Digest, rest: &str) -> Result<ForeignForm, HashError> {
    let [rounds, salt, output] = fields(rest)?;
    let expected = STANDARD.decode(output).map_err(|_| HashError::Unreadable)?;
    DerivedForm::pbkdf2(digest, number(rounds)?, salt.into(), expected).map(ForeignForm::Derived)
}

fn django_scrypt(rest: &str) -> Result<ForeignForm, HashError> {
    let [n, salt, r, p, output] = fields(rest)?;
    let cost = ScryptCost {
        n: number(n)?,
        r: number(r)?,
        p: number(p)?,
    };
    let expected = STANDARD.decode(output).map_err(|_| HashError::Unreadable)?;
    DerivedForm::scrypt(cost, salt.into(), expected).map(ForeignForm::Derived)
}

fn werkzeug(method: &str, rest: &str) -> Option<Result<ForeignForm, HashError>> {
    let (name, parameters) = method.split_once(':')?;
    Some(match name {
        "pbkdf2" => werkzeug_pbkdf2(parameters, rest),
        "scrypt" => werkzeug_scrypt(parameters, rest),
        _ => return None,
    })
}

fn werkzeug_pbkdf2(parameters: &str, rest: &str) -> Result<ForeignForm, HashError> {
    let (digest, rounds) = parameters.split_once(':').ok_or(HashError::Unreadable)?;
    let digest = match digest {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        _ => return Err(HashError::Unreadable),
    };
    let [salt, output] = fields(rest)?;
    DerivedForm::pbkdf2(digest, number(rounds)?, salt.into(), unhex(output)?).map(ForeignForm::Derived)
}

fn werkzeug_scrypt(parameters: &str, rest: &str) -> Result<ForeignForm, HashError> {
    let mut numbers = parameters.split(':');
    let mut next = || numbers.next().ok_or(HashError::Unreadable);
    let (n, r, p) = (next()?, next()?, next()?);
    if numbers.next().is_some() {
        return Err(HashError::Unreadable);
    }
    let cost = ScryptCost {
        n: number(n)?,
        r: number(r)?,
        p: number(p)?,
    };
    let [salt, output] = fields(rest)?;
    DerivedForm::scrypt(cost, salt.into(), unhex(output)?).map(ForeignForm::Derived)
}

/// Exactly so many parts between `$`.
fn fields<const N: usize>(text: &str) -> Result<[&str; N], HashError> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_| HashError::Unreadable)
}

/// Digits alone; a number that doesn't fit costs too much whatever it stands for.
fn number<T: std::str::FromStr>(text: &str) -> Result<T, HashError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HashError::Unreadable);
    }
    text.parse().map_err(|_| HashError::CostTooHigh)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, HashError> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.ok_or(HashError::Unreadable)?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(HashError::Unreadable);
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
