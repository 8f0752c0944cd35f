//! Points in time as databases and frameworks write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Integers from here on count milliseconds, smaller ones seconds: the one is March 1973, the other the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Reads RFC 3339, the same with a space and without a zone (then it is UTC), or an integer since 1970. In whole microseconds.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    let at = match value {
        Value::String(text) => of_text(text)?,
        Value::Number(number) => of_integer(number.as_i64()?)?,
        _ => return None,
    };
    Timestamp::from_microsecond(at.as_microsecond()).ok()
}

fn of_text(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse() {
        return of_integer(number);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

fn of_integer(number: i64) -> Option<Timestamp> {
    if number.abs() >= MILLISECONDS_FROM {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}
