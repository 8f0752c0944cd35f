//! Starting to listen, serving, and stopping in good order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::failure::Failure;

/// How long requests in flight may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(10);

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

/// Serves until `stop` turns true, then lets requests in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let listener = listener.tap_io(no_delay);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut deadline = stop.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        asked_to_stop(&mut stop).await;
    });
    tokio::select! {
        served = serving => served.map_err(|error| Failure::Unavailable(error.to_string())),
        () = drained(&mut deadline) => {
            tracing::warn!("stopped with requests still in flight after {} s", DRAIN.as_secs());
            Ok(())
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "bounds real waiting at shutdown; nothing is decided by it"
)]
async fn drained(stop: &mut watch::Receiver<bool>) {
    asked_to_stop(stop).await;
    tokio::time::sleep(DRAIN).await;
}

/// Resolves once `stop` is true, or nobody can say so any more.
async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("nobody is left to say stop");
    }
}

/// Small answers go out at once (Nagle's algorithm would hold them back for an acknowledgement).
fn no_delay(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "could not set TCP_NODELAY");
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
