//! Which problems a route can answer, for the API's description, in sets that go together.

use utoipa::IntoResponses;

use crate::shapes::{OAuthErrorBody, ProblemBody};

/// Any route under `/auth`.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Common<'a> {
    /// A cookie that came twice, or a query or header that cannot be understood.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(ProblemBody<'a>),
    /// The head is over 32 KiB or has over a hundred headers. Without a body; the connection is closed.
    #[response(status = 431)]
    HeadTooLarge,
    /// A fault of ours.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemBody<'a>),
    /// Storage does not answer, or too much at once. Nothing was done; ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json", headers(("retry-after" = u64, description = "Seconds until it is worth asking again")))]
    Unavailable(ProblemBody<'a>),
}

/// A probe.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Probe {
    /// The head is over 32 KiB or has over a hundred headers. Without a body; the connection is closed.
    #[response(status = 431)]
    HeadTooLarge,
}

/// A page that anybody may ask for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Open<'a> {
    /// The head is over 32 KiB or has over a hundred headers. Without a body; the connection is closed.
    #[response(status = 431)]
    HeadTooLarge,
    /// A fault of ours.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemBody<'a>),
    /// Too much at once. Ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json", headers(("retry-after" = u64, description = "Seconds until it is worth asking again")))]
    Unavailable(ProblemBody<'a>),
}

/// An unsafe method: both walls against CSRF.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Unsafe<'a> {
    /// Another origin's page, a missing or wrong CSRF token, or a thing that this requester may not do.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody<'a>),
}

/// A route of administrators.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Permitted<'a> {
    /// `permission-missing`: the account has not the permission `admin`. For unsafe methods also another origin's page (`csrf-origin`),
    /// and a missing or wrong CSRF token (`csrf-invalid`).
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody<'a>),
}

/// Names are given to one account alone.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Taken<'a> {
    /// `email-taken`, `username-taken`: another account has it.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody<'a>),
}

/// A change that what there is may not allow.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Refused<'a> {
    /// `email-taken`, `username-taken`: another account has it. `transition-refused`: not a change of state that may be made.
    /// `last-administrator`: nobody would be left to administer.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody<'a>),
}

/// A link is to be mailed to somebody.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Linked<'a> {
    /// `reset-refused`: the account has no email, or is pending or suspended; or no mail is sent at all. Nothing was sent.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody<'a>),
}

/// A JSON body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Body<'a> {
    /// It took too long to arrive.
    #[response(status = 408, content_type = "application/problem+json")]
    TimedOut(ProblemBody<'a>),
    /// Over 64 KiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody<'a>),
    /// Not `application/json`.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemBody<'a>),
    /// Fields that cannot be accepted.
    #[response(status = 422, content_type = "application/problem+json")]
    Fields(ProblemBody<'a>),
}

/// A credential is judged.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Judged<'a> {
    /// `token-expired`: a refresh helps. `session-ended` with its reason, `token-unknown`, `credentials-missing`,
    /// `invalid-credentials`: only a sign-in does.
    #[response(status = 401, content_type = "application/problem+json", headers(("www-authenticate" = String, description = "The challenge of RFC 6750 §3")))]
    Unauthorized(ProblemBody<'a>),
}

/// Attempts are counted.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Counted<'a> {
    /// `too-many-attempts` on this account or from this address. Nothing was done; try again after `Retry-After`.
    #[response(status = 429, content_type = "application/problem+json", headers(("retry-after" = u64, description = "Seconds until the next attempt may be made")))]
    TooMany(ProblemBody<'a>),
}

/// Something else is in the way.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Conflicting<'a> {
    /// Another account has the name, or the account's state may not change that way.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody<'a>),
}

/// One thing is asked for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Named<'a> {
    /// There is none, or it is another account's.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody<'a>),
}

/// A service vouches for somebody.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Vouched<'a> {
    /// `invalid-client`: no service, or another secret.
    #[response(status = 401, content_type = "application/problem+json", headers(("www-authenticate" = String, description = "The challenge of RFC 7617")))]
    Unauthorized(ProblemBody<'a>),
    /// `insufficient-scope`: the service may not start sessions. `account-not-active`; another origin's page (`csrf-origin`).
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody<'a>),
}

/// A service follows changes.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Followed<'a> {
    /// `invalid-client`: no service, or another secret.
    #[response(status = 401, content_type = "application/problem+json", headers(("www-authenticate" = String, description = "The challenge of RFC 7617")))]
    Unauthorized(ProblemBody<'a>),
    /// `insufficient-scope`: the service may not follow this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody<'a>),
}

/// The token endpoint: every answer that is no success is one of RFC 6749 §5.2.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum OAuth<'a> {
    /// `invalid_grant`: the password is wrong, the account not active, the refresh token unknown or its session over, for the `reason`
    /// given. `unsupported_grant_type`; `invalid_request`: a parameter is missing or came twice, or the body is no form.
    #[response(status = 400, content_type = "application/json")]
    BadRequest(OAuthErrorBody<'a>),
    /// `invalid_client`: client credentials came that are nobody's.
    #[response(status = 401, content_type = "application/json", headers(("www-authenticate" = String, description = "The challenge of RFC 7617")))]
    Unauthorized(OAuthErrorBody<'a>),
    /// `access_denied`: another origin's page.
    #[response(status = 403, content_type = "application/json")]
    Forbidden(OAuthErrorBody<'a>),
    /// It took too long to arrive.
    #[response(status = 408, content_type = "application/json")]
    TimedOut(OAuthErrorBody<'a>),
    /// Over 64 KiB.
    #[response(status = 413, content_type = "application/json")]
    TooLarge(OAuthErrorBody<'a>),
    /// Too many attempts on this account or from this address. Nothing was done; try again after `Retry-After`.
    #[response(status = 429, content_type = "application/json", headers(("retry-after" = u64, description = "Seconds until the next attempt may be made")))]
    TooMany(OAuthErrorBody<'a>),
    /// The head is over 32 KiB or has over a hundred headers. Without a body; the connection is closed.
    #[response(status = 431)]
    HeadTooLarge,
    /// A fault of ours.
    #[response(status = 500, content_type = "application/json")]
    Internal(OAuthErrorBody<'a>),
    /// Storage does not answer, or too much at once. Nothing was done; ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/json", headers(("retry-after" = u64, description = "Seconds until it is worth asking again")))]
    Unavailable(OAuthErrorBody<'a>),
}

/// Introspection and revocation: every answer that is no success is one of RFC 6749 §5.2.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum AskedOAuth<'a> {
    /// `invalid_request`: the token is missing, or a parameter came twice, or the body is no form. `unsupported_token_type`, at the
    /// revocation.
    #[response(status = 400, content_type = "application/json")]
    BadRequest(OAuthErrorBody<'a>),
    /// `invalid_client`: the credentials of a service that are nobody's; at the introspection also none at all. `invalid_token` there: a
    /// bearer token that is not good.
    #[response(status = 401, content_type = "application/json", headers(("www-authenticate" = String, description = "The challenge of RFC 7617, or of RFC 6750 §3")))]
    Unauthorized(OAuthErrorBody<'a>),
    /// `access_denied`: another origin's page. `insufficient_scope`, at the introspection: the service lacks the scope.
    #[response(status = 403, content_type = "application/json")]
    Forbidden(OAuthErrorBody<'a>),
    /// It took too long to arrive.
    #[response(status = 408, content_type = "application/json")]
    TimedOut(OAuthErrorBody<'a>),
    /// Over 64 KiB.
    #[response(status = 413, content_type = "application/json")]
    TooLarge(OAuthErrorBody<'a>),
    /// The head is over 32 KiB or has over a hundred headers. Without a body; the connection is closed.
    #[response(status = 431)]
    HeadTooLarge,
    /// A fault of ours.
    #[response(status = 500, content_type = "application/json")]
    Internal(OAuthErrorBody<'a>),
    /// Storage does not answer, or too much at once. Nothing was done; ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/json", headers(("retry-after" = u64, description = "Seconds until it is worth asking again")))]
    Unavailable(OAuthErrorBody<'a>),
}
