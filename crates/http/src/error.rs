//! Problems: every answer that is not a success, and the one place where statuses are chosen (RFC 9457).
//!
//! **The rule**: a use case fails with an [`AuthError`]; the exhaustive match below turns it into a [`Problem`], and
//! [`crate::boundary`] renders that, with the request's id, and logs its cause if it is ours. Codes are public API: they may
//! be added, never renamed.
//!
//! **The caveat**: a problem's `detail` is for the requester. Causes go to the log alone.

mod advice;
mod dialect;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keyturn_core::model::{AccountState, EndReason};
use keyturn_core::ports::StoreError;
use keyturn_core::service::{AuthError, FieldError};

pub(crate) use dialect::Dialect;

macro_rules! problem_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $status:ident $code:literal $title:literal),+ $(,)?) => {
        /// What went wrong, for programs: the `code` of a problem and the end of its `type`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $($(#[doc = $doc])+ $variant),+ }

        impl ProblemCode {
            /// Every code, by status.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// What it means, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// When it is answered, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii()),+ }
            }
        }
    };
}

problem_codes! {
    /// Not JSON, or not an object.
    MalformedJson = BAD_REQUEST "malformed-json" "The body is not a JSON object",
    /// A query or a header that cannot be understood.
    InvalidRequest = BAD_REQUEST "invalid-request" "The request cannot be understood",
    /// One of our cookies came twice: which of them is meant cannot be told.
    DuplicateCookies = BAD_REQUEST "duplicate-cookies" "A cookie was sent twice",
    /// A mailed link that was used, has expired, was replaced by a later one, or never was one.
    LinkInvalid = BAD_REQUEST "link-invalid" "The link does not work any more",
    /// The code of a session that a service prepared was used, has expired, or never was one.
    CodeInvalid = BAD_REQUEST "code-invalid" "The code does not work any more",
    /// A refresh token came in the cookie and in the body.
    AmbiguousCredentials = BAD_REQUEST "ambiguous-credentials" "The request carries two credentials of one kind",
    /// A browser asked for tokens in the body, or another client for cookies.
    DeliveryNotAvailable = BAD_REQUEST "delivery-not-available" "This client cannot have tokens delivered that way",
    /// Too short to be a proof, too long, or not text.
    InvalidIdempotencyKey = BAD_REQUEST "invalid-idempotency-key" "The Idempotency-Key cannot be accepted",
    /// `/auth/token` knows the grants `password` and `refresh_token`.
    UnsupportedGrantType = BAD_REQUEST "unsupported-grant-type" "This grant type is not supported",
    /// `/auth/revoke` takes access and refresh tokens.
    UnsupportedTokenType = BAD_REQUEST "unsupported-token-type" "Tokens of this type cannot be revoked here",
    /// Client credentials came that are nobody's, or cannot be read.
    InvalidClient = UNAUTHORIZED "invalid-client" "The client credentials are wrong",
    /// A protected route was asked without any credential.
    CredentialsMissing = UNAUTHORIZED "credentials-missing" "Sign in first",
    /// No such account, or another password.
    InvalidCredentials = UNAUTHORIZED "invalid-credentials" "The sign-in name or the password is wrong",
    /// The access token's time is over and its session lives: a refresh helps.
    TokenExpired = UNAUTHORIZED "token-expired" "The access token has expired",
    /// The token is no one's.
    TokenUnknown = UNAUTHORIZED "token-unknown" "The token is not known",
    /// The session is over, for the reason given: only a new sign-in helps.
    SessionEnded = UNAUTHORIZED "session-ended" "The session has ended",
    /// First wall against CSRF: a page of another origin made this request.
    CsrfOrigin = FORBIDDEN "csrf-origin" "Requests from this origin are not allowed",
    /// Second wall: the CSRF token is missing, or is not the one of this session.
    CsrfInvalid = FORBIDDEN "csrf-invalid" "The CSRF token is missing or wrong",
    /// A browser presented a refresh token in the body.
    UseCookieDelivery = FORBIDDEN "use-cookie-delivery" "Browsers keep refresh tokens in cookies",
    /// Somebody who is signed in gave another password than the current one. The session is as good as before.
    WrongPassword = FORBIDDEN "wrong-password" "The current password is wrong",
    /// The password was right, but the account is not let in.
    AccountNotActive = FORBIDDEN "account-not-active" "The account is not active",
    /// The service may not do this.
    InsufficientScope = FORBIDDEN "insufficient-scope" "The service lacks a scope",
    /// People may not sign up by themselves.
    SignUpClosed = FORBIDDEN "sign-up-closed" "Sign-up is closed",
    /// Whoever asks is signed in, and their account lacks the permission that this takes.
    PermissionMissing = FORBIDDEN "permission-missing" "Your account may not do this",
    /// Nothing here, or nothing of the requester's.
    NotFound = NOT_FOUND "not-found" "There is nothing here",
    /// The route does not know the method.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed" "This route does not know the method",
    /// Another account has this email.
    EmailTaken = CONFLICT "email-taken" "The email is taken",
    /// Another account has this username.
    UsernameTaken = CONFLICT "username-taken" "The username is taken",
    /// An account's state may not change that way.
    TransitionRefused = CONFLICT "transition-refused" "The account cannot change its state that way",
    /// The account has no email, or is pending or suspended; or no mail is sent at all.
    ResetRefused = CONFLICT "reset-refused" "No link to set a password is sent to this account",
    /// The last account that is active and has the permission `admin` must keep both.
    LastAdministrator = CONFLICT "last-administrator" "Somebody must be left to administer",
    /// A person has as many tasks as a person may have, deleted ones included.
    TaskLimit = CONFLICT "task-limit" "There are too many tasks",
    /// What is to be changed is not of the version in `If-Match` any more.
    PreconditionFailed = PRECONDITION_FAILED "precondition-failed" "It has changed meanwhile",
    /// The body did not arrive in time.
    BodyTimedOut = REQUEST_TIMEOUT "body-timed-out" "The body took too long to arrive",
    /// Over the limit of this route.
    BodyTooLarge = PAYLOAD_TOO_LARGE "body-too-large" "The body is too large",
    /// Not `application/json`.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "The body must be application/json",
    /// JSON, but with fields that are unknown, missing, doubled, of another type or not good enough.
    InvalidFields = UNPROCESSABLE_ENTITY "invalid-fields" "The request has fields that cannot be accepted",
    /// A change without `If-Match`.
    PreconditionRequired = PRECONDITION_REQUIRED "precondition-required" "Say which version you have seen",
    /// Too many passwords were tried on this account or from this address.
    TooManyAttempts = TOO_MANY_REQUESTS "too-many-attempts" "Too many attempts",
    /// A fault of ours.
    Internal = INTERNAL_SERVER_ERROR "internal" "Something went wrong here",
    /// Too many requests, or too many sign-ins, at once.
    Busy = SERVICE_UNAVAILABLE "busy" "Too much at once",
    /// The same session was changed too often at once.
    Contended = SERVICE_UNAVAILABLE "contended" "Too many requests changed the same thing at once",
    /// Storage is down, or cannot tell. Nobody is signed out by it.
    StoreUnavailable = SERVICE_UNAVAILABLE "store-unavailable" "Storage does not answer",
    /// The request took longer than requests may.
    TimedOut = SERVICE_UNAVAILABLE "timed-out" "The request took too long",
    /// The process is about to stop.
    Draining = SERVICE_UNAVAILABLE "draining" "The server is stopping",
}

/// How long a client should wait where nothing better is known, in seconds.
const RETRY_AFTER_SECONDS: u64 = 1;

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) code: ProblemCode,
    pub(crate) detail: Option<String>,
    pub(crate) reason: Option<EndReason>,
    pub(crate) account_state: Option<AccountState>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) cause: Option<Arc<dyn Error + Send + Sync>>,
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(code: ProblemCode) -> Self {
        let unavailable = code.status() == StatusCode::SERVICE_UNAVAILABLE;
        Self {
            code,
            detail: None,
            reason: None,
            account_state: None,
            errors: Vec::new(),
            cause: None,
            retry_after: unavailable.then_some(RETRY_AFTER_SECONDS),
        }
    }

    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }

    pub(crate) fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(ProblemCode::InvalidFields)
        }
    }

    /// How long a client should wait, where that is known.
    pub(crate) const fn wait_seconds(&self) -> Option<u64> {
        self.retry_after
    }

    fn caused_by(self, cause: impl Error + Send + Sync + 'static) -> Self {
        Self {
            cause: Some(Arc::new(cause)),
            ..self
        }
    }

    fn retry_after(self, wait: Duration) -> Self {
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self {
            retry_after: Some(whole.max(RETRY_AFTER_SECONDS)),
            ..self
        }
    }

    /// RFC 6750 §3: no error code where no credential came, `invalid_token` where one was judged.
    fn challenge(&self) -> Option<HeaderValue> {
        match self.code {
            ProblemCode::CredentialsMissing | ProblemCode::InvalidCredentials => {
                Some(HeaderValue::from_static("Bearer"))
            }
            ProblemCode::InvalidClient => Some(HeaderValue::from_static(r#"Basic realm="keyturn""#)),
            ProblemCode::TokenExpired | ProblemCode::TokenUnknown | ProblemCode::SessionEnded => {
                let challenge = format!(
                    r#"Bearer error="invalid_token", error_description="{}""#,
                    self.code.as_str()
                );
                HeaderValue::from_str(&challenge).ok()
            }
            _ => None,
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Invalid(errors) => Self::invalid_fields(errors),
            AuthError::InvalidCredentials => Self::new(ProblemCode::InvalidCredentials),
            AuthError::WrongPassword => Self::new(ProblemCode::WrongPassword),
            AuthError::AccountNotActive(state) => Self {
                account_state: Some(state),
                ..Self::new(ProblemCode::AccountNotActive).with_detail(format!("Your account is {state}."))
            },
            AuthError::SignUpClosed => Self::new(ProblemCode::SignUpClosed),
            AuthError::EmailTaken => Self::new(ProblemCode::EmailTaken),
            AuthError::UsernameTaken => Self::new(ProblemCode::UsernameTaken),
            AuthError::LinkInvalid => Self::new(ProblemCode::LinkInvalid)
                .with_detail("It was used, has expired, or a later one took its place. Ask for another."),
            AuthError::CodeInvalid => Self::new(ProblemCode::CodeInvalid)
                .with_detail("It was used, or has expired. Begin the sign-in again."),
            AuthError::TokenUnknown => Self::new(ProblemCode::TokenUnknown),
            AuthError::TokenExpired => Self::new(ProblemCode::TokenExpired),
            AuthError::SessionEnded(reason) => Self {
                reason: Some(reason),
                ..Self::new(ProblemCode::SessionEnded).with_detail(reason.sentence())
            },
            AuthError::ServiceUnknown => Self::new(ProblemCode::InvalidClient),
            AuthError::ScopeMissing(scope) => Self::new(ProblemCode::InsufficientScope).with_detail(format!(
                "The service needs the scope `{scope}`: add it anew with `keyturn service add`."
            )),
            AuthError::NotFound => Self::new(ProblemCode::NotFound),
            missing @ AuthError::PermissionMissing(_) => {
                Self::new(ProblemCode::PermissionMissing).with_detail(missing.to_string())
            }
            last @ AuthError::LastAdministrator => {
                Self::new(ProblemCode::LastAdministrator).with_detail(last.to_string())
            }
            AuthError::ResetRefused(refused) => {
                Self::new(ProblemCode::ResetRefused).with_detail(refused.to_string())
            }
            AuthError::Transition(refused) => {
                Self::new(ProblemCode::TransitionRefused).with_detail(refused.to_string())
            }
            AuthError::Busy { retry_after } => Self::new(ProblemCode::Busy).retry_after(retry_after),
            AuthError::Throttled { retry_after } => {
                Self::new(ProblemCode::TooManyAttempts).retry_after(retry_after)
            }
            AuthError::Contended => Self::new(ProblemCode::Contended),
            AuthError::Store(fault @ (StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_))) => {
                Self::new(ProblemCode::StoreUnavailable).caused_by(fault)
            }
            AuthError::Store(fault @ StoreError::Damaged { .. }) => {
                Self::new(ProblemCode::Internal).caused_by(fault)
            }
            fault @ AuthError::Internal(_) => Self::new(ProblemCode::Internal).caused_by(fault),
        }
    }
}

impl IntoResponse for Problem {
    /// Without a body: [`crate::boundary`] writes it, since only there the request's id is known.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_unique_and_kebab_case() {
        let names: HashSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), ProblemCode::ALL.len());
        for name in names {
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{name}"
            );
        }
    }

    #[test]
    fn waiting_is_told_in_whole_seconds_rounded_up() {
        for (wait, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (4_200, 5)] {
            let busy = AuthError::Busy {
                retry_after: Duration::from_millis(wait),
            };
            assert_eq!(Problem::from(busy).retry_after, Some(seconds), "{wait} ms");
        }
    }

    #[test]
    fn every_unauthorised_answer_carries_a_challenge() {
        for code in ProblemCode::ALL {
            let challenged = Problem::new(*code).challenge().is_some();
            assert_eq!(challenged, code.status() == StatusCode::UNAUTHORIZED, "{code:?}");
        }
    }
}
