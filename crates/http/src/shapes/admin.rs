//! What travels on `/admin/users`: accounts as administrators see and change them. Nothing of a password is ever among it.

use jiff::Timestamp;
use keyturn_core::model::{AccountState, User, UserId};
use keyturn_core::password::Password;
use keyturn_core::service::{AccountChanges, PermissionChange};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{fields, names};

/// An account with everything that is kept about it.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminUser)]
pub(crate) struct AdminUserBody {
    /// The id that applications know: `sub` and `user_id`.
    id: String,
    /// Our own id, which a path takes in place of `id`.
    #[schema(value_type = uuid::Uuid)]
    account_id: UserId,
    #[schema(required = true)]
    email: Option<String>,
    #[schema(required = true)]
    username: Option<String>,
    #[schema(required = true)]
    name: Option<String>,
    #[schema(schema_with = names::account_state)]
    state: AccountState,
    is_active: bool,
    permissions: Vec<String>,
    #[schema(value_type = Object)]
    metadata: Value,
    created_at: Timestamp,
    /// When a person or an administrator last changed it.
    updated_at: Timestamp,
    /// Null before the first.
    #[schema(required = true)]
    last_login: Option<Timestamp>,
}

impl From<User> for AdminUserBody {
    fn from(user: User) -> Self {
        let account = user.account;
        Self {
            id: account.subject,
            account_id: account.id,
            email: account.email.map(|email| email.as_given().to_owned()),
            username: account.username.map(|name| name.as_given().to_owned()),
            name: user.name,
            state: account.state,
            is_active: account.state.is_active(),
            permissions: account.permissions,
            metadata: user.metadata,
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login: user.last_login_at,
        }
    }
}

/// A page of accounts, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminUserPage {
    items: Vec<AdminUserBody>,
    /// The next page's `cursor`; null on the last.
    #[schema(value_type = Option<uuid::Uuid>, required = true)]
    next: Option<UserId>,
}

impl AdminUserPage {
    /// Of the accounts found, of which one more than `limit` was asked for.
    pub(crate) fn new(mut found: Vec<User>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        Self {
            next: last.map(|user| user.account.id),
            items: found.into_iter().map(AdminUserBody::from).collect(),
        }
    }
}

/// A page of the list of accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminUserQuery {
    /// A part of the id, the email, the username or the name, 1 to 254 characters; case does not count but in ids.
    #[param(min_length = 1, max_length = 254)]
    pub(crate) q: Option<String>,
    /// Only those in this state.
    #[param(schema_with = names::account_state, required = false)]
    pub(crate) state: Option<AccountState>,
    /// `next` of the page before.
    #[param(value_type = Option<uuid::Uuid>)]
    pub(crate) cursor: Option<UserId>,
    /// How many, 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
}

/// A new account, with an email or a username.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminNewUser, example = json!({ "email": "ann@example.com", "name": "Ann", "permissions": ["tasks:write"] }))]
pub(crate) struct AdminNewUserBody {
    /// Unique, whatever its case.
    pub(crate) email: Option<String>,
    /// A second name to sign in by.
    pub(crate) username: Option<String>,
    /// The name to show.
    pub(crate) name: Option<String>,
    /// Left out, the account has one that nobody knows, until one is set.
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) password: Option<Password>,
    /// What the person may do; `admin` opens the administration.
    #[serde(default)]
    pub(crate) permissions: Vec<String>,
    /// An object of at most 8 KiB, for your own use.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(value_type = Object, required = false)]
    pub(crate) metadata: Option<Value>,
    /// Left out, `active`.
    #[serde(default = "active", deserialize_with = "fields::account_state")]
    #[schema(schema_with = names::account_state, required = false)]
    pub(crate) state: AccountState,
}

const fn active() -> AccountState {
    AccountState::Active
}

/// What is to change. What is left out stays; `null` takes an email, a username or a name away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminUserChanges, example = json!({ "name": "Ann", "permissions": ["tasks:write"] }))]
pub(crate) struct AdminUserChangesBody {
    /// Not confirmed by its owner: you vouch for it.
    #[serde(default, deserialize_with = "fields::present")]
    #[schema(value_type = Option<String>, required = false)]
    pub(crate) email: Option<Option<String>>,
    /// A second name to sign in by.
    #[serde(default, deserialize_with = "fields::present")]
    #[schema(value_type = Option<String>, required = false)]
    pub(crate) username: Option<Option<String>>,
    /// The name to show.
    #[serde(default, deserialize_with = "fields::present")]
    #[schema(value_type = Option<String>, required = false)]
    pub(crate) name: Option<Option<String>>,
    /// All of them.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(value_type = Vec<String>, required = false)]
    pub(crate) permissions: Option<Vec<String>>,
    /// All of it: an object of at most 8 KiB, for your own use.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(value_type = Object, required = false)]
    pub(crate) metadata: Option<Value>,
}

impl From<AdminUserChangesBody> for AccountChanges {
    fn from(body: AdminUserChangesBody) -> Self {
        Self {
            email: body.email,
            username: body.username,
            name: body.name,
            permissions: body.permissions.map(PermissionChange::Set),
            metadata: body.metadata,
        }
    }
}

/// A change of state.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminUserState, example = json!({ "state": "suspended", "reason": "unpaid" }))]
pub(crate) struct AdminUserStateBody {
    /// The new one.
    #[serde(deserialize_with = "fields::account_state")]
    #[schema(schema_with = names::account_state)]
    pub(crate) state: AccountState,
    /// Why, for the audit log: 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) reason: String,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminUserPassword)]
pub(crate) struct AdminPasswordBody {
    /// 8 to 256 characters, and not one that is easily guessed.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Password,
}
