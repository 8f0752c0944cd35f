//! Reads the stored keys every few seconds, so that a rotation by the command line or by another node needs no restart.

use std::sync::Arc;
use std::time::Duration;

use keyturn_core::service::Authority;
use tokio::task::JoinHandle;

/// Far shorter than the shortest publish period (`jwt.publish_period`), by which a key must be known.
const EVERY: Duration = Duration::from_secs(5);

/// Reads for ever; the keys were read just now.
pub(crate) fn start(authority: Arc<Authority>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut due = tokio::time::interval(EVERY);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            if let Err(fault) = authority.reload_keys().await {
                tracing::warn!(%fault, "the stored keys could not be read again, those known stay in use: {fault}");
            }
        }
    })
}
