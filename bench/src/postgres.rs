//! PostgreSQL alone: compare-and-swap updates of rows of a session's size, as one `UNNEST` statement a group, or one statement an
//! update. Every commit waits for the disk. No checks, no answers to anybody.

use std::env;
use std::future::Future;
use std::time::Duration;

use futures::future::join_all;
use tokio::runtime::Builder;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::SESSIONS;
use crate::stopwatch::{now, per_second};

/// How long each is measured.
const FOR: Duration = Duration::from_millis(1500);
/// Connections that send single statements, as many as a server's pool has.
const CONNECTIONS: usize = 16;

/// The URL of the cluster that `scripts/with-postgres` runs.
pub const CLUSTER: &str = "KEYTURN_TEST_POSTGRES";

const SCHEMA: &str = "
    DROP TABLE IF EXISTS raw_sessions;
    CREATE TABLE raw_sessions (
        id uuid PRIMARY KEY, generation bigint NOT NULL, handed_at timestamptz NOT NULL, rest bytea NOT NULL
    ) WITH (fillfactor = 50);";
const FILL: &str = "INSERT INTO raw_sessions
    SELECT lpad(to_hex(row), 32, '0')::uuid, 0, now(), decode(repeat('00', 280), 'hex') FROM generate_series(0, $1 - 1) AS row";
const BATCH: &str = "UPDATE raw_sessions AS s SET generation = s.generation + 1, handed_at = now()
    FROM unnest($1::uuid[], $2::bigint[]) AS asked (id, generation)
    WHERE s.id = asked.id AND s.generation = asked.generation";
const SINGLE: &str = "UPDATE raw_sessions SET generation = generation + 1, handed_at = now() WHERE id = $1 AND generation = $2";

/// Updates per second in durable statements of this size, one after the other.
pub fn unnest_rate(size: usize) -> f64 {
    block_on(async {
        let client = prepared().await;
        let statement = client.prepare(BATCH).await.expect("a statement");
        let ids: Vec<Uuid> = (0..SESSIONS).step_by(SESSIONS / size).map(id).collect();
        let begin = now();
        let mut groups = 0;
        while begin.elapsed() < FOR {
            let generations = vec![generation(groups); ids.len()];
            let updated = client.execute(&statement, &[&ids, &generations]).await;
            assert_eq!(updated.expect("an update"), ids.len() as u64);
            groups += 1;
        }
        per_second(groups * ids.len(), begin.elapsed())
    })
}

/// Updates per second in durable statements of one row, over several connections at once.
pub fn single_rate() -> f64 {
    block_on(async {
        drop(prepared().await);
        let clients = join_all((0..CONNECTIONS).map(|_| connect())).await;
        let begin = now();
        let updating = clients.iter().enumerate().map(|(row, client)| async move {
            let statement = client.prepare(SINGLE).await.expect("a statement");
            let mut updates = 0;
            while begin.elapsed() < FOR {
                let updated = client
                    .execute(&statement, &[&id(row), &generation(updates)])
                    .await;
                assert_eq!(updated.expect("an update"), 1);
                updates += 1;
            }
            updates
        });
        let updates: usize = join_all(updating).await.into_iter().sum();
        per_second(updates, begin.elapsed())
    })
}

/// A connection to a fresh table.
async fn prepared() -> Client {
    let client = connect().await;
    client.batch_execute(SCHEMA).await.expect("a table");
    let sessions = i32::try_from(SESSIONS).expect("few rows");
    client.execute(FILL, &[&sessions]).await.expect("rows");
    for tidying in ["VACUUM ANALYZE raw_sessions", "CHECKPOINT"] {
        client.batch_execute(tidying).await.expect("a tidy table");
    }
    client
}

async fn connect() -> Client {
    let url = env::var(CLUSTER).expect("run by scripts/with-postgres");
    let (client, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .expect("the cluster answers");
    tokio::spawn(connection);
    client
}

fn id(row: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(row).expect("few rows"))
}

fn generation(number: usize) -> i64 {
    i64::try_from(number).expect("few updates")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}
