//! Databases for tests: cloned from a template that is made once, and dropped with what holds them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that fails by panicking is doing its work"
)]

use keyturn_testkit::postgres::Database;

async fn migrate(url: String) {
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute("CREATE TABLE made (number INTEGER)")
        .await
        .unwrap();
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(future)
}

#[test]
fn a_database_is_a_copy_of_its_template_and_gone_when_it_is_dropped() {
    block_on(async {
        let one = Database::create("keyturn_testkit_template", migrate).await;
        let two = Database::create("keyturn_testkit_template", |_| async { panic!("made once") }).await;
        assert_ne!(one.name(), two.name());
        let insert = "INSERT INTO made VALUES (1)";
        one.connect().await.batch_execute(insert).await.unwrap();
        let count = "SELECT count(*) FROM made";
        let beside = two.connect().await;
        assert_eq!(beside.query_one(count, &[]).await.unwrap().get::<_, i64>(0), 0);

        let name = one.name().to_owned();
        drop(one);
        let find = "SELECT count(*) FROM pg_database WHERE datname = $1";
        let left = beside.query_one(find, &[&name]).await.unwrap();
        assert_eq!(left.get::<_, i64>(0), 0);
    });
}
