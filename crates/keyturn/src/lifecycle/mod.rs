//! Starting to listen, serving, and stopping in good order.
//!
//! **The rule**: every wait for a client has an end. The head of a request, its body, the taking of an answer, silence: each has
//! its limit, and so have connections (further ones wait), requests at once (further ones are refused, by the edge) and the
//! size of heads (431).
//!
//! **The caveat**: TLS is the proxy's. HTTP/2 is spoken to those who begin with it, without an upgrade.

mod guarded;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tower::ServiceExt;
use tower::util::Oneshot;

use self::guarded::Guarded;
use crate::adapters::metrics::ConnectionMetrics;
use crate::config::HttpConfig;
use crate::failure::Failure;

/// How long requests in flight may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// When to try again where the system can't give a connection.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// The largest head of a request, in bytes; hyper allows at most a hundred headers in it.
const HEAD_MAX: u32 = 32 * 1024;

/// Requests at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 64;

/// Listens on `address`; port 0 takes a free one.
pub(crate) async fn bind(address: SocketAddr, setting: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => format!(": another program uses the port; choose one with {setting}"),
            io::ErrorKind::PermissionDenied => {
                ": ports below 1024 need a privilege; choose a higher one".to_owned()
            }
            _ => String::new(),
        };
        Failure::Unavailable(format!("cannot listen on {address}: {error}{hint}"))
    })?;
    let bound = listener
        .local_addr()
        .map_err(|error| Failure::Unavailable(error.to_string()))?;
    Ok((listener, bound))
}

/// What a listener bears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    header_timeout: Duration,
    write_timeout: Duration,
    idle_timeout: Duration,
    max_connections: usize,
}

impl Limits {
    /// As configured.
    pub(crate) fn of(http: &HttpConfig) -> Self {
        Self {
            header_timeout: http.header_timeout.to_std(),
            write_timeout: http.write_timeout.to_std(),
            idle_timeout: http.idle_timeout.to_std(),
            max_connections: http.max_connections,
        }
    }

    fn protocol(&self) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // Head and body of an answer are copied together: cheaper than to send them as two pieces.
            .writev(false)
            .header_read_timeout(self.header_timeout)
            .max_buf_size(HEAD_MAX as usize);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEAD_MAX);
        builder
    }
}

/// Serves until `stop` turns true, then lets requests in flight finish. Each request is answered by the router of its moment.
pub(crate) async fn serve(
    listener: TcpListener,
    limits: Limits,
    routes: watch::Receiver<Router>,
    mut stop: watch::Receiver<bool>,
    metrics: ConnectionMetrics,
) {
    let protocol = limits.protocol();
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let draining = GracefulShutdown::new();
    loop {
        let (slot, stream, peer) = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = asked_to_stop(&mut stop) => break,
        };
        let routes = routes.clone();
        let service = service_fn(move |request| answer(&routes, peer, request));
        let io = TokioIo::new(Guarded::new(stream, limits));
        let connection = draining.watch(protocol.serve_connection(io, service).into_owned());
        let open = metrics.accepted();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                open.broken();
                tracing::debug!(%error, "a connection ended early: {error}");
            }
            drop((slot, open));
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, draining.shutdown()).await.is_err() {
        tracing::warn!(
            "stopped with requests still in flight after {} s",
            DRAIN.as_secs()
        );
    }
}

/// The next connection, once there is room for it: until then it waits in the system's queue.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    // Never closed, so never an error.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                no_delay(&stream);
                return (slot, stream, peer);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted: {error}");
                tokio::time::interval_at(Instant::now() + ACCEPT_AGAIN, ACCEPT_AGAIN)
                    .tick()
                    .await;
            }
        }
    }
}

/// Gone before it was accepted; the next one may be well. Anything else, like too many open files, lasts a while.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

fn answer(
    routes: &watch::Receiver<Router>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Oneshot<Router, Request<Body>> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    routes.borrow().clone().oneshot(request)
}

/// Resolves once `stop` is true, or nobody can say so any more.
async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("nobody is left to say stop");
    }
}

/// Small answers go out at once (Nagle's algorithm would hold them back for an acknowledgement).
fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
}

/// Resolves at SIGTERM or SIGINT.
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Goes on serving for `delay` after `/readyz` has said that the process is about to stop, so that load balancers notice
/// before connections are refused. A second signal ends it at once.
pub(crate) async fn wait_for_balancers(delay: Duration) {
    if delay.is_zero() {
        return;
    }
    tracing::info!(
        "about to stop: /readyz answers 503, requests are served for {} s more",
        delay.as_secs()
    );
    let waited = match stop_signal() {
        Ok(again) => tokio::time::timeout(delay, again).await,
        Err(_) => return,
    };
    if waited.is_ok() {
        tracing::info!("told to stop again: waiting no longer");
    }
}

/// Each SIGHUP, one after the other.
pub(crate) fn reload_signal() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
}
