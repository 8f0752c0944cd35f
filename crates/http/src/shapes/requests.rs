//! What clients send. Unknown fields are refused, and so is a field that comes twice.

use keyturn_core::model::{Delivery, SessionId};
use keyturn_core::password::Password;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{fields, names};

/// A new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignUp, example = json!({ "email": "ann@example.com", "password": "a long and quiet phrase" }))]
pub(crate) struct SignUpBody {
    /// Unique, whatever its case.
    #[schema(example = "ann@example.com")]
    pub(crate) email: String,
    /// 8 to 256 characters, and not one that is easily guessed.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Password,
    /// A second name to sign in by.
    pub(crate) username: Option<String>,
    /// The name to show.
    pub(crate) name: Option<String>,
    /// How the tokens shall travel; left out, who asks decides.
    #[serde(default, deserialize_with = "fields::delivery")]
    #[schema(schema_with = names::nullable_delivery, required = false)]
    pub(crate) delivery: Option<Delivery>,
    /// "Keep me signed in", where it is configured.
    #[serde(default)]
    pub(crate) remember: bool,
}

/// Whom to mail a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkWanted, example = json!({ "email": "ann@example.com" }))]
pub(crate) struct LinkWantedBody {
    /// The address that the link goes to, if there is something to be done for it.
    #[schema(example = "ann@example.com")]
    pub(crate) email: String,
}

/// A mailed link, used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkUsed, example = json!({ "token": "kto_…", "password": "a long and quiet phrase" }))]
pub(crate) struct LinkUsedBody {
    /// `token` of the link.
    pub(crate) token: String,
    /// To activate: the password of the sign-up. To set a password: the new one, of 8 to 256 characters, and not one that is easily guessed.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Password,
}

/// The link that went to a new address, used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EmailLinkUsed, example = json!({ "token": "kto_…" }))]
pub(crate) struct EmailLinkUsedBody {
    /// `token` of the link.
    pub(crate) token: String,
}

/// A sign-in, by exactly one of `email`, `username` and `identifier` (either of them).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn, example = json!({ "email": "ann@example.com", "password": "a long and quiet phrase" }))]
pub(crate) struct SignInBody {
    /// The account's email.
    #[schema(example = "ann@example.com")]
    pub(crate) email: Option<String>,
    /// The account's username.
    pub(crate) username: Option<String>,
    /// Email or username.
    pub(crate) identifier: Option<String>,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Password,
    /// How the tokens shall travel; left out, who asks decides.
    #[serde(default, deserialize_with = "fields::delivery")]
    #[schema(schema_with = names::nullable_delivery, required = false)]
    pub(crate) delivery: Option<Delivery>,
    /// "Keep me signed in", where it is configured.
    #[serde(default)]
    pub(crate) remember: bool,
}

/// A refresh. May be left out where the token is in the cookie.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Refresh)]
pub(crate) struct RefreshBody {
    /// For `body` delivery alone.
    pub(crate) refresh_token: Option<String>,
    /// Age of the person's last real input, in seconds.
    #[serde(default, deserialize_with = "fields::whole_seconds")]
    #[schema(format = Int64, maximum = 4_294_967_295_u64)]
    pub(crate) idle_seconds: Option<u32>,
}

/// A sign-out. May be left out where a token is in a cookie or in `Authorization`.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignOut)]
pub(crate) struct SignOutBody {
    /// For `body` delivery alone.
    pub(crate) refresh_token: Option<String>,
}

/// A heartbeat.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Activity)]
pub(crate) struct ActivityBody {
    /// Age of the person's last real input, in seconds.
    #[serde(default, deserialize_with = "fields::whole_seconds")]
    #[schema(format = Int64, maximum = 4_294_967_295_u64)]
    pub(crate) idle_seconds: Option<u32>,
}

/// Which sessions to list.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListedState {
    /// Those not recorded as ended.
    #[default]
    Live,
    /// Those too.
    All,
}

/// A page of the list of sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `all` lists ended sessions too.
    #[serde(default)]
    #[param(inline)]
    pub(crate) state: ListedState,
    /// `next` of the page before.
    #[param(value_type = Option<uuid::Uuid>)]
    pub(crate) cursor: Option<SessionId>,
    /// How many, 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
}

/// Which sessions to end.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SweepQuery {
    /// `true` ends this session too.
    #[serde(default)]
    pub(crate) all: bool,
}
