//! The configuration: one struct a section, whose doc comments are the manual.
//!
//! Later sources win: defaults, `keyturn.toml`, environment (`KEYTURN_SECTION__KEY`; a secret also as `…_FILE`), flags.
//! Unknown keys are errors. Durations are written `30m`, `7d`.

mod check;
mod jwt;
mod load;
mod mail;
pub(crate) mod reference;
mod retention;
mod sections;
mod store;
mod tasks;
mod throttle;
mod token_pair;
mod ui;
mod values;

pub(crate) use check::{check, is_local, is_loopback_url};
pub(crate) use jwt::JwtAlgorithm;
pub(crate) use load::load;
pub(crate) use mail::{MailConfig, MailTls, MailWay};
pub(crate) use sections::{
    Activation, Config, HashAlgorithm, HstsMode, HttpConfig, LogConfig, LogFormat, LogLevel,
};
pub(crate) use store::{StoreConfig, StoreUrl};
pub(crate) use tasks::TasksCsrf;
pub(crate) use ui::UiConfig;
pub(crate) use values::{Period, Secret};

use crate::failure::Failure;

/// The configuration as TOML, secrets hidden.
pub(crate) fn print(config: &Config, changed_only: bool) -> Result<String, Failure> {
    let table = to_table(config)?;
    let shown = if changed_only {
        difference(&table, &to_table(&Config::default())?)
    } else {
        table
    };
    toml::to_string_pretty(&shown).map_err(|error| Failure::Fault(error.to_string()))
}

/// The names of the settings in which two configurations differ. Printed secrets look alike, so these are compared themselves.
pub(crate) fn differing(old: &Config, new: &Config) -> Result<Vec<String>, Failure> {
    let (old_table, new_table) = (to_table(old)?, to_table(new)?);
    let mut differing = names(&difference(&new_table, &old_table), "");
    differing.extend(names(&difference(&old_table, &new_table), ""));
    if old.master_secret != new.master_secret {
        differing.push("master_secret".to_owned());
    }
    if old.previous_master_secret != new.previous_master_secret {
        differing.push("previous_master_secret".to_owned());
    }
    if old.store.url != new.store.url {
        differing.push("store.url".to_owned());
    }
    if old.jwt.secret != new.jwt.secret {
        differing.push("jwt.secret".to_owned());
    }
    if old.jwt.previous_secret != new.jwt.previous_secret {
        differing.push("jwt.previous_secret".to_owned());
    }
    if old.mail.password != new.mail.password {
        differing.push("mail.password".to_owned());
    }
    differing.sort_unstable();
    differing.dedup();
    Ok(differing)
}

fn names(table: &toml::Table, prefix: &str) -> Vec<String> {
    table
        .iter()
        .flat_map(|(key, value)| match value {
            toml::Value::Table(section) => names(section, &format!("{prefix}{key}.")),
            _ => vec![format!("{prefix}{key}")],
        })
        .collect()
}

fn to_table(config: &Config) -> Result<toml::Table, Failure> {
    toml::Table::try_from(config).map_err(|error| Failure::Fault(error.to_string()))
}

fn difference(table: &toml::Table, defaults: &toml::Table) -> toml::Table {
    let mut changed = toml::Table::new();
    for (key, value) in table {
        match (value, defaults.get(key)) {
            (toml::Value::Table(section), Some(toml::Value::Table(default))) => {
                let inner = difference(section, default);
                if !inner.is_empty() {
                    changed.insert(key.clone(), toml::Value::Table(inner));
                }
            }
            (value, default) if Some(value) != default => {
                changed.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    changed
}
