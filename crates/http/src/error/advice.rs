//! What a program does about each problem, in words: for the page that a problem's `type` leads to, and the generated documentation.
//!
//! **The rule**: every code has its words here; the match is exhaustive, so that a new code can't be without.

use super::ProblemCode;

impl ProblemCode {
    /// What the client does about it. For the people who write clients.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::MalformedJson => "Send one JSON object. Nothing was changed.",
            Self::InvalidRequest => "Mend the query or header that `detail` names. Nothing was changed.",
            Self::DuplicateCookies => {
                "Two cookies of one name were sent, perhaps one of a parent domain: have the person clear this site's cookies. Nothing was changed."
            }
            Self::LinkInvalid => "Have another link mailed.",
            Self::CodeInvalid => "Begin the sign-in again: the service asks for another code.",
            Self::AmbiguousCredentials => {
                "Send the refresh token either in the cookie or in the body. Nothing was changed."
            }
            Self::DeliveryNotAvailable => {
                "A browser asks for `cookie` or `hybrid`, every other client for `body`; or leave `delivery` out."
            }
            Self::InvalidIdempotencyKey => {
                "Send 16 to 255 visible characters, a fresh random UUID say, and the same ones again when you repeat a request that got no answer."
            }
            Self::UnsupportedGrantType => "Use `password` or `refresh_token`.",
            Self::UnsupportedTokenType => {
                "Revoke access and refresh tokens here; remove a service by `keyturn service remove`."
            }
            Self::InvalidClient => {
                "Send the name and the secret that `keyturn service add` has shown; on `/auth/token` and `/auth/revoke` leave them out where there are none."
            }
            Self::CredentialsMissing => "Ask the person to sign in.",
            Self::InvalidCredentials => {
                "Ask again for name and password. The answer is the same whether or not the account exists."
            }
            Self::TokenExpired => "Refresh once, then repeat the request. The session lives.",
            Self::TokenUnknown => "Forget the token and ask the person to sign in: a refresh can't help.",
            Self::SessionEnded => {
                "Forget both tokens, tell the person the `reason` in your words, and ask them to sign in: a refresh can't help."
            }
            Self::CsrfOrigin => {
                "List the page's origin in `http.allowed_origins`, or set `http.public_url` where a proxy rewrites `Host`. Nothing was changed."
            }
            Self::CsrfInvalid => {
                "Ask `GET /auth/csrf` for a new token and repeat the request once with it in `X-CSRF-Token`. Nothing was changed."
            }
            Self::UseCookieDelivery => {
                "In a browser, leave the refresh token in its HttpOnly cookie and call `POST /auth/refresh` with `credentials: \"include\"`."
            }
            Self::WrongPassword => {
                "Ask for the current password again; the session is as good as before. Nothing was changed."
            }
            Self::AccountNotActive => "Tell the person the `account_state`; signing in again doesn't help.",
            Self::InsufficientScope => {
                "Remove the service and add it anew with the scope that `detail` names: `keyturn service add`."
            }
            Self::SignUpClosed => "Have an administrator create the account, or set `signup.enabled = true`.",
            Self::PermissionMissing => {
                "Have an administrator grant the permission that `detail` names. It counts from the next request on; no new sign-in is needed."
            }
            Self::NotFound => {
                "Check the path. What belongs to somebody else is answered in the same way as what does not exist."
            }
            Self::MethodNotAllowed => "Use a method that the `Allow` header names.",
            Self::EmailTaken => "Ask for another email, or lead the person to the sign-in.",
            Self::UsernameTaken => "Ask for another username.",
            Self::TransitionRefused => {
                "Read the account's state again; `detail` says which change was refused."
            }
            Self::ResetRefused => {
                "Do what `detail` names first, or set a password by `POST /admin/users/{id}/password`. Nothing was sent."
            }
            Self::LastAdministrator => {
                "Make somebody else an active administrator first; at the machine itself `keyturn user` has `--force`. Nothing was changed."
            }
            Self::TaskLimit => "Have the person delete some tasks for good. Nothing was changed.",
            Self::PreconditionFailed => {
                "Read the task again, show what has changed, and let the person decide anew. Nothing was changed."
            }
            Self::PreconditionRequired => {
                "Send `If-Match` with the `ETag` of the task as the person saw it, or `*`. Nothing was changed."
            }
            Self::BodyTimedOut => "Repeat the request on a better connection. Nothing was changed.",
            Self::BodyTooLarge => "Send less: 64 KiB at most. Nothing was changed.",
            Self::UnsupportedMediaType => "Send `Content-Type: application/json`.",
            Self::InvalidFields => "Show each message of `errors` beside its field. Nothing was changed.",
            Self::TooManyAttempts => {
                "Wait as long as `Retry-After` says. Nothing was tried, not even a right password."
            }
            Self::Internal => {
                "Repeat the request later. If it stays, give the operator `instance`, by which the log has the cause."
            }
            Self::Busy | Self::Contended => {
                "Repeat the request after `Retry-After`, a refresh with the same `Idempotency-Key`. Nobody is signed out by it."
            }
            Self::StoreUnavailable => {
                "Keep the tokens and repeat the request after `Retry-After`, a refresh with the same `Idempotency-Key`. Nobody is signed out by it."
            }
            Self::TimedOut => {
                "Repeat the request, a refresh with the same `Idempotency-Key`: it may have been carried out."
            }
            Self::Draining => "Repeat the request after `Retry-After`; another process takes over.",
        }
    }
}
