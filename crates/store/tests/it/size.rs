//! I4: what a session takes on disk does not depend on how often it refreshed.

use keyturn_core::model::Delivery;
use keyturn_core::ports::{Effect, SessionStore};
use keyturn_testkit::fixtures::World;

use crate::{Place, block_on};

#[test]
fn i4_a_session_stays_one_row_of_constant_size_below_one_kibibyte() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(6));
        let store = place.open();
        let ann = world.sign_up(&store, "ann").await.account;
        let sessions = 500;
        let empty = pages(&place);
        let mut session = world.sign_in(&store, &ann, Delivery::Cookie).await;
        for _ in 1..sessions {
            world.pass(1);
            world.sign_in(&store, &ann, Delivery::Cookie).await;
        }
        let full = pages(&place);
        assert!(
            (full - empty) * 4096 / sessions <= 1024,
            "{} pages for {sessions} sessions",
            full - empty
        );
        for _ in 0..1000 {
            let Effect::Won(rotated) = store
                .rotate(world.rotation(&session), world.pass(1))
                .await
                .unwrap()
            else {
                panic!("nobody else refreshes")
            };
            session = session.advanced(rotated);
        }
        assert_eq!(pages(&place), full);
        let (rows, audit): (i64, i64) = place
            .raw()
            .query_row(
                "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM audit_events)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        // One event for the account, and one for each sign-in; a rotation writes none.
        assert_eq!((rows, audit), (sessions, sessions + 1));
    });
}

#[test]
fn no_index_names_a_column_that_a_rotation_changes() {
    let place = Place::new();
    drop(place.open());
    let raw = place.raw();
    let mut statement = raw
        .prepare(
            "SELECT columns.name FROM pragma_index_list('sessions') AS indexes
             JOIN pragma_index_info(indexes.name) AS columns",
        )
        .unwrap();
    let indexed: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(
        indexed.iter().all(|column| column == "id" || column == "user_id"),
        "{indexed:?}"
    );
}

fn pages(place: &Place) -> i64 {
    place
        .raw()
        .query_row("SELECT page_count FROM pragma_page_count", [], |row| row.get(0))
        .unwrap()
}
