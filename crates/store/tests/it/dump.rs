//! What a thief of the database has: nothing that can be presented.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use keyturn_core::credential::{
    AttemptKey, DeviceCookie, OneTimeToken, RefreshToken, SealedFor, ServiceSecret,
};
use keyturn_core::model::{
    Delivery, Errand, KeyMaterial, KeyPurpose, NewUser, OneTimeTokenId, Origin, PendingSignUp, ServiceScope,
    Session, StoredOneTimeToken,
};
use keyturn_core::ports::{Effect, IssueToken, Rotate, Store};
use keyturn_core::service::{KeyKeeper, KeyPolicy, Services};
use keyturn_testkit::fixtures::World;
use rusqlite::types::Value;

use crate::{Place, block_on};

#[test]
fn no_column_of_a_dump_can_be_presented() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(8));
        let secrets = Secrets::put_into(&place.open(), &world).await;
        secrets.assert_not_in(&dump(&place), &world);
    });
}

/// What was handed out, and what it was made from.
pub(crate) struct Secrets {
    session: Session,
    presentable: Vec<String>,
}

impl Secrets {
    /// An account, a session, a rotation with a key: everything that leaves something behind.
    pub(crate) async fn put_into(store: &dyn Store, world: &World) -> Self {
        let password = "correct horse battery staple";
        let new = NewUser {
            password_hash: world.password_hash(password),
            ..world.new_user("ann")
        };
        let subject = new.subject.clone();
        store.create_user(new, world.now()).await.unwrap();
        let found = store.find_user_by_subject(&subject).await.unwrap();
        let account = found.unwrap().account;
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
        let mut presentable = vec![
            device.unwrap().reveal().to_string(),
            password.to_owned(),
            key.to_owned(),
        ];
        presentable.extend([0, 1].map(|generation| token(world, &session, generation).reveal().to_string()));
        presentable.push(hex(&signing_key(store, world).await));
        presentable.extend(service_secret(store, world).await);
        presentable.push(one_time_token(store, world, Errand::Reset(account.id)).await);
        presentable.push(one_time_token(store, world, sign_up(world, password)).await);
        Self { session, presentable }
    }

    /// No value of a dump is one of them, holds one of them, or reads as one.
    pub(crate) fn assert_not_in(&self, dump: &[Vec<u8>], world: &World) {
        assert!(dump.len() > 30, "the dump has rows");
        for column in dump {
            for presented in spellings(column) {
                for secret in &self.presentable {
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
        let stolen = token(&World::new(9), &self.session, 1);
        assert!(
            !stolen.is_genuine(&world.keys, self.session.refresh_key_id, &self.session.nonce),
            "the nonce alone mints nothing"
        );
    }
}

/// Makes a key that signs access tokens, and answers it.
async fn signing_key(store: &dyn Store, world: &World) -> Vec<u8> {
    let policy = KeyPolicy {
        algorithm: "EdDSA".parse().unwrap(),
        publish_period: SignedDuration::ZERO,
        access_life: SignedDuration::from_mins(30),
        session_life: SignedDuration::from_hours(24),
    };
    let keeper = KeyKeeper::new(store, &world.entropy, &world.keys, policy);
    let added = keeper.rotate(KeyPurpose::Access, true, &Origin::COMMAND_LINE, world.now());
    let row = added.await.unwrap();
    let KeyMaterial::Sealed(sealed) = &row.material else {
        panic!("a new key is not retired")
    };
    let sealed_for = SealedFor {
        kid: &row.kid,
        purpose: row.purpose,
        algorithm: row.algorithm,
    };
    assert!(
        World::new(9).keys.open(sealed, sealed_for).is_err(),
        "another master secret opens nothing"
    );
    world.keys.open(sealed, sealed_for).unwrap().bytes.to_vec()
}

/// Adds a service, and answers its secret as it is presented and as bytes.
async fn service_secret(store: &dyn Store, world: &World) -> [String; 2] {
    let scopes = [ServiceScope::Introspect].into_iter().collect();
    let services = Services::new(store, &world.entropy);
    let adding = services.add("api".parse().unwrap(), scopes, &Origin::COMMAND_LINE, world.now());
    let (_, secret) = adding.await.unwrap();
    let text = secret.reveal();
    let bytes = URL_SAFE_NO_PAD
        .decode(text.strip_prefix(ServiceSecret::PREFIX).unwrap())
        .unwrap();
    [text.to_string(), hex(&bytes)]
}

/// Issues a token, and answers what is mailed.
async fn one_time_token(store: &dyn Store, world: &World, errand: Errand) -> String {
    let (now, token) = (world.now(), OneTimeToken::generate(&world.entropy));
    let issue = IssueToken {
        token: StoredOneTimeToken {
            id: OneTimeTokenId::generate(now, &world.entropy),
            hash: token.hash(),
            errand,
            created_at: now,
            expires_at: now + SignedDuration::from_mins(15),
        },
        limit: NonZeroU32::MIN,
        audit: None,
    };
    let issued = store.issue_one_time_token(issue, now).await;
    assert_eq!(issued.unwrap(), Effect::Won(()));
    token.reveal()
}

fn sign_up(world: &World, password: &str) -> Errand {
    Errand::SignUp(Box::new(PendingSignUp {
        email: "bob@example.com".parse().unwrap(),
        username: None,
        name: None,
        password_hash: world.password_hash(password),
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token(world: &World, session: &Session, generation: u32) -> RefreshToken {
    let key = world.keys.current_refresh_key();
    RefreshToken::mint(&world.keys, key, session.id, generation, &session.nonce).unwrap()
}

/// How the bytes of a column could be tried.
fn spellings(column: &[u8]) -> Vec<String> {
    let encoded = URL_SAFE_NO_PAD.encode(column);
    vec![
        String::from_utf8_lossy(column).into_owned(),
        format!("{}{encoded}", RefreshToken::PREFIX),
        format!("{}{encoded}", OneTimeToken::PREFIX),
        encoded,
        STANDARD.encode(column),
        hex(column),
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
