//! How a route speaks of failures: as problems, as problems with the statuses of the token-pair API, as RFC 6749 says, or in HTML.
//!
//! **The rule**: the path decides, so that the answer of any layer on an OAuth route (a wall, a time limit, a full house) is one that
//! OAuth clients can read.

use axum::http::StatusCode;

use super::ProblemCode;
use crate::pages::Pages;
use crate::routes::{INTROSPECT, REVOKE, TOKEN};
use crate::token_pair::TokenPairSettings;

/// The way of speaking of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 9457, with the code's own status.
    Problem,
    /// The token endpoint (RFC 6749 §5.2): what was presented is a grant, and 400 where it is not good.
    Grant,
    /// Introspection and revocation (RFC 7662 §2.3, RFC 7009 §2.2.1): who asks is judged, and a bearer token that is not good is 401
    /// (RFC 6750 §3.1).
    Client,
    /// A token-pair route that takes a refresh token (R4.4): a problem, and 403 for a token that we know and refuse.
    TokenPair,
    /// A page for people: what is wrong, in words.
    Page,
}

impl Dialect {
    /// That of this path.
    pub(crate) fn of(path: &str, token_pair: &TokenPairSettings, pages: &Pages) -> Self {
        match path {
            TOKEN => Self::Grant,
            INTROSPECT | REVOKE => Self::Client,
            path if token_pair.renews_at(path) => Self::TokenPair,
            path if pages.is_page(path) => Self::Page,
            _ => Self::Problem,
        }
    }

    /// The status of an answer.
    pub(crate) const fn status(self, code: ProblemCode) -> StatusCode {
        match self {
            Self::Problem | Self::Page => code.status(),
            Self::Grant => granted(code).0,
            Self::Client => asked(code).0,
            Self::TokenPair => match code {
                ProblemCode::SessionEnded => StatusCode::FORBIDDEN,
                _ => code.status(),
            },
        }
    }

    /// `error` of an OAuth answer; `None` where the answer is a problem.
    pub(crate) const fn oauth_error(self, code: ProblemCode) -> Option<&'static str> {
        match self {
            Self::Problem | Self::TokenPair | Self::Page => None,
            Self::Grant => Some(granted(code).1),
            Self::Client => Some(asked(code).1),
        }
    }
}

/// Status and `error` at the token endpoint. RFC 6749 §5.2 has 400 for whatever is wrong with the request or its grant, and 401 for
/// client credentials alone; of what it does not know, the status stays what HTTP says.
const fn granted(code: ProblemCode) -> (StatusCode, &'static str) {
    use ProblemCode as Code;
    match code {
        Code::MalformedJson
        | Code::InvalidRequest
        | Code::DuplicateCookies
        | Code::AmbiguousCredentials
        | Code::DeliveryNotAvailable
        | Code::InvalidIdempotencyKey
        | Code::LinkInvalid
        | Code::CodeInvalid
        | Code::UseCookieDelivery
        | Code::UnsupportedMediaType
        | Code::InvalidFields
        | Code::EmailTaken
        | Code::UsernameTaken
        | Code::TransitionRefused
        | Code::ResetRefused
        | Code::LastAdministrator => (StatusCode::BAD_REQUEST, "invalid_request"),
        Code::NotFound
        | Code::MethodNotAllowed
        | Code::TaskLimit
        | Code::PreconditionFailed
        | Code::PreconditionRequired
        | Code::BodyTimedOut
        | Code::BodyTooLarge => (code.status(), "invalid_request"),
        Code::UnsupportedTokenType => (StatusCode::BAD_REQUEST, "unsupported_token_type"),
        Code::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
        Code::InvalidClient | Code::CredentialsMissing => (StatusCode::UNAUTHORIZED, "invalid_client"),
        Code::InvalidCredentials
        | Code::WrongPassword
        | Code::AccountNotActive
        | Code::TokenExpired
        | Code::TokenUnknown
        | Code::SessionEnded => (StatusCode::BAD_REQUEST, "invalid_grant"),
        Code::InsufficientScope => (StatusCode::FORBIDDEN, "insufficient_scope"),
        Code::CsrfOrigin | Code::CsrfInvalid | Code::SignUpClosed | Code::PermissionMissing => {
            (StatusCode::FORBIDDEN, "access_denied")
        }
        Code::TooManyAttempts
        | Code::Busy
        | Code::Contended
        | Code::StoreUnavailable
        | Code::TimedOut
        | Code::Draining => (code.status(), "temporarily_unavailable"),
        Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    }
}

/// Status and `error` where who asks is judged.
const fn asked(code: ProblemCode) -> (StatusCode, &'static str) {
    use ProblemCode as Code;
    match code {
        Code::TokenExpired | Code::TokenUnknown | Code::SessionEnded => {
            (StatusCode::UNAUTHORIZED, "invalid_token")
        }
        code => granted(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::PagesSettings;

    fn dialect(path: &str) -> Dialect {
        let settings = TokenPairSettings {
            enabled: true,
            prefix: "/legacy".parse().unwrap(),
            browsers: false,
        };
        let pages = PagesSettings {
            path: "/id".parse().unwrap(),
            ..PagesSettings::default()
        };
        Dialect::of(path, &settings, &Pages::new(pages).unwrap())
    }

    #[test]
    fn r3_1_the_token_endpoint_answers_with_the_errors_of_rfc_6749() {
        for (code, status, error) in [
            (ProblemCode::InvalidCredentials, 400, "invalid_grant"),
            (ProblemCode::AccountNotActive, 400, "invalid_grant"),
            (ProblemCode::SessionEnded, 400, "invalid_grant"),
            (ProblemCode::TokenUnknown, 400, "invalid_grant"),
            (ProblemCode::UnsupportedGrantType, 400, "unsupported_grant_type"),
            (ProblemCode::InvalidFields, 400, "invalid_request"),
            (ProblemCode::UnsupportedMediaType, 400, "invalid_request"),
            (ProblemCode::BodyTooLarge, 413, "invalid_request"),
            (ProblemCode::InvalidClient, 401, "invalid_client"),
            (ProblemCode::TooManyAttempts, 429, "temporarily_unavailable"),
            (ProblemCode::StoreUnavailable, 503, "temporarily_unavailable"),
        ] {
            let dialect = dialect("/auth/token");
            assert_eq!(dialect.status(code).as_u16(), status, "{code:?}");
            assert_eq!(dialect.oauth_error(code), Some(error), "{code:?}");
        }
    }

    #[test]
    fn who_asks_about_a_token_is_told_apart_from_the_token() {
        for (code, status, error) in [
            (ProblemCode::InvalidClient, 401, "invalid_client"),
            (ProblemCode::TokenUnknown, 401, "invalid_token"),
            (ProblemCode::TokenExpired, 401, "invalid_token"),
            (ProblemCode::SessionEnded, 401, "invalid_token"),
            (ProblemCode::InsufficientScope, 403, "insufficient_scope"),
            (ProblemCode::UnsupportedTokenType, 400, "unsupported_token_type"),
            (ProblemCode::StoreUnavailable, 503, "temporarily_unavailable"),
        ] {
            for path in ["/auth/introspect", "/auth/revoke"] {
                let dialect = dialect(path);
                assert_eq!(dialect.status(code).as_u16(), status, "{code:?}");
                assert_eq!(dialect.oauth_error(code), Some(error), "{code:?}");
            }
        }
    }

    #[test]
    fn other_routes_speak_in_problems() {
        for code in ProblemCode::ALL {
            let dialect = dialect("/auth/signin");
            assert_eq!(dialect.status(*code), code.status(), "{code:?}");
            assert_eq!(dialect.oauth_error(*code), None);
        }
    }

    #[test]
    fn r4_4_a_known_token_that_is_refused_is_403_on_the_token_pair_routes_alone() {
        for (path, status) in [
            ("/legacy/refresh", 403),
            ("/legacy/generateTokens", 403),
            ("/legacy/login", 401),
            ("/refresh", 401),
            ("/auth/refresh", 401),
        ] {
            assert_eq!(
                dialect(path).status(ProblemCode::SessionEnded).as_u16(),
                status,
                "{path}"
            );
            assert_eq!(
                dialect(path).status(ProblemCode::TokenUnknown).as_u16(),
                401,
                "{path}"
            );
        }
    }
}
