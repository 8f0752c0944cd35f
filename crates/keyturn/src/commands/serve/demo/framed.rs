//! The application in the demo's page: its documents may be framed by a page of the same origin.
//!
//! **The rule**: of the policy of the interface's documents one word is another, and of nothing else: `frame-ancestors 'self'`. Other sites
//! frame nothing, and the plain pages stay out of frames altogether (CSP 3 §6.4.2.1; ASVS 5.0 V3.4.6).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

const BY_NOBODY: &str = "frame-ancestors 'none'";
const BY_OURSELVES: &str = "frame-ancestors 'self'";

/// Routes whose interface, below this path, our own page may frame.
pub(super) fn by_our_page(routes: Router, path: &str) -> Router {
    let path: Arc<str> = Arc::from(path);
    routes.layer(from_fn_with_state(path, pass_on))
}

async fn pass_on(State(path): State<Arc<str>>, request: Request, next: Next) -> Response {
    let is_interface = is_below(request.uri().path(), &path);
    let mut answer = next.run(request).await;
    if is_interface {
        let headers = answer.headers_mut();
        if let Some(policy) = headers.get(CONTENT_SECURITY_POLICY).and_then(relaxed) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
    }
    answer
}

fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn relaxed(policy: &HeaderValue) -> Option<HeaderValue> {
    let policy = policy.to_str().ok()?.replace(BY_NOBODY, BY_OURSELVES);
    HeaderValue::from_str(&policy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_of_the_policy_is_another() {
        let policy =
            HeaderValue::from_static("script-src 'self'; frame-ancestors 'none'; form-action 'none'");
        let relaxed = relaxed(&policy).unwrap();
        assert_eq!(
            relaxed,
            "script-src 'self'; frame-ancestors 'self'; form-action 'none'"
        );
    }

    #[test]
    fn only_what_is_below_the_interface_is_meant() {
        for (path, below) in [
            ("/app", true),
            ("/app/", true),
            ("/app/tasks/deleted", true),
            ("/apples", false),
            ("/signin", false),
            ("/", false),
        ] {
            assert_eq!(is_below(path, "/app"), below, "{path}");
        }
    }
}
