//! Rows that no version of the program writes: an error that names them, and no trouble for others.

use futures::future::join_all;
use keyturn_core::model::{Delivery, EndReason, Origin, ServiceScope, Session};
use keyturn_core::ports::{
    Effect, EndOutcome, Page, ServiceStore, SessionFilter, SessionStore, StoreError, UserStore,
};
use keyturn_core::service::Services;
use keyturn_testkit::fixtures::World;

use crate::{Place, block_on};

#[test]
fn a_damaged_session_is_named_and_fails_nobody_else() {
    for damage in [
        "nonce = x'00'",
        "generation = -1",
        "generation = 4294967296",
        "delivery = 'pigeon'",
        "delivery = 'cookie'",
        "device_hash = zeroblob(32)",
        "handed_at = 9223372036854775807",
        "end_kind = 'no_proof'",
        "ip = 'nowhere'",
    ] {
        block_on(one_damaged_among_eight(damage));
    }
}

async fn one_damaged_among_eight(damage: &str) {
    let (place, world) = (Place::new(), World::new(5));
    let store = place.open();
    let ann = world.sign_up(&store, "ann").await;
    let mut sessions: Vec<Session> = Vec::new();
    for _ in 0..8 {
        sessions.push(world.sign_in(&store, &ann.account, Delivery::Body).await);
    }
    let victim = sessions.get(3).unwrap().id;
    let raw = place.raw();
    raw.pragma_update(None, "ignore_check_constraints", true).unwrap();
    let sql = format!("UPDATE sessions SET {damage} WHERE id = ?1");
    assert_eq!(raw.execute(&sql, [victim.0]).unwrap(), 1);
    let before = row(&raw, victim.0);

    let answers = join_all(
        sessions
            .iter()
            .map(|session| store.rotate(world.rotation(session), world.now())),
    )
    .await;
    for (session, answer) in sessions.iter().zip(answers) {
        match answer {
            // A rotation reads nothing that it does not change.
            Ok(Effect::Won(rotated)) => assert_eq!(rotated.head.generation, 1),
            // The damage hit what the rotation expects to find.
            Ok(Effect::Lost) => assert!(
                session.id == victim && (damage.contains("generation") || damage.contains("handed_at"))
            ),
            Err(error) => {
                assert_eq!(session.id, victim);
                assert_names(&error, victim.to_string());
                assert_eq!(
                    row(&raw, victim.0),
                    before,
                    "what answered with an error changed nothing"
                );
            }
        }
    }
    assert_names(&store.find_session(victim).await.unwrap_err(), victim.to_string());
    let page = Page {
        before: None,
        limit: 10,
    };
    assert_names(
        &store
            .list_sessions(None, SessionFilter::All, page)
            .await
            .unwrap_err(),
        victim.to_string(),
    );
    assert!(
        store
            .find_session(sessions.first().unwrap().id)
            .await
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_damaged_session_can_be_ended_with_all_others() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(5));
        let store = place.open();
        let ann = world.sign_up(&store, "ann").await;
        let session = world.sign_in(&store, &ann.account, Delivery::Body).await;
        place
            .raw()
            .execute("UPDATE sessions SET delivery = 'pigeon'", [])
            .unwrap();
        let end = world.ending(&session, EndReason::Admin);
        assert_eq!(
            store.end_session(end, world.now()).await.unwrap(),
            EndOutcome::Ended
        );
    });
}

#[test]
fn a_damaged_account_is_named() {
    for damage in [
        "state = 'ghost'",
        "permissions = '7'",
        "created_at = -9223372036854775807",
        "email = 'no address'",
    ] {
        block_on(async {
            let (place, world) = (Place::new(), World::new(5));
            let store = place.open();
            let ann = world.sign_up(&store, "ann").await.account;
            place
                .raw()
                .execute(&format!("UPDATE users SET {damage}"), [])
                .unwrap();
            let error = store.find_user(ann.id).await.unwrap_err();
            let StoreError::Damaged {
                table: "users", id, ..
            } = &error
            else {
                panic!("{error}")
            };
            assert_eq!(*id, ann.id.to_string());
        });
    }
}

#[test]
fn a_damaged_service_is_an_error_and_no_other_one() {
    for damage in ["name = 'No Name'", "scopes = 'everything'"] {
        block_on(async {
            let (place, world) = (Place::new(), World::new(5));
            let store = place.open();
            let services = Services::new(&store, &world.entropy);
            let scopes = [ServiceScope::Introspect].into_iter().collect();
            let adding = services.add("api".parse().unwrap(), scopes, &Origin::COMMAND_LINE, world.now());
            let (_, secret) = adding.await.unwrap();
            let sql = format!("UPDATE service_credentials SET {damage}");
            place.raw().execute(&sql, []).unwrap();
            let error = store.find_service(&secret.hash()).await.unwrap_err();
            let StoreError::Damaged { table, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(*table, "service_credentials");
        });
    }
}

fn assert_names(error: &StoreError, expected: String) {
    let StoreError::Damaged {
        table: "sessions",
        id,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(*id, expected);
}

fn row(raw: &rusqlite::Connection, id: uuid::Uuid) -> Vec<rusqlite::types::Value> {
    raw.query_row("SELECT * FROM sessions WHERE id = ?1", [id], |row| {
        (0..21).map(|column| row.get(column)).collect()
    })
    .unwrap()
}
