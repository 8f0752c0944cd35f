//! A problem as it travels (RFC 9457 §3).

use axum::http::StatusCode;
use keyturn_core::model::{AccountState, EndReason};
use serde::Serialize;
use utoipa::ToSchema;

use super::names;
use crate::error::Problem;

/// Why a request came to nothing (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// `/problems/` and the code.
    r#type: String,
    /// The code in a few words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What to do about this occurrence, for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    detail: Option<&'a str>,
    /// The code, for programs.
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
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldProblem<'a>>,
}

/// What is wrong with one field.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldProblem<'a> {
    /// Its name in the request.
    field: &'static str,
    /// What is wrong and what to do, for the person.
    message: &'a str,
}

impl<'a> ProblemBody<'a> {
    pub(crate) fn new(problem: &'a Problem, status: StatusCode, request_id: &'a str) -> Self {
        let code = problem.code;
        let errors = problem.errors.iter().map(|error| FieldProblem {
            field: error.field,
            message: &error.message,
        });
        Self {
            r#type: format!("/problems/{}", code.as_str()),
            title: code.title(),
            status: status.as_u16(),
            detail: problem.detail.as_deref(),
            code: code.as_str(),
            reason: problem.reason,
            account_state: problem.account_state,
            instance: request_id,
            errors: errors.collect(),
        }
    }
}
