//! What goes wrong on the way to a page, or in one that has no form to show again: a page that says what to do.
//!
//! **The rule**: causes stay in the log; the page shows the request's id, by which they are found there.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::Pages;
use super::view::{View, is_page, set_headers};
use crate::error::{Problem, ProblemCode};

#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    text: &'a str,
    number: String,
}

/// Writes a problem as a page into its answer. An answer that is a page already stays as it is.
pub(crate) fn render(pages: &Pages, problem: &Problem, request_id: &str, response: &mut Response) {
    if is_page(response.headers()) {
        return;
    }
    let (title, text) = words(problem.code);
    let shown = Shown {
        title: pages.texts.text(title),
        text: pages.texts.text(text),
        number: pages.texts.filled("problem_number", "id", request_id),
    };
    let html = View::plain(pages, "problem.html", shown).html();
    *response.status_mut() = problem.code.status();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    set_headers(headers, None);
    *response.body_mut() = Body::from(html.unwrap_or_default());
}

/// The names of a problem's title and text.
fn words(code: ProblemCode) -> (&'static str, &'static str) {
    match code {
        ProblemCode::NotFound | ProblemCode::MethodNotAllowed => {
            ("problem_not_found_title", "problem_not_found_text")
        }
        ProblemCode::SessionEnded | ProblemCode::TokenUnknown => {
            ("problem_signed_out_title", "problem_signed_out_text")
        }
        ProblemCode::CsrfInvalid => ("problem_form_title", "problem_form_text"),
        ProblemCode::CsrfOrigin => ("problem_origin_title", "problem_origin_text"),
        ProblemCode::DuplicateCookies => ("problem_cookies_title", "problem_cookies_text"),
        _ if matches!(
            code.status(),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        ) =>
        {
            ("problem_busy_title", "problem_busy_text")
        }
        _ if code.status().is_server_error() => ("problem_fault_title", "problem_fault_text"),
        _ => ("problem_request_title", "problem_request_text"),
    }
}
