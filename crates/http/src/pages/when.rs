//! Times as people read them. Without script nobody knows the reader's time zone, so that they are in UTC, and say so.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// A moment, for programs and in words.
#[derive(Serialize)]
pub(super) struct When {
    iso: String,
    words: String,
}

impl When {
    /// Day and minute.
    pub(super) fn exactly(at: Timestamp) -> Self {
        Self {
            iso: to_the_second(at),
            words: at.strftime("%-d %B %Y, %H:%M UTC").to_string(),
        }
    }

    /// How long ago, where that is less than two days.
    pub(super) fn ago(at: Timestamp, now: Timestamp) -> Self {
        match ago_words(now.duration_since(at)) {
            Some(words) => Self {
                iso: to_the_second(at),
                words,
            },
            None => Self::exactly(at),
        }
    }
}

fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn ago_words(past: SignedDuration) -> Option<String> {
    let plural = |count: i64, unit: &str| match count {
        1 => format!("1 {unit} ago"),
        _ => format!("{count} {unit}s ago"),
    };
    match past.as_secs() {
        ..60 => Some("just now".to_owned()),
        secs @ 60..3_600 => Some(plural(secs / 60, "minute")),
        secs @ 3_600..172_800 => Some(plural(secs / 3_600, "hour")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recent_past_is_told_in_words_and_the_rest_by_date() {
        let now: Timestamp = "2026-11-21T08:17:30.5Z".parse().unwrap();
        for (seconds, words) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3_599, "59 minutes ago"),
            (3_600, "1 hour ago"),
            (172_799, "47 hours ago"),
            (172_800, "19 November 2026, 08:17 UTC"),
        ] {
            let at = now - SignedDuration::from_secs(seconds);
            assert_eq!(When::ago(at, now).words, words, "{seconds}");
        }
        assert_eq!(When::exactly(now).iso, "2026-11-21T08:17:30Z");
    }
}
