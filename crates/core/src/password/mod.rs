//! Passwords: which are good enough, how they are kept, whether one is right.
//!
//! - [`Password`]: what a person typed, on its way in. It can't be printed, copied or written out.
//! - [`PasswordPolicy`]: may this become a password? NIST SP 800-63B §5.1.1.2, nothing beyond it.
//! - [`HashSettings`], [`hash`], [`verify`], [`needs_rehash`], [`decoy`]: the stored form, [`PasswordHash`].
//! - [`check_stored`]: whether a hash from elsewhere can be verified here; the notations are in `foreign.rs`.
//! - [`Workspace`]: the memory that hashing needs, owned by the thread that hashes and used again.
//!
//! **The rule**: a password is taken exactly as it was typed: not trimmed, not normalised, not cut (ASVS 5.0, 6.2.8). An
//! algorithm that can't take a whole password refuses it.
//!
//! **The caveat**: [`hash`] and [`verify`] take tens of milliseconds and megabytes on purpose, and
//! [`PasswordPolicy::check`] up to a few milliseconds. Call them on threads of their own.
//!
//! ```
//! use keyturn_core::password::{HashSettings, Password, Workspace, hash, verify};
//!
//! let mut workspace = Workspace::default();
//! let stored = hash(&Password::new("correct horse".into()), HashSettings::default(), [7; 16], &mut workspace)?;
//! assert!(verify(&Password::new("correct horse".into()), &stored, &mut workspace)?);
//! assert!(!verify(&Password::new("correct horse ".into()), &stored, &mut workspace)?);
//! # Ok::<(), keyturn_core::password::HashError>(())
//! ```

mod argon;
mod bcrypt_form;
mod derived;
mod foreign;
mod policy;
mod scheme;
mod secret;
mod settings;
mod workspace;

pub use policy::{PasswordPolicy, PasswordRejection};
pub use scheme::{HashError, PasswordHash, check_stored, decoy, hash, needs_rehash, verify};
pub use secret::Password;
pub use settings::HashSettings;
pub use workspace::Workspace;

/// A random salt, drawn by the caller for one hash and never used again.
pub type Salt = [u8; 16];
