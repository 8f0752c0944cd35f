//! Reading the configuration from its sources.

use std::collections::BTreeMap;
use std::path::Path;

use config::builder::DefaultState;
use config::{ConfigBuilder, File, FileFormat};
use serde::Deserialize;

use super::{Config, StoreUrl};
use crate::cli::SettingsArgs;
use crate::failure::Failure;

const DEFAULT_FILE: &str = "keyturn.toml";
const PREFIX: &str = "KEYTURN_";
/// Variables that are no settings.
const NOT_SETTINGS: &[&str] = &[
    "KEYTURN_CONFIG",
    "KEYTURN_LOG",
    "KEYTURN_SOAK",
    "KEYTURN_BIN",
    "KEYTURN_POSTGRES_BIN",
];
/// What the project's own scripts hand to tests begins with this.
const FOR_TESTS: &str = "KEYTURN_TEST_";
/// Settings that can also be read from a file named by `KEYTURN_…_FILE`.
const SECRETS: &[&str] = &[
    "master_secret",
    "previous_master_secret",
    "jwt.secret",
    "jwt.previous_secret",
    "mail.password",
    STORE_URL,
];
/// A secret where it holds a password.
const STORE_URL: &str = "store.url";

/// Loads defaults, file, environment and flags, in this order.
pub(crate) fn load(args: &SettingsArgs, environment: &BTreeMap<String, String>) -> Result<Config, Failure> {
    let mut builder = config::Config::builder();
    if let Some(path) = args.config.as_deref().or_else(|| existing_default()) {
        builder = builder.add_source(File::new(&path.to_string_lossy(), FileFormat::Toml));
    }
    for (key, value) in environment_settings(environment)? {
        builder = set(builder, &key, value)?;
    }
    if let Some(folder) = &args.data_dir {
        builder = set(builder, "data_dir", folder.to_string_lossy().into_owned())?;
    }
    for setting in &args.set {
        let (key, value) = setting.split_once('=').ok_or_else(|| {
            Failure::Usage(format!(
                "--set {setting}: write KEY=VALUE, like session.idle_timeout=30m"
            ))
        })?;
        let innocent = key.trim() == STORE_URL && !StoreUrl::holds_password(value.trim());
        if SECRETS.contains(&key.trim()) && !innocent {
            let hint = "other users of the machine can read command lines; use the environment or a file";
            return Err(Failure::Usage(format!("--set {}: {hint}", key.trim())));
        }
        builder = set(builder, key.trim(), value.trim().to_owned())?;
    }
    let loaded = builder
        .build()
        .map_err(|error| Failure::Config(one_line(&error)))?;
    Config::deserialize(loaded).map_err(|error| Failure::Config(one_line(&error)))
}

fn existing_default() -> Option<&'static Path> {
    let path = Path::new(DEFAULT_FILE);
    path.exists().then_some(path)
}

fn set(
    builder: ConfigBuilder<DefaultState>,
    key: &str,
    value: String,
) -> Result<ConfigBuilder<DefaultState>, Failure> {
    builder
        .set_override(key, value)
        .map_err(|error| Failure::Config(format!("{key}: {}", one_line(&error))))
}

/// `KEYTURN_SESSION__IDLE_TIMEOUT=30m` is `session.idle_timeout`; `KEYTURN_MASTER_SECRET_FILE` names a file.
fn environment_settings(environment: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, Failure> {
    let mut settings = Vec::new();
    for (name, value) in environment {
        let Some(rest) = name
            .strip_prefix(PREFIX)
            .filter(|_| !NOT_SETTINGS.contains(&name.as_str()) && !name.starts_with(FOR_TESTS))
        else {
            continue;
        };
        let key = rest.to_ascii_lowercase().replace("__", ".");
        match key.strip_suffix("_file").filter(|base| SECRETS.contains(base)) {
            Some(base) if environment.contains_key(&variable(base)) => {
                return Err(Failure::Config(format!(
                    "{name} and the variable without _FILE are both set: keep one"
                )));
            }
            Some(base) => {
                let text = std::fs::read_to_string(value)
                    .map_err(|error| Failure::Config(format!("{name}: cannot read {value}: {error}")))?;
                settings.push((base.to_owned(), text.trim_end().to_owned()));
            }
            None => settings.push((key, value.clone())),
        }
    }
    Ok(settings)
}

/// `store.url` is `KEYTURN_STORE__URL`.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_ascii_uppercase().replace('.', "__"))
}

fn one_line(error: &config::ConfigError) -> String {
    let text = error.to_string();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !is_excerpt(line))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A line of the file that the parser shows: the secret in it would be in the log.
fn is_excerpt(line: &str) -> bool {
    line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
        .starts_with('|')
}
