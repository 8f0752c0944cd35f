//! What opening refuses, and in which words.

use futures::future::join_all;
use keyturn_core::model::{Delivery, EndReason};
use keyturn_core::ports::SessionStore;
use keyturn_store::{OpenMode, PostgresOpenError, PostgresOptions, PostgresStore};
use keyturn_testkit::fixtures::World;
use keyturn_testkit::postgres::Database;

use super::Place;
use crate::block_on;

async fn refused(url: String, mode: OpenMode) -> PostgresOpenError {
    let opened = PostgresStore::open(PostgresOptions::new(url), mode, None).await;
    opened.map(drop).unwrap_err()
}

/// The URL with something of it replaced.
fn with(place: &Database, from: &str, to: &str) -> String {
    let url = place.url().replace(from, to);
    assert_ne!(url, place.url());
    url
}

#[test]
fn nodes_that_start_together_on_an_empty_database_all_start() {
    block_on(async {
        let database = Database::empty().await;
        let nodes = (0..6)
            .map(|_| PostgresStore::open(PostgresOptions::new(database.url()), OpenMode::Migrate, None));
        for node in join_all(nodes).await {
            node.unwrap().close().await;
        }
    });
}

#[test]
fn an_older_and_a_newer_schema_are_refused() {
    block_on(async {
        let empty = Database::empty().await;
        let error = refused(empty.url().to_owned(), OpenMode::Existing).await;
        assert!(
            matches!(error, PostgresOpenError::Outdated { found: 0, .. }),
            "{error}"
        );

        let place = Place::new().await;
        let newer = "INSERT INTO refinery_schema_history SELECT 99, name, applied_on, checksum
            FROM refinery_schema_history WHERE version = 1";
        place.raw().await.batch_execute(newer).await.unwrap();
        for mode in [OpenMode::Existing, OpenMode::Migrate] {
            let error = refused(place.0.url().to_owned(), mode).await;
            assert!(
                matches!(error, PostgresOpenError::Newer { found: 99, .. }),
                "{error}"
            );
        }
    });
}

#[test]
fn what_is_wrong_with_the_address_is_said() {
    block_on(async {
        let database = Database::empty().await;
        let error = refused(
            with(&database, "postgres://keyturn:", "postgres://keyturn:x"),
            OpenMode::Migrate,
        )
        .await;
        assert!(matches!(error, PostgresOpenError::Refused(_)), "{error}");
        let error = refused(with(&database, database.name(), "nowhere"), OpenMode::Migrate).await;
        assert!(matches!(error, PostgresOpenError::Absent(_)), "{error}");
        let error = refused(
            "postgres://keyturn@127.0.0.1:1/keyturn".to_owned(),
            OpenMode::Migrate,
        )
        .await;
        assert!(matches!(error, PostgresOpenError::Unreachable(_)), "{error}");
        let error = refused(
            "postgres://keyturn@/keyturn?colour=red".to_owned(),
            OpenMode::Migrate,
        )
        .await;
        assert!(matches!(error, PostgresOpenError::Address(_)), "{error}");
        let error = refused(
            "postgres://keyturn@192.0.2.1/keyturn?sslmode=prefer".to_owned(),
            OpenMode::Migrate,
        )
        .await;
        assert!(matches!(error, PostgresOpenError::Unprotected { .. }), "{error}");
    });
}

#[test]
fn a_server_that_may_lose_or_refuse_writes_is_refused() {
    for (setting, expected) in [
        ("synchronous_commit = off", "synchronous_commit = off"),
        ("default_transaction_read_only = on", "takes no writes"),
    ] {
        block_on(async {
            let place = Place::new().await;
            let set = format!("ALTER DATABASE {} SET {setting}", place.0.name());
            place.raw().await.batch_execute(&set).await.unwrap();
            let error = refused(place.0.url().to_owned(), OpenMode::Existing).await;
            assert!(error.to_string().contains(expected), "{error}");
        });
    }
}

/// The URL of a role of its own, of which there are no leftovers.
async fn role(database: &Database, kind: &str) -> (String, String) {
    let role = format!("{}_{kind}", database.name());
    let create = format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN PASSWORD 'guest'");
    let admin = database.connect().await;
    admin.batch_execute(&create).await.unwrap();
    let (_, server) = database.url().split_once('@').unwrap();
    (format!("postgres://{role}:guest@{server}"), role)
}

#[test]
fn a_role_that_lacks_rights_is_told_which() {
    block_on(async {
        let place = Place::new().await;
        let (url, role) = role(&place.0, "guest").await;
        let grant = format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {role};
            GRANT SELECT, INSERT, UPDATE ON throttles, signing_keys TO {role};
            GRANT SELECT ON sessions, refinery_schema_history TO {role}"
        );
        place.raw().await.batch_execute(&grant).await.unwrap();
        let error = refused(url, OpenMode::Existing).await.to_string();
        for lacking in [
            "INSERT on sessions",
            "UPDATE on sessions",
            "DELETE on audit_events",
            "SELECT on changes",
        ] {
            assert!(error.contains(lacking), "{error}");
        }
        assert!(
            !error.contains("on users") && !error.contains("SELECT on sessions"),
            "{error}"
        );
        let remove = format!("DROP OWNED BY {role}; DROP ROLE {role}");
        place.raw().await.batch_execute(&remove).await.unwrap();
    });
}

#[test]
fn the_owner_migrates_another_role_serves_and_a_stranger_does_neither() {
    block_on(async {
        let database = Database::empty().await;
        let ((owner_url, owner), (url, role)) =
            (role(&database, "owner").await, role(&database, "serve").await);
        let admin = database.connect().await;
        let error = refused(url.clone(), OpenMode::Migrate).await;
        assert!(matches!(error, PostgresOpenError::Rights { .. }), "{error}");

        let own = format!("ALTER DATABASE {} OWNER TO {owner}", database.name());
        admin.batch_execute(&own).await.unwrap();
        let opened = PostgresStore::open(PostgresOptions::new(owner_url), OpenMode::Migrate, None).await;
        opened.unwrap().close().await;
        let grant = format!(
            "GRANT SELECT, INSERT, UPDATE ON throttles, secret_mark, signing_keys, sweep_turn TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions, audit_events, changes, one_time_tokens TO {role};
            GRANT SELECT, INSERT, DELETE ON service_credentials TO {role};
            GRANT SELECT ON refinery_schema_history TO {role}"
        );
        admin.batch_execute(&grant).await.unwrap();
        let opened = PostgresStore::open(PostgresOptions::new(url), OpenMode::Existing, None).await;
        let (store, world) = (opened.unwrap(), World::new(3));
        let ann = world.sign_up(&store, "ann").await.account;
        let session = world.sign_in(&store, &ann, Delivery::Body).await;
        let end = world.ending(&session, EndReason::SignedOut);
        store.end_session(end, world.now()).await.unwrap();
        store.close().await;

        let part = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        admin.execute(part, &[]).await.unwrap();
        let remove = format!(
            "ALTER DATABASE {} OWNER TO CURRENT_USER; DROP OWNED BY {role}, {owner}; DROP ROLE {role}, {owner}",
            database.name()
        );
        admin.batch_execute(&remove).await.unwrap();
    });
}

#[test]
fn an_encrypted_connection_needs_a_certificate_that_is_trusted_and_made_out_to_the_host() {
    block_on(async {
        let place = Place::new().await;
        let encrypted = |host: &str, rest: &str| {
            format!(
                "{}?sslmode=verify-full{rest}",
                place.0.url().replace("127.0.0.1", host)
            )
        };
        let root = format!("&sslrootcert={}", Database::root_certificate());
        let options = PostgresOptions::new(encrypted("localhost", &root));
        let store = PostgresStore::open(options, OpenMode::Existing, None)
            .await
            .unwrap();
        let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
            WHERE datname = current_database() AND application_name = 'keyturn' AND NOT ssl";
        let counted = place.raw().await.query_one(plain, &[]).await.unwrap();
        assert_eq!(counted.get::<_, i64>(0), 0);
        store.close().await;

        for url in [encrypted("localhost", ""), encrypted("127.0.0.1", &root)] {
            let error = refused(url, OpenMode::Existing).await;
            let expected = matches!(
                error,
                PostgresOpenError::Unreachable(_) | PostgresOpenError::Certificates(_)
            );
            assert!(expected, "{error}");
        }
    });
}
