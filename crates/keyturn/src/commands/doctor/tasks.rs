//! The tasks beside the accounts: whether they can be used, and whether what is past its time goes.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::ports::Clock;
use keyturn_tasks::{Inspection, Schema};

use super::{Finding, local};
use crate::adapters::clock::SystemClock;
use crate::config::{Config, StoreUrl};
use crate::wire::tasks;

const CHECK: &str = "tasks";

/// Sweeps that may be missed before that is worth a word: one may be under way.
const MISSED: i32 = 2;

pub(super) async fn examine(config: &Config) -> Finding {
    if !config.tasks.enabled {
        return Finding::ok(CHECK, "off: tasks.enabled is false");
    }
    let is_embedded = config.store.url == StoreUrl::Sqlite;
    let path = tasks::embedded_path(config);
    if is_embedded
        && let Ok(mode) = local::mode(&path)
        && mode & 0o077 != 0
    {
        let found = format!("others can read {} (mode {mode:o})", path.display());
        return Finding::fail(CHECK, found, format!("chmod 600 {}", path.display()));
    }
    match tasks::inspect(config).await {
        Ok(None) => Finding::warn(CHECK, "there is no place for them yet", "the next start makes it"),
        Ok(Some(found)) => judge(&found, config.retention.every.0, SystemClock.now()),
        Err(failure) if is_embedded => {
            Finding::fail(CHECK, failure.to_string(), "restore a backup: `keyturn restore`")
        }
        Err(failure) => Finding::fail(CHECK, failure.to_string(), "no node starts so"),
    }
}

/// What was found, where a server sweeps so often.
fn judge(found: &Inspection, every: SignedDuration, now: Timestamp) -> Finding {
    let Schema { version, known } = found.schema;
    if let Some(damage) = found.damage.first() {
        let said = format!("they are damaged: {damage}");
        return Finding::fail(CHECK, said, "restore a backup: `keyturn restore`");
    }
    if version > known {
        let said = format!("schema {version} is newer than this program");
        return Finding::fail(CHECK, said, "use a newer keyturn");
    }
    if version < known {
        let said = format!("schema {version} is older than this program");
        return Finding::warn(CHECK, said, "the next start or `keyturn migrate` migrates it");
    }
    let overdue = |end: &Timestamp| now.duration_since(*end) > every.saturating_mul(MISSED);
    if let Some(end) = found.first_end.filter(overdue) {
        let said = format!("deleted tasks that were kept until {end:.0} are still there");
        let advice = "a running server sweeps them (retention.every), and its log says why it can't; `keyturn sweep` does it once";
        return Finding::warn(CHECK, said, advice);
    }
    Finding::ok(CHECK, format!("schema {version} is current, no sweep is overdue"))
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn what_is_found_is_judged_by_damage_version_and_time() {
        let hour = SignedDuration::from_hours(1);
        let now = Timestamp::from_second(1_767_225_600).unwrap();
        let sound = Inspection {
            schema: Schema { version: 3, known: 3 },
            damage: Vec::new(),
            first_end: None,
        };
        let ends = |hours_ago: i64| Inspection {
            first_end: Some(now - hour * i32::try_from(hours_ago).unwrap()),
            ..sound.clone()
        };
        let damaged = Inspection {
            damage: vec!["row 7 missing from index".to_owned()],
            ..sound.clone()
        };
        let of_version = |version| Inspection {
            schema: Schema { version, known: 3 },
            ..sound.clone()
        };
        for (what, found, level) in [
            ("sound", sound.clone(), Level::Ok),
            ("kept for a day more", ends(-24), Level::Ok),
            ("the next sweep is due", ends(2), Level::Ok),
            ("sweeps were missed", ends(3), Level::Warn),
            ("an older schema", of_version(2), Level::Warn),
            ("a newer schema", of_version(4), Level::Fail),
            ("damage", damaged, Level::Fail),
        ] {
            assert_eq!(judge(&found, hour, now).level, level, "{what}");
        }
    }
}
