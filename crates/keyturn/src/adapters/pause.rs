//! Leaving room for others, between short transactions.

use std::time::Duration;

/// As long as a waiting server needs to have its turn: on SQLite it asks for the lock every half a millisecond, and writes for as long as its
/// disk takes.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits, so that a server beside this command has its turn at the write lock and the processor.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for: whether another process waits for the lock can't be seen"
)]
pub(crate) async fn for_others() {
    tokio::time::sleep(PAUSE).await;
}
