//! What a thief of the database has: nothing that can be presented.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keyturn_core::credential::{AttemptKey, DeviceCookie, RefreshToken};
use keyturn_core::model::{Delivery, NewUser};
use keyturn_core::ports::{Effect, Rotate, SessionStore, UserStore};
use keyturn_testkit::fixtures::World;
use rusqlite::types::Value;

use crate::{Place, block_on};

#[test]
fn no_column_of_a_dump_can_be_presented() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(8));
        let store = place.open();
        let password = "correct horse battery staple";
        let new = NewUser {
            password_hash: world.password_hash(password),
            ..world.new_user("ann")
        };
        store.create_user(new, world.now()).await.unwrap();
        let account = store
            .find_user_by_subject(&subject(&place))
            .await
            .unwrap()
            .unwrap()
            .account;
        let (session, device) = world.new_session(&account, Delivery::Cookie);
        let start = world.start(session.clone());
        assert_eq!(
            store.start_session(start, world.now()).await.unwrap(),
            Effect::Won(())
        );
        let key = "an-idempotency-key-of-a-client";
        let attempt_hash = Some(AttemptKey::new(key).unwrap().hash(&world.keys));
        let rotate = Rotate {
            attempt_hash,
            ..world.rotation(&session)
        };
        assert!(matches!(
            store.rotate(rotate, world.now()).await.unwrap(),
            Effect::Won(_)
        ));

        let tokens = [0, 1].map(|generation| {
            RefreshToken::mint(
                &world.keys,
                session.refresh_key_id,
                session.id,
                generation,
                &session.nonce,
            )
            .unwrap()
            .reveal()
        });
        let device = device.unwrap().reveal();
        let secrets = [
            tokens[0].as_str(),
            tokens[1].as_str(),
            device.as_str(),
            password,
            key,
        ];
        let dump = dump(&place);
        assert!(dump.len() > 30, "the dump has rows");
        for column in &dump {
            for presented in spellings(column) {
                for secret in secrets {
                    assert!(!presented.contains(secret), "a column holds {secret}");
                }
                assert!(
                    RefreshToken::parse(&presented).is_err(),
                    "{presented} reads as a refresh token"
                );
                assert!(
                    DeviceCookie::parse(&world.keys, &presented).is_none(),
                    "{presented} is a device cookie"
                );
            }
        }
        let thief = World::new(9);
        let stolen = RefreshToken::mint(
            &thief.keys,
            thief.keys.current_refresh_key(),
            session.id,
            1,
            &session.nonce,
        )
        .unwrap();
        assert!(
            !stolen.is_genuine(&world.keys, session.refresh_key_id, &session.nonce),
            "the nonce alone mints nothing"
        );
    });
}

fn subject(place: &Place) -> String {
    place
        .raw()
        .query_row("SELECT subject FROM users", [], |row| row.get(0))
        .unwrap()
}

/// How the bytes of a column could be tried.
fn spellings(column: &[u8]) -> Vec<String> {
    let encoded = URL_SAFE_NO_PAD.encode(column);
    let hex = column.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        String::from_utf8_lossy(column).into_owned(),
        format!("{}{encoded}", RefreshToken::PREFIX),
        encoded,
        STANDARD.encode(column),
        hex,
    ]
}

/// Every value of every column of every table.
fn dump(place: &Place) -> Vec<Vec<u8>> {
    let raw = place.raw();
    let mut tables = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut values = Vec::new();
    for name in names {
        let mut statement = raw.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                values.push(match row.get(column).unwrap() {
                    Value::Null => Vec::new(),
                    Value::Integer(number) => number.to_string().into_bytes(),
                    Value::Real(number) => number.to_string().into_bytes(),
                    Value::Text(text) => text.into_bytes(),
                    Value::Blob(bytes) => bytes,
                });
            }
        }
    }
    values
}
