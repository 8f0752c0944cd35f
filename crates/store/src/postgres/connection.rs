//! How connections are set up: where to, how protected, how long anything may take.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::migrate::OpenError;
use super::options::PostgresOptions;
use super::rows::{Fault, Flaw};

/// What is added to a limit that the database keeps, before this side gives up by itself: for a network that swallows answers.
const GRACE: Duration = Duration::from_secs(2);

/// An idle connection is asked after this time whether it still stands, every `KEEPALIVE_INTERVAL`, and given up after
/// `KEEPALIVE_RETRIES` questions without an answer.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// Where connections lead, and how.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
    connect_timeout: Duration,
    answer_timeout: Duration,
    /// How long a statement waits for a lock.
    pub(super) lock_timeout: Duration,
}

/// A connection of a purpose of its own, outside the pool.
pub(super) struct Dedicated {
    pub(super) client: Client,
    /// Ends when the connection does.
    driver: JoinHandle<()>,
}

impl Dedicated {
    /// Waits until the connection is lost.
    pub(super) async fn lost(&mut self) {
        if let Err(error) = (&mut self.driver).await {
            tracing::error!(%error, "the task of a database connection failed");
        }
    }
}

/// Every statement finds its rows by an index, however few rows there were when it was planned; one that has none seems dear, and is not to be
/// compiled for it. Before what the URL says, which may differ.
const BY_KEYS: &str = "-c enable_seqscan=off -c jit=off";

impl Target {
    /// Reads the address.
    pub(super) fn of(options: &PostgresOptions) -> Result<Self, OpenError> {
        let (url, security) = separate_security(&options.url);
        let mut config: Config = url.parse().map_err(OpenError::Address)?;
        let (mode, roots) = protection(&config, &security)?;
        config
            .ssl_mode(mode)
            .application_name("keyturn")
            .connect_timeout(options.connect_timeout)
            .keepalives(true)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(KEEPALIVE_IDLE)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        let limits = [
            ("statement_timeout", options.statement_timeout),
            ("lock_timeout", options.lock_timeout),
            (
                "idle_in_transaction_session_timeout",
                options.idle_in_transaction_timeout,
            ),
        ];
        let given = config.get_options().unwrap_or_default();
        let mut settings = format!("{BY_KEYS} {given}");
        for (name, limit) in limits {
            settings.push_str(&format!(" -c {name}={}", limit.as_millis()));
        }
        config.options(settings);
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(client_config(roots)?),
            connect_timeout: options.connect_timeout,
            answer_timeout: options.statement_timeout + GRACE,
            lock_timeout: options.lock_timeout,
        })
    }

    /// The same with more settings of the session, each `-c name=value`.
    pub(super) fn with_settings(mut self, settings: &str) -> Self {
        let all = format!("{} {settings}", self.config.get_options().unwrap_or_default());
        self.config.options(all.trim());
        self
    }

    /// Connects. `wake` is told of every notification that the connection is sent.
    pub(super) async fn connect(&self, wake: Option<Arc<Notify>>) -> Result<Dedicated, Fault> {
        // The driver's own limit covers the socket; this one the greeting too, and it holds for each host of several.
        let limit = self.connect_timeout + GRACE;
        let (client, mut connection) = within(limit, self.config.connect(self.tls.clone())).await?;
        let driver = tokio::spawn(async move {
            loop {
                match std::future::poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(_))) => wake.iter().for_each(|wake| wake.notify_one()),
                    Some(Ok(AsyncMessage::Notice(notice))) => tracing::debug!(%notice, "the database says"),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => {
                        tracing::warn!(%error, "a database connection broke");
                        return;
                    }
                    None => return,
                }
            }
        });
        Ok(Dedicated { client, driver })
    }

    /// Waits for an answer no longer than a statement may take, and a little.
    pub(super) async fn answer<T, E>(&self, answer: impl Future<Output = Result<T, E>>) -> Result<T, Fault>
    where
        Fault: From<E>,
    {
        within(self.answer_timeout, answer).await
    }

    /// How long making a connection may take.
    pub(super) const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }
}

async fn within<T, E>(limit: Duration, answer: impl Future<Output = Result<T, E>>) -> Result<T, Fault>
where
    Fault: From<E>,
{
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => Ok(answer?),
        Err(elapsed) => Err(Fault::Unreachable(elapsed.into())),
    }
}

/// What the address says of its protection.
#[derive(Default)]
struct Security {
    mode: Option<String>,
    root: Option<String>,
}

/// Takes `sslmode` and `sslrootcert` out of a URL: the driver knows neither all modes nor certificates.
fn separate_security(url: &str) -> (String, Security) {
    let mut security = Security::default();
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), security);
    };
    let mut rest = Vec::new();
    for part in query.split('&') {
        match part.split_once('=') {
            Some(("sslmode", mode)) => security.mode = Some(mode.to_owned()),
            Some(("sslrootcert", path)) => security.root = Some(path.to_owned()),
            _ => rest.push(part),
        }
    }
    (format!("{base}?{}", rest.join("&")), security)
}

/// How the connection is protected, and by which authorities: `None` for those of the system.
fn protection(config: &Config, security: &Security) -> Result<(SslMode, Roots), OpenError> {
    let refuse = |mode: &str| {
        Err(OpenError::Unprotected {
            mode: mode.to_owned(),
        })
    };
    match security.mode.as_deref() {
        Some("verify-full" | "verify-ca" | "require") => {
            let root = security.root.clone();
            Ok((SslMode::Require, root.map_or(Roots::System, Roots::File)))
        }
        Some("disable") => Ok((SslMode::Disable, Roots::None)),
        None if is_local(config) && security.root.is_none() => Ok((SslMode::Disable, Roots::None)),
        None => {
            let root = security.root.clone();
            Ok((SslMode::Require, root.map_or(Roots::System, Roots::File)))
        }
        Some(other) => refuse(other),
    }
}

/// Who may sign the server's certificate.
enum Roots {
    None,
    System,
    File(String),
}

/// Whether every host is this one: a socket, or the loopback.
fn is_local(config: &Config) -> bool {
    let local_name = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(local_name)
        && config.get_hostaddrs().iter().all(|address| address.is_loopback())
}

fn client_config(roots: Roots) -> Result<ClientConfig, OpenError> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::None => {}
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
            if store.is_empty() {
                return Err(OpenError::Certificates("the system has none".into()));
            }
        }
        Roots::File(path) => add_from_file(&mut store, Path::new(&path)).map_err(OpenError::Certificates)?,
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Certificates(error.into()))?;
    Ok(config.with_root_certificates(store).with_no_client_auth())
}

fn add_from_file(store: &mut RootCertStore, path: &Path) -> Result<(), Flaw> {
    for certificate in CertificateDer::pem_file_iter(path)? {
        store.add(certificate?)?;
    }
    if store.is_empty() {
        return Err(format!("{} holds no certificate", path.display()).into());
    }
    Ok(())
}
