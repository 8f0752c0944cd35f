//! The section of the pages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::List;

/// The pages for people without script (sign in, sign up, the account) and the web interface. What they show can be made an
/// application's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UiConfig {
    /// Whether there are pages.
    pub(crate) enabled: bool,
    /// What their paths begin with, like `/id`; nothing by default.
    pub(crate) path: String,
    /// Whether there is the web interface beside the pages, where this binary carries it.
    pub(crate) app: bool,
    /// What the web interface's addresses begin with.
    pub(crate) app_path: String,
    /// What people know the application by.
    pub(crate) name: String,
    /// The language of the texts, as HTML writes it: `en`, `de-CH`.
    pub(crate) lang: String,
    /// A file with a picture to show beside the name: svg, png, webp or jpg, at most 256 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logo: Option<PathBuf>,
    /// The colour of buttons and links, as # and six hexadecimal digits. Texts on it and in it are kept readable.
    pub(crate) accent: String,
    /// Texts in place of the built-in ones, by name. `keyturn config texts` prints all of them.
    pub(crate) texts: BTreeMap<String, String>,
    /// Where the imprint is, linked below each page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) imprint: Option<String>,
    /// Where people read what becomes of their data, linked below each page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) privacy: Option<String>,
    /// Where people find help, linked below each page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
    /// Origins to which people may be sent back after signing in, beside Keyturn's own and `http.allowed_origins`.
    pub(crate) return_to: List,
}

impl Default for UiConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            path: String::new(),
            app: true,
            app_path: "/app".to_owned(),
            name: "Keyturn".to_owned(),
            lang: "en".to_owned(),
            logo: None,
            accent: "#1a5fb4".to_owned(),
            texts: BTreeMap::new(),
            imprint: None,
            privacy: None,
            help: None,
            return_to: List::default(),
        }
    }
}
