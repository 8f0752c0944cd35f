//! Which store, and how it is reached.
//!
//! **The rule**: the password in a URL is a secret. It is never printed, logged or part of an error: only [`StoreUrl::expose`]
//! gives it, and what is shown instead hides everything that could be one, even in a URL that is written wrongly.

use std::fmt;

use jiff::SignedDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use super::values::Period;

/// Where accounts and sessions are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    /// `sqlite`, a file in `data_dir`; or `postgres://user:password@host/database`, which several nodes may share. Then `master_secret`
    /// must be set, to the same on all of them. Best given as `KEYTURN_STORE__URL_FILE`, since it holds a password.
    pub(crate) url: StoreUrl,
    /// PostgreSQL: connections of this node for everything but the hot writes, which have one of their own.
    pub(crate) pool_size: usize,
    /// PostgreSQL: a connection must be there after this long.
    pub(crate) connect_timeout: Period,
    /// PostgreSQL: the database gives up a statement after this long; then the answer is 503.
    pub(crate) statement_timeout: Period,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: StoreUrl::Sqlite,
            pool_size: 16,
            connect_timeout: Period(SignedDuration::from_secs(3)),
            statement_timeout: Period(SignedDuration::from_secs(3)),
        }
    }
}

/// Which store.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum StoreUrl {
    /// The embedded one.
    Sqlite,
    /// A PostgreSQL database.
    Postgres(Zeroizing<String>),
}

impl StoreUrl {
    /// The embedded store's name.
    const SQLITE: &str = "sqlite";
    const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

    /// The whole URL of a PostgreSQL database, its password included.
    pub(crate) fn expose(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(url) => Some(url),
        }
    }

    /// Whether this text holds a password, or what may be one.
    pub(crate) fn holds_password(text: &str) -> bool {
        text != Self::SQLITE && shown(text) != text
    }
}

/// A URL without what may be a password: all between the user's name and the last `@`, the value of every parameter that is named
/// after one, and a port that is no number.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "(hidden)".to_owned();
    };
    let (user, rest) = match rest.rsplit_once('@') {
        Some((user, rest)) => match user.split_once(':') {
            Some((name, _password)) => (format!("{name}:(hidden)@"), rest),
            None => (format!("{user}@"), rest),
        },
        None => (String::new(), rest),
    };
    let (place, parameters) = match rest.split_once('?') {
        Some((place, parameters)) => (place, Some(parameters)),
        None => (rest, None),
    };
    let host = place.split('/').next().unwrap_or_default();
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    if !port
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b',' || byte == b']')
    {
        return format!("{scheme}://(hidden)");
    }
    let parameters = parameters.map_or_else(String::new, |parameters| {
        let each = parameters.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _value)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=(hidden)"),
            _ => pair.to_owned(),
        });
        format!("?{}", each.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{user}{place}{parameters}")
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite => f.write_str(Self::SQLITE),
            Self::Postgres(url) => f.write_str(&shown(url)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for StoreUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    /// The text is not part of the error: it may hold a password.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        if text.as_str() == Self::SQLITE {
            Ok(Self::Sqlite)
        } else if Self::SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
            Ok(Self::Postgres(text))
        } else {
            Err(de::Error::custom(
                "store.url must be `sqlite` or begin with `postgres://`",
            ))
        }
    }
}

impl JsonSchema for StoreUrl {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "store url".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "URL" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown_however_the_url_is_written() {
        for (url, seen) in [
            ("postgres://kt:s3cret@db/kt", "postgres://kt:(hidden)@db/kt"),
            (
                "postgres://kt:s3c@ret@db:5432/kt",
                "postgres://kt:(hidden)@db:5432/kt",
            ),
            ("postgres://kt:s3/cret@db/kt", "postgres://kt:(hidden)@db/kt"),
            ("postgres://kt:s3?cret@db/kt", "postgres://kt:(hidden)@db/kt"),
            ("postgres://kt:s3#cret@db/kt", "postgres://kt:(hidden)@db/kt"),
            ("postgres://kt:s3cret", "postgres://(hidden)"),
            (
                "postgresql://db/kt?user=kt&password=s3cret&sslmode=require",
                "postgresql://db/kt?user=kt&password=(hidden)&sslmode=require",
            ),
            ("postgres://kt@db/kt", "postgres://kt@db/kt"),
            ("postgres://db-1,db-2:5433/kt", "postgres://db-1,db-2:5433/kt"),
            ("postgres://[::1]:5432/kt", "postgres://[::1]:5432/kt"),
            (
                "postgres://%2Frun%2Fpostgresql/kt",
                "postgres://%2Frun%2Fpostgresql/kt",
            ),
        ] {
            let shown = StoreUrl::Postgres(Zeroizing::new(url.to_owned())).to_string();
            assert_eq!(shown, seen);
            assert!(!shown.contains("s3c"), "{shown}");
            assert_eq!(StoreUrl::holds_password(url), seen.contains("(hidden)"), "{url}");
        }
    }

    #[test]
    fn what_is_no_store_is_refused_without_being_repeated() {
        for text in ["mysql://kt:s3cret@db/kt", "host=db password=s3cret", "", "Sqlite"] {
            let refused = serde_json::from_value::<StoreUrl>(text.into())
                .unwrap_err()
                .to_string();
            assert!(
                refused.contains("store.url") && !refused.contains("s3cret"),
                "{refused}"
            );
        }
    }
}
