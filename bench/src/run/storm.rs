//! Refreshes while everybody signs in: what hashing passwords leaves of the core, and how long it makes a refresh wait.

use futures::future::join;

use super::{FOR, measured};
use crate::load::client::Client;
use crate::load::drive::{Operation, drive};
use crate::report::{Goal, Row};

/// Users who refresh.
const USERS: usize = 16;

/// Throughput, and the slowest hundredth.
pub(super) fn rows() -> [Row; 2] {
    [
        Row::new(
            "refresh, 16 users, in a sign-in storm",
            "/s",
            "calm",
            Goal::Share(0.8),
        ),
        Row::new("the same, p99", "ms", "3 × calm p99", Goal::Limit),
    ]
}

/// Calm first, then the same in a storm.
pub(super) async fn round(rows: &mut [Row; 2], clients: &mut [Client], newcomers: &mut [Client]) {
    let clients = &mut clients[..USERS];
    let calm = measured(clients, Operation::Refresh).await;
    let refreshing = drive(clients, Operation::Refresh, FOR);
    let signing_in = drive(newcomers, Operation::SignIn, FOR);
    let (stormy, _) = join(refreshing, signing_in).await;
    let [rate, slowest] = rows;
    rate.add(stormy.rate(), calm.rate());
    slowest.add(stormy.percentile(0.99), 3.0 * calm.percentile(0.99));
}
