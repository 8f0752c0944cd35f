//! What letters say: a text and an HTML part each, built in, or of the same name in `mail.templates`.
//!
//! The first line of a text is the subject. A template knows `name` (`ui.name`), where the letter has a link, `link` and `valid_for`, and
//! where it tells of something that happened, `at`, `device` and `address`; what is not known is empty.
//! **The rule**: every template is rendered once at start, so that one that can't be is found before somebody needs it.

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use keyturn_core::ports::{Letter, LetterKind};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use crate::failure::Failure;

/// The letter of `keyturn mail test`.
const TEST: &str = "test";

/// The built-in templates, by name.
const BUILT_IN: [(&str, &str); 18] = [
    ("activation.txt", include_str!("templates/activation.txt")),
    ("activation.html", include_str!("templates/activation.html")),
    (
        "already_registered.txt",
        include_str!("templates/already_registered.txt"),
    ),
    (
        "already_registered.html",
        include_str!("templates/already_registered.html"),
    ),
    ("reset.txt", include_str!("templates/reset.txt")),
    ("reset.html", include_str!("templates/reset.html")),
    (
        "password_changed.txt",
        include_str!("templates/password_changed.txt"),
    ),
    (
        "password_changed.html",
        include_str!("templates/password_changed.html"),
    ),
    ("email_change.txt", include_str!("templates/email_change.txt")),
    ("email_change.html", include_str!("templates/email_change.html")),
    ("email_changed.txt", include_str!("templates/email_changed.txt")),
    ("email_changed.html", include_str!("templates/email_changed.html")),
    ("new_device.txt", include_str!("templates/new_device.txt")),
    ("new_device.html", include_str!("templates/new_device.html")),
    ("token_reuse.txt", include_str!("templates/token_reuse.txt")),
    ("token_reuse.html", include_str!("templates/token_reuse.html")),
    ("test.txt", include_str!("templates/test.txt")),
    ("test.html", include_str!("templates/test.html")),
];

/// A letter as it reads.
pub(super) struct Rendered {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

/// All templates, known to work.
pub(super) struct Templates {
    environment: Environment<'static>,
    name: String,
}

impl Templates {
    /// Takes the built-in templates, and those of the folder in their place.
    pub(super) fn open(folder: Option<&Path>, name: &str) -> Result<Self, Failure> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        for (file, built_in) in BUILT_IN {
            let source = own(folder, file)?.unwrap_or_else(|| built_in.to_owned());
            environment
                .add_template_owned(file, source)
                .map_err(|error| refused(file, &error))?;
        }
        let templates = Self {
            environment,
            name: name.to_owned(),
        };
        for kind in LetterKind::ALL {
            templates.rendered(kind.as_str(), Values::example())?;
        }
        templates.test()?;
        Ok(templates)
    }

    /// What this letter says.
    pub(super) fn render(&self, letter: &Letter) -> Result<Rendered, Failure> {
        self.rendered(letter.kind.as_str(), Values::of(letter))
    }

    /// What the test letter says.
    pub(super) fn test(&self) -> Result<Rendered, Failure> {
        self.rendered(TEST, Values::default())
    }

    fn rendered(&self, letter: &str, values: Values<'_>) -> Result<Rendered, Failure> {
        let Values {
            link,
            valid_for,
            at,
            device,
            address,
        } = values;
        let values = context! { name => &self.name, link, valid_for, at, device, address };
        let part = |file: &str| {
            let template = self.environment.get_template(file);
            let rendered = template.and_then(|template| template.render(&values));
            rendered.map_err(|error| refused(file, &error))
        };
        let file = format!("{letter}.txt");
        let text = part(&file)?;
        let (subject, text) = text
            .split_once('\n')
            .ok_or_else(|| Failure::Config(format!("the mail template {file} has a subject and no text")))?;
        Ok(Rendered {
            subject: subject.trim().to_owned(),
            text: text.trim_start().to_owned(),
            html: part(&format!("{letter}.html"))?,
        })
    }
}

/// What a template knows besides the name.
#[derive(Default)]
struct Values<'a> {
    link: &'a str,
    valid_for: String,
    at: String,
    device: &'a str,
    address: String,
}

impl<'a> Values<'a> {
    /// Everything that any letter has.
    fn example() -> Self {
        Self {
            link: "https://id.example.org/",
            valid_for: "15 minutes".to_owned(),
            at: "2026-01-31 08:00 UTC".to_owned(),
            device: "Firefox on Linux",
            address: "192.0.2.1".to_owned(),
        }
    }

    fn of(letter: &'a Letter) -> Self {
        let mut values = Self::default();
        if let Some((link, lifetime)) = &letter.link {
            values.link = link.reveal();
            values.valid_for = in_words(*lifetime);
        }
        if let Some(happening) = &letter.happening {
            values.link = &happening.page;
            values.at = happening.at.strftime("%Y-%m-%d %H:%M UTC").to_string();
            values.device = happening.device.as_deref().unwrap_or_default();
            values.address = happening.address.map_or_else(String::new, |ip| ip.to_string());
        }
        values
    }
}

fn own(folder: Option<&Path>, file: &str) -> Result<Option<String>, Failure> {
    let Some(folder) = folder else { return Ok(None) };
    let path = folder.join(file);
    match fs::read_to_string(&path) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => Ok(None),
        Err(error) => Err(Failure::Config(format!(
            "mail.templates: cannot read {}: {error}",
            path.display()
        ))),
    }
}

fn refused(file: &str, error: &minijinja::Error) -> Failure {
    Failure::Config(format!("the mail template {file} can't be used: {error}"))
}

/// A lifetime as it is told: `15 minutes`, `24 hours`.
fn in_words(lifetime: SignedDuration) -> String {
    match lifetime.as_mins() {
        minutes if minutes >= 120 => format!("{} hours", minutes / 60),
        minutes => format!("{minutes} minutes"),
    }
}
