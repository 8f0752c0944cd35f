//! The manual of the configuration: every setting with type, default and meaning, and the commented file to begin with.
//!
//! **The rule**: doc comments and `Default` of the sections are the only source; nothing is written a second time. The presets
//! are TOML files of this folder, which a test loads and checks as any other configuration.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Config;

const PRESETS: &[(&str, &str)] = &[
    ("strict", include_str!("presets/strict.toml")),
    ("web", include_str!("presets/web.toml")),
    ("mobile", include_str!("presets/mobile.toml")),
];

/// One setting, as the sections describe it.
struct Setting {
    key: String,
    kind: String,
    default: Option<Value>,
    manual: String,
}

/// A part of the file, and what its struct says of it.
struct Section {
    name: String,
    manual: String,
    settings: Vec<Setting>,
}

/// The reference as a page of Markdown.
pub(crate) fn markdown() -> String {
    let mut page =
        "# Settings\n\nPrinted by `keyturn config reference`. What sources there are and which wins: \
                    [Configuration](configuration.md).\n"
            .to_owned();
    for section in sections() {
        let title = if section.name.is_empty() {
            "Beside the sections".to_owned()
        } else {
            format!("`[{}]`", section.name)
        };
        let _infallible = write!(
            page,
            "\n## {title}\n\n{}\n\n| setting | type | default | what it does |\n| --- | --- | --- | --- |\n",
            section.manual
        );
        for setting in section.settings {
            let default = setting
                .default
                .map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
            let name = qualified(&section.name, &setting.key);
            let _infallible = writeln!(
                page,
                "| `{name}` | {} | {default} | {} |",
                setting.kind, setting.manual
            );
        }
    }
    page.trim_end().to_owned()
}

/// The reference for programs.
pub(crate) fn json() -> Value {
    let settings = sections().into_iter().flat_map(|section| {
        let name = section.name;
        section.settings.into_iter().map(move |setting| {
            serde_json::json!({
                "key": qualified(&name, &setting.key),
                "type": setting.kind,
                "default": setting.default,
                "description": setting.manual,
            })
        })
    });
    Value::Array(settings.collect())
}

/// A `keyturn.toml` in which everything is a comment: it changes nothing until a line is uncommented.
pub(crate) fn default_file() -> String {
    let mut file = "# Keyturn's configuration. Every line shows a default; uncomment what you change.\n\
                    # The presets at the end change what they list and leave the rest: uncomment one, line by line.\n"
        .to_owned();
    for section in sections() {
        file.push('\n');
        comment(&mut file, &section.manual);
        for setting in section.settings {
            comment(&mut file, &format!("{} ({})", setting.manual, setting.kind));
            let value = setting
                .default
                .map_or_else(|| "…".to_owned(), |value| value.to_string());
            let _infallible = writeln!(file, "#{} = {value}", qualified(&section.name, &setting.key));
        }
    }
    for (name, text) in PRESETS {
        let _infallible = writeln!(file, "\n# ---- preset: {name} ----");
        for line in text.trim_end().lines() {
            let _infallible = writeln!(file, "#{line}");
        }
    }
    file.trim_end().to_owned()
}

fn qualified(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

fn comment(file: &mut String, text: &str) {
    let _infallible = writeln!(file, "# {text}");
}

/// Scalars first, as TOML wants them, then the sections by name.
fn sections() -> Vec<Section> {
    let root = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Config>();
    let mut top = section("", &root);
    let mut sections = Vec::new();
    for (name, schema) in properties(&root) {
        if schema.get("properties").is_some() {
            sections.push(section(&name, &schema));
        } else {
            top.settings.push(setting(&name, &schema));
        }
    }
    sections.insert(0, top);
    sections
}

/// A section and the settings directly in it; of the whole file only what describes it.
fn section(name: &str, schema: &Schema) -> Section {
    let settings = properties(schema).into_iter().filter(|_| !name.is_empty());
    Section {
        name: name.to_owned(),
        manual: manual(schema),
        settings: settings.map(|(key, schema)| setting(&key, &schema)).collect(),
    }
}

fn setting(key: &str, schema: &Schema) -> Setting {
    Setting {
        key: key.to_owned(),
        kind: kind(schema),
        default: schema.get("default").filter(|value| !value.is_null()).cloned(),
        manual: manual(schema),
    }
}

fn properties(schema: &Schema) -> BTreeMap<String, Schema> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), Schema::try_from(value.clone()).ok()?)))
        .collect()
}

fn manual(schema: &Schema) -> String {
    let text = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The type in words.
fn kind(schema: &Schema) -> String {
    let names = names(schema);
    if !names.is_empty() {
        return names.join(" or ");
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str)
        && !format.starts_with("uint")
    {
        return format.to_owned();
    }
    let name = match schema.get("type") {
        Some(Value::Array(types)) => types.first().and_then(Value::as_str),
        Some(Value::String(name)) => Some(name.as_str()),
        _ => None,
    };
    match name {
        Some("boolean") => "true or false".to_owned(),
        Some("integer") => "number".to_owned(),
        Some("array") => "list of texts".to_owned(),
        Some("object") => "table of texts".to_owned(),
        _ => "text".to_owned(),
    }
}

/// What an enum may be.
fn names(schema: &Schema) -> Vec<String> {
    let plain = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let described = schema
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    plain
        .chain(described.filter_map(|variant| variant.get("const")))
        .map(|value| format!("`{value}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_configuration_has_its_manual() {
        for section in sections() {
            assert!(!section.manual.is_empty(), "{}", section.name);
            for setting in section.settings {
                assert!(!setting.manual.is_empty(), "{}.{}", section.name, setting.key);
            }
        }
    }

    #[test]
    fn the_default_of_a_setting_is_the_one_in_force() {
        let defaults = toml::Table::try_from(Config::default()).unwrap();
        for section in sections() {
            let table = match section.name.as_str() {
                "" => &defaults,
                name => defaults[name].as_table().unwrap(),
            };
            for setting in section.settings {
                let in_force = table
                    .get(&setting.key)
                    .map(|value| serde_json::to_value(value).unwrap());
                assert_eq!(setting.default, in_force, "{}", setting.key);
            }
        }
    }

    #[test]
    fn every_preset_is_a_good_configuration_that_changes_something() {
        for (name, text) in PRESETS {
            let config: Config = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            super::super::check(&config).unwrap();
            assert!(config != Config::default(), "{name}");
        }
    }

    #[test]
    fn the_default_file_is_the_default_configuration() {
        let config: Config = toml::from_str(&default_file()).unwrap();
        assert!(config == Config::default());
    }

    #[test]
    fn uncommenting_every_default_changes_nothing_and_a_preset_what_it_lists() {
        let uncommented = |part: &str| -> Config {
            let lines = part.lines().filter_map(|line| line.strip_prefix('#'));
            let lines: Vec<_> = lines
                .filter(|line| !line.starts_with(' ') && !line.ends_with('…'))
                .collect();
            toml::from_str(&lines.join("\n")).unwrap()
        };
        let file = default_file();
        let (defaults, presets) = file.split_once("# ---- preset: ").unwrap();
        assert!(defaults.contains("\n#session.idle_timeout = "));
        assert!(uncommented(defaults) == Config::default());
        for (part, (name, text)) in presets.split("# ---- preset: ").zip(PRESETS) {
            assert!(part.starts_with(name));
            assert!(uncommented(part) == toml::from_str(text).unwrap(), "{name}");
        }
    }
}
