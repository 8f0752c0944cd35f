//! Problems: every answer that is not a success (RFC 9457), of the same shape and codes as Keyturn's own.
//!
//! **The rule**: a handler fails with a [`Problem`]; [`render`] writes it, with the request's id, and logs its cause if it is ours. The requester
//! gets the id alone.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use keyturn_verifier::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::FieldError;
use crate::observer::Observer;
use crate::ports::StoreError;
use crate::service::{MOST_TASKS, TaskError};

/// The id of a request, for its problem and its log line: put into the request by whoever serves these routes.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// What can go wrong here: code, status and title.
type Kind = (&'static str, StatusCode, &'static str);

const MALFORMED_JSON: Kind = (
    "malformed-json",
    StatusCode::BAD_REQUEST,
    "The body is not a JSON object",
);
const INVALID_REQUEST: Kind = (
    "invalid-request",
    StatusCode::BAD_REQUEST,
    "The request cannot be understood",
);
const NOT_FOUND: Kind = ("not-found", StatusCode::NOT_FOUND, "There is nothing here");
const TASK_LIMIT: Kind = ("task-limit", StatusCode::CONFLICT, "There are too many tasks");
const PRECONDITION_FAILED: Kind = (
    "precondition-failed",
    StatusCode::PRECONDITION_FAILED,
    "It has changed meanwhile",
);
const BODY_TOO_LARGE: Kind = (
    "body-too-large",
    StatusCode::PAYLOAD_TOO_LARGE,
    "The body is too large",
);
const UNSUPPORTED_MEDIA_TYPE: Kind = (
    "unsupported-media-type",
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "The body must be application/json",
);
const INVALID_FIELDS: Kind = (
    "invalid-fields",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The request has fields that cannot be accepted",
);
const PRECONDITION_REQUIRED: Kind = (
    "precondition-required",
    StatusCode::PRECONDITION_REQUIRED,
    "Say which version you have seen",
);
const INTERNAL: Kind = (
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Something went wrong here",
);
const CONTENDED: Kind = (
    "contended",
    StatusCode::SERVICE_UNAVAILABLE,
    "Too many requests changed the same thing at once",
);
const STORE_UNAVAILABLE: Kind = (
    "store-unavailable",
    StatusCode::SERVICE_UNAVAILABLE,
    "Storage does not answer",
);

/// Every code that these routes answer of their own, with status and title. Those that concern credentials are the verifier's.
pub const PROBLEMS: [Kind; 12] = [
    MALFORMED_JSON,
    INVALID_REQUEST,
    NOT_FOUND,
    TASK_LIMIT,
    PRECONDITION_FAILED,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_FIELDS,
    PRECONDITION_REQUIRED,
    INTERNAL,
    CONTENDED,
    STORE_UNAVAILABLE,
];

/// How long a client should wait after a 503, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    kind: Kind,
    detail: Option<Box<str>>,
    reason: Option<Box<str>>,
    challenge: Option<&'static str>,
    errors: Box<[FieldError]>,
    /// For the log alone.
    cause: Option<Box<str>>,
}

impl Problem {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            reason: None,
            challenge: None,
            errors: Box::default(),
            cause: None,
        }
    }

    pub(super) fn malformed_json(detail: Option<String>) -> Self {
        Self {
            detail: detail.map(Into::into),
            ..Self::new(MALFORMED_JSON)
        }
    }

    pub(super) fn invalid_request(detail: impl Into<Box<str>>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::new(INVALID_REQUEST)
        }
    }

    pub(super) fn not_found() -> Self {
        Self::new(NOT_FOUND)
    }

    pub(super) fn precondition_required() -> Self {
        Self {
            detail: Some(
                "Send If-Match with the task's ETag, or * to change it whatever it is by now.".into(),
            ),
            ..Self::new(PRECONDITION_REQUIRED)
        }
    }

    pub(super) fn too_large(limit: usize) -> Self {
        Self {
            detail: Some(format!("The limit is {limit} bytes.").into()),
            ..Self::new(BODY_TOO_LARGE)
        }
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(UNSUPPORTED_MEDIA_TYPE)
    }

    pub(super) fn wrong_fields(detail: String) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::new(INVALID_FIELDS)
        }
    }

    fn ours(kind: Kind, cause: String) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(kind)
        }
    }

    fn body<'a>(&'a self, request_id: Option<&'a str>) -> ProblemBody<'a> {
        let (code, status, title) = self.kind;
        let errors = self.errors.iter().map(|error| FieldProblem {
            field: error.field,
            message: &error.message,
        });
        ProblemBody {
            r#type: format!("/problems/{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail.as_deref(),
            code,
            reason: self.reason.as_deref(),
            instance: request_id,
            errors: errors.collect(),
        }
    }
}

impl From<TaskError> for Problem {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::NotFound => Self::not_found(),
            TaskError::Changed => Self {
                detail: Some("Read the task again, and decide anew.".into()),
                ..Self::new(PRECONDITION_FAILED)
            },
            TaskError::Invalid(errors) => Self {
                errors: errors.into(),
                ..Self::new(INVALID_FIELDS)
            },
            TaskError::Full => Self {
                detail: Some(
                    format!(
                        "A person may have {MOST_TASKS} tasks, deleted ones included. Delete some for good."
                    )
                    .into(),
                ),
                ..Self::new(TASK_LIMIT)
            },
            TaskError::Gone => Refusal::SessionEnded {
                reason: Some("account_deleted".to_owned()),
            }
            .into(),
            TaskError::Contended => Self::new(CONTENDED),
            TaskError::Store(error @ StoreError::Damaged { .. }) => Self::ours(INTERNAL, error.to_string()),
            TaskError::Store(error) => Self::ours(STORE_UNAVAILABLE, error.to_string()),
        }
    }
}

impl From<Refusal> for Problem {
    /// As the verifier would answer it, in this shape.
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let title = status.canonical_reason().unwrap_or_default();
        let problem = Self {
            challenge: refusal.challenge(),
            reason: match &refusal {
                Refusal::SessionEnded { reason } => reason.clone().map(Into::into),
                _ => None,
            },
            ..Self::new((refusal.code(), status, title))
        };
        match refusal {
            Refusal::NoContext => Self {
                cause: Some(refusal.to_string().into()),
                ..problem
            },
            told => Self {
                detail: Some(told.to_string().into()),
                ..problem
            },
        }
    }
}

impl IntoResponse for Problem {
    /// [`render`] writes the body.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.kind.1;
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem of an answer, if it is one, and has it counted.
pub(super) async fn render(
    State(observer): State<Arc<dyn Observer>>,
    request: Request,
    next: Next,
) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    observer.refused(problem.kind.0);
    let id = id.as_ref().map(|id| id.0.as_str());
    log(&problem, id);
    let body = serde_json::to_vec(&problem.body(id)).unwrap_or_default();
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, json);
    if let Some(challenge) = problem.challenge {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if problem.kind.1 == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    *response.body_mut() = Body::from(body);
    response
}

fn log(problem: &Problem, id: Option<&str>) {
    let Some(cause) = &problem.cause else { return };
    let (code, id) = (problem.kind.0, id.unwrap_or("without an id"));
    tracing::error!(request.id = id, code, cause, "request {id} failed: {cause}");
}

/// Why a request came to nothing (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    /// `/problems/` and the code.
    r#type: String,
    /// The code in a few words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What to do about this occurrence, for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// The code, for programs.
    code: &'static str,
    /// Why the session ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem<'a>>,
}

/// What is wrong with one field.
#[derive(Serialize, ToSchema)]
pub(super) struct FieldProblem<'a> {
    /// Its name in the request.
    field: &'static str,
    /// What is wrong and what to do, for the person.
    message: &'a str,
}
