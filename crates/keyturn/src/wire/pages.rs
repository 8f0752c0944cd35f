//! What is configured about the pages, checked.

use std::fs;
use std::path::Path;

use keyturn_http::{Accent, InterfaceSettings, Logo, PageLinks, PagesSettings, PathPrefix, Texts};

use crate::adapters::interface;
use crate::config::{Activation, Config, MailConfig, MailWay, UiConfig};
use crate::failure::Failure;

/// The most characters of a name.
const NAME_MAX: usize = 60;

/// First segments of paths that the web interface cannot have: none, those of routes, and those of pages.
const TAKEN: [&str; 19] = [
    "", "api", "auth", "admin", "docs", "problems", "pages", "livez", "readyz", "healthz", "signin",
    "signup", "signout", "account", "forgot", "reset", "activate", "login", "logout",
];

/// The `[ui]` section as the pages need it. Reads the logo's file.
pub(super) fn pages(config: &Config) -> Result<PagesSettings, Failure> {
    let ui = &config.ui;
    let path = ui.path.parse().map_err(|error| wrong("path", error))?;
    let accent: Accent = ui.accent.parse().map_err(|error| wrong("accent", error))?;
    let texts = ui
        .texts
        .iter()
        .map(|(name, words)| (name.as_str(), words.as_str()));
    Ok(PagesSettings {
        enabled: ui.enabled,
        path,
        name: name(&ui.name)?,
        lang: language(&ui.lang)?,
        logo: ui.logo.as_deref().map(logo).transpose()?,
        accent,
        texts: Texts::with(texts).map_err(|error| wrong("texts", error))?,
        links: links(ui)?,
        return_to: ui.return_to.0.clone(),
        mails: MailConfig::way(config) != MailWay::Off,
        activates: config.signup.activation == Activation::Email,
        interface: web_interface(ui, config.tasks.enabled)?,
    })
}

/// The web interface, where it is wanted and was built.
fn web_interface(ui: &UiConfig, tasks: bool) -> Result<Option<InterfaceSettings>, Failure> {
    let path: PathPrefix = ui.app_path.parse().map_err(|error| wrong("app_path", error))?;
    let first = path.as_str().split('/').nth(1).unwrap_or_default();
    let pages = ui.path.split('/').nth(1).unwrap_or_default();
    if TAKEN.contains(&first) || first == pages {
        let text = &ui.app_path;
        return Err(wrong("app_path", format!("`{text}` is taken by other routes")));
    }
    let files = if ui.enabled && ui.app {
        interface::files()
    } else {
        Vec::new()
    };
    Ok((!files.is_empty()).then_some(InterfaceSettings { path, files, tasks }))
}

/// Something to read, that fits on one line.
fn name(text: &str) -> Result<String, Failure> {
    let shown = text.trim();
    let length = shown.chars().count();
    if (1..=NAME_MAX).contains(&length) && !shown.chars().any(char::is_control) {
        return Ok(shown.to_owned());
    }
    Err(wrong(
        "name",
        format!("write 1 to {NAME_MAX} characters, without line breaks"),
    ))
}

fn links(ui: &UiConfig) -> Result<PageLinks, Failure> {
    Ok(PageLinks {
        imprint: link("imprint", ui.imprint.as_deref())?,
        privacy: link("privacy", ui.privacy.as_deref())?,
        help: link("help", ui.help.as_deref())?,
    })
}

/// A web page, a path of our own, or an address to write to.
fn link(name: &str, address: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(address) = address else {
        return Ok(None);
    };
    let known = ["https://", "http://", "mailto:", "/"];
    let plain = address.bytes().all(|byte| byte.is_ascii_graphic());
    if plain && known.iter().any(|start| address.starts_with(start)) {
        return Ok(Some(address.to_owned()));
    }
    Err(wrong(
        name,
        format!("`{address}` is no address: write https://…, mailto:… or a path"),
    ))
}

/// The form of a language tag (RFC 5646), not whether it is registered.
fn language(tag: &str) -> Result<String, Failure> {
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if tag.split('-').all(subtag) {
        return Ok(tag.to_owned());
    }
    Err(wrong("lang", format!("`{tag}` is no language, like en or de-CH")))
}

fn logo(path: &Path) -> Result<Logo, Failure> {
    let shown = path.display();
    let bytes = fs::read(path).map_err(|error| wrong("logo", format!("{shown} cannot be read: {error}")))?;
    Logo::new(&path.to_string_lossy(), bytes).map_err(|error| wrong("logo", format!("{shown}: {error}")))
}

fn wrong(setting: &str, what: impl std::fmt::Display) -> Failure {
    Failure::Config(format!("ui.{setting}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut UiConfig);

    #[test]
    fn what_cannot_be_shown_is_refused_at_start_and_names_its_setting() {
        let refused: [(&str, Change); 14] = [
            ("ui.name", |ui| ui.name = " ".to_owned()),
            ("ui.path", |ui| ui.path = "/auth".to_owned()),
            ("ui.app_path", |ui| ui.app_path = String::new()),
            ("ui.app_path", |ui| ui.app_path = "/signin".to_owned()),
            ("ui.app_path", |ui| ui.app_path = "/admin/ui".to_owned()),
            ("ui.app_path", |ui| {
                ui.path = "/id".to_owned();
                ui.app_path = "/id/app".to_owned();
            }),
            ("ui.accent", |ui| ui.accent = "red".to_owned()),
            ("ui.lang", |ui| ui.lang = "en\" onload=\"".to_owned()),
            ("ui.lang", |ui| ui.lang = String::new()),
            ("ui.texts: there is no text `nonsense`", |ui| {
                ui.texts.insert("nonsense".to_owned(), "x".to_owned());
            }),
            ("ui.imprint", |ui| {
                ui.imprint = Some("javascript:alert(1)".to_owned());
            }),
            ("ui.help", |ui| ui.help = Some("example.org/help".to_owned())),
            ("ui.logo", |ui| ui.logo = Some("no-such-file.png".into())),
            ("ui.logo", |ui| ui.logo = Some("Cargo.toml".into())),
        ];
        for (part, change) in refused {
            let mut config = Config::default();
            change(&mut config.ui);
            let said = pages(&config).unwrap_err().to_string();
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(pages(&Config::default()).is_ok());
    }
}
