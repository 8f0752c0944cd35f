//! Writes buffered activity every ten seconds, and once more at the end.

use std::sync::Arc;
use std::time::Duration;

use keyturn_core::service::Authority;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A third of the longest that activity may wait, so that one failure does not exceed it.
const EVERY: Duration = Duration::from_secs(10);

/// Flushes until `stop` turns true; the task ends after a last flush.
pub(crate) fn start(authority: Arc<Authority>, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut due = tokio::time::interval(EVERY);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stopping = false;
        while !stopping {
            tokio::select! {
                _ = due.tick() => {}
                stopped = stop.wait_for(|stop| *stop) => stopping = stopped.map_or(true, |stop| *stop),
            }
            flush(&authority).await;
        }
    })
}

/// What is not written now is written next time.
pub(crate) async fn flush(authority: &Authority) {
    match authority.flush_activity().await {
        Ok(0) => {}
        Ok(sessions) => tracing::debug!(sessions, "wrote the activity of {sessions} sessions"),
        Err(error) => tracing::warn!(%error, "activity could not be written; it waits: {error}"),
    }
}
