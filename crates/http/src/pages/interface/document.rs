//! The interface's one document: what was built, with what is configured filled in.
//!
//! **The rule**: whatever is filled in is escaped for an attribute or a text of HTML. The build leaves two comments where to fill in, and
//! names its files relative to itself.
//!
//! **The caveat**: its title is the application's name until the interface knows the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::Uri;
use serde::Serialize;

use super::Interface;
use crate::edge::Edge;
use crate::pages::settings::FooterLink;
use crate::pages::{ACCOUNT, ROOTS, SIGN_OUT};

/// Where what belongs in the head is put.
const HEAD: &str = "<!--keyturn:head-->";
/// Where what people without script read is put.
const WITHOUT_SCRIPT: &str = "<!--keyturn:noscript-->";
/// How the build names its files.
const RELATIVE: &str = "=\"./";
const LANGUAGE: &str = "<html lang=\"en\">";

/// The document around what is filled in.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// Before the head, after it, after what people without script read.
    parts: Arc<[String; 3]>,
}

/// What the interface knows before it asks for anything. Its fields are read by `web/ui/src/settings.ts`.
#[derive(Serialize)]
struct Configured<'a> {
    name: &'a str,
    lang: &'a str,
    /// What the interface's addresses begin with.
    base: &'a str,
    /// What the pages' addresses begin with.
    pages: &'a str,
    icon: &'a str,
    logo: Option<&'a str>,
    links: &'a [FooterLink],
    /// Those that differ from the built-in ones.
    texts: BTreeMap<&'a str, &'a str>,
    offers: Offers,
}

/// What there is to be offered.
#[derive(Serialize)]
struct Offers {
    sign_up: bool,
    remember: bool,
    /// Links by mail.
    mails: bool,
    /// Whether an account is activated by such a link.
    activates: bool,
    tasks: bool,
}

impl Document {
    pub(super) fn new(built: &Bytes, base: &str) -> Self {
        let built = String::from_utf8_lossy(built).replace(RELATIVE, &format!("=\"{base}/"));
        let (before, rest) = built.split_once(HEAD).unwrap_or((built.as_str(), ""));
        let (between, after) = rest.split_once(WITHOUT_SCRIPT).unwrap_or((rest, ""));
        let parts = [before, between, after].map(str::to_owned);
        Self {
            parts: Arc::new(parts),
        }
    }

    /// For this address.
    pub(super) fn filled(&self, edge: &Edge, interface: &Interface, uri: &Uri) -> String {
        let [before, between, after] = self.parts.as_ref();
        let pages = &edge.config.pages;
        let shared = &pages.shared;
        let head = format!(
            "<title>{}</title>\n<link rel=\"icon\" href=\"{}\" type=\"image/svg+xml\">\n\
             <link rel=\"stylesheet\" href=\"{}\">\n<meta name=\"keyturn\" content=\"{}\">",
            escaped(&shared.name),
            escaped(&shared.icon),
            interface.theme_address(),
            escaped(&configured(edge, interface)),
        );
        let language = format!("<html lang=\"{}\">", escaped(&shared.lang));
        let without_script = format!(
            "<p>{}</p><p><a href=\"{}\">{}</a></p>",
            escaped(pages.texts.text("app_no_script")),
            escaped(&pages.address(&counterpart(uri, interface.path.as_str()))),
            escaped(pages.texts.text("app_no_script_link")),
        );
        let before = before.replacen(LANGUAGE, &language, 1);
        [&before, &head, between, &without_script, after]
            .map(String::as_str)
            .concat()
    }
}

fn configured(edge: &Edge, interface: &Interface) -> String {
    let pages = &edge.config.pages;
    let policy = edge.authority.policy();
    let shared = &pages.shared;
    let configured = Configured {
        name: &shared.name,
        lang: &shared.lang,
        base: interface.path.as_str(),
        pages: pages.path.as_str(),
        icon: &shared.icon,
        logo: shared.logo.as_deref(),
        links: &shared.links,
        texts: pages.texts.changed(),
        offers: Offers {
            sign_up: policy.sign_up.enabled,
            remember: policy.session.remember.is_some(),
            mails: pages.mails,
            activates: pages.activates,
            tasks: interface.tasks,
        },
    };
    serde_json::to_string(&configured).unwrap_or_default()
}

/// The page that does without script what is done at this address of the interface, with the same query; else the account's.
fn counterpart(uri: &Uri, base: &str) -> String {
    let below = uri.path().strip_prefix(base).unwrap_or_default();
    let same = ROOTS.contains(&below) && below != SIGN_OUT;
    match uri.query().filter(|_| same) {
        Some(query) => format!("{below}?{query}"),
        None if same => below.to_owned(),
        None => ACCOUNT.to_owned(),
    }
}

/// For a text, or an attribute in quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_stays_a_text() {
        assert_eq!(
            escaped("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"
        );
    }

    #[test]
    fn people_without_script_are_led_to_the_page_that_does_the_same() {
        for (address, page) in [
            ("/app/signin?return_to=/tasks", "/signin?return_to=/tasks"),
            ("/app/reset?token=abc", "/reset?token=abc"),
            ("/app/signup", "/signup"),
            ("/app/signout", "/account"),
            ("/app/", "/account"),
            ("/app", "/account"),
            ("/app/tasks?done=1", "/account"),
            ("/app/signin/x", "/account"),
        ] {
            assert_eq!(counterpart(&address.parse().unwrap(), "/app"), page, "{address}");
        }
    }
}
