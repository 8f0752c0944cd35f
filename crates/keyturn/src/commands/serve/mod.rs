//! `keyturn serve`: everything in one process.

mod greeting;
mod notice;
mod reload;
mod test_clock;

use std::io::IsTerminal;
use std::sync::Arc;

use keyturn_core::ports::Clock;
use keyturn_core::service::Live;
use keyturn_store::OpenMode;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use self::reload::Reload;
use super::output;
use crate::adapters::change_log::ChangeLog;
use crate::adapters::clock::{SystemClock, VirtualClock};
use crate::adapters::flush;
use crate::cli::{ServeArgs, SettingsArgs};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::lifecycle::Limits;
use crate::{lifecycle, secrets, wire};

pub(super) fn run(settings: &SettingsArgs, args: &ServeArgs) -> Result<(), Failure> {
    let config = configuration(settings, args)?;
    start_logging();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Fault(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(serve(config, settings, args))
}

/// What is configured now, checked: at start, and again at each SIGHUP.
fn configuration(settings: &SettingsArgs, args: &ServeArgs) -> Result<Config, Failure> {
    let mut config = super::loaded(settings)?;
    if let Some(listen) = &args.listen {
        config.http.listen = listen.parse().map_err(|_| {
            Failure::Usage(format!(
                "--listen {listen}: write ADDRESS:PORT, like 127.0.0.1:8080"
            ))
        })?;
    }
    config::check(&config)?;
    if args.virtual_clock && !(config::is_local(&config) && config.http.trusted_proxies.0.is_empty()) {
        let hint = "whoever moves the clock ends or prolongs sessions";
        return Err(Failure::Config(format!(
            "--virtual-clock is only for a loopback listener and public_url, without trusted proxies: {hint}"
        )));
    }
    Ok(config)
}

/// Logs to standard error; `KEYTURN_LOG` filters (`info` by default).
fn start_logging() {
    let filter =
        EnvFilter::try_from_env("KEYTURN_LOG").unwrap_or_else(|_| EnvFilter::new("info,refinery_core=warn"));
    let colour = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .init();
}

async fn serve(mut config: Config, settings: &SettingsArgs, args: &ServeArgs) -> Result<(), Failure> {
    let configured = config.clone();
    let edge = wire::edge(&config)?;
    let readiness = edge.readiness();
    let stopped = lifecycle::stop_signal().map_err(|error| Failure::Fault(error.to_string()))?;
    let hangups = lifecycle::reload_signal().map_err(|error| Failure::Fault(error.to_string()))?;
    let (socket, bound) = lifecycle::bind(config.http.listen, "http.listen or --listen").await?;
    config.http.listen = bound;
    let first_start = !secrets::secret_path(&config).exists();
    let virtual_clock = args
        .virtual_clock
        .then(|| Arc::new(VirtualClock::starting_at(SystemClock.now())));
    let clock: Arc<dyn Clock> = match &virtual_clock {
        Some(clock) => clock.clone(),
        None => Arc::new(SystemClock),
    };
    let live = Live::new(clock.clone(), config.revocation.max_staleness.0);
    let listener = Arc::new(ChangeLog(live.view.clone()));
    let store = wire::open_store(&config, OpenMode::Migrate, Some(listener))?;
    if let Err(error) = secrets::rotation::remove_leftovers(&config) {
        tracing::warn!(error = %error, "half-made secrets could not be removed");
    }
    let authority = Arc::new(wire::authority(
        &config,
        wire::ports(&config, store, clock)?,
        live,
    )?);
    let reload = Reload::new(configured, &config, edge, Arc::clone(&authority));
    let (routes, served) = watch::channel(reload.router());

    let (stop, stopping) = watch::channel(false);
    let ops = match virtual_clock {
        Some(clock) => Some(serve_ops(&config, clock, stopping.clone()).await?),
        None => None,
    };
    output::print(&greeting::lines(&config, first_start, ops))?;
    tokio::spawn(async move {
        stopped.await;
        tracing::info!("stopping: requests in flight are finished first");
        readiness.drain();
        stop.send_replace(true);
    });
    let flushing = flush::start(authority.clone(), stopping.clone());
    let limits = Limits::of(&config.http);
    tokio::select! {
        () = lifecycle::serve(socket, limits, served, stopping) => {}
        () = reload.at_each(hangups, routes, || configuration(settings, args)) => {}
    }
    flushing.abort();
    flush::flush(&authority).await;
    Ok(())
}

/// The ops listener; so far only the virtual clock needs it. Answers its address.
async fn serve_ops(
    config: &Config,
    clock: Arc<VirtualClock>,
    stopping: watch::Receiver<bool>,
) -> Result<std::net::SocketAddr, Failure> {
    if !config.ops.listen.ip().is_loopback() {
        return Err(Failure::Config(
            "--virtual-clock needs ops.listen on loopback".to_owned(),
        ));
    }
    let (listener, bound): (TcpListener, _) = lifecycle::bind(config.ops.listen, "ops.listen").await?;
    let limits = Limits::of(&config.http);
    let (_never_replaced, routes) = watch::channel(test_clock::router(clock));
    tokio::spawn(lifecycle::serve(listener, limits, routes, stopping));
    Ok(bound)
}
