//! Accounts as the API shows them to the person, and what a person sends about their own.

use jiff::Timestamp;
use keyturn_core::model::{AccountState, User};
use keyturn_core::password::Password;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{fields, names};

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct AccountBody {
    /// The account as applications know it.
    id: String,
    /// Null only where the account was imported without one.
    #[schema(required = true)]
    email: Option<String>,
    #[schema(required = true)]
    username: Option<String>,
    /// The name to show.
    #[schema(required = true)]
    name: Option<String>,
    #[schema(schema_with = names::account_state)]
    state: AccountState,
    is_active: bool,
    permissions: Vec<String>,
    created_at: Timestamp,
    /// When state, profile or password last changed.
    updated_at: Timestamp,
    /// The last sign-in; null where there was none.
    #[schema(required = true)]
    last_login: Option<Timestamp>,
}

impl AccountBody {
    pub(crate) fn new(user: &User) -> Self {
        let account = &user.account;
        Self {
            id: account.subject.clone(),
            email: account.email.as_ref().map(|email| email.as_given().to_owned()),
            username: account.username.as_ref().map(|name| name.as_given().to_owned()),
            name: user.name.clone(),
            state: account.state,
            is_active: account.state.is_active(),
            permissions: account.permissions.clone(),
            created_at: user.created_at,
            updated_at: user.updated_at,
            last_login: user.last_login_at,
        }
    }
}

/// What is to be different in a profile: a field that is left out stays, null clears one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeProfile, example = json!({ "name": "Ann Example" }))]
pub(crate) struct ProfileBody {
    /// A second name to sign in by: changing it needs `current_password`.
    #[serde(default, deserialize_with = "fields::present")]
    #[schema(value_type = Option<String>, required = false)]
    pub(crate) username: Option<Option<String>>,
    /// The name to show.
    #[serde(default, deserialize_with = "fields::present")]
    #[schema(value_type = Option<String>, required = false)]
    pub(crate) name: Option<Option<String>>,
    /// Needed where the username changes.
    #[schema(value_type = Option<String>, format = Password)]
    pub(crate) current_password: Option<Password>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangePassword)]
pub(crate) struct ChangePasswordBody {
    /// The one to sign in with until now.
    #[schema(value_type = String, format = Password)]
    pub(crate) current_password: Password,
    /// 8 to 256 characters, and not one that is easily guessed.
    #[schema(value_type = String, format = Password)]
    pub(crate) new_password: Password,
}

/// A new email.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeEmail)]
pub(crate) struct ChangeEmailBody {
    /// The password to sign in with.
    #[schema(value_type = String, format = Password)]
    pub(crate) current_password: Password,
    /// The new address, where the link goes.
    #[schema(example = "ann@example.org")]
    pub(crate) email: String,
}

/// That it is really the person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Confirmation)]
pub(crate) struct ConfirmationBody {
    /// The current password.
    #[schema(value_type = String, format = Password)]
    pub(crate) current_password: Password,
}
