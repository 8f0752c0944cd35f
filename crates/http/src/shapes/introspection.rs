//! What a token is worth (RFC 7662 §2.2).

use keyturn_core::service::Introspected;
use keyturn_core::token_state::TokenType;
use serde::Serialize;
use utoipa::ToSchema;

/// What is said of a token that is not good: nothing else (RFC 7662 §2.2).
#[derive(Serialize)]
pub(crate) struct InactiveBody {
    pub(crate) active: bool,
}

/// What a token is worth. Where `active` is false no other field is there.
#[derive(Serialize, ToSchema)]
#[schema(as = Introspection)]
pub(crate) struct IntrospectionBody<'a> {
    /// Whether it is good now: its session lives, its account is active, its time is not over.
    active: bool,
    /// `access_token`, or `refresh_token`, which is no proof to an application.
    #[schema(value_type = String, required = false, example = "access_token")]
    token_use: &'static str,
    /// `bearer`, of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    token_type: Option<&'static str>,
    /// The account.
    #[schema(value_type = String, required = false)]
    sub: &'a str,
    /// What the person signs in by: the username, or else the email.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    username: Option<&'a str>,
    /// As the account has it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    email: Option<&'a str>,
    /// As the account has them now, not as the token has them.
    #[schema(value_type = Vec<String>, required = false)]
    permissions: &'a [String],
    /// The session.
    #[schema(value_type = String, required = false)]
    sid: String,
    #[schema(value_type = String, required = false)]
    iss: &'a str,
    /// Seconds since 1970. Of a refresh token, when it was last handed out.
    #[schema(value_type = i64, required = false)]
    iat: i64,
    /// Seconds since 1970. Of a refresh token, when its session ends if nothing happens.
    #[schema(value_type = i64, required = false)]
    exp: i64,
    /// Of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    jti: Option<String>,
}

impl<'a> IntrospectionBody<'a> {
    pub(crate) fn new(found: &'a Introspected, issuer: &'a str) -> Self {
        let account = &found.family.account;
        let email = account.email.as_ref().map(|email| email.as_given());
        let username = account.username.as_ref().map(|username| username.as_given());
        let (token_use, token_type) = match found.token_type {
            TokenType::Access => ("access_token", Some("bearer")),
            TokenType::Refresh => ("refresh_token", None),
        };
        Self {
            active: true,
            token_use,
            token_type,
            sub: &account.subject,
            username: username.or(email),
            email,
            permissions: &account.permissions,
            sid: found.family.session.id.to_string(),
            iss: issuer,
            iat: found.issued_at.as_second(),
            exp: found.expires_at.as_second(),
            jti: found.jti.map(|id| id.to_string()),
        }
    }
}
