//! Kinds of values: durations with units, addresses that may be off, secrets that cannot be printed, lists that may come in one environment variable.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// A duration as people write it: `10s`, `30m`, `7d`, `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period(pub(crate) SignedDuration);

impl Period {
    /// For timers.
    pub(crate) fn to_std(self) -> std::time::Duration {
        self.0.unsigned_abs()
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hint =
            || format!("`{text}` is not a duration: write a number with a unit, like 10s, 30m, 12h or 7d");
        if text.trim() == "0" {
            return Ok(Self(SignedDuration::ZERO));
        }
        let span: Span = text.parse().map_err(|_| hint())?;
        let duration = span
            .to_duration(SpanRelativeTo::days_are_24_hours())
            .map_err(|_| hint())?;
        if duration.is_negative() {
            Err(format!("`{text}` is negative"))
        } else {
            Ok(Self(duration))
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if self.0.subsec_nanos() != 0 {
            return write!(f, "{}ms", self.0.as_millis());
        }
        let (amount, unit) = match seconds {
            0 => (0, "s"),
            s if s % 86_400 == 0 => (s / 86_400, "d"),
            s if s % 3_600 == 0 && s > 3_600 => (s / 3_600, "h"),
            s if s % 60 == 0 => (s / 60, "m"),
            s => (s, "s"),
        };
        write!(f, "{amount}{unit}")
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// A secret of the configuration: wiped when dropped, hidden when printed.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(hidden)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Zeroizing::new(String::deserialize(deserializer)?)))
    }
}

/// An address and port to listen on, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "off" | "" => Ok(Self(None)),
            address => match address.parse() {
                Ok(address) => Ok(Self(Some(address))),
                Err(_) => Err(format!(
                    "`{address}` is no address: write ADDRESS:PORT, like 127.0.0.1:8081, or off"
                )),
            },
        }
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(address) => serializer.collect_str(&address),
            None => serializer.serialize_str("off"),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// A list; one environment variable gives it comma-separated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct List(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or a text with commas")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List, E> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Ok(List(items.map(str::to_owned).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(List(items))
    }
}

/// How a kind of value is named in the reference.
macro_rules! described {
    ($kind:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

described!(Listen, "address", { "type": "string", "format": "address" });
described!(Period, "duration", { "type": "string", "format": "duration" });
described!(Secret, "secret", { "type": "string", "format": "secret" });
described!(List, "list", { "type": "array", "items": { "type": "string" } });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_and_written_as_people_write_them() {
        for (text, seconds, shown) in [
            ("10s", 10, "10s"),
            ("30m", 1_800, "30m"),
            ("60m", 3_600, "60m"),
            ("12h", 43_200, "12h"),
            ("7d", 604_800, "7d"),
            ("1h 30m", 5_400, "90m"),
            ("0s", 0, "0s"),
            ("0", 0, "0s"),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.0.as_secs(), seconds, "{text}");
            assert_eq!(period.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<Period>().unwrap(), period);
        }
    }

    #[test]
    fn a_listener_has_an_address_or_is_off() {
        let address: Listen = "127.0.0.1:0".parse().unwrap();
        assert_eq!(address.0.unwrap().port(), 0);
        for off in ["off", ""] {
            assert_eq!(off.parse(), Ok(Listen(None)));
        }
        for wrong in ["127.0.0.1", "8081", "on", "localhost:8081"] {
            assert!(
                wrong.parse::<Listen>().unwrap_err().contains("ADDRESS:PORT"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_no_period_is_refused_with_a_hint() {
        for text in ["", "30", "-5m", "soon", "5 parsecs", "1.5.2h"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
