//! What travels where a service starts a session for somebody, and where a browser takes one over.

use keyturn_core::model::Delivery;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{TokenAnswer, fields, names};

/// What the service is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartedAs {
    /// The tokens, in the body.
    Body,
    /// A code for the person's browser.
    Code,
}

/// A session to start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionStart, example = json!({ "delivery": "code" }))]
pub(crate) struct SessionStartBody {
    /// `body`: tokens, for the service to hand on. `code`: a one-time code, which the person's browser exchanges for cookies.
    #[serde(deserialize_with = "fields::started_as")]
    #[schema(value_type = String, pattern = "^(body|code)$")]
    pub(crate) delivery: StartedAs,
}

/// A session that was started or prepared.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StartedSession)]
pub(crate) enum StartedSessionBody<'a> {
    /// Started: `body`.
    Tokens(Box<TokenAnswer<'a>>),
    /// Prepared: `code`.
    Code(SessionCodeBody),
}

/// The code of a prepared session.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionCode)]
pub(crate) struct SessionCodeBody {
    /// For `/auth/signin/code`, once.
    #[schema(example = "ktc_…")]
    pub(crate) code: String,
    /// Seconds until it is worth nothing.
    pub(crate) expires_in: i64,
}

/// A code, brought by the person's browser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodeSignIn, example = json!({ "code": "ktc_…" }))]
pub(crate) struct CodeSignInBody {
    /// `code` of the answer to the service.
    pub(crate) code: String,
    /// How the tokens shall travel; left out, who asks decides.
    #[serde(default, deserialize_with = "fields::delivery")]
    #[schema(schema_with = names::nullable_delivery, required = false)]
    pub(crate) delivery: Option<Delivery>,
    /// "Keep me signed in", where it is configured.
    #[serde(default)]
    pub(crate) remember: bool,
}
