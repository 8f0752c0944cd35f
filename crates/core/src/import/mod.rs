//! Reading accounts that another application had: which fields a row has, and what it takes to be an account here.
//!
//! **The rule**: an id is taken verbatim and never made up; whatever can't be taken over as it is refuses its row, and says which field
//! and why. No reason repeats what stands in the field: a column in the wrong place may hold a password.
//!
//! **The caveat**: names and addresses keep to the rules of new accounts, by which two spellings are one. Two accounts of the other
//! application may be one here: the later row is refused.

mod row;
mod times;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

pub use row::{ImportRow, read};

/// A field that an account can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportField {
    /// The application's own id: text or an integer.
    Id,
    /// Email address.
    Email,
    /// Second sign-in name.
    Username,
    /// Name to show.
    Name,
    /// pending, active, inactive or suspended.
    State,
    /// Whether it is let in, where there is no state.
    IsActive,
    /// A list of names.
    Permissions,
    /// A JSON object.
    Metadata,
    /// When it was created.
    CreatedAt,
    /// When somebody last signed in.
    LastLogin,
    /// The password hash as it is stored.
    PasswordHash,
}

impl ImportField {
    /// Every field.
    pub const ALL: [Self; 11] = [
        Self::Id,
        Self::Email,
        Self::Username,
        Self::Name,
        Self::State,
        Self::IsActive,
        Self::Permissions,
        Self::Metadata,
        Self::CreatedAt,
        Self::LastLogin,
        Self::PasswordHash,
    ];

    /// Its name, which is also that of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::Username => "username",
            Self::Name => "name",
            Self::State => "state",
            Self::IsActive => "is_active",
            Self::Permissions => "permissions",
            Self::Metadata => "metadata",
            Self::CreatedAt => "created_at",
            Self::LastLogin => "last_login",
            Self::PasswordHash => "password_hash",
        }
    }

    /// What frameworks call it besides. `password` is Django's and Better Auth's column of hashes.
    const fn other_names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &["user_id", "subject", "sub"],
            Self::IsActive => &["active"],
            Self::CreatedAt => &["date_joined"],
            Self::LastLogin => &["last_login_at"],
            Self::PasswordHash => &["hashed_password", "password"],
            _ => &[],
        }
    }

    /// The field of this name alone.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The field that a column of this name holds: case and underscores make no difference.
    pub fn of_column(column: &str) -> Option<Self> {
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        let column = plain(column);
        Self::ALL.into_iter().find(|field| {
            let names = field.other_names().iter().copied();
            names.chain([field.name()]).any(|name| plain(name) == column)
        })
    }
}

/// One account as a file has it. An absent field and a null are one.
#[derive(Debug, Clone, Default)]
pub struct ImportRecord {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// What it brings.
    pub fields: BTreeMap<ImportField, Value>,
}

/// What rows are read by.
#[derive(Debug, Clone, Copy)]
pub struct ImportRules {
    /// The present: no account was created later.
    pub now: Timestamp,
    /// Whether a row may give the permission `admin`, which opens Keyturn's administration.
    pub allow_admin: bool,
}
