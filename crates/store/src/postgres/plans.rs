//! How the server finds the rows of the hot statements: by their keys, however large the tables are. `docs/postgresql-plans.md` shows
//! each plan; this keeps it true for the version of the server that it names.

use keyturn_testkit::postgres::Database;
use tokio_postgres::Client;

use super::{PostgresOptions, PostgresStore, changes, hot, session_commands, sessions};
use crate::sqlite::OpenMode;

/// The version of the server whose plans the page shows.
const SHOWN: i32 = 15;

const PAGE: &str = include_str!("../../../../docs/postgresql-plans.md");

/// Enough for the planner to prefer an index, and no two tables of one size.
const FILL: &str = "INSERT INTO users (id, subject, metadata, password_hash, state, permissions, created_at, updated_at, session_epoch)
        SELECT md5('u' || n)::uuid, n, '{}', '', 'active', '[]', now(), now(), 0 FROM generate_series(1, 5000) n;
    INSERT INTO sessions (id, user_id, epoch, nonce, refresh_key_id, generation, handed_at, seen_generation, attempt_id, delivery,
            started_at, last_activity_at, idle_timeout, ends_at)
        SELECT md5('s' || n)::uuid, md5('u' || (n % 5000 + 1))::uuid, 0, sha256(n::text::bytea), 0, 0, now(), 0, '', 'body',
            now(), now(), 0, now() FROM generate_series(1, 20000) n;
    INSERT INTO changes (at, kind, id) SELECT now(), 'account.created', gen_random_uuid() FROM generate_series(1, 20000);
    ANALYZE";

/// The statements by name, and how many values each takes. Those of the writer's own connection are planned with its settings.
const STATEMENTS: [(&str, &str, usize); 8] = [
    ("find a session", sessions::FIND, 1),
    ("lock what is free", hot::LOCK_FREE, 1),
    ("rotate", hot::ROTATE, 9),
    ("hand again", hot::HAND_AGAIN, 4),
    ("note activity", hot::NOTE_ACTIVITY, 4),
    ("end a session", session_commands::END, 7),
    ("lock what is to end", session_commands::LOCK_TO_END, 2),
    ("read changes", changes::READ, 2),
];

#[test]
fn hot_statements_find_rows_by_their_keys() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let database = Database::empty().await;
        let options = PostgresOptions::new(database.url());
        let store = PostgresStore::open(options, OpenMode::Migrate, None)
            .await
            .unwrap();
        store.close().await;
        let client = database.connect().await;
        client.batch_execute(FILL).await.unwrap();
        let setting = "SELECT current_setting('server_version_num')::int / 10000";
        let version: i32 = client.query_one(setting, &[]).await.unwrap().get(0);
        let mut lacking = String::new();
        for (name, sql, values) in STATEMENTS {
            let plan = plan(&client, sql, values).await;
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

/// The plan for any values, as a statement that was prepared once is run.
async fn plan(client: &Client, sql: &str, values: usize) -> String {
    let nulls = vec!["NULL"; values].join(", ");
    let prepare = format!("SET plan_cache_mode = force_generic_plan; PREPARE hot AS {sql}");
    client.batch_execute(&prepare).await.unwrap();
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE hot ({nulls})");
    let rows = client.query(&explain, &[]).await.unwrap();
    client.batch_execute("DEALLOCATE hot").await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}
