//! What is configured about the pages, checked.

use std::fs;
use std::path::Path;

use keyturn_http::{Accent, Logo, PageLinks, PagesSettings, Texts};

use crate::config::{Activation, Config, MailConfig, MailWay, UiConfig};
use crate::failure::Failure;

/// The most characters of a name.
const NAME_MAX: usize = 60;

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
    })
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
        let refused: [(&str, Change); 10] = [
            ("ui.name", |ui| ui.name = " ".to_owned()),
            ("ui.path", |ui| ui.path = "/auth".to_owned()),
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
