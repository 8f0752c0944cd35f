//! `/demo`: the page of the demo, as it was built beside the web interface; a plain page that says what to do where it was not.
//!
//! **The rule**: the policy is the interface's, and frames of this server besides. The document brings where the application is in a `meta`
//! element, so that no script stands in it.

use std::collections::HashMap;
use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_http::InterfaceLook;

use crate::adapters::interface;

/// Where the page is.
pub(super) const ADDRESS: &str = "/demo";

const DOCUMENT: &str = "demo.html";
/// Where what belongs in the head is put.
const HEAD: &str = "<!--keyturn:head-->";
/// As the interface's, and the application in a frame (CSP 3; ASVS 5.0 V3.4.3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'";

const UNBUILT: &str = include_str!("../../../../ui/demo-unbuilt.html");
const UNBUILT_STYLE: &str = include_str!("../../../../ui/notice.css");
const UNBUILT_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The address in its example, replaced by the one in force.
const EXAMPLE_URL: &str = "http://localhost:8080";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

type Files = Arc<HashMap<String, Bytes>>;

/// The page beside an interface that looks like this, served at this address.
pub(super) fn router(look: Option<&InterfaceLook>, public_url: &str) -> Router {
    let files = interface::demo_files().into_iter();
    let mut files: HashMap<String, Bytes> = files.map(|file| (file.path, file.bytes)).collect();
    match look.zip(files.remove(DOCUMENT)) {
        Some((look, document)) => built(&document, look, files),
        None => unbuilt(public_url),
    }
}

fn built(document: &Bytes, look: &InterfaceLook, files: HashMap<String, Bytes>) -> Router {
    let document = String::from_utf8_lossy(document).replacen(HEAD, &head(look), 1);
    let document = Bytes::from(document);
    let page = get(move || ready(file(HTML, POLICY, document)));
    Router::new()
        .route(ADDRESS, page.clone())
        .route(&format!("{ADDRESS}/"), page)
        .route(&format!("{ADDRESS}/assets/{{name}}"), get(asset))
        .with_state(Arc::new(files))
}

fn head(InterfaceLook { path, icon, theme }: &InterfaceLook) -> String {
    format!(
        "<link rel=\"icon\" href=\"{icon}\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"{theme}\">\n\
         <meta name=\"keyturn-application\" content=\"{path}/\">"
    )
}

async fn asset(State(files): State<Files>, Path(name): Path<String>) -> Response {
    let found = files.get(&format!("assets/{name}"));
    match found.zip(media_type(&name)) {
        Some((bytes, media_type)) => file(media_type, POLICY, bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some(SCRIPT),
        "css" => Some(CSS),
        _ => None,
    }
}

fn unbuilt(public_url: &str) -> Router {
    let document = Bytes::from(UNBUILT.replace(EXAMPLE_URL, public_url));
    let page = get(move || ready(file(HTML, UNBUILT_POLICY, document)));
    let style = Bytes::from_static(UNBUILT_STYLE.as_bytes());
    Router::new()
        .route(ADDRESS, page.clone())
        .route(&format!("{ADDRESS}/"), page)
        .route(
            &format!("{ADDRESS}/notice.css"),
            get(move || ready(file(CSS, UNBUILT_POLICY, style))),
        )
}

fn file(media_type: &'static str, policy: &'static str, body: Bytes) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ];
    (headers, body)
}
