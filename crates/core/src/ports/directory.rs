//! What a store does for those who look accounts over and change them. The rules of [`crate::ports::Store`] hold.

use serde_json::Value;

use crate::model::username::fold;
use crate::model::{AccountState, AuditEvent, EmailAddress, User, UserId, Username};

/// Which accounts a list shows: those that pass every part that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Of this state.
    pub state: Option<AccountState>,
    /// Where this is found.
    pub search: Option<UserSearch>,
}

/// A text that is looked for in what accounts are called. Found where it is part of the subject as it stands, of the email's or the
/// username's key, or of the email or the name as given, in which the letters A to Z count as a to z.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSearch {
    /// As it was given: for subjects.
    pub text: String,
    /// In the form of keys ([`Username::key`]).
    pub key: String,
    /// With A to Z as a to z: for what was given.
    pub name: String,
}

impl UserSearch {
    /// For this text without the blanks around it; `None` where nothing else is there.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self {
            text: text.to_owned(),
            key: fold(text),
            name: text.to_ascii_lowercase(),
        })
    }
}

/// What is written of an account as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Unique by its key.
    pub email: Option<EmailAddress>,
    /// Unique by its key.
    pub username: Option<Username>,
    /// The name to show.
    pub name: Option<String>,
    /// What the person may do.
    pub permissions: Vec<String>,
    /// A small JSON object.
    pub metadata: Value,
}

impl Profile {
    /// That of this account.
    pub fn of(user: &User) -> Self {
        let account = &user.account;
        Self {
            email: account.email.clone(),
            username: account.username.clone(),
            name: user.name.clone(),
            permissions: account.permissions.clone(),
            metadata: user.metadata.clone(),
        }
    }
}

/// Writes an account's profile. Condition: it is `expected`, and the new names are free. Where the email changes, the account's
/// outstanding one-time tokens are void: their links went to the old one.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// Whose.
    pub user_id: UserId,
    /// The profile as it was judged.
    pub expected: Profile,
    /// The new one.
    pub profile: Profile,
    /// Condition besides, where true: another active account has the permission `admin`.
    pub another_administrator: bool,
    /// Written with it.
    pub audit: AuditEvent,
}

/// Changes an account's state. Condition: the state is `from`. Where `to` is not active the epoch is raised, all
/// sessions end (reason `account_state`), and the account's outstanding one-time tokens are void.
#[derive(Debug, Clone)]
pub struct SetState {
    /// Whose.
    pub user_id: UserId,
    /// The state as it was judged.
    pub from: AccountState,
    /// The new state.
    pub to: AccountState,
    /// Condition besides, where true: another active account has the permission `admin`.
    pub another_administrator: bool,
    /// Who and why.
    pub audit: AuditEvent,
}

/// What became of an [`UpdateUser`].
#[derive(Debug, Clone, PartialEq)]
pub enum UpdateOutcome {
    /// It is written; this is what is stored now.
    Updated(Box<User>),
    /// Another account has this email.
    EmailTaken,
    /// Another account has this username.
    UsernameTaken,
    /// The account is another than expected, or no other administrator exists: read again and judge again.
    Lost,
}
