//! The task application in this process: its store beside ours, and its routes behind our walls.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use keyturn_core::ports::{Clock, Entropy};
use keyturn_core::service::Authenticated;
use keyturn_http::{Application, ApplicationCsrf};
use keyturn_store::{PostgresOptions, postgres_pool};
use keyturn_tasks::{PostgresTasks, RequestId, SqliteTasks, TaskPolicy, Tasks};
use keyturn_verifier::{Session, SessionContext};

use crate::adapters::entropy::SystemEntropy;
use crate::config::{Config, TasksCsrf};
use crate::failure::Failure;

const DATABASE: &str = "tasks.db";

/// What is added to the longest that a statement may take, before this side gives up by itself.
const GRACE: std::time::Duration = std::time::Duration::from_secs(2);

/// The use cases, and the store under them.
#[derive(Clone)]
pub(crate) struct OpenTasks {
    pub(crate) tasks: Tasks,
    pub(crate) store: Arc<dyn keyturn_tasks::Store>,
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
    Ok(Some(OpenTasks { tasks, store }))
}

async fn open_store(config: &Config) -> Result<Arc<dyn keyturn_tasks::Store>, Failure> {
    let Some(url) = config.store.url.expose() else {
        let path = embedded_path(config);
        let store = SqliteTasks::open(&path)
            .map_err(|error| Failure::Unavailable(format!("{}: {error}", path.display())))?;
        return Ok(Arc::new(store));
    };
    let failed =
        |error: &dyn std::error::Error| Failure::Unavailable(format!("{}: {error}", config.store.url));
    let options = PostgresOptions {
        pool_size: config.store.pool_size,
        connect_timeout: config.store.connect_timeout.to_std(),
        statement_timeout: config.store.statement_timeout.to_std(),
        ..PostgresOptions::new(url)
    };
    let limit = options.connect_timeout + options.statement_timeout + GRACE;
    let pool = postgres_pool(&options).map_err(|error| failed(&error))?;
    let store = PostgresTasks::open(pool, limit).await;
    Ok(Arc::new(store.map_err(|error| failed(&error))?))
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
