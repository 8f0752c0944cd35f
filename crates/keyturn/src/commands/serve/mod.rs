//! `keyturn serve`: everything in one process.

mod demo;
mod greeting;
mod notice;
mod ops;
mod reload;
mod test_clock;

use std::sync::Arc;

use keyturn_core::model::Origin;
use keyturn_core::ports::Clock;
use keyturn_core::service::{Authority, Live, Ports};
use keyturn_store::{OpenMode, WriterMetrics};
use keyturn_tasks::Departures;
use metrics::Recorder;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::demo::{Demo, DemoFolder};
use self::ops::{Ops, Shown};
use self::reload::Reload;
use super::output;
use crate::adapters::change_log::ChangeLog;
use crate::adapters::clock::{SystemClock, VirtualClock};
use crate::adapters::departures::{Departing, OwnAccounts};
use crate::adapters::mail::Post;
use crate::adapters::metrics::{
    ConnectionMetrics, HashMetrics, MailMetrics, Outcomes, SessionEnds, SweepMetrics, TaskMetrics,
};
use crate::adapters::sweeper::{self, Sweeper};
use crate::adapters::task_upkeep::{self, TaskUpkeep};
use crate::adapters::{flush, key_reload, open_files};
use crate::cli::{ServeArgs, SettingsArgs};
use crate::config::{self, Config, StoreUrl};
use crate::failure::Failure;
use crate::lifecycle::Limits;
use crate::wire::store::{self, Clocks, Hearers};
use crate::wire::tasks::{self, OpenTasks};
use crate::{lifecycle, logging, secrets, wire};

pub(super) fn run(settings: &SettingsArgs, args: &ServeArgs) -> Result<(), Failure> {
    let folder = args.demo.then(DemoFolder::make).transpose()?;
    let config = configuration(settings, args, folder.as_ref())?;
    logging::start(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Fault(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(serve(config, settings, args, folder.as_ref()))
}

/// What is configured now, checked: at start, and again at each SIGHUP.
fn configuration(
    settings: &SettingsArgs,
    args: &ServeArgs,
    demo: Option<&DemoFolder>,
) -> Result<Config, Failure> {
    let mut config = super::loaded(settings)?;
    if let Some(listen) = &args.listen {
        config.http.listen = listen.parse().map_err(|_| {
            Failure::Usage(format!(
                "--listen {listen}: write ADDRESS:PORT, like 127.0.0.1:8080"
            ))
        })?;
    }
    if let Some(folder) = demo {
        folder.configure(&mut config)?;
    }
    config::check(&config)?;
    if args.virtual_clock && !(config::is_local(&config) && config.http.trusted_proxies.0.is_empty()) {
        let hint = "whoever moves the clock ends or prolongs sessions";
        return Err(Failure::Config(format!(
            "--virtual-clock is only for a loopback listener and public_url, without trusted proxies: {hint}"
        )));
    }
    if args.virtual_clock
        && !config
            .ops
            .listen
            .0
            .is_some_and(|listen| listen.ip().is_loopback())
    {
        return Err(Failure::Config(
            "--virtual-clock needs ops.listen on loopback".to_owned(),
        ));
    }
    Ok(config)
}

async fn serve(
    mut config: Config,
    settings: &SettingsArgs,
    args: &ServeArgs,
    folder: Option<&DemoFolder>,
) -> Result<(), Failure> {
    let configured = config.clone();
    let stopped = lifecycle::stop_signal().map_err(|error| Failure::Fault(error.to_string()))?;
    let hangups = lifecycle::reload_signal().map_err(|error| Failure::Fault(error.to_string()))?;
    open_files::raise_limit(config.http.max_connections);
    let setting = if args.demo {
        demo::LISTENS_BY
    } else {
        "http.listen or --listen"
    };
    let (socket, bound) = lifecycle::bind(config.http.listen, setting).await?;
    config.http.listen = bound;
    let ops = Ops::bind(&config).await?;
    let recorder = ops::recorder(ops.as_ref());
    let edge = wire::edge(&config)?.measured_by(recorder);
    let readiness = edge.readiness();
    let feed = edge.feed();
    let connections = ConnectionMetrics::register(recorder);
    let sweeps = SweepMetrics::register(recorder);
    let first_start = !secrets::secret_path(&config).exists();
    let virtual_clock = match args {
        ServeArgs { demo: true, .. } => Some(Arc::new(VirtualClock::running())),
        ServeArgs {
            virtual_clock: true, ..
        } => Some(Arc::new(VirtualClock::starting_at(SystemClock.now()))),
        _ => None,
    };
    let clocks = match &virtual_clock {
        Some(clock) => Clocks::only(clock.clone()),
        None => Clocks::of(&config.store),
    };
    let live = Live::new(clocks.time.clone(), config.revocation.max_staleness.0);
    let departing = Arc::new(Departing::default());
    let listener = Arc::new(ChangeLog {
        view: live.view.clone(),
        feed: Arc::clone(&feed),
        departing: Arc::clone(&departing),
        ends: SessionEnds::register(recorder),
    });
    let authority = authority(&config, &clocks, &live, listener, recorder).await?;
    let open_tasks = tasks::open(&config, clocks.time.clone())
        .await?
        .map(|open| open.observed_by(Arc::new(TaskMetrics::register(recorder))));
    let edge = match &open_tasks {
        Some(open) => edge.with_application(tasks::application(&config, open)),
        None => edge,
    };
    let post = Arc::new(Post::open(&config, MailMetrics::register(recorder))?);
    let authority = Arc::new(authority.mailing(wire::mailing(&config, Arc::clone(&post))));
    authority.start_keys(wire::key_policy(&config)).await?;
    let demo = virtual_clock.as_ref().zip(folder).map(|(clock, folder)| {
        Demo::new(
            &authority,
            Arc::clone(clock),
            &wire::public_url(&config),
            folder.path(),
        )
    });
    let reload = Reload::new(
        configured,
        &config,
        edge.clone(),
        Arc::clone(&authority),
        demo.clone(),
    );
    let (routes, served) = watch::channel(reload.router());
    if let Some(demo) = &demo {
        demo.begin(served.clone()).await?;
    }

    let (stop, stopping) = watch::channel(false);
    let ops_address = ops.as_ref().map(Ops::address);
    if let Some(ops) = ops {
        let shown = Shown {
            live,
            clock: clocks.time,
            virtual_clock,
            probes: keyturn_http::probes(Arc::clone(&authority), edge),
        };
        ops.serve(&config, shown, stopping.clone());
    }
    let has_administrator = authority.has_administrator().await?;
    output::print(&greeting::lines(
        &config,
        first_start,
        ops_address,
        args.virtual_clock,
        has_administrator,
    ))?;
    if demo.is_some() {
        output::print(&Demo::invitation(&wire::public_url(&config)))?;
    }
    let drain_delay = config.http.drain_delay.to_std();
    tokio::spawn(async move {
        stopped.await;
        readiness.drain();
        lifecycle::wait_for_balancers(drain_delay).await;
        tracing::info!("stopping: requests in flight are finished first");
        feed.close();
        stop.send_replace(true);
    });
    let flushing = flush::start(authority.clone(), stopping.clone());
    let sweeping = sweeper::start(
        sweeper(&config, authority.ports()),
        config.retention.every.0,
        sweeps,
        stopping.clone(),
    );
    let tasks_stopping = stopping.clone();
    let reading_keys = key_reload::start(authority.clone());
    let keeping_tasks = open_tasks.map(|open| {
        let upkeep = task_upkeep(&config, authority.ports(), open, departing);
        task_upkeep::start(upkeep, tasks_stopping)
    });
    let limits = Limits::of(&config.http);
    tokio::select! {
        () = lifecycle::serve(socket, limits, served, stopping, connections) => {}
        () = reload.at_each(hangups, routes, || configuration(settings, args, folder)) => {}
    }
    flushing.abort();
    reading_keys.abort();
    sweeping.abort();
    keeping_tasks.inspect(JoinHandle::abort);
    flush::flush(&authority).await;
    post.drain().await;
    Ok(())
}

/// What sweeps the authority's store.
fn sweeper(config: &Config, ports: &Ports) -> Sweeper {
    Sweeper {
        store: ports.store.clone(),
        clock: ports.clock.clone(),
        entropy: ports.entropy.clone(),
        policy: config.retention.policy(),
        origin: Origin::SWEEP,
    }
}

/// What keeps the tasks in order beside the authority's store.
fn task_upkeep(config: &Config, ports: &Ports, open: OpenTasks, departing: Arc<Departing>) -> TaskUpkeep {
    let accounts = OwnAccounts {
        store: ports.store.clone(),
        departing: Arc::clone(&departing),
    };
    TaskUpkeep {
        tasks: open.tasks,
        departures: Departures::new(open.store, Arc::new(accounts)).observed_by(open.observer),
        departing,
        clock: ports.clock.clone(),
        every: config.retention.every.0,
    }
}

/// The authority over its store, both counted by this recorder.
async fn authority(
    config: &Config,
    clocks: &Clocks,
    live: &Live,
    listener: Arc<ChangeLog>,
    recorder: &dyn Recorder,
) -> Result<Authority, Failure> {
    let hearers = Hearers {
        listener: Some(listener),
        writer: WriterMetrics::register(recorder),
    };
    let store = store::open(config, OpenMode::Migrate, hearers, clocks).await?;
    if config.store.url == StoreUrl::Sqlite
        && let Err(error) = secrets::rotation::remove_leftovers(config)
    {
        tracing::warn!(error = %error, "half-made secrets could not be removed");
    }
    let ports = wire::ports(
        config,
        store,
        clocks.time.clone(),
        HashMetrics::register(recorder),
    )?;
    let authority = wire::authority(config, ports, live.clone()).await?;
    Ok(authority.observed_by(Arc::new(Outcomes::register(recorder))))
}
