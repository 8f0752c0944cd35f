//! Reading a JSON object strictly, for headers and claims.
//!
//! **The rule**: one object and nothing else; every name at most once, in nested objects too (RFC 7515 §4, RFC 7519 §4, RFC
//! 8725 §2.4); every string UTF-8, every number one that JSON's reader can hold, in parts that nobody asks for as well (RFC
//! 7519 §7.2 step 10, RFC 8725 §3.7). A list in the order of the fields is no object, although serde takes it for one.
//!
//! **The caveat**: nesting deeper than 127 is refused, as `serde_json` does by itself for what is not passed over.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Reads `T` from an object that keeps the rule.
pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice::<Object>(json)?;
    serde_json::from_slice(json)
}

/// An object of which nothing is kept but that it keeps the rule.
struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members).map(|()| Self)
    }
}

/// Any value of which nothing is kept but that it keeps the rule.
pub(crate) struct Value;

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything).map(|()| Self)
    }
}

/// A member's name, unescaped: `"\u0065xp"` is `exp`. Borrowed where nothing was escaped.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some((name, Value)) = members.next_entry::<Name<'de>, Value>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(())
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(Value) = items.next_element()? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        Members.visit_map(members)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    fn accepts(json: impl AsRef<[u8]>) -> bool {
        read::<IgnoredAny>(json.as_ref()).is_ok()
    }

    fn nested(depth: usize) -> String {
        format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn objects_of_everything_are_read() {
        for json in [
            "{}",
            " {\r\n\t} ",
            r#"{"a":[null,true,-1,18446744073709551615,1.5,"\ud83d\ude00",{"a":{"a":[]}}],"b":""}"#,
        ] {
            assert!(accepts(json), "{json}");
        }
        assert!(accepts(nested(126)));
    }

    #[test]
    fn what_is_refused() {
        let table: [(&str, &[u8]); 16] = [
            ("nothing", b""),
            ("a list", b"[]"),
            ("a text", b"\"{}\""),
            ("a null", b"null"),
            ("a byte order mark", b"\xef\xbb\xbf{}"),
            ("two objects", b"{}{}"),
            ("a comma too many", br#"{"a":1,}"#),
            ("a name twice", br#"{"a":1,"b":1,"a":1}"#),
            ("a name twice, once escaped", br#"{"a":1,"\u0061":1}"#),
            ("a name twice inside", br#"{"a":{"b":[{"c":1,"c":1}]}}"#),
            ("a name of half a surrogate pair", br#"{"\ud800":1}"#),
            ("a text of half a surrogate pair", br#"{"a":"\ud800"}"#),
            ("bytes that are no UTF-8", b"{\"a\":\"\xff\"}"),
            ("UTF-16", b"\xff\xfe{\0}\0"),
            ("a number beyond all floats", br#"{"a":1e400}"#),
            ("a number that is none", br#"{"a":NaN}"#),
        ];
        for (name, json) in table {
            assert!(!accepts(json), "{name}");
        }
        assert!(!accepts(nested(127)), "too deep");
        assert!(!accepts(nested(100_000)), "deep enough to overflow a stack");
    }
}
