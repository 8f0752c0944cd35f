//! Rows that no version of the program writes: an error that names them, and no trouble for others. Most of what a file can suffer a
//! server's types and checks refuse; what they let pass, or what was dropped with a check, is here.

use futures::future::join_all;
use keyturn_core::model::{Delivery, EndReason, Origin, ServiceScope, Session};
use keyturn_core::ports::{Effect, EndOutcome, ServiceStore, SessionStore, StoreError, UserStore};
use keyturn_core::service::Services;
use keyturn_testkit::fixtures::World;
use uuid::Uuid;

use super::Place;
use crate::block_on;

#[test]
fn a_damaged_session_is_named_and_fails_nobody_else() {
    for damage in [
        "nonce = '\\x00'",
        "generation = 4294967296",
        "refresh_key_id = -1",
        "delivery = 'pigeon'",
        "delivery = 'cookie'",
        "device_hash = '\\x00'",
        "handed_at = 'infinity'",
        "end_kind = 'no_proof'",
    ] {
        block_on(one_damaged_among_eight(damage));
    }
}

async fn one_damaged_among_eight(damage: &str) {
    let (place, world) = (Place::new().await, World::new(5));
    let store = place.open().await;
    let ann = world.sign_up(&store, "ann").await;
    let mut sessions: Vec<Session> = Vec::new();
    for _ in 0..8 {
        sessions.push(world.sign_in(&store, &ann.account, Delivery::Body).await);
    }
    let victim = sessions.get(3).unwrap().id;
    let raw = place.raw().await;
    let unchecked =
        "ALTER TABLE sessions DROP CONSTRAINT sessions_nonce_check, DROP CONSTRAINT sessions_check,
        DROP CONSTRAINT sessions_check1";
    raw.batch_execute(unchecked).await.unwrap();
    let sql = format!("UPDATE sessions SET {damage} WHERE id = $1");
    assert_eq!(raw.execute(&sql, &[&victim.0]).await.unwrap(), 1);

    let rotations = sessions
        .iter()
        .map(|session| store.rotate(world.rotation(session), world.now()));
    for (session, answer) in sessions.iter().zip(join_all(rotations).await) {
        match answer {
            // A rotation reads nothing that it does not change.
            Ok(Effect::Won(rotated)) => assert_eq!(rotated.head.generation, 1),
            // The damage hit what the rotation expects to find.
            Ok(Effect::Lost) => assert!(
                session.id == victim && (damage.contains("generation") || damage.contains("handed_at"))
            ),
            Err(error) => panic!("a rotation reads nothing that may be damaged: {error}"),
        }
    }
    assert_names(
        &store.find_session(victim).await.unwrap_err(),
        "sessions",
        victim.0,
    );
    let other = sessions.first().unwrap().id;
    assert!(store.find_session(other).await.unwrap().is_some());
    let end = world.ending(sessions.get(3).unwrap(), EndReason::Admin);
    match store.end_session(end, world.now()).await {
        Ok(outcome) => assert_eq!(outcome, EndOutcome::Ended),
        Err(error) => panic!("a damaged session can be ended: {error}"),
    }
}

#[test]
fn a_damaged_account_is_named() {
    for damage in [
        "state = 'ghost'",
        "permissions = '7'",
        "created_at = 'infinity'",
        "email = 'no address'",
    ] {
        block_on(async {
            let (place, world) = (Place::new().await, World::new(5));
            let store = place.open().await;
            let ann = world.sign_up(&store, "ann").await.account;
            let sql = format!("UPDATE users SET {damage}");
            place.raw().await.batch_execute(&sql).await.unwrap();
            assert_names(&store.find_user(ann.id).await.unwrap_err(), "users", ann.id.0);
        });
    }
}

#[test]
fn a_damaged_service_is_an_error_and_no_other_one() {
    for damage in ["name = 'No Name'", "scopes = 'everything'"] {
        block_on(async {
            let (place, world) = (Place::new().await, World::new(5));
            let store = place.open().await;
            let services = Services::new(&store, &world.entropy);
            let scopes = [ServiceScope::Introspect].into_iter().collect();
            let adding = services.add("api".parse().unwrap(), scopes, &Origin::COMMAND_LINE, world.now());
            let (_, secret) = adding.await.unwrap();
            let sql = format!("UPDATE service_credentials SET {damage}");
            place.raw().await.execute(&sql, &[]).await.unwrap();
            let error = store.find_service(&secret.hash()).await.unwrap_err();
            let StoreError::Damaged { table, .. } = &error else {
                panic!("{error}")
            };
            assert_eq!(*table, "service_credentials");
        });
    }
}

fn assert_names(error: &StoreError, expected_table: &str, expected: Uuid) {
    let StoreError::Damaged { table, id, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (*table, id.as_str()),
        (expected_table, expected.to_string().as_str())
    );
}
