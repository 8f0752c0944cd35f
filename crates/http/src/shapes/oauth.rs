//! What travels on the OAuth routes (RFC 6749).

use keyturn_core::model::{AccountState, EndReason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{fields, names};
use crate::error::Problem;

/// A grant, as a form (RFC 6749 §4.3.2, §6). Parameters without a value count as left out, unknown ones are passed over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TokenForm {
    /// `password` or `refresh_token`. Left out beside `username` and `password` it is `password`, as FastAPI's form has it.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false, example = "password")]
    pub(crate) grant_type: Option<String>,
    /// Email or username.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false, example = "ann@example.com")]
    pub(crate) username: Option<String>,
    /// The password.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false, format = Password)]
    pub(crate) password: Option<String>,
    /// For `body` delivery; a browser's is in its cookie.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false)]
    pub(crate) refresh_token: Option<String>,
    /// Keyturn knows no scopes of people. Where some are asked for, the answer says that none are granted.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false)]
    pub(crate) scope: Option<String>,
    /// Any name for the client; proves nothing.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false)]
    pub(crate) client_id: Option<String>,
    /// A service's, beside its name. Nobody needs one.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false)]
    pub(crate) client_secret: Option<String>,
}

/// A token that somebody asks about (RFC 7662 §2.1) or gives up (RFC 7009 §2.1), as a form. Parameters without a value count as left out,
/// unknown ones are passed over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PresentedTokenForm {
    /// An access token or a refresh token.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = true, min_length = 1)]
    pub(crate) token: Option<String>,
    /// Passed over: what a token is, it says itself.
    #[serde(default, rename = "token_type_hint")]
    #[schema(value_type = String, required = false, example = "refresh_token")]
    pub(crate) _token_type_hint: Option<String>,
    /// The service's name, where it does not come by HTTP Basic.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false)]
    pub(crate) client_id: Option<String>,
    /// The service's secret, likewise.
    #[serde(default, deserialize_with = "fields::filled")]
    #[schema(value_type = String, required = false)]
    pub(crate) client_secret: Option<String>,
}

/// Why an OAuth request came to nothing (RFC 6749 §5.2), with what a problem says besides.
#[derive(Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub(crate) struct OAuthErrorBody<'a> {
    /// For OAuth clients.
    #[schema(example = "invalid_grant")]
    error: &'static str,
    /// For the person.
    error_description: String,
    /// What a problem would say, for programs.
    #[schema(schema_with = names::problem_code)]
    code: &'static str,
    /// Why the session ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = names::reason, required = false)]
    reason: Option<EndReason>,
    /// The state of an account that is not let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = names::account_state, required = false)]
    account_state: Option<AccountState>,
    /// The request's id, as in `X-Request-Id` and in the log.
    instance: &'a str,
}

impl<'a> OAuthErrorBody<'a> {
    pub(crate) fn new(problem: &Problem, error: &'static str, request_id: &'a str) -> Self {
        Self {
            error,
            error_description: describable(problem.detail.as_deref().unwrap_or(problem.code.title())),
            code: problem.code.as_str(),
            reason: problem.reason,
            account_state: problem.account_state,
            instance: request_id,
        }
    }
}

/// In the characters that a description may have: printable ASCII without quotation mark and backslash (RFC 6749 §5.2).
fn describable(text: &str) -> String {
    let allowed = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
    text.chars().map(|c| if allowed(c) { c } else { '\'' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_only_the_characters_it_may_have() {
        for (text, described) in [
            ("Your session ended.", "Your session ended."),
            ("give `username`", "give `username`"),
            ("say \"please\"\\\n", "say 'please'''"),
            ("caf\u{e9}", "caf'"),
        ] {
            assert_eq!(describable(text), described, "{text}");
        }
    }
}
