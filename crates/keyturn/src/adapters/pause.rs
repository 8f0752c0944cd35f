//! Leaving room for others, between short transactions.

use std::time::Duration;

/// Waits, so that a server beside this command has its turn at the write lock and the processor.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for: whether another process waits for the lock can't be seen"
)]
pub(crate) async fn for_others(pause: Duration) {
    tokio::time::sleep(pause).await;
}
