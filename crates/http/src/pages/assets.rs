//! The style sheet, the icon and the logo. Their addresses change with their content, so that browsers may keep them.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Accent;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

pub(super) const STYLE: &str = "/pages/style.css";
pub(super) const ICON: &str = "/pages/icon.svg";
pub(super) const LOGO: &str = "/pages/logo";

/// Shown by browsers beside the title.
pub(super) const ICON_SVG: &str = include_str!("assets/icon.svg");

/// The names of colours, sizes and distances: shared with every other interface of ours.
const TOKENS: &str = include_str!("assets/tokens.css");
const PAGES: &str = include_str!("assets/pages.css");

/// RFC 8246.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) fn router() -> Router<Edge> {
    Router::new()
        .route(STYLE, get(style_sheet))
        .route(ICON, get(icon))
        .route(LOGO, get(logo))
}

/// The names of colours, sizes and distances alone.
pub(super) fn theme(accent: Accent) -> Bytes {
    format!("{TOKENS}{}", accent.style()).into()
}

/// The whole style sheet.
pub(super) fn style(accent: Accent) -> Bytes {
    format!("{TOKENS}{}{PAGES}", accent.style()).into()
}

async fn style_sheet(State(edge): State<Edge>) -> Response {
    file("text/css; charset=utf-8", edge.config.pages.style.clone())
}

async fn icon() -> Response {
    file("image/svg+xml", Bytes::from_static(ICON_SVG.as_bytes()))
}

async fn logo(State(edge): State<Edge>) -> Result<Response, Problem> {
    let logo = edge.config.pages.logo.as_ref();
    let logo = logo.ok_or_else(|| Problem::new(ProblemCode::NotFound))?;
    Ok(file(logo.media_type, logo.bytes.clone()))
}

fn file(media_type: &'static str, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    (headers, body).into_response()
}
