//! Who may administer, and what administrators may write: pure rules.
//!
//! **The rule**: an installation that has an administrator keeps one. Whoever would take the permission, or the active state, from
//! the last account that has both is refused; the command line, beside the machine itself, may insist.
//!
//! **The caveat**: that another administrator exists is a condition of the effect as well, not only of the judgement: two
//! administrators who demote each other at the same moment must not both succeed.

use serde_json::Value;

use crate::model::{Account, AccountState};
use crate::ports::Profile;

/// The permission that opens the administration.
pub const ADMIN: &str = "admin";

/// The longest name of a permission, in characters.
pub const PERMISSION_MAX: usize = 64;

/// How many permissions an account has at most.
pub const PERMISSIONS_MAX: usize = 64;

/// The largest metadata, in bytes of its JSON without blanks.
pub const METADATA_MAX: usize = 8 * 1024;

/// How deep metadata may be nested.
const METADATA_DEPTH: usize = 16;

/// Why permissions or metadata cannot be accepted, in words for an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WritingRefused {
    /// A name that could not travel in a header or a claim.
    #[error(
        "a permission is 1 to {PERMISSION_MAX} of the characters A-Z a-z 0-9 and -_.:/*@ (it travels in headers and claims)"
    )]
    PermissionName,
    /// More than [`PERMISSIONS_MAX`].
    #[error("an account has at most {PERMISSIONS_MAX} permissions")]
    TooManyPermissions,
    /// No JSON object.
    #[error("metadata is a JSON object")]
    MetadataNoObject,
    /// More than [`METADATA_MAX`].
    #[error("metadata has at most {METADATA_MAX} bytes")]
    MetadataTooLarge,
    /// Nested too deep.
    #[error("metadata is nested at most {METADATA_DEPTH} deep")]
    MetadataTooDeep,
    /// A character that not every store can keep.
    #[error("metadata can't contain the character U+0000")]
    MetadataNul,
}

/// Whether an account opens the administration: active, with the permission.
pub fn is_administrator(account: &Account) -> bool {
    administers(account.state, &account.permissions)
}

/// Whether a change to this state and these permissions takes an administrator away, so that another one must exist.
pub fn takes_administrator(account: &Account, state: AccountState, permissions: &[String]) -> bool {
    is_administrator(account) && !administers(state, permissions)
}

/// Checks permissions, and puts them into one form: sorted, each once. Those `held` before are not judged again: they may have been
/// imported.
///
/// # Errors
/// The first rule that they break.
pub fn permissions(mut names: Vec<String>, held: &[String]) -> Result<Vec<String>, WritingRefused> {
    if !names
        .iter()
        .all(|name| held.contains(name) || is_permission(name))
    {
        return Err(WritingRefused::PermissionName);
    }
    names.sort();
    names.dedup();
    if names.len() > PERMISSIONS_MAX {
        return Err(WritingRefused::TooManyPermissions);
    }
    Ok(names)
}

/// Checks metadata: a small JSON object that every store keeps as it is.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_metadata(metadata: &Value) -> Result<(), WritingRefused> {
    if !metadata.is_object() {
        return Err(WritingRefused::MetadataNoObject);
    }
    check_value(metadata, METADATA_DEPTH)?;
    if metadata.to_string().len() > METADATA_MAX {
        return Err(WritingRefused::MetadataTooLarge);
    }
    Ok(())
}

/// What is another in `after`, for the audit log: the fields' names, and the permissions that came and went. No value of the others:
/// what a person is called has no place there.
pub fn difference(before: &Profile, after: &Profile) -> String {
    let fields = [
        ("email", before.email != after.email),
        ("username", before.username != after.username),
        ("name", before.name != after.name),
        ("metadata", before.metadata != after.metadata),
    ];
    let changed = fields.into_iter().filter(|(_, differs)| *differs);
    let mut parts: Vec<String> = changed.map(|(field, _)| field.to_owned()).collect();
    let only = |left: &[String], right: &[String], sign: char| -> Vec<String> {
        let gone = left.iter().filter(|name| !right.contains(name));
        gone.map(|name| format!("{sign}{name}")).collect()
    };
    let mut moved = only(&after.permissions, &before.permissions, '+');
    moved.extend(only(&before.permissions, &after.permissions, '-'));
    if before.permissions != after.permissions {
        parts.push(format!("permissions {}", moved.join(" ")).trim_end().to_owned());
    }
    parts.join(", ")
}

fn administers(state: AccountState, permissions: &[String]) -> bool {
    state.is_active() && permissions.iter().any(|name| name == ADMIN)
}

fn is_permission(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/*@".contains(&byte);
    (1..=PERMISSION_MAX).contains(&name.len()) && name.bytes().all(allowed)
}

/// `depth` counts down with every array and object.
fn check_value(value: &Value, depth: usize) -> Result<(), WritingRefused> {
    let deeper = || depth.checked_sub(1).ok_or(WritingRefused::MetadataTooDeep);
    match value {
        Value::String(text) => check_text(text),
        Value::Array(items) => {
            let depth = deeper()?;
            items.iter().try_for_each(|item| check_value(item, depth))
        }
        Value::Object(fields) => {
            let depth = deeper()?;
            fields.iter().try_for_each(|(key, item)| {
                check_text(key)?;
                check_value(item, depth)
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), WritingRefused> {
    if text.contains('\0') {
        return Err(WritingRefused::MetadataNul);
    }
    Ok(())
}
