//! Accounts in bulk: taken over from another application, read out again.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::model::{
    AccountState, AuditEvent, AuditKind, ChangeKind, EmailAddress, ImportedUser, Origin, RequestId, UserId,
    Username,
};
use keyturn_core::ports::{ImportOutcome, ImportUsers, SignInName, StoredUser};
use serde_json::json;

use super::Subject;

/// Every field survives, and the account is found by each of its names.
pub async fn r5_4_an_account_is_taken_over_whole(subject: &Subject) {
    let now = subject.world.pass(1);
    let user = ImportedUser {
        name: Some("Ann \u{1F511} O'Hara; --".into()),
        metadata: json!({ "plan": "gold", "seats": [1, 2.5, null], "quote\"": "\u{9375}" }),
        state: AccountState::Suspended,
        permissions: vec!["reports".into(), "\"quoted\"".into()],
        last_login_at: Some(now - SignedDuration::from_hours(5)),
        ..imported(subject, "4711", "ann")
    };
    assert_eq!(
        import(subject, vec![user.clone()]).await,
        [ImportOutcome::Imported]
    );
    let (expected, hash) = user.clone().into_stored(now);
    let stored = subject.user(user.id).await;
    assert_eq!(stored, expected);
    assert_eq!((stored.updated_at, stored.account.session_epoch), (now, 0));
    let by_subject = subject.store.find_user_by_subject("4711").await.unwrap();
    assert_eq!(by_subject, Some(expected.clone()));
    for name in [
        SignInName::EmailKey("ann@example.com".into()),
        SignInName::UsernameKey("ann".into()),
    ] {
        let record = subject.store.find_sign_in(&name).await.unwrap().unwrap();
        assert_eq!(
            (record.account, record.password_hash),
            (expected.account.clone(), hash.clone())
        );
    }
    let changes = subject.changes().await;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.kind, change.id, change.at))
        .collect();
    assert_eq!(told, [(ChangeKind::AccountCreated, user.id.0, now)]);
}

/// One row's conflict is told, changes nothing and stops no other row.
pub async fn r5_4_a_taken_name_refuses_its_row_alone(subject: &Subject) {
    let ann = imported(subject, "1", "ann");
    assert_eq!(
        import(subject, vec![ann.clone()]).await,
        [ImportOutcome::Imported]
    );
    let before = subject.user(ann.id).await;
    let same_email = ImportedUser {
        email: EmailAddress::parse("ANN@EXAMPLE.com").ok(),
        ..imported(subject, "2", "bob")
    };
    let same_username = ImportedUser {
        username: Username::parse("ANN").ok(),
        ..imported(subject, "3", "cleo")
    };
    let same_subject = imported(subject, "1", "dora");
    let same_id = ImportedUser {
        id: ann.id,
        ..imported(subject, "5", "eve")
    };
    let nameless = ImportedUser {
        email: None,
        username: None,
        ..imported(subject, "6", "nobody")
    };
    let also_nameless = ImportedUser {
        id: imported(subject, "7", "x").id,
        subject: "7".into(),
        ..nameless.clone()
    };
    let batch = vec![
        same_email,
        same_username,
        same_subject,
        same_id,
        nameless,
        also_nameless,
    ];
    let expected = [
        ImportOutcome::EmailTaken,
        ImportOutcome::UsernameTaken,
        ImportOutcome::Present(Box::new(before.clone())),
        ImportOutcome::IdTaken,
        ImportOutcome::Imported,
        ImportOutcome::Imported,
    ];
    assert_eq!(import(subject, batch).await, expected);
    assert_eq!(subject.user(ann.id).await, before);
    assert_eq!(subject.changes().await.len(), 3);
}

/// The later of two rows of one batch finds the names of the earlier one taken.
pub async fn a_batch_is_taken_over_in_its_order(subject: &Subject) {
    let first = imported(subject, "1", "ann");
    let again = imported(subject, "1", "bob");
    let same_email = ImportedUser {
        email: first.email.clone(),
        ..imported(subject, "2", "cleo")
    };
    let same_username = ImportedUser {
        username: first.username.clone(),
        ..imported(subject, "3", "dora")
    };
    let same_id = ImportedUser {
        id: first.id,
        ..imported(subject, "4", "eve")
    };
    let refused_before = imported(subject, "5", "cleo");
    let batch = vec![
        first.clone(),
        again,
        same_email,
        same_username,
        same_id,
        refused_before,
    ];
    let outcomes = import(subject, batch).await;
    let stored = subject.user(first.id).await;
    assert_eq!(
        outcomes,
        [
            ImportOutcome::Imported,
            ImportOutcome::Present(Box::new(stored)),
            ImportOutcome::EmailTaken,
            ImportOutcome::UsernameTaken,
            ImportOutcome::IdTaken,
            ImportOutcome::Imported,
        ]
    );
}

/// Run again, a batch finds what it did, and writes nothing more.
pub async fn r5_4_a_batch_can_be_taken_over_again(subject: &Subject) {
    let batch: Vec<_> = (0..300)
        .map(|number| imported(subject, &number.to_string(), &format!("p{number}")))
        .collect();
    assert!(
        import(subject, batch.iter().take(200).cloned().collect())
            .await
            .iter()
            .all(is_new)
    );
    let outcomes = import(subject, batch.clone()).await;
    let (before, new) = outcomes.split_at(200);
    assert!(
        before
            .iter()
            .all(|outcome| matches!(outcome, ImportOutcome::Present(_)))
    );
    assert!(new.iter().all(is_new));
    let changes = subject.changes().await;
    assert_eq!(changes.len(), 300);
    let outcomes = import(subject, batch).await;
    assert!(!outcomes.iter().any(is_new));
    assert_eq!(subject.changes().await, changes);
    let events = subject.store.request_audit(&request(), 10).await.unwrap();
    let said: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.detail.as_str()))
        .collect();
    let one = (AuditKind::UsersImported, "lines 1 to 2");
    assert_eq!(said, [one, one], "one for each batch that left an account behind");
}

/// Page by page, each account once, with its hash; those that were not imported too.
pub async fn accounts_are_read_out_with_their_hashes(subject: &Subject) {
    let own = subject.sign_up("own").await;
    let batch: Vec<_> = (0..7)
        .map(|number| imported(subject, &number.to_string(), &format!("p{number}")))
        .collect();
    import(subject, batch.clone()).await;
    let mut read: Vec<StoredUser> = Vec::new();
    loop {
        let after = read.last().map(|stored| stored.user.account.id);
        let page = subject.store.stored_users(after, 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        read.extend(page);
    }
    let ids: Vec<UserId> = read.iter().map(|stored| stored.user.account.id).collect();
    assert!(ids.is_sorted() && ids.contains(&own.id));
    assert_eq!(ids.len(), 8);
    for user in batch {
        let stored = read
            .iter()
            .find(|stored| stored.user.account.id == user.id)
            .unwrap();
        assert_eq!(stored.password_hash, user.password_hash);
        assert_eq!(stored.user, subject.user(user.id).await);
    }
}

/// Two imports of one file at once: each account is taken over by one of them.
pub async fn two_imports_of_one_file_take_each_account_once(subject: &Subject) {
    let batch: Vec<_> = (0..50)
        .map(|number| imported(subject, &number.to_string(), &format!("p{number}")))
        .collect();
    let backwards: Vec<_> = batch.iter().rev().cloned().collect();
    let (one, other) = futures::join!(import(subject, batch), import(subject, backwards));
    let new = one.iter().chain(&other).filter(|outcome| is_new(outcome)).count();
    assert_eq!(new, 50);
    assert_eq!(subject.changes().await.len(), 50);
}

fn is_new(outcome: &ImportOutcome) -> bool {
    *outcome == ImportOutcome::Imported
}

async fn import(subject: &Subject, users: Vec<ImportedUser>) -> Vec<ImportOutcome> {
    let now = subject.world.now();
    let audit = AuditEvent {
        at: now,
        kind: AuditKind::UsersImported,
        user_id: None,
        session_id: None,
        detail: "lines 1 to 2".into(),
        origin: Origin {
            request_id: Some(request()),
            ..Origin::COMMAND_LINE
        },
    };
    let import = ImportUsers { users, audit };
    subject.store.import_users(import, now).await.unwrap()
}

/// What the events of these tests are found by.
fn request() -> RequestId {
    "import".parse().unwrap()
}

fn imported(subject: &Subject, id: &str, name: &str) -> ImportedUser {
    let created_at: Timestamp = subject.world.now() - SignedDuration::from_hours(1000);
    let new = subject.world.new_user(name);
    ImportedUser {
        id: ImportedUser::id_for(id, created_at, &subject.world.entropy),
        subject: id.to_owned(),
        email: new.email,
        username: new.username,
        name: None,
        metadata: json!({}),
        password_hash: new.password_hash,
        state: AccountState::Active,
        permissions: Vec::new(),
        created_at,
        last_login_at: None,
    }
}
