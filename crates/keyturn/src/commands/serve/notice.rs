//! `/`: on to the web interface, or where there is none a plain page that says what this is and how to go on.

use std::future::ready;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;

const PAGE: &str = include_str!("../../../ui/notice.html");
const STYLE: &str = include_str!("../../../ui/notice.css");
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The address in the page's examples, replaced by the one in force.
const EXAMPLE_URL: &str = "http://localhost:8080";

/// `/` and what it needs. With a web interface it leads there.
pub(super) fn router(public_url: &str, interface: Option<&str>) -> Router {
    if let Some(path) = interface {
        let to = format!("{path}/");
        return Router::new().route("/", get(move || ready(Redirect::to(&to))));
    }
    let page = Bytes::from(PAGE.replace(EXAMPLE_URL, public_url));
    let style = Bytes::from_static(STYLE.as_bytes());
    Router::new()
        .route("/", get(move || ready(file("text/html; charset=utf-8", page))))
        .route(
            "/notice.css",
            get(move || ready(file("text/css; charset=utf-8", style))),
        )
}

fn file(content_type: &'static str, body: Bytes) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, body)
}
