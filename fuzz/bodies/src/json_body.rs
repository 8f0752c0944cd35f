//! JSON bodies: taken exactly where their schema takes them, and refused without repeating a value.
//!
//! Held against a table of the fields and a reader that keeps every field as it came, doubled ones too. The input is read as every
//! body of the API.

use std::collections::BTreeSet;
use std::fmt;

use keyturn_http::fuzzing::{self, BodyKind};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::Outcome;

/// What a field may hold.
#[derive(Clone, Copy)]
enum Takes {
    Text,
    TextOrNull,
    Delivery,
    Flag,
    Seconds,
}

type Field = (&'static str, Takes);

const SIGN_UP: &[Field] = &[
    ("email", Takes::Text),
    ("password", Takes::Text),
    ("username", Takes::TextOrNull),
    ("name", Takes::TextOrNull),
    ("delivery", Takes::Delivery),
    ("remember", Takes::Flag),
];

const SIGN_IN: &[Field] = &[
    ("email", Takes::TextOrNull),
    ("username", Takes::TextOrNull),
    ("identifier", Takes::TextOrNull),
    ("password", Takes::Text),
    ("delivery", Takes::Delivery),
    ("remember", Takes::Flag),
];

const REFRESH: &[Field] = &[
    ("refresh_token", Takes::TextOrNull),
    ("idle_seconds", Takes::Seconds),
];

/// Each body with its fields; those that are [`Takes::Text`] must be there.
const BODIES: [(BodyKind, &[Field]); 5] = [
    (BodyKind::SignUp, SIGN_UP),
    (BodyKind::SignIn, SIGN_IN),
    (BodyKind::Refresh, REFRESH),
    (BodyKind::SignOut, &[("refresh_token", Takes::TextOrNull)]),
    (BodyKind::Activity, &[("idle_seconds", Takes::Seconds)]),
];

/// The shortest value that is looked for in an answer: shorter ones are in our own words by chance.
const TELLING: usize = 16;

/// Reads the input as each body.
pub fn run(input: &[u8]) -> Outcome {
    let fields = serde_json::from_slice::<Fields>(input).ok();
    let taken = BODIES.map(|(kind, known)| {
        let answer = fuzzing::body(kind, input);
        let expected = fields.as_ref().is_some_and(|fields| fields.suit(known));
        assert_eq!(answer.is_ok(), expected, "{kind:?}: {answer:?}");
        if let (Err((_, detail)), Some(fields)) = (answer, &fields) {
            fields.stay_unsaid(&detail);
        }
        expected
    });
    taken.contains(&true).into()
}

/// An object, field by field.
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn suit(&self, known: &[Field]) -> bool {
        let names: BTreeSet<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        let each_known = self.0.iter().all(|(name, value)| {
            let field = known.iter().find(|(known, _)| known == name);
            field.is_some_and(|(_, takes)| suits(*takes, value))
        });
        let all_there = known
            .iter()
            .all(|(name, takes)| !matches!(takes, Takes::Text) || names.contains(name));
        names.len() == self.0.len() && each_known && all_there
    }

    /// Names may be repeated: which of them is wrong has to be told.
    fn stay_unsaid(&self, detail: &str) {
        for text in self.0.iter().filter_map(|(_, value)| value.as_str()) {
            let telling = text.len() >= TELLING && !self.0.iter().any(|(name, _)| name.contains(text));
            let ours = format!("`delivery` is `cookie`, `hybrid` or `body` {EXPECTATIONS}").contains(text);
            assert!(!telling || ours || !detail.contains(text), "{text} in: {detail}");
        }
    }
}

/// What our own answers say of fields, which a value may be by chance.
const EXPECTATIONS: &str = "a value has the wrong type: expected a string a boolean a JSON number seconds are whole and at most 4294967295 \
     unknown field missing field duplicate field, expected one of `email`, `username`, `identifier`, `password`, `delivery`, `remember` \
     `refresh_token` or `idle_seconds` at line 1 column";

fn suits(takes: Takes, value: &Value) -> bool {
    match (takes, value) {
        (Takes::Text | Takes::TextOrNull, Value::String(_))
        | (Takes::TextOrNull | Takes::Delivery | Takes::Seconds, Value::Null)
        | (Takes::Flag, Value::Bool(_)) => true,
        (Takes::Delivery, Value::String(name)) => ["cookie", "hybrid", "body"].contains(&name.as_str()),
        (Takes::Seconds, Value::Number(number)) => number
            .as_f64()
            .is_some_and(|number| (0.0..=4_294_967_295.0).contains(&number) && number.fract() == 0.0),
        _ => false,
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AsTheyCame)
    }
}

struct AsTheyCame;

impl<'de> Visitor<'de> for AsTheyCame {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}
