//! What rotations leave behind on disk: each leaves a dead version of its row, on the page of the living one where there is room (HOT),
//! and the page is tidied when it is next used.

use futures::future::join_all;
use keyturn_core::model::{Delivery, Session};
use keyturn_core::ports::{Effect, SessionStore};
use keyturn_testkit::fixtures::World;
use tokio_postgres::Client;

use super::Place;
use crate::block_on;

const SESSIONS: usize = 500;

/// Bytes on disk, indexes included; updates, and those of them that touched no index.
#[derive(Debug)]
struct Left {
    bytes: i64,
    updates: i64,
    hot: i64,
}

impl Left {
    /// Most updates touched no index, and the table did not grow with them.
    fn is_constant(&self) -> bool {
        self.hot * 2 >= self.updates && self.bytes <= 2048 * i64::try_from(SESSIONS).unwrap()
    }
}

#[test]
fn i4_rotations_stay_on_their_pages_and_take_no_room() {
    let rounds = if std::env::var_os("KEYTURN_SOAK").is_some() {
        2000
    } else {
        20
    };
    // While anybody has an older snapshot open, autovacuum's worker for one, dead versions stay: so it may take a second look.
    let constant = (0..3).any(|_| {
        let left = block_on(left_by(rounds));
        println!("{rounds} rotations of each of {SESSIONS} sessions: {left:?}");
        left.is_constant()
    });
    assert!(constant, "rotations take room");
}

async fn left_by(rounds: usize) -> Left {
    let (place, world) = (Place::new().await, World::new(17));
    let store = place.open().await;
    let ann = world.sign_up(&store, "ann").await.account;
    let mut sessions: Vec<Session> = Vec::with_capacity(SESSIONS);
    while sessions.len() < SESSIONS {
        // No more at once than have a connection: the rest would wait for one, and only so long.
        let signing_in = (0..10).map(|_| world.sign_in(&store, &ann, Delivery::Cookie));
        sessions.extend(join_all(signing_in).await);
    }
    for _ in 0..rounds {
        let now = world.pass(1);
        let rotations = sessions
            .iter()
            .map(|session| store.rotate(world.rotation(session), now));
        let rotated = join_all(rotations).await.into_iter().zip(sessions);
        let rotated = rotated.map(|(answer, session)| match answer.unwrap() {
            Effect::Won(progress) => session.advanced(progress),
            Effect::Lost => panic!("nobody else refreshes"),
        });
        sessions = rotated.collect();
    }
    store.close().await;
    let rotations = i64::try_from(SESSIONS * rounds).unwrap();
    left(&place.raw().await, rotations).await
}

/// What the server has counted, once it has counted them all: it does so a little later.
async fn left(raw: &Client, rotations: i64) -> Left {
    const SQL: &str = "SELECT pg_total_relation_size('sessions'), n_tup_upd, n_tup_hot_upd
        FROM pg_stat_user_tables WHERE relname = 'sessions'";
    loop {
        let row = raw.query_one(SQL, &[]).await.unwrap();
        let left = Left {
            bytes: row.get(0),
            updates: row.get(1),
            hot: row.get(2),
        };
        if left.updates >= rotations {
            return left;
        }
    }
}
