//! How the server finds the rows of the hot statements, and of what administrators ask: by keys and indexes, however large the tables are. `docs/postgresql-plans.md` shows
//! each plan; this keeps it true for the version of the server that it names.

use keyturn_core::model::{AuditKind, UserId};
use keyturn_core::ports::AuditFilter;
use keyturn_testkit::postgres::Database;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    PostgresOptions, PostgresStore, audit, changes, hot, postgres_pool, session_commands, sessions,
    throttles, transfer, user_commands, users,
};
use crate::sqlite::OpenMode;

/// The version of the server whose plans the page shows.
const SHOWN: i32 = 15;

const PAGE: &str = include_str!("../../../../docs/postgresql-plans.md");

/// Enough for the planner to prefer an index, and no two tables of one size. Its statistics are of every row: of a sample, a plan is now this and now that.
const FILL: &str = r#"INSERT INTO users (id, subject, metadata, password_hash, state, permissions, created_at, updated_at, session_epoch)
        SELECT md5('u' || n)::uuid, n, '{}', '', 'active', '[]', now(), now(), 0 FROM generate_series(1, 5000) n;
    INSERT INTO sessions (id, user_id, epoch, nonce, refresh_key_id, generation, handed_at, seen_generation, attempt_id, delivery,
            started_at, last_activity_at, idle_timeout, ends_at)
        SELECT md5('s' || n)::uuid, md5('u' || (n % 5000 + 1))::uuid, 0, sha256(n::text::bytea), 0, 0, now(), 0, '', 'body',
            now(), now(), 0, now() FROM generate_series(1, 20000) n;
    UPDATE users SET permissions = '["admin"]' WHERE subject IN ('7', '4711');
    INSERT INTO audit_events (at, kind, user_id, session_id, detail, actor, actor_user_id)
        SELECT now(), CASE WHEN n % 10 > 0 THEN 'session.started' ELSE 'rare.' || n % 200 END, md5('u' || (n % 5000 + 1))::uuid,
            md5('s' || n)::uuid, '', 'person', CASE WHEN n % 100 = 0 THEN md5('u' || (n % 1000))::uuid END
        FROM generate_series(1, 50000) n;
    INSERT INTO changes (at, kind, id) SELECT now(), 'account.created', gen_random_uuid() FROM generate_series(1, 20000);
    SET default_statistics_target = 1000;
    ALTER TABLE users ALTER state SET STATISTICS 1000, ALTER permissions SET STATISTICS 1000;
    ANALYZE"#;

/// A statement by name, and how many values it takes.
type Named = (&'static str, &'static str, usize);

/// What finds rows of sessions and changes by their keys.
const BY_KEY: [Named; 8] = [
    ("find a session", sessions::FIND, 1),
    ("lock what is free", hot::LOCK_FREE, 1),
    ("rotate", hot::ROTATE, 9),
    ("hand again", hot::HAND_AGAIN, 4),
    ("note activity", hot::NOTE_ACTIVITY, 4),
    ("end a session", session_commands::END, 7),
    ("lock what is to end", session_commands::LOCK_TO_END, 2),
    ("read changes", changes::READ, 2),
];

/// What finds other rows.
const BY_INDEX: [Named; 3] = [
    ("find another administrator", users::ANOTHER_ADMINISTRATOR, 1),
    ("lock the administrators", user_commands::LOCK_ADMINISTRATORS, 0),
    ("forget addresses", audit::FORGET_ADDRESSES, 1),
];

/// What administrators look for in the audit log, by name, and the value that it is planned for.
fn looked_for() -> [(&'static str, AuditFilter, &'static str); 4] {
    let (id, all) = (UserId(Uuid::nil()), AuditFilter::default);
    let of_kind = |kind| AuditFilter {
        kind: Some(kind),
        ..all()
    };
    let of_account = AuditFilter {
        user_id: Some(id),
        ..all()
    };
    let by = AuditFilter {
        by: Some(id),
        ..all()
    };
    let ann = "md5('u100')::uuid";
    [
        ("what happened to an account", of_account, ann),
        ("what somebody did", by, ann),
        (
            "what of a rare kind happened",
            of_kind(AuditKind::UserState),
            "'rare.10'",
        ),
        (
            "what of a common kind happened",
            of_kind(AuditKind::SessionStarted),
            "'session.started'",
        ),
    ]
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(test);
}

/// A database with this version's tables, empty.
async fn migrated() -> Database {
    let database = Database::empty().await;
    let options = PostgresOptions::new(database.url());
    let store = PostgresStore::open(options, OpenMode::Migrate, None)
        .await
        .unwrap();
    store.close().await;
    database
}

#[test]
fn hot_statements_find_rows_by_their_keys() {
    block_on(async {
        let database = migrated().await;
        let client = database.connect().await;
        client.batch_execute(FILL).await.unwrap();
        let setting = "SELECT current_setting('server_version_num')::int / 10000";
        let version: i32 = client.query_one(setting, &[]).await.unwrap().get(0);
        let mut plans = Vec::new();
        for (name, sql, values) in BY_KEY.into_iter().chain(BY_INDEX) {
            plans.push((name, plan_for_any(&client, sql, values).await));
        }
        for (name, filter, value) in looked_for() {
            let given = format!("({}, 50, {value})", i64::MAX);
            let sql = audit::listing(&filter).0;
            plans.push((name, plan(&client, "force_custom_plan", &sql, &given).await));
        }
        let mut lacking = String::new();
        for (name, plan) in plans {
            assert!(!plan.contains("Seq Scan"), "{name} reads a whole table:\n{plan}");
            let shown = format!("## {name}\n\n```\n{plan}\n```\n");
            if !PAGE.contains(&shown) {
                lacking.push_str(&shown);
                lacking.push('\n');
            }
        }
        assert!(
            version != SHOWN || lacking.is_empty(),
            "the page lacks:\n{lacking}"
        );
    });
}

/// Statements are planned once, and stay so while an empty table grows.
#[test]
fn what_was_planned_while_the_tables_were_empty_goes_by_keys_too() {
    block_on(async {
        let database = migrated().await;
        let pool = postgres_pool(&PostgresOptions::new(database.url())).unwrap();
        let connection = pool.get().await.unwrap();
        let mut early = Vec::new();
        for (_, sql, values) in BY_KEY {
            early.push(plan_for_any(&connection, sql, values).await);
        }
        for (sql, values) in [(transfer::PRESENT, 4), (throttles::WRITE, 2)] {
            let plan = plan_for_any(&connection, sql, values).await;
            assert!(!plan.contains("Seq Scan"), "{sql} reads a whole table:\n{plan}");
        }
        connection.batch_execute(FILL).await.unwrap();
        for ((name, sql, values), early) in BY_KEY.into_iter().zip(early) {
            assert_eq!(plan_for_any(&connection, sql, values).await, early, "{name}");
        }
    });
}

/// The plan for any values, as a statement that was prepared once is run.
async fn plan_for_any(client: &Client, sql: &str, values: usize) -> String {
    let given = match values {
        0 => String::new(),
        _ => format!("({})", vec!["NULL"; values].join(", ")),
    };
    plan(client, "force_generic_plan", sql, &given).await
}

/// The plan of a statement that is given these values.
async fn plan(client: &Client, mode: &str, sql: &str, given: &str) -> String {
    let prepare = format!("SET plan_cache_mode = {mode}; PREPARE hot AS {sql}");
    client.batch_execute(&prepare).await.unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE hot {given}");
    let rows = client.query(&explain, &[]).await.unwrap();
    client.batch_execute("DEALLOCATE hot").await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}
