//! Which problems a route can answer, for the description, in sets that go together.

use utoipa::IntoResponses;

use super::problem::ProblemBody;

/// Any route.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Common<'a> {
    /// A path, query or header that cannot be understood, or a cookie that came twice.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(ProblemBody<'a>),
    /// `token-expired`: a refresh helps. `session-ended` with its reason, `token-unknown`, `credentials-missing`: only a sign-in does.
    #[response(status = 401, content_type = "application/problem+json", headers(("www-authenticate" = String, description = "The challenge of RFC 6750 §3")))]
    Unauthorized(ProblemBody<'a>),
    /// The head is over 32 KiB or has over a hundred headers. Without a body; the connection is closed.
    #[response(status = 431)]
    HeadTooLarge,
    /// A fault of ours.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(ProblemBody<'a>),
    /// Storage does not answer, or too much at once. Ask again after `Retry-After`.
    #[response(status = 503, content_type = "application/problem+json", headers(("retry-after" = u64, description = "Seconds until it is worth asking again")))]
    Unavailable(ProblemBody<'a>),
}

/// An unsafe method.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Unsafe<'a> {
    /// `csrf-origin`: another origin's page. `csrf-invalid`, where `tasks.csrf = "token"`: a missing or wrong CSRF token.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody<'a>),
    /// The body took too long to arrive.
    #[response(status = 408, content_type = "application/problem+json")]
    TimedOut(ProblemBody<'a>),
    /// The body is over 64 KiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody<'a>),
}

/// A JSON body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Body<'a> {
    /// Not `application/json`.
    #[response(status = 415, content_type = "application/problem+json")]
    MediaType(ProblemBody<'a>),
    /// Fields that cannot be accepted.
    #[response(status = 422, content_type = "application/problem+json")]
    Fields(ProblemBody<'a>),
}

/// One thing is asked for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Named<'a> {
    /// There is none, or it is another person's.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody<'a>),
}

/// A person has as many as a person may have.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Limited<'a> {
    /// `task-limit`: there are 10,000 tasks, deleted ones included.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody<'a>),
}

/// A version may be expected.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum Versioned<'a> {
    /// The task is not of the version in `If-Match`. Nothing was changed.
    #[response(status = 412, content_type = "application/problem+json")]
    Changed(ProblemBody<'a>),
}

/// A version must be expected.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; none is ever built from it")]
pub(super) enum VersionNeeded<'a> {
    /// There is no `If-Match`. Nothing was changed.
    #[response(status = 428, content_type = "application/problem+json")]
    Required(ProblemBody<'a>),
}
