//! One row, read.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{ImportField, ImportRecord, ImportRules, times};
use crate::administration::{self, ADMIN, check_metadata};
use crate::model::{AccountState, EmailAddress, Username};
use crate::password::{HashError, PasswordHash, check_stored};
use crate::service::{FieldError, parse_name};

/// The longest id, in bytes: OpenID Connect's `sub`.
const ID_MAX: usize = 255;
/// The longest text of a password hash, in bytes.
const HASH_MAX: usize = 1024;

/// An account to be, but for what the store's side makes of it: our own id, and the hash of one that has no password.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRow {
    /// The application's own id.
    pub subject: String,
    /// As given.
    pub email: Option<EmailAddress>,
    /// As given.
    pub username: Option<Username>,
    /// The name to show.
    pub name: Option<String>,
    /// A JSON object.
    pub metadata: Value,
    /// `None` where nobody can sign in by password: there is none, or the framework has switched it off.
    pub password_hash: Option<PasswordHash>,
    /// The state to begin in: active where the row says nothing.
    pub state: AccountState,
    /// Names of what the person may do.
    pub permissions: Vec<String>,
    /// When it was created; the present where the row does not say.
    pub created_at: Timestamp,
    /// When somebody last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// Reads a row.
///
/// # Errors
/// The first field that can't be taken over, and why.
pub fn read(record: &ImportRecord, rules: ImportRules) -> Result<ImportRow, FieldError> {
    let time = |field| time(record, field, rules.now);
    Ok(ImportRow {
        subject: subject(record)?,
        email: parsed(record, ImportField::Email, EmailAddress::parse)?,
        username: parsed(record, ImportField::Username, Username::parse)?,
        name: parsed(record, ImportField::Name, |text| parse_name(text.to_owned()))?,
        metadata: metadata(record)?,
        password_hash: password_hash(record)?,
        state: state(record)?,
        permissions: permissions(record, rules.allow_admin)?,
        created_at: time(ImportField::CreatedAt)?.unwrap_or(rules.now),
        last_login_at: time(ImportField::LastLogin)?,
    })
}

fn refused(field: ImportField, message: impl ToString) -> FieldError {
    FieldError::new(field.name(), message)
}

/// What the field holds; an empty text is an absent one.
fn value(record: &ImportRecord, field: ImportField) -> Option<&Value> {
    record
        .fields
        .get(&field)
        .filter(|value| !value.is_null() && value.as_str() != Some(""))
}

fn text(record: &ImportRecord, field: ImportField) -> Result<Option<&str>, FieldError> {
    value(record, field)
        .map(|value| value.as_str().ok_or_else(|| refused(field, "has to be text")))
        .transpose()
}

fn parsed<T, E: ToString>(
    record: &ImportRecord,
    field: ImportField,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, FieldError> {
    let text = text(record, field)?;
    text.map(|text| parse(text).map_err(|error| refused(field, error)))
        .transpose()
}

fn subject(record: &ImportRecord) -> Result<String, FieldError> {
    const FIELD: ImportField = ImportField::Id;
    let id = match value(record, FIELD) {
        None => return Err(refused(FIELD, "is missing: applications know the person by it")),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        Some(_) => return Err(refused(FIELD, "has to be text or an integer of 64 bits")),
    };
    if id.len() > ID_MAX {
        return Err(refused(FIELD, format!("has more than {ID_MAX} bytes")));
    }
    if id.trim() != id || id.chars().any(char::is_control) {
        return Err(refused(
            FIELD,
            "has blank space around it, or control characters in it",
        ));
    }
    Ok(id)
}

fn metadata(record: &ImportRecord) -> Result<Value, FieldError> {
    let refused = |message: &str| refused(ImportField::Metadata, message);
    let object = match value(record, ImportField::Metadata) {
        None => Value::Object(Map::new()),
        Some(Value::String(json)) => serde_json::from_str(json).map_err(|_| refused("is not JSON"))?,
        Some(other) => other.clone(),
    };
    check_metadata(&object).map_err(|error| refused(&error.to_string()))?;
    Ok(object)
}

fn password_hash(record: &ImportRecord) -> Result<Option<PasswordHash>, FieldError> {
    const FIELD: ImportField = ImportField::PasswordHash;
    // `!` is Django's and the passwd file's mark of a password that is switched off.
    let Some(text) = text(record, FIELD)?.filter(|text| !text.starts_with('!')) else {
        return Ok(None);
    };
    let hash = PasswordHash::from_stored(text.to_owned());
    let unreadable = "is of no known kind, or damaged; docs/migrating.md lists the kinds";
    if text.len() > HASH_MAX || text.chars().any(char::is_control) {
        return Err(refused(FIELD, unreadable));
    }
    match check_stored(&hash) {
        Ok(()) => Ok(Some(hash)),
        Err(HashError::CostTooHigh) => Err(refused(FIELD, "costs more to verify than is allowed")),
        Err(_) => Err(refused(FIELD, unreadable)),
    }
}

fn state(record: &ImportRecord) -> Result<AccountState, FieldError> {
    const NAMES: &str = "is none of pending, active, inactive, suspended";
    let state = parsed(record, ImportField::State, |text| {
        text.parse::<AccountState>().map_err(|_| NAMES)
    })?;
    let is_active = value(record, ImportField::IsActive)
        .map(|value| truth(value).ok_or_else(|| refused(ImportField::IsActive, "is neither true nor false")))
        .transpose()?;
    Ok(match (state, is_active) {
        (Some(state), _) => state,
        (None, Some(false)) => AccountState::Inactive,
        (None, Some(true) | None) => AccountState::Active,
    })
}

/// As JSON, databases and spreadsheets write it.
fn truth(value: &Value) -> Option<bool> {
    let text = match value {
        Value::Bool(truth) => return Some(*truth),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_lowercase(),
        _ => return None,
    };
    match text.as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn permissions(record: &ImportRecord, allow_admin: bool) -> Result<Vec<String>, FieldError> {
    const FIELD: ImportField = ImportField::Permissions;
    let list = match value(record, FIELD) {
        None => return Ok(Vec::new()),
        Some(Value::String(json)) if json.starts_with('[') => serde_json::from_str(json).ok(),
        Some(Value::String(text)) => Some(separated(text)),
        Some(other) => serde_json::from_value::<Vec<String>>(other.clone()).ok(),
    };
    let list = list.ok_or_else(|| refused(FIELD, "has to be a list of texts"))?;
    let list = administration::permissions(list, &[]).map_err(|error| refused(FIELD, error))?;
    if !allow_admin && list.iter().any(|name| name == ADMIN) {
        return Err(refused(
            FIELD,
            "gives `admin`, which opens Keyturn's own administration: say --allow-admin if that is meant",
        ));
    }
    Ok(list)
}

fn separated(text: &str) -> Vec<String> {
    text.split([',', ';'])
        .map(|name| name.trim().to_owned())
        .collect()
}

fn time(record: &ImportRecord, field: ImportField, now: Timestamp) -> Result<Option<Timestamp>, FieldError> {
    let Some(value) = value(record, field) else {
        return Ok(None);
    };
    let at = times::read(value)
        .ok_or_else(|| refused(field, "is no point in time, such as 2024-05-01T12:00:00Z"))?;
    if !(Timestamp::UNIX_EPOCH..=now).contains(&at) {
        return Err(refused(field, "lies before 1970 or in the future"));
    }
    Ok(Some(at))
}
