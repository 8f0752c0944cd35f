//! The routes, one endpoint a file. Each extracts, calls one use case, answers.

mod account;
mod activate;
mod activity;
mod admin;
mod changes;
mod csrf;
mod docs;
mod email;
mod export;
mod headers;
mod health;
mod introspect;
mod jwks;
mod metadata;
mod openapi;
mod password;
mod problem;
mod problems;
mod refresh;
mod renewal;
mod revoke;
mod session;
mod sessions;
mod sign_in;
mod sign_in_code;
mod sign_out;
mod sign_up;
mod start_session;
mod token;
mod token_pair;

use utoipa_axum::router::OpenApiRouter;

use crate::edge::Edge;

pub(crate) use docs::router as docs;
pub use jwks::JWKS_MAX_AGE;
pub(crate) use jwks::PATH as JWKS;
pub(crate) use openapi::DOCUMENT_PATH;
pub(crate) use renewal::refreshed;

/// Path of the sign-in, which has limits and walls of its own.
pub(crate) const SIGN_IN: &str = "/auth/signin";

/// Path of the sign-in by code, which has the same walls.
pub(crate) const SIGN_IN_CODE: &str = "/auth/signin/code";

/// Path of the sign-up, likewise.
pub(crate) const SIGN_UP: &str = "/auth/signup";

/// Path of OAuth's token endpoint, which has walls, limits and errors of its own.
pub(crate) const TOKEN: &str = "/auth/token";

/// Path of the introspection, which reads no cookie and has errors of its own.
pub(crate) const INTROSPECT: &str = "/auth/introspect";

/// Path of the revocation, likewise.
pub(crate) const REVOKE: &str = "/auth/revoke";

/// Everything under `/auth` that may read or set a cookie.
pub(crate) fn auth() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(sign_up::router())
        .merge(activate::router())
        .merge(sign_in::router())
        .merge(sign_in_code::router())
        .merge(password::router())
        .merge(refresh::router())
        .merge(sign_out::router())
        .merge(session::router())
        .merge(activity::router())
        .merge(sessions::router())
        .merge(account::router())
        .merge(email::router())
        .merge(export::router())
        .merge(csrf::router())
        .merge(token::router())
}

/// Everything under `/admin`.
pub(crate) fn admin() -> OpenApiRouter<Edge> {
    admin::router()
}

/// What services ask, and clients that are no browsers. No cookie means anything here.
pub(crate) fn for_clients() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(introspect::router())
        .merge(revoke::router())
        .merge(start_session::router())
        .merge(changes::router())
}

/// The token-pair API, below its prefix.
pub(crate) fn token_pair() -> OpenApiRouter<Edge> {
    token_pair::router()
}

/// For supervisors and load balancers.
pub(crate) fn probes() -> OpenApiRouter<Edge> {
    health::router()
}

/// What concerns nobody's session.
pub(crate) fn meta() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(probes())
        .merge(jwks::router())
        .merge(metadata::router())
        .merge(problem::router())
        .merge(openapi::router())
}
