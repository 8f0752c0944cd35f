//! What is configured about the pages, and what follows from it once for all requests.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use super::interface::{Interface, InterfaceSettings};
use super::{Accent, Texts, assets};
use crate::origin::{OriginError, checked};
use crate::token_pair::PathPrefix;

/// The most bytes that a logo may have: it comes with every first page.
const LOGO_MAX: usize = 256 * 1024;

/// The `[ui]` section as the pages need it.
#[derive(Debug, Clone)]
pub struct PagesSettings {
    /// Whether there are pages.
    pub enabled: bool,
    /// What their paths begin with.
    pub path: PathPrefix,
    /// What people know the application by.
    pub name: String,
    /// The language of the texts, as HTML's `lang` (BCP 47).
    pub lang: String,
    /// A picture beside the name.
    pub logo: Option<Logo>,
    /// The colour of buttons and links.
    pub accent: Accent,
    /// What the pages say.
    pub texts: Texts,
    /// What stands below each page.
    pub links: PageLinks,
    /// Origins to which people may be sent back after signing in, beside those that are trusted anyway.
    pub return_to: Vec<String>,
    /// Whether mail is sent, so that a forgotten password can be set anew.
    pub mails: bool,
    /// Whether accounts of people who sign up are activated by a link in a mail.
    pub activates: bool,
    /// The web interface, where it was built.
    pub interface: Option<InterfaceSettings>,
}

impl Default for PagesSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            path: PathPrefix::default(),
            name: "Keyturn".to_owned(),
            lang: "en".to_owned(),
            logo: None,
            accent: Accent::default(),
            texts: Texts::default(),
            links: PageLinks::default(),
            return_to: Vec::new(),
            mails: false,
            activates: false,
            interface: None,
        }
    }
}

/// Addresses that stand below each page.
#[derive(Debug, Clone, Default)]
pub struct PageLinks {
    /// Who is responsible.
    pub imprint: Option<String>,
    /// What becomes of people's data.
    pub privacy: Option<String>,
    /// Where help is.
    pub help: Option<String>,
}

/// A picture.
#[derive(Clone)]
pub struct Logo {
    pub(super) media_type: &'static str,
    pub(super) bytes: Bytes,
}

/// A file that can be no logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// Told by its name.
    #[error("a logo is a file whose name ends in .svg, .png, .webp or .jpg")]
    Type,
    /// More than it may have.
    #[error("a logo has at most {LOGO_MAX} bytes")]
    TooLarge,
}

impl Logo {
    /// A picture from a file of this name.
    ///
    /// # Errors
    /// The name says no type that is known, or it is too large.
    pub fn new(file_name: &str, bytes: Vec<u8>) -> Result<Self, LogoError> {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
        let media_type = match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("webp") => "image/webp",
            Some("jpg" | "jpeg") => "image/jpeg",
            _ => return Err(LogoError::Type),
        };
        if bytes.len() > LOGO_MAX {
            return Err(LogoError::TooLarge);
        }
        Ok(Self {
            media_type,
            bytes: bytes.into(),
        })
    }
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// The pages' configuration, valid, with what all pages share.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pub(super) enabled: bool,
    pub(super) path: PathPrefix,
    pub(super) texts: Texts,
    pub(super) logo: Option<Logo>,
    pub(super) mails: bool,
    pub(super) activates: bool,
    pub(super) style: Bytes,
    pub(super) interface: Option<Interface>,
    pub(super) shared: Ui,
    /// `ui` of every template.
    pub(super) ui: Value,
    /// `t` of every template.
    pub(super) words: Value,
    listed: HashSet<String>,
}

/// What every page shows of the configuration.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ui {
    pub(super) name: String,
    pub(super) lang: String,
    base: String,
    style: String,
    pub(super) icon: String,
    pub(super) logo: Option<String>,
    /// Where the brand leads: the web interface, where there is one.
    home: Option<String>,
    pub(super) links: Vec<FooterLink>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct FooterLink {
    label: String,
    href: String,
}

impl Pages {
    /// # Errors
    /// An origin that no browser would ever send.
    pub(crate) fn new(settings: PagesSettings) -> Result<Self, OriginError> {
        let listed = checked(&settings.return_to)?;
        let style = assets::style(settings.accent);
        let base = settings.path.as_str();
        let texts = &settings.texts;
        let links = &settings.links;
        let link = |name, href: &Option<String>| {
            let label = texts.text(name).to_owned();
            href.clone().map(|href| FooterLink { label, href })
        };
        let links = [
            link("imprint", &links.imprint),
            link("privacy", &links.privacy),
            link("help", &links.help),
        ];
        let logo = settings.logo.as_ref();
        let accent = settings.accent;
        let interface = settings
            .interface
            .and_then(|interface| Interface::new(interface, accent));
        let ui = Ui {
            name: settings.name.clone(),
            lang: settings.lang.clone(),
            base: base.to_owned(),
            style: format!("{base}{}?v={}", assets::STYLE, version(&style)),
            icon: format!(
                "{base}{}?v={}",
                assets::ICON,
                version(assets::ICON_SVG.as_bytes())
            ),
            logo: logo.map(|logo| format!("{base}{}?v={}", assets::LOGO, version(&logo.bytes))),
            home: interface.as_ref().map(Interface::start),
            links: links.into_iter().flatten().collect(),
        };
        Ok(Self {
            enabled: settings.enabled,
            mails: settings.mails,
            activates: settings.activates,
            interface,
            ui: Value::from(Serde(&ui)),
            shared: ui,
            words: Value::from(Serde(texts.map())),
            path: settings.path.clone(),
            texts: settings.texts,
            logo: settings.logo,
            style,
            listed,
        })
    }

    /// Whether people may be sent to this origin by configuration of the pages.
    pub(super) fn lists(&self, origin: &str) -> bool {
        self.listed.contains(origin)
    }
}

/// Tells one content of a file from another, so that it can be kept for ever.
pub(super) fn version(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_a_small_picture() {
        for (name, size, good) in [
            ("logo.svg", 10, Ok("image/svg+xml")),
            ("LOGO.PNG", 10, Ok("image/png")),
            ("a.b.jpeg", LOGO_MAX, Ok("image/jpeg")),
            ("logo.png", LOGO_MAX + 1, Err(LogoError::TooLarge)),
            ("logo.html", 10, Err(LogoError::Type)),
            ("logo", 10, Err(LogoError::Type)),
        ] {
            let logo = Logo::new(name, vec![0; size]);
            assert_eq!(logo.map(|logo| logo.media_type), good, "{name}");
        }
    }
}
