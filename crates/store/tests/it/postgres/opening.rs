//! What opening refuses, and in which words.

use futures::future::join_all;
use keyturn_store::{OpenMode, PostgresOpenError, PostgresOptions, PostgresStore};
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

#[test]
fn a_role_that_lacks_rights_is_told_which() {
    block_on(async {
        let place = Place::new().await;
        let role = format!("{}_guest", place.0.name());
        let raw = place.raw().await;
        let create = format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'guest'; GRANT SELECT, INSERT, UPDATE ON users, throttles TO {role};
            GRANT SELECT ON sessions, refinery_schema_history TO {role}"
        );
        raw.batch_execute(&create).await.unwrap();
        let (_, server) = place.0.url().split_once('@').unwrap();
        let url = format!("postgres://{role}:guest@{server}");
        let error = refused(url.clone(), OpenMode::Existing).await.to_string();
        assert!(
            error.contains("sessions (") && error.contains("changes (") && !error.contains("users ("),
            "{error}"
        );

        let empty = Database::empty().await;
        let url = url.replace(place.0.name(), empty.name());
        let error = refused(
            url.replace(&format!("{}_guest", empty.name()), &role),
            OpenMode::Migrate,
        )
        .await;
        assert!(matches!(error, PostgresOpenError::Rights { .. }), "{error}");
        let remove = format!("DROP OWNED BY {role}; DROP ROLE {role}");
        raw.batch_execute(&remove).await.unwrap();
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
