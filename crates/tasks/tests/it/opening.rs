//! Opening a file or a database: created, migrated, refused where it is newer, and rights that lack are named.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use jiff::Timestamp;
use keyturn_tasks::{OpenError, PostgresOpenError, PostgresTasks, SqliteTasks, inspect};
use keyturn_testkit::postgres::Database;

use crate::places::{block_on, open, pool};

#[test]
fn a_file_is_made_for_its_owner_alone_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.db");
    for _ in 0..2 {
        drop(SqliteTasks::open(&path).unwrap());
    }
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.db");
    drop(SqliteTasks::open(&path).unwrap());
    let newer = "INSERT INTO refinery_schema_history SELECT 99, name, applied_on, checksum FROM refinery_schema_history";
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute(newer, [])
        .unwrap();
    let refused = SqliteTasks::open(&path).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
}

#[test]
fn a_look_at_a_file_tells_its_version_its_damage_and_what_waits_for_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.db");
    assert!(inspect(&path).is_err());
    drop(SqliteTasks::open(&path).unwrap());
    let before = std::fs::read(&path).unwrap();
    let fresh = inspect(&path).unwrap();
    assert_eq!(
        (fresh.schema.version, fresh.first_end),
        (fresh.schema.known, None)
    );
    assert_eq!(fresh.damage, Vec::<String>::new());
    assert_eq!(std::fs::read(&path).unwrap(), before, "looking changes nothing");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let deleted = "INSERT INTO deleted_tasks VALUES ('ann', zeroblob(16), '{}', 'ann', 1, 7000000),
        ('bob', zeroblob(16), '{}', 'bob', 1, 5000000)";
    connection.execute(deleted, []).unwrap();
    let waiting = inspect(&path).unwrap().first_end;
    assert_eq!(waiting, Some(Timestamp::from_second(5).unwrap()));
    // An index that lacks a row of its table.
    let break_it = "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, '(restorable_until)', '(deleted_at)') WHERE name = 'deleted_tasks_by_end'";
    connection.execute_batch(break_it).unwrap();
    drop(connection);
    let damaged = inspect(&path).unwrap();
    assert!(!damaged.damage.is_empty());
    assert_eq!(damaged.first_end, None);
    std::fs::write(&path, "no database ".repeat(1_000)).unwrap();
    assert!(inspect(&path).is_err());
}

#[test]
fn a_look_at_a_database_tells_its_version_and_what_waits_for_a_sweep() {
    block_on(async {
        let database = Database::empty().await;
        let pool = pool(database.url());
        let nothing = PostgresTasks::inspect(&pool).await.unwrap();
        assert_eq!((nothing.schema.version, nothing.first_end), (0, None));
        drop(open(database.url()).await);
        let fresh = PostgresTasks::inspect(&pool).await.unwrap();
        assert_eq!(
            (fresh.schema.version, fresh.first_end),
            (fresh.schema.known, None)
        );
        let deleted = "INSERT INTO tasks.deleted_tasks VALUES ('ann', gen_random_uuid(), '{}', 'ann', now(), to_timestamp(7)),
            ('bob', gen_random_uuid(), '{}', 'bob', now(), to_timestamp(5))";
        let client = database.connect().await;
        client.execute(deleted, &[]).await.unwrap();
        let waiting = PostgresTasks::inspect(&pool).await.unwrap().first_end;
        assert_eq!(waiting, Some(Timestamp::from_second(5).unwrap()));
    });
}

#[test]
fn nodes_that_open_an_empty_database_together_all_do() {
    block_on(async {
        let database = Database::empty().await;
        let opening = (0..4).map(|_| open(database.url()));
        for store in crate::suite::join_all(opening).await {
            drop(store);
        }
        // Beside the authority's tables: nothing of it lies outside the schema.
        let outside = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        let row = database.connect().await.query_one(outside, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0);
    });
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    block_on(async {
        let database = Database::empty().await;
        drop(open(database.url()).await);
        let newer = "INSERT INTO tasks.refinery_schema_history
            SELECT 99, name, applied_on, checksum FROM tasks.refinery_schema_history";
        database.connect().await.execute(newer, &[]).await.unwrap();
        let refused = PostgresTasks::open(pool(database.url()), Duration::from_secs(5)).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, PostgresOpenError::Newer { found: 99, .. }),
            "{refused}"
        );
    });
}

#[test]
fn a_right_that_lacks_is_named() {
    block_on(async {
        let database = Database::empty().await;
        drop(open(database.url()).await);
        let role = format!("{}_role", database.name());
        let admin = database.connect().await;
        let grant = format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA tasks TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tasks TO {role};
             REVOKE DELETE ON tasks.deleted_tasks FROM {role}"
        );
        admin.batch_execute(&grant).await.unwrap();
        let (_, rest) = database.url().split_once('@').unwrap();
        let url = format!("postgres://{role}:r@{rest}");
        let open = || PostgresTasks::open(pool(&url), Duration::from_secs(5));
        let refused = open().await.unwrap_err();
        let is_named = matches!(&refused, PostgresOpenError::Rights { lacking } if lacking == "DELETE on tasks.deleted_tasks");
        assert!(is_named, "{refused}");
        let granted = format!("GRANT DELETE ON tasks.deleted_tasks TO {role}");
        admin.batch_execute(&granted).await.unwrap();
        open().await.unwrap();
        let tidy = format!("DROP OWNED BY {role}; DROP ROLE {role}");
        admin.batch_execute(&tidy).await.unwrap();
    });
}
