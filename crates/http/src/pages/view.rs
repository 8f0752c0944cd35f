//! A page as it is answered: its template, what it shows, and the headers that keep it to itself.
//!
//! **The rule**: nothing but the style sheet and the pictures of this server is loaded, no script runs, nobody frames a page, and its
//! forms go nowhere else (CSP 3; ASVS 5.0 V3.4). No page is kept by anybody. The address of a page, in which a token may stand, is told
//! to no other site (`Referrer-Policy: strict-origin`).
//!
//! **The caveat**: `no-referrer` would make browsers send `Origin: null` with each form, which the first wall could take for ours
//! only where `Sec-Fetch-Site` comes along.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keyturn_core::service::AuthError;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::arrival::Halt;
use super::{Pages, Texts, return_to};
use crate::cookies::{RequestCookies, SetCookies};
use crate::csrf::CsrfReply;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const REFERRER_POLICY: HeaderValue = HeaderValue::from_static("strict-origin");

/// All templates, by name.
const TEMPLATES: &[(&str, &str)] = &[
    ("layout.html", include_str!("templates/layout.html")),
    ("parts.html", include_str!("templates/parts.html")),
    ("account.html", include_str!("templates/account.html")),
    ("email.html", include_str!("templates/email.html")),
    ("email_link.html", include_str!("templates/email_link.html")),
    ("forgot.html", include_str!("templates/forgot.html")),
    ("leave.html", include_str!("templates/leave.html")),
    ("link.html", include_str!("templates/link.html")),
    ("password.html", include_str!("templates/password.html")),
    ("pending.html", include_str!("templates/pending.html")),
    ("problem.html", include_str!("templates/problem.html")),
    ("profile.html", include_str!("templates/profile.html")),
    ("sent.html", include_str!("templates/sent.html")),
    ("sign_in.html", include_str!("templates/sign_in.html")),
    ("sign_up.html", include_str!("templates/sign_up.html")),
    ("signed_in.html", include_str!("templates/signed_in.html")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("fill", |text: String, name: String, value: String| {
        text.replace(&format!("{{{name}}}"), &value)
    });
    environment.add_filter("encoded", |text: String| {
        utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
    });
    for (name, source) in TEMPLATES {
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!(error = %error, "the template {name} is broken");
        }
    }
    environment
});

/// What is wrong with what was sent.
#[derive(Serialize)]
struct Wrong {
    /// Where on the page it can be mended.
    field: Option<String>,
    message: String,
}

/// A page about to be answered.
pub(super) struct View<'a> {
    pages: &'a Pages,
    template: &'static str,
    shown: Value,
    csrf: Option<String>,
    who: Option<String>,
    notice: Option<String>,
    wrong: Vec<Wrong>,
    problem: Option<Problem>,
    leads_to: Option<String>,
    cookies: SetCookies,
}

impl<'a> View<'a> {
    /// A page with forms. Brings the CSRF token that they need.
    pub(super) fn new(
        edge: &'a Edge,
        cookies: &RequestCookies,
        template: &'static str,
        shown: impl Serialize,
    ) -> Self {
        let csrf = CsrfReply::for_cookies(edge, cookies);
        let mut set = SetCookies::default();
        let _header_for_scripts = csrf.attach(edge, &mut set);
        Self {
            csrf: Some(csrf.token),
            cookies: set,
            ..Self::plain(&edge.config.pages, template, shown)
        }
    }

    /// A page without forms.
    pub(super) fn plain(pages: &'a Pages, template: &'static str, shown: impl Serialize) -> Self {
        Self {
            pages,
            template,
            shown: Value::from(Serde(shown)),
            csrf: None,
            who: None,
            notice: None,
            wrong: Vec::new(),
            problem: None,
            leads_to: None,
            cookies: SetCookies::default(),
        }
    }

    /// For a person who is signed in by this name.
    pub(super) fn signed_in(self, who: impl Into<String>) -> Self {
        Self {
            who: Some(who.into()),
            ..self
        }
    }

    /// With something to know, above all else.
    pub(super) fn with_notice(self, notice: Option<String>) -> Self {
        Self { notice, ..self }
    }

    /// The form may end with a redirect to this address.
    pub(super) fn leading_to(self, address: Option<&str>) -> Self {
        let leads_to = address.and_then(return_to::origin).map(str::to_owned);
        Self { leads_to, ..self }
    }

    /// The form again, with what was wrong. Where that is no single field's it is `at` that it can be mended.
    pub(super) fn failed(self, problem: Problem, at: &'static str) -> Self {
        Self {
            wrong: wrong(&problem, at, &self.pages.texts),
            problem: Some(problem),
            ..self
        }
    }

    /// The form again, where what is wrong is for the person to mend.
    ///
    /// # Errors
    /// A session that is over, and whatever is no fault of the person's.
    pub(super) fn again(self, error: AuthError, at: &'static str) -> Result<Response, Halt> {
        let problem = Problem::from(error);
        let status = problem.code.status();
        if status.is_client_error() && status != StatusCode::UNAUTHORIZED {
            Ok(self.failed(problem, at).into_response())
        } else {
            Err(problem.into())
        }
    }

    /// The page alone.
    pub(super) fn html(&self) -> Result<String, minijinja::Error> {
        let context = context! {
            ui => self.pages.ui.clone(),
            t => self.pages.words.clone(),
            p => self.shown.clone(),
            csrf => self.csrf.as_deref(),
            who => self.who.as_deref(),
            notice => self.notice.as_deref(),
            errors => Serde(&self.wrong),
        };
        ENVIRONMENT.get_template(self.template)?.render(context)
    }
}

impl IntoResponse for View<'_> {
    fn into_response(self) -> Response {
        let html = match self.html() {
            Ok(html) => html,
            Err(error) => return Problem::from(AuthError::internal(error)).into_response(),
        };
        let mut response = match self.problem {
            Some(problem) => problem.into_response(),
            None => StatusCode::OK.into_response(),
        };
        *response.body_mut() = Body::from(html);
        set_headers(response.headers_mut(), self.leads_to.as_deref());
        (self.cookies, response).into_response()
    }
}

/// Marks an answer as a page.
pub(super) fn set_headers(headers: &mut HeaderMap, form_target: Option<&str>) {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{}{}; base-uri 'none'; frame-ancestors 'none'",
        if form_target.is_some() { " " } else { "" },
        form_target.unwrap_or_default(),
    );
    headers.insert(header::CONTENT_TYPE, HTML);
    headers.insert(header::REFERRER_POLICY, REFERRER_POLICY);
    // An origin was compared with configured ones, which are ASCII.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Whether an answer is a page already.
pub(super) fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE) == Some(&HTML)
}

fn wrong(problem: &Problem, at: &'static str, texts: &Texts) -> Vec<Wrong> {
    if problem.code == ProblemCode::InvalidFields && !problem.errors.is_empty() {
        let each = problem.errors.iter().map(|error| Wrong {
            field: Some(error.field.to_owned()),
            message: sentence(&error.message),
        });
        return each.collect();
    }
    let field = match problem.code {
        ProblemCode::EmailTaken => Some("email"),
        ProblemCode::UsernameTaken => Some("username"),
        ProblemCode::CsrfInvalid | ProblemCode::LinkInvalid => None,
        _ => Some(at),
    };
    vec![Wrong {
        field: field.map(str::to_owned),
        message: message(problem, texts),
    }]
}

fn message(problem: &Problem, texts: &Texts) -> String {
    use keyturn_core::model::AccountState;
    let name = match (problem.code, problem.account_state) {
        (ProblemCode::InvalidCredentials, _) => "error_invalid_credentials",
        (ProblemCode::EmailTaken, _) => "error_email_taken",
        (ProblemCode::UsernameTaken, _) => "error_username_taken",
        (ProblemCode::LinkInvalid, _) => "error_link_invalid",
        (ProblemCode::CsrfInvalid, _) => "error_form_expired",
        (ProblemCode::SignUpClosed, _) => "sign_up_closed",
        (ProblemCode::AccountNotActive, Some(AccountState::Pending)) => "error_pending",
        (ProblemCode::AccountNotActive, Some(AccountState::Inactive)) => "error_inactive",
        (ProblemCode::AccountNotActive, Some(AccountState::Suspended)) => "error_suspended",
        (ProblemCode::TooManyAttempts, _) => {
            let wait = wait(problem.wait_seconds().unwrap_or(1));
            return texts.filled("error_too_many_attempts", "wait", &wait);
        }
        _ => {
            let detail = problem.detail.as_deref();
            return sentence(detail.unwrap_or_else(|| problem.code.title()));
        }
    };
    texts.text(name).to_owned()
}

/// Rounded up, as people say it.
fn wait(seconds: u64) -> String {
    let (count, unit) = match seconds {
        ..=90 => (seconds.max(1), "second"),
        91..=5_400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// What the rules say in lower case, as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        for (name, source) in TEMPLATES {
            assert!(ENVIRONMENT.get_template(name).is_ok(), "{name}");
            assert!(
                !source.contains("<script") && !source.contains("style=") && !source.contains("|safe"),
                "{name}"
            );
        }
    }

    #[test]
    fn what_the_rules_say_becomes_a_sentence() {
        for (said, shown) in [
            ("use at least 8 characters", "Use at least 8 characters."),
            ("Too weak. Add a word.", "Too weak. Add a word."),
            ("", "."),
        ] {
            assert_eq!(sentence(said), shown);
        }
    }

    #[test]
    fn a_wait_is_rounded_up() {
        for (seconds, words) in [
            (0, "1 second"),
            (30, "30 seconds"),
            (91, "2 minutes"),
            (5_400, "90 minutes"),
            (5_401, "2 hours"),
        ] {
            assert_eq!(wait(seconds), words);
        }
    }
}
