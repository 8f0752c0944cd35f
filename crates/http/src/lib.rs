//! Keyturn's HTTP edge: who asks, what they may send, and how an answer of the rules looks on the wire.
//!
//! [`router()`] serves an [`Authority`](keyturn_core::service::Authority); [`openapi()`] describes what it serves, from the same
//! declarations. A handler extracts, calls one use case and answers: whatever is decided about sessions is decided in the core.
//!
//! The order of a request, outermost first: CORS, the request's id and the rendering of problems (`boundary`), the limit of
//! requests at once, panics, the time limit and the origin wall (all in `passage`), and on `/auth/*` and `/admin/*` the double-submit wall (`csrf`).
//! An [`Application`] of the same process is served behind the same walls.
//!
//! The caveat: behind a proxy, `Host` must arrive as the browser sent it, or `public_url` must be set; and the proxy must be
//! among the trusted ones, or every client has its address.

mod answer;
mod application;
mod boundary;
mod carried;
mod client_address;
mod config;
mod cookies;
mod cors;
mod csrf;
mod edge;
mod error;
mod extract;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod in_flight;
mod metrics;
mod origin;
mod pages;
mod passage;
mod reply;
mod request_id;
mod request_line;
mod router;
mod routes;
mod shapes;
mod time_limit;
mod token_pair;

pub use application::{Application, ApplicationCsrf, Checking};
pub use config::{EdgeConfig, EdgeSettings, Hsts};
pub use edge::Readiness;
pub use error::ProblemCode;
pub use feed::Feed;
pub use origin::OriginError;
pub use pages::{
    Accent, AccentError, InterfaceFile, InterfaceLook, InterfaceSettings, Logo, LogoError, PageLinks,
    PagesSettings, TextError, Texts,
};
pub use request_id::request_id;
pub use router::{openapi, openapi_with, probes, router};
pub use routes::JWKS_MAX_AGE;
pub use shapes::ExportText;
pub use token_pair::{PathPrefix, PathPrefixError, TokenPairSettings};
