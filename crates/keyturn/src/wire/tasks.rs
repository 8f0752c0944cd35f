//! The task application in this process: its store beside ours, and its routes behind our walls.

use std::error::Error;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keyturn_core::ports::{Clock, Entropy};
use keyturn_core::service::Authenticated;
use keyturn_http::{Application, ApplicationCsrf};
use keyturn_store::{PostgresOptions, PostgresPool, postgres_pool};
use keyturn_tasks::{
    Inspection, Observer, PostgresTasks, RequestId, Schema, SqliteTasks, TaskPolicy, Tasks, Unobserved,
};
use keyturn_verifier::{Session, SessionContext};

use crate::adapters::entropy::SystemEntropy;
use crate::config::{Config, TasksCsrf};
use crate::failure::Failure;

const DATABASE: &str = "tasks.db";

/// What is added to the longest that a statement may take, before this side gives up by itself.
const GRACE: Duration = Duration::from_secs(2);

/// The use cases, and the store under them.
#[derive(Clone)]
pub(crate) struct OpenTasks {
    pub(crate) tasks: Tasks,
    pub(crate) store: Arc<dyn keyturn_tasks::Store>,
    pub(crate) observer: Arc<dyn Observer>,
}

impl OpenTasks {
    /// Tells this observer what becomes of them.
    pub(crate) fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        Self {
            tasks: self.tasks.observed_by(Arc::clone(&observer)),
            store: self.store,
            observer,
        }
    }
}

/// The file of the tasks, beside the embedded store.
pub(crate) fn embedded_path(config: &Config) -> PathBuf {
    config.data_dir.join(DATABASE)
}

/// Opens the tasks, in a file beside the embedded store or in a schema of the shared database, and brings them to this version's schema. `None`
/// where they are switched off.
pub(crate) async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Option<OpenTasks>, Failure> {
    if !config.tasks.enabled {
        return Ok(None);
    }
    let store = open_store(config).await?;
    let policy = TaskPolicy {
        retention: config.tasks.retention.0,
    };
    let tasks = Tasks::new(
        Arc::clone(&store),
        Arc::new(TheTime(clock)),
        Arc::new(SystemEntropy),
        policy,
    );
    let observer = Arc::new(Unobserved);
    Ok(Some(OpenTasks {
        tasks,
        store,
        observer,
    }))
}

/// The same for a command that migrates nothing. `None` where there are none yet, too.
pub(crate) async fn open_existing(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<Option<OpenTasks>, Failure> {
    if !config.tasks.enabled {
        return Ok(None);
    }
    match schema(config).await? {
        None => Ok(None),
        Some(found) if found.version < found.known => Err(Failure::Unavailable(format!(
            "the tasks are of version {}, this program needs {}: run `keyturn migrate`",
            found.version, found.known
        ))),
        Some(_) => open(config, clock).await,
    }
}

/// How far they are migrated. `None` where there are none yet.
async fn schema(config: &Config) -> Result<Option<Schema>, Failure> {
    let found = match Kept::of(config)? {
        Kept::Nowhere => return Ok(None),
        Kept::Shared(pool) => {
            let found = PostgresTasks::schema(&pool).await;
            found.map_err(|error| unavailable(&config.store.url, &error))?
        }
        Kept::Embedded(path) => {
            keyturn_tasks::schema(&path).map_err(|error| unavailable(&path.display(), &error))?
        }
    };
    Ok(Some(found).filter(|found| found.version > 0))
}

/// Looks them over without changing them. `None` where there are none yet.
pub(crate) async fn inspect(config: &Config) -> Result<Option<Inspection>, Failure> {
    let found = match Kept::of(config)? {
        Kept::Nowhere => return Ok(None),
        Kept::Shared(pool) => {
            let found = PostgresTasks::inspect(&pool).await;
            found.map_err(|error| unavailable(&config.store.url, &error))?
        }
        Kept::Embedded(path) => {
            keyturn_tasks::inspect(&path).map_err(|error| unavailable(&path.display(), &error))?
        }
    };
    Ok(Some(found).filter(|found| found.schema.version > 0))
}

/// Where they are, for a look at them.
enum Kept {
    /// There is no file yet.
    Nowhere,
    Embedded(PathBuf),
    Shared(PostgresPool),
}

impl Kept {
    fn of(config: &Config) -> Result<Self, Failure> {
        let Some(url) = config.store.url.expose() else {
            let path = embedded_path(config);
            return Ok(if path.exists() {
                Self::Embedded(path)
            } else {
                Self::Nowhere
            });
        };
        let pool = postgres_pool(&shared(config, url));
        let pool = pool.map_err(|error| unavailable(&config.store.url, &error))?;
        Ok(Self::Shared(pool))
    }
}

async fn open_store(config: &Config) -> Result<Arc<dyn keyturn_tasks::Store>, Failure> {
    let Some(url) = config.store.url.expose() else {
        let path = embedded_path(config);
        let store = SqliteTasks::open(&path).map_err(|error| unavailable(&path.display(), &error))?;
        return Ok(Arc::new(store));
    };
    let options = shared(config, url);
    let limit = options.connect_timeout + options.statement_timeout + GRACE;
    let failed = |error: &dyn Error| unavailable(&config.store.url, error);
    let pool = postgres_pool(&options).map_err(|error| failed(&error))?;
    let store = PostgresTasks::open(pool, limit).await;
    Ok(Arc::new(store.map_err(|error| failed(&error))?))
}

/// How the shared database is reached.
fn shared(config: &Config, url: &str) -> PostgresOptions {
    PostgresOptions {
        pool_size: config.store.pool_size,
        connect_timeout: config.store.connect_timeout.to_std(),
        statement_timeout: config.store.statement_timeout.to_std(),
        ..PostgresOptions::new(url)
    }
}

fn unavailable(place: &dyn Display, error: &dyn Error) -> Failure {
    Failure::Unavailable(format!("{place}: {error}"))
}

/// The routes, for the edge to serve.
pub(crate) fn application(config: &Config, open: &OpenTasks) -> Application {
    let csrf = match config.tasks.csrf {
        TasksCsrf::Origin => ApplicationCsrf::Origin,
        TasksCsrf::Token => ApplicationCsrf::Token,
    };
    let routes = keyturn_tasks::router(open.tasks.clone());
    let tasks = open.tasks.clone();
    Application::new(routes, csrf, introduce).checked_by(move || {
        let tasks = tasks.clone();
        Box::pin(async move { Ok(tasks.check().await?) })
    })
}

/// The session as a verifier would have found it, as the store says that it is now.
fn introduce(caller: &Authenticated, extensions: &mut axum::http::Extensions) {
    let account = &caller.family.account;
    let session = &caller.family.session;
    let ends_at = session.idle_ends_at().min(session.ends_at);
    let mut known = Session::new(&account.subject, session.id.0, ends_at.as_second());
    known.email = account.email.as_ref().map(ToString::to_string);
    known.permissions.clone_from(&account.permissions);
    extensions.insert(SessionContext::from(known));
    if let Some(id) = keyturn_http::request_id() {
        extensions.insert(RequestId(id.as_str().to_owned()));
    }
}

/// The time by which everything else is judged.
struct TheTime(Arc<dyn Clock>);

impl keyturn_tasks::Clock for TheTime {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl keyturn_tasks::Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        Entropy::fill(self, bytes);
    }
}
