//! Leaving room for others, between short transactions.

use std::time::Duration;

/// As long as a waiting server needs to have its turn: SQLite asks for a lock again after 1, 2 and 5 ms.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits, so that a server beside this command has its turn at the write lock.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for: whether another process waits for the lock can't be seen"
)]
pub(crate) async fn for_others() {
    tokio::time::sleep(PAUSE).await;
}
