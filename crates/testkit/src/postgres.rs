//! A PostgreSQL database for one test, in the cluster that `scripts/with-postgres` has started for the run.
//!
//! **The rule**: a test makes its database with [`Database::create`] and keeps it; it is dropped with it, whoever is still connected.
//! Cloning a template that was migrated once is quicker than migrating.
//!
//! **The caveat**: without a cluster a test fails, and says how to run it. It is never skipped: what is not run holds nothing.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::{Client, NoTls};

/// The URL of a superuser.
const CLUSTER: &str = "KEYTURN_TEST_POSTGRES";

/// The certificate of the authority that the cluster's own is signed by, as a file.
const ROOT: &str = "KEYTURN_TEST_POSTGRES_ROOT";

/// Held while a template is looked for or made, by whichever test is first.
const TEMPLATE_LOCK: i64 = 0x6b65_7974_7465_7374;

/// Makes names within this process differ.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A database of its own, gone when this is dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// A copy of the template of this name. Where there is none, `migrate` makes it, in the database whose URL it is given; the name
    /// should therefore tell the version of the schema.
    pub async fn create<F: Future<Output = ()>>(template: &str, migrate: impl FnOnce(String) -> F) -> Self {
        let admin = connect(&cluster()).await;
        ensure_template(&admin, template, migrate).await;
        Self::copy_of(&admin, template).await
    }

    /// An empty database.
    pub async fn empty() -> Self {
        Self::copy_of(&connect(&cluster()).await, "template0").await
    }

    /// The URL of a superuser's connection to it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection beside the store, to look and to do damage.
    pub async fn connect(&self) -> Client {
        connect(&self.url).await
    }

    /// The file with the certificate that signs the cluster's own, which is made out to `localhost`.
    pub fn root_certificate() -> String {
        cluster_variable(ROOT)
    }

    async fn copy_of(admin: &Client, template: &str) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("keyturn_{}_{number}", std::process::id());
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        // A process of the same id may have been killed before it could drop its own.
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        admin.batch_execute(&drop).await.unwrap();
        admin.batch_execute(&create).await.unwrap();
        let url = url_of(&name);
        Self { name, url }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // On a thread of its own: the test may be inside a runtime, where nothing may wait.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime
                .unwrap()
                .block_on(async { connect(&cluster()).await.batch_execute(&drop).await })
        });
        let dropped = dropping.join();
        if !std::thread::panicking() {
            dropped
                .expect("the thread ends")
                .expect("the database is dropped");
        }
    }
}

async fn ensure_template<F: Future<Output = ()>>(
    admin: &Client,
    template: &str,
    migrate: impl FnOnce(String) -> F,
) {
    let lock = "SELECT pg_advisory_lock($1)";
    admin.execute(lock, &[&TEMPLATE_LOCK]).await.unwrap();
    let find = "SELECT 1 FROM pg_database WHERE datname = $1";
    if admin.query_opt(find, &[&template]).await.unwrap().is_none() {
        let draft = format!("{template}_draft");
        let drop = format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)");
        admin.batch_execute(&drop).await.unwrap();
        let create = format!("CREATE DATABASE {draft} TEMPLATE template0");
        admin.batch_execute(&create).await.unwrap();
        migrate(url_of(&draft)).await;
        let part = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        admin.execute(part, &[&draft]).await.unwrap();
        let name = format!("ALTER DATABASE {draft} RENAME TO {template}");
        admin.batch_execute(&name).await.unwrap();
    }
    let unlock = "SELECT pg_advisory_unlock($1)";
    admin.execute(unlock, &[&TEMPLATE_LOCK]).await.unwrap();
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the cluster of this run answers");
    tokio::spawn(connection);
    client
}

fn cluster() -> String {
    cluster_variable(CLUSTER)
}

fn cluster_variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("this test needs a PostgreSQL cluster: run by scripts/with-postgres"))
}

/// The cluster's URL with another database.
fn url_of(database: &str) -> String {
    let cluster = cluster();
    let (server, _) = cluster.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{database}")
}
