//! Pages for people without script, and for machines without a web interface: plain HTML forms over the same use cases as the JSON
//! routes.
//!
//! **The rule**: a page extracts, calls one use case, and answers with a redirect (303) or with the form again, what was typed in it
//! but for passwords. Sessions that begin here have `cookie` delivery. The CSRF token of the JSON routes travels in a hidden field,
//! and is judged by the same function. No page has a script, a style of its own or anything from elsewhere.
//!
//! **The caveat**: the pages are addressed by people and not described in `openapi.json`; their fields may change.

mod accent;
mod account;
mod arrival;
mod assets;
mod email;
mod form;
mod interface;
mod leaving;
mod mailed_links;
mod password;
mod problem;
mod profile;
mod return_to;
mod sessions;
mod settings;
mod sign_in;
mod sign_out;
mod sign_up;
mod texts;
mod view;
mod when;

use axum::Router;

use crate::edge::Edge;

pub use accent::{Accent, AccentError};
pub use interface::{InterfaceFile, InterfaceLook, InterfaceSettings};
pub use settings::{Logo, LogoError, PageLinks, PagesSettings};
pub use texts::{TextError, Texts};

pub(crate) use problem::render as render_problem;
pub(crate) use settings::Pages;

const SIGN_IN: &str = "/signin";
const SIGN_UP: &str = "/signup";
const SIGN_OUT: &str = "/signout";
const ACCOUNT: &str = "/account";
const FORGOT: &str = "/forgot";
const RESET: &str = "/reset";
const ACTIVATE: &str = "/activate";

/// What every page's path begins with, below the prefix.
const ROOTS: [&str; 7] = [SIGN_IN, SIGN_UP, SIGN_OUT, ACCOUNT, FORGOT, RESET, ACTIVATE];

/// Every page, below its prefix, and the web interface; nothing where pages are off.
pub(crate) fn router(pages: &Pages) -> Router<Edge> {
    if !pages.enabled {
        return Router::new();
    }
    let routes = Router::new()
        .merge(sign_in::router())
        .merge(sign_up::router())
        .merge(sign_out::router())
        .merge(account::router())
        .merge(sessions::router())
        .merge(profile::router())
        .merge(password::router())
        .merge(email::router())
        .merge(leaving::router())
        .merge(mailed_links::router())
        .merge(assets::router());
    let routes = match pages.path.as_str() {
        "" => routes,
        prefix => Router::new().nest(prefix, routes),
    };
    routes.merge(interface::router(pages))
}

impl Pages {
    /// Whether this is the path of a page, so that whatever goes wrong there is told in HTML.
    pub(crate) fn is_page(&self, path: &str) -> bool {
        let Some(below) = path.strip_prefix(self.path.as_str()) else {
            return false;
        };
        let under = |root: &str| {
            below
                .strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.enabled && ROOTS.into_iter().any(under)
    }

    /// What the web interface's addresses begin with, if there is one.
    pub(crate) fn interface_path(&self) -> Option<&str> {
        let interface = self.interface.as_ref().filter(|_| self.enabled)?;
        Some(interface.path.as_str())
    }

    /// How the web interface looks, if there is one.
    pub(crate) fn interface_look(&self) -> Option<InterfaceLook> {
        let interface = self.interface.as_ref().filter(|_| self.enabled)?;
        Some(interface.look(&self.shared.icon))
    }

    /// The address of a page.
    fn address(&self, page: &str) -> String {
        format!("{}{page}", self.path)
    }
}
