//! Keys: added one after the other, retired once, sealed anew.

use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::{AuditEvent, AuditKind, KeyMaterial, KeyPurpose, Origin, StoredKey};
use keyturn_core::ports::{AddKey, Effect, ResealKey, RetireKey};

use super::Subject;

fn key(subject: &Subject, kid: &str, purpose: KeyPurpose, after: i64) -> StoredKey {
    let now = subject.world.now();
    let later = |seconds| now + SignedDuration::from_secs(seconds);
    StoredKey {
        kid: kid.to_owned(),
        purpose,
        algorithm: match purpose {
            KeyPurpose::Access => "ES256".parse().unwrap(),
            KeyPurpose::Refresh => "HS256".parse().unwrap(),
        },
        material: KeyMaterial::Sealed(format!("sealed {kid}").into_bytes()),
        published_at: now,
        signs_from: later(after),
        predecessor_until: later(after + 1800),
    }
}

fn noted(kind: AuditKind, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        kind,
        user_id: None,
        session_id: None,
        detail: "by a test".to_owned(),
        origin: Origin::COMMAND_LINE,
    }
}

fn adding(subject: &Subject, key: &StoredKey, expected: Option<&str>) -> AddKey {
    AddKey {
        key: key.clone(),
        expected: expected.map(str::to_owned),
        audit: noted(AuditKind::KeyPublished, subject.world.now()),
    }
}

async fn add(subject: &Subject, key: &StoredKey, expected: Option<&str>) -> Effect<()> {
    let add = adding(subject, key, expected);
    subject
        .store
        .add_signing_key(add, subject.world.now())
        .await
        .unwrap()
}

async fn retire(subject: &Subject, kid: &str) -> Effect<()> {
    let retire = RetireKey {
        kid: kid.to_owned(),
        audit: noted(AuditKind::KeyRetired, subject.world.now()),
    };
    subject
        .store
        .retire_signing_key(retire, subject.world.now())
        .await
        .unwrap()
}

/// Every field survives, and the order is that of use, not of making.
pub async fn keys_are_read_back_whole_in_the_order_of_use(subject: &Subject) {
    assert_eq!(subject.store.signing_keys().await.unwrap(), []);
    let late = key(subject, "a-late", KeyPurpose::Access, 900);
    let early = key(subject, "b-early", KeyPurpose::Access, 0);
    let refresh = key(subject, "refresh-00000001", KeyPurpose::Refresh, 300);
    assert_eq!(add(subject, &late, None).await, Effect::Won(()));
    assert_eq!(add(subject, &early, Some("a-late")).await, Effect::Won(()));
    assert_eq!(
        add(subject, &refresh, None).await,
        Effect::Won(()),
        "each purpose has its own row of keys"
    );
    assert_eq!(
        subject.store.signing_keys().await.unwrap(),
        [early, refresh, late]
    );
}

/// Of two who rotate at once one wins; the other must look again.
pub async fn r5_4_of_two_rotations_at_once_one_wins(subject: &Subject) {
    let now = subject.world.now();
    let first = key(subject, "first", KeyPurpose::Access, 0);
    assert_eq!(add(subject, &first, Some("nothing")).await, Effect::Lost);
    assert_eq!(add(subject, &first, None).await, Effect::Won(()));
    let [one, two] = ["one", "two"].map(|kid| key(subject, kid, KeyPurpose::Access, 900));
    let (left, right) = join(
        subject
            .store
            .add_signing_key(adding(subject, &one, Some("first")), now),
        subject
            .store
            .add_signing_key(adding(subject, &two, Some("first")), now),
    )
    .await;
    let won = [left.unwrap(), right.unwrap()]
        .iter()
        .filter(|effect| **effect == Effect::Won(()))
        .count();
    assert_eq!(won, 1);
    assert_eq!(subject.store.signing_keys().await.unwrap().len(), 2);
}

/// One id names one key, for ever.
pub async fn an_id_is_given_once(subject: &Subject) {
    let first = key(subject, "refresh-0000000a", KeyPurpose::Refresh, 0);
    assert_eq!(add(subject, &first, None).await, Effect::Won(()));
    let again = key(subject, "refresh-0000000a", KeyPurpose::Refresh, 900);
    assert_eq!(add(subject, &again, Some("refresh-0000000a")).await, Effect::Lost);
    assert_eq!(subject.store.signing_keys().await.unwrap(), [first]);
}

/// A retired key is forgotten, stays known by its name, and is no longer the newest.
pub async fn r5_4_a_key_is_retired_once_and_forgotten(subject: &Subject) {
    let [one, two] =
        [("one", 0), ("two", 900)].map(|(kid, after)| key(subject, kid, KeyPurpose::Access, after));
    assert_eq!(add(subject, &one, None).await, Effect::Won(()));
    assert_eq!(add(subject, &two, Some("one")).await, Effect::Won(()));
    let now = subject.world.pass(60);
    assert_eq!(retire(subject, "two").await, Effect::Won(()));
    assert_eq!(retire(subject, "two").await, Effect::Lost);
    assert_eq!(retire(subject, "three").await, Effect::Lost);
    let retired = StoredKey {
        material: KeyMaterial::Retired(now),
        ..two
    };
    assert_eq!(subject.store.signing_keys().await.unwrap(), [one, retired]);
    let three = key(subject, "three", KeyPurpose::Access, 900);
    assert_eq!(add(subject, &three, Some("two")).await, Effect::Lost);
    assert_eq!(add(subject, &three, Some("one")).await, Effect::Won(()));
}

/// Sealing anew changes what was read, and nothing that was changed or retired meanwhile.
pub async fn a_key_is_sealed_anew_if_it_is_as_expected(subject: &Subject) {
    let now = subject.world.now();
    let stored = key(subject, "one", KeyPurpose::Access, 0);
    assert_eq!(add(subject, &stored, None).await, Effect::Won(()));
    let reseal = |expected: &str, sealed: &str| ResealKey {
        kid: "one".to_owned(),
        expected: expected.into(),
        sealed: sealed.into(),
    };
    let store = &subject.store;
    assert_eq!(
        store
            .reseal_signing_key(reseal("another", "anew"), now)
            .await
            .unwrap(),
        Effect::Lost
    );
    assert_eq!(
        store
            .reseal_signing_key(reseal("sealed one", "anew"), now)
            .await
            .unwrap(),
        Effect::Won(())
    );
    let anew = StoredKey {
        material: KeyMaterial::Sealed(b"anew".to_vec()),
        ..stored
    };
    assert_eq!(store.signing_keys().await.unwrap(), [anew]);
    assert_eq!(retire(subject, "one").await, Effect::Won(()));
    assert_eq!(
        store
            .reseal_signing_key(reseal("anew", "back"), now)
            .await
            .unwrap(),
        Effect::Lost
    );
}
