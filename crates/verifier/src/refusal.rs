//! Why a request is not let in, and the answer that says so.
//!
//! **The rule**: 401 only where the credentials are at fault, as Keyturn itself answers; it says whether a refresh can help. What could not be
//! found out is 503: a client that is told 401 signs an honest person out.
//!
//! The codes are Keyturn's problem codes; `verification-unavailable` is this crate's own.

use keyturn_token::VerifyError;
use serde::Serialize;

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No credentials came.
    #[error("No credentials were sent.")]
    CredentialsMissing,
    /// An `Authorization` header that is not one bearer token.
    #[error("The Authorization header is not of the form `Bearer <token>`.")]
    Malformed,
    /// The token is nobody's. A refresh can't help.
    #[error("The access token is not one that is known here.")]
    TokenUnknown(#[source] VerifyError),
    /// The token was good, its time is over. A refresh may help.
    #[error("The access token has expired.")]
    TokenExpired,
    /// The session that the token belongs to is over. A refresh can't help.
    #[error("The session has ended.")]
    SessionEnded {
        /// Keyturn's reason, `signed_out` say, where it is known.
        reason: Option<String>,
    },
    /// Signed in, but without a permission that is needed.
    #[error("The permission `{permission}` is needed.")]
    PermissionMissing {
        /// The permission.
        permission: String,
    },
    /// What a token is worth could not be found out. It may be good: try again.
    #[error("Whether the session lives can't be found out at the moment. Try again.")]
    Unavailable,
    /// A route asks for the session context, and no layer has put one into the request.
    #[error("No session layer surrounds this route.")]
    NoContext,
}

impl Refusal {
    /// The status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::CredentialsMissing
            | Self::Malformed
            | Self::TokenUnknown(_)
            | Self::TokenExpired
            | Self::SessionEnded { .. } => 401,
            Self::PermissionMissing { .. } => 403,
            Self::NoContext => 500,
            Self::Unavailable => 503,
        }
    }

    /// What programs go by.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CredentialsMissing => "credentials-missing",
            Self::Malformed | Self::TokenUnknown(_) => "token-unknown",
            Self::TokenExpired => "token-expired",
            Self::SessionEnded { .. } => "session-ended",
            Self::PermissionMissing { .. } => "permission-missing",
            Self::NoContext => "internal",
            Self::Unavailable => "verification-unavailable",
        }
    }

    /// The `WWW-Authenticate` of a 401 or 403 (RFC 6750 §3): without an error where nothing was presented (§3.1).
    pub fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::CredentialsMissing => Some("Bearer"),
            Self::Malformed | Self::TokenUnknown(_) => {
                Some(r#"Bearer error="invalid_token", error_description="token-unknown""#)
            }
            Self::TokenExpired => Some(r#"Bearer error="invalid_token", error_description="token-expired""#),
            Self::SessionEnded { .. } => {
                Some(r#"Bearer error="invalid_token", error_description="session-ended""#)
            }
            Self::PermissionMissing { .. } => Some(r#"Bearer error="insufficient_scope""#),
            Self::NoContext | Self::Unavailable => None,
        }
    }

    /// The body: a problem (RFC 9457, `application/problem+json`) with `title`, `status`, `detail`, `code` and, of a session that has ended, `reason`.
    /// Without `type`, which stands for `about:blank`: programs go by `code`.
    pub fn problem(&self) -> String {
        let problem = Problem {
            title: self.title(),
            status: self.status(),
            detail: self.detail(),
            code: self.code(),
            reason: match self {
                Self::SessionEnded { reason } => reason.as_deref(),
                _ => None,
            },
        };
        // Strings and a number: it can always be written.
        serde_json::to_string(&problem).unwrap_or_default()
    }

    /// The status in words, as RFC 9457 §4.2.1 has it for a problem without a type of its own.
    const fn title(&self) -> &'static str {
        match self.status() {
            401 => "Unauthorized",
            403 => "Forbidden",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        }
    }

    /// How the service is put together is nobody's business.
    fn detail(&self) -> Option<String> {
        match self {
            Self::NoContext => None,
            told => Some(told.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}
