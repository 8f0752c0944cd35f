//! The web interface: files that a front-end build has made, served below one path, beside the pages.
//!
//! **The rule**: what is no file below that path is the interface's one document, since its addresses are made in the browser. The
//! document brings what is configured (name, texts, what is offered) in a `meta` element, so that no script stands in it, and for
//! people without script a link to the page that does the same (`noscript`). Files have their content's name and may be kept for ever;
//! the document is asked about each time.
//!
//! **The caveat**: the document is the same for everybody and says nothing about who asks: what people may see, the routes decide.

mod document;
mod files;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::document::Document;
use self::files::Files;
use super::{Accent, Pages, assets};
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::token_pair::PathPrefix;

/// The style sheet of names for colours and sizes, below the interface's path.
const THEME: &str = "/theme.css";
/// Folder of the files that have their content's name.
const ASSETS: &str = "assets/";
/// What browsers ask about before they use what they kept (RFC 9111 §5.2.2.4).
const ASK_FIRST: &str = "no-cache";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Scripts, styles, pictures and requests of this server alone, no script or style in the document, nobody frames it (CSP 3; ASVS 5.0
/// V3.4.3), and nothing is turned into markup or script from text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The web interface as it was built.
#[derive(Debug, Clone)]
pub struct InterfaceSettings {
    /// What its addresses begin with; not empty.
    pub path: PathPrefix,
    /// What the build has made; `index.html` among it.
    pub files: Vec<InterfaceFile>,
    /// Whether there are tasks to show.
    pub tasks: bool,
}

/// A file of the build.
#[derive(Debug, Clone)]
pub struct InterfaceFile {
    /// Below the build's folder, with `/`: `assets/index-Bq3.js`. One that ends in `.br` or `.gz` is another, compressed.
    pub path: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// How the web interface looks, for a page beside it: addresses, to be put into attributes as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceLook {
    /// What the interface's addresses begin with.
    pub path: String,
    /// The picture beside its title.
    pub icon: String,
    /// The style sheet of names for colours and sizes.
    pub theme: String,
}

/// The web interface, ready to be served.
#[derive(Debug, Clone)]
pub(super) struct Interface {
    pub(super) path: PathPrefix,
    document: Document,
    files: Files,
    theme: Bytes,
    theme_version: String,
    tasks: bool,
}

impl Interface {
    /// `None` where the build has no document.
    pub(super) fn new(settings: InterfaceSettings, accent: Accent) -> Option<Self> {
        let theme = assets::theme(accent);
        let (document, files) = files::sorted(settings.files);
        Some(Self {
            document: Document::new(&document?, settings.path.as_str()),
            path: settings.path,
            files,
            theme_version: super::settings::version(&theme),
            theme,
            tasks: settings.tasks,
        })
    }

    /// With this address of the icon.
    pub(super) fn look(&self, icon: &str) -> InterfaceLook {
        InterfaceLook {
            path: self.path.as_str().to_owned(),
            icon: icon.to_owned(),
            theme: self.theme_address(),
        }
    }

    /// It changes with what is in it.
    fn theme_address(&self) -> String {
        format!("{}{THEME}?v={}", self.path, self.theme_version)
    }

    /// The address of its start.
    pub(super) fn start(&self) -> String {
        format!("{}/", self.path.as_str())
    }
}

/// Everything below the interface's path; nothing where there is none.
pub(super) fn router(pages: &Pages) -> Router<Edge> {
    let Some(interface) = &pages.interface else {
        return Router::new();
    };
    let path = interface.path.as_str();
    Router::new()
        .route(path, get(document))
        .route(&format!("{path}/"), get(document))
        .route(&format!("{path}{THEME}"), get(theme))
        .route(&format!("{path}/{{*below}}"), get(file_or_document))
}

async fn document(State(edge): State<Edge>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let interface = interface(&edge)?;
    let page = interface.document.filled(&edge, interface, &uri);
    let tag = format!("\"{}\"", super::settings::version(page.as_bytes()));
    let answer = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "strict-origin"),
        (header::CACHE_CONTROL, ASK_FIRST),
    ];
    Ok(unless_kept(&headers, &tag, (answer, page)))
}

async fn theme(State(edge): State<Edge>) -> Result<Response, Problem> {
    let interface = interface(&edge)?;
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((headers, interface.theme.clone()).into_response())
}

async fn file_or_document(
    state: State<Edge>,
    Path(below): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(file) = interface(&state.0)?.files.get(&below) else {
        return if below.starts_with(ASSETS) {
            Err(Problem::new(ProblemCode::NotFound))
        } else {
            document(state, uri, headers).await
        };
    };
    let (body, tag, encoding) = file.encoded_for(&headers);
    let kept = if below.starts_with(ASSETS) {
        FOR_EVER
    } else {
        ASK_FIRST
    };
    let answer = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CACHE_CONTROL, kept),
        (header::VARY, "accept-encoding"),
    ];
    let encoding = encoding.map(|encoding| [(header::CONTENT_ENCODING, encoding)]);
    Ok(unless_kept(&headers, &tag, (answer, encoding, body)))
}

fn interface(edge: &Edge) -> Result<&Interface, Problem> {
    let interface = edge.config.pages.interface.as_ref();
    interface.ok_or_else(|| Problem::new(ProblemCode::NotFound))
}

/// The answer, or 304 where the browser has it already (RFC 9110 §13.1.2). That has the same headers: what a browser kept takes over those
/// of a 304 (RFC 9111 §3.2), a policy among them.
fn unless_kept(headers: &HeaderMap, tag: &str, answer: impl IntoResponse) -> Response {
    let kept = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response = ([(header::ETAG, tag.to_owned())], answer).into_response();
    if kept {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}
