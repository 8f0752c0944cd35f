//! Fields that serde alone would read differently from what the API's description says.
//!
//! **The rule**: what a field takes is what its schema takes, and what is wrong with a value is said without the value.

use keyturn_core::model::{AccountState, Delivery};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use super::StartedAs;

/// A delivery by its name alone: serde would also take an object with the name as its key, and repeat a name that it does not know.
pub(super) fn delivery<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Delivery>, D::Error> {
    let name = Option::<String>::deserialize(value)?;
    let delivery = name.map(|name| name.parse()).transpose();
    delivery.map_err(|_| D::Error::custom("`delivery` is `cookie`, `hybrid` or `body`"))
}

/// An account's state by its name alone, likewise.
pub(super) fn account_state<'de, D: Deserializer<'de>>(value: D) -> Result<AccountState, D::Error> {
    let name = String::deserialize(value)?;
    name.parse()
        .map_err(|_| D::Error::custom("`state` is `pending`, `active`, `inactive` or `suspended`"))
}

/// What a service is given, likewise.
pub(super) fn started_as<'de, D: Deserializer<'de>>(value: D) -> Result<StartedAs, D::Error> {
    match String::deserialize(value)?.as_str() {
        "body" => Ok(StartedAs::Body),
        "code" => Ok(StartedAs::Code),
        _ => Err(D::Error::custom("`delivery` is `body` or `code`")),
    }
}

/// A field that may be left out, and otherwise has a value.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// A field that may be left out, and otherwise has a value or is `null`.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A parameter of a form: one without a value counts as left out (RFC 6749 §3.2).
pub(super) fn filled<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(value)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// Whole seconds, 0 to 4294967295. JSON has one kind of number: `5.0` is as whole as `5` (JSON Schema 2020-12, 4.2.3).
pub(super) fn whole_seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(value)? else {
        return Ok(None);
    };
    let whole = match number.as_u64() {
        Some(whole) => u32::try_from(whole).ok(),
        None => number.as_f64().and_then(whole),
    };
    let seconds = whole.ok_or_else(|| D::Error::custom("seconds are whole and at most 4294967295"))?;
    Ok(Some(seconds))
}

fn whole(number: f64) -> Option<u32> {
    let range = 0.0..=f64::from(u32::MAX);
    (range.contains(&number) && number.fract() == 0.0).then_some(number as u32)
}

#[cfg(test)]
mod tests {
    use serde_json::from_str;

    use crate::shapes::{ActivityBody, SignInBody};

    #[test]
    fn seconds_are_whole_however_they_are_written() {
        for (text, seconds) in [
            ("{}", Some(None)),
            (r#"{"idle_seconds":null}"#, Some(None)),
            (r#"{"idle_seconds":0}"#, Some(Some(0))),
            (r#"{"idle_seconds":-0}"#, Some(Some(0))),
            (r#"{"idle_seconds":205.0}"#, Some(Some(205))),
            (r#"{"idle_seconds":2e2}"#, Some(Some(200))),
            (r#"{"idle_seconds":4294967295}"#, Some(Some(u32::MAX))),
            (r#"{"idle_seconds":4294967295.0}"#, Some(Some(u32::MAX))),
            (r#"{"idle_seconds":4294967296}"#, None),
            (r#"{"idle_seconds":4294967296.0}"#, None),
            (r#"{"idle_seconds":1e300}"#, None),
            (r#"{"idle_seconds":0.5}"#, None),
            (r#"{"idle_seconds":-1}"#, None),
            (r#"{"idle_seconds":-1.0}"#, None),
            (r#"{"idle_seconds":"5"}"#, None),
            (r#"{"idle_seconds":true}"#, None),
            (r#"{"idle_seconds":1,"idle_seconds":1}"#, None),
        ] {
            let read = from_str::<ActivityBody>(text).ok().map(|body| body.idle_seconds);
            assert_eq!(read, seconds, "{text}");
        }
    }

    #[test]
    fn a_delivery_is_a_name_and_no_other_name_is_repeated() {
        let read = |delivery: &str| {
            let body = format!(r#"{{"email":"a","password":"b","delivery":{delivery}}}"#);
            from_str::<SignInBody>(&body).map(|body| body.delivery.map(|delivery| delivery.as_str()))
        };
        assert_eq!(read(r#""hybrid""#).unwrap(), Some("hybrid"));
        assert_eq!(read("null").unwrap(), None);
        for refused in [
            r#"{"hybrid":null}"#,
            r#""hunter2""#,
            r#"["hybrid"]"#,
            "1",
            r#""Hybrid""#,
        ] {
            let error = read(refused).unwrap_err();
            assert!(error.is_data(), "{refused}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
