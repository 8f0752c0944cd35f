//! How the engine finds the rows of what happens all the time, and of what administrators ask: by keys and indexes, however large the tables are.
//!
//! **The caveat**: it plans without statistics, as nothing ever collects any, so that a plan depends on the schema alone.

use keyturn_core::model::{AuditKind, UserId};
use keyturn_core::ports::AuditFilter;
use rusqlite::Connection;
use uuid::Uuid;

use super::{OpenMode, SqliteStore, audit, changes, connection, sessions, users};

/// Each statement by name, and how its rows are found.
fn expected() -> Vec<(&'static str, String, &'static [&'static str])> {
    let (id, all) = (UserId(Uuid::nil()), AuditFilter::default);
    let listing = |filter: &AuditFilter| audit::listing(filter).0;
    let by_account = AuditFilter {
        user_id: Some(id),
        ..all()
    };
    let by_kind = AuditFilter {
        kind: Some(AuditKind::UserState),
        ..all()
    };
    vec![
        (
            "find a session",
            sessions::FIND.to_owned(),
            &[
                "SEARCH sessions USING PRIMARY KEY (id=?)",
                "SEARCH users USING PRIMARY KEY (id=?)",
            ],
        ),
        (
            "read changes",
            changes::READ.to_owned(),
            &["SEARCH changes USING INTEGER PRIMARY KEY (rowid>?)"],
        ),
        (
            "find another administrator",
            users::ANOTHER_ADMINISTRATOR.to_owned(),
            &["SCAN users USING INDEX users_administrators"],
        ),
        (
            "forget addresses",
            audit::FORGET_ADDRESSES.to_owned(),
            &[
                "SEARCH audit_events USING INDEX audit_events_by_user (user_id=?)",
                "SEARCH audit_events USING INDEX audit_events_by_actor (actor_user_id=?)",
            ],
        ),
        (
            "what happened to an account",
            listing(&by_account),
            &["SEARCH audit_events USING INDEX audit_events_by_user (user_id=? AND id<?)"],
        ),
        (
            "what somebody did",
            listing(&AuditFilter {
                by: Some(id),
                ..all()
            }),
            &["SEARCH audit_events USING INDEX audit_events_by_actor (actor_user_id=? AND id<?)"],
        ),
        (
            "what of a kind happened",
            listing(&by_kind),
            &["SEARCH audit_events USING INDEX audit_events_by_kind (kind=? AND id<?)"],
        ),
    ]
}

#[test]
fn hot_statements_find_rows_by_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyturn.db");
    drop(SqliteStore::open(&path, OpenMode::Migrate, None).unwrap());
    let connection = connection::reading(&path).unwrap();
    for (name, sql, wanted) in expected() {
        let plan = plan(&connection, &sql);
        for step in wanted {
            assert!(
                plan.iter().any(|found| found == step),
                "{name} lacks {step}: {plan:?}"
            );
        }
    }
}

/// The steps of a plan for any values.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3));
    steps.unwrap().collect::<Result<_, _>>().unwrap()
}
