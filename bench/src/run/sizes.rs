//! The same refresh on a small store and on one with very many sessions: it should not matter how many there are.
//!
//! **The rule**: every refresh is the first of its session since the server started, and the sessions lie evenly among all:
//! neither the server's memory nor a page that was just read helps.

use std::fs;
use std::path::Path;

use futures::future::join_all;

use super::{WARM_UP, count, folder};
use crate::load::client::Client;
use crate::load::drive::{Bounds, Figures, Operation, drive, in_turn};
use crate::load::server::{Server, seed};
use crate::report::{Goal, Row};

/// Sessions of the small store, and sessions that refresh in each of the two.
const FEW: usize = 1800;
/// Users at once.
const AT_ONCE: usize = 60;

/// The rows for this many sessions, in so many rounds.
pub async fn sizes(binary: &Path, sessions: usize, rounds: usize) -> Vec<Row> {
    let mut alone = Row::new("refresh, 1 user, p50", "ms", "1.5 × a small store's", Goal::Limit);
    let mut together = Row::new(
        "refresh, 60 users, p50",
        "ms",
        "1.5 × a small store's",
        Goal::Limit,
    );
    let mut disk = Row::new("disk per session", "bytes", "1 KiB", Goal::Limit);
    let (small_folder, large_folder) = (folder(), folder());
    let (small, mut of_few) = started(binary, small_folder.path(), FEW).await;
    let (large, mut of_many) = started(binary, large_folder.path(), sessions).await;
    let bytes = fs::metadata(large_folder.path().join("keyturn.db")).map_or(0, |file| file.len());
    disk.add(count(bytes / 1024) * 1024.0 / count(sessions), 1024.0);
    let each = FEW / rounds / 2;
    for (few, many) in of_few.chunks_mut(2 * each).zip(of_many.chunks_mut(2 * each)) {
        let ((few, more_of_few), (many, more_of_many)) = (few.split_at_mut(each), many.split_at_mut(each));
        let limit = in_turn(few, Operation::Refresh).await;
        alone.add(p50(&in_turn(many, Operation::Refresh).await), 1.5 * p50(&limit));
        let limit = in_groups(more_of_few).await;
        together.add(p50(&in_groups(more_of_many).await), 1.5 * p50(&limit));
    }
    small.stop();
    large.stop();
    vec![alone, together, disk]
}

/// A server on a folder with so many sessions, and clients that hold some of them.
async fn started(binary: &Path, folder: &Path, sessions: usize) -> (Server, Vec<Client>) {
    let tokens = seed(binary, folder, sessions, FEW);
    let server = Server::keyturn(binary, folder, &[]);
    let mut clients = Vec::with_capacity(FEW);
    for (number, token) in tokens.into_iter().enumerate() {
        clients.push(Client::holding(server.address(), number, token).await);
    }
    let mut warm = super::clients(&server, crate::load::client::Delivery::Body, 1, FEW).await;
    drive(&mut warm, Operation::Refresh, WARM_UP).await;
    (server, clients)
}

async fn in_groups(clients: &mut [Client]) -> Figures {
    let mut figures = Figures::default();
    for group in clients.chunks_mut(AT_ONCE) {
        let asking = group
            .chunks_mut(1)
            .map(|one| drive(one, Operation::Refresh, Bounds::each(1)));
        join_all(asking).await.iter().for_each(|one| figures.add(one));
    }
    figures
}

fn p50(figures: &Figures) -> f64 {
    figures.percentile(0.5)
}
