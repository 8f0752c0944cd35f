//! Creating and finding accounts, replacing a hash.

use keyturn_core::model::{AccountState, EmailAddress, NewUser, User, UserId, Username};
use keyturn_core::ports::{CreateOutcome, Effect, Rehash, SignInName};

use super::Subject;

/// Every field survives.
pub async fn r2_1_an_account_is_created_and_read_back_whole(subject: &Subject) {
    for state in AccountState::ALL {
        let now = subject
            .world
            .clock
            .advance(jiff::SignedDuration::from_micros(1_000_001));
        let new = NewUser {
            email: Some(EmailAddress::parse(&format!("{state}.Ann+x@Bücher.example")).unwrap()),
            username: Some(Username::parse(&format!("Änn.{state}")).unwrap()),
            name: Some("Ann \u{1F511} O'Hara; --".into()),
            state: *state,
            permissions: vec!["admin".into(), "\"quoted\"".into()],
            metadata: serde_json::json!({ "plan": ["gold", null, 1.5] }),
            subject: format!("legacy:{state}"),
            ..subject.world.new_user("ann")
        };
        let (id, email, username) = (new.id, new.email.clone(), new.username.clone());
        let user = create(subject, new).await.expect("all names are free");
        assert_eq!(subject.user(id).await, user);
        let account = &user.account;
        assert_eq!(
            (account.id, &account.email, &account.username),
            (id, &email, &username)
        );
        assert_eq!(
            (account.state, account.session_epoch, account.epoch_reason),
            (*state, 0, None)
        );
        assert_eq!(account.subject, format!("legacy:{state}"));
        assert_eq!(account.permissions, ["admin", "\"quoted\""]);
        assert_eq!(user.name.as_deref(), Some("Ann \u{1F511} O'Hara; --"));
        assert_eq!(
            (user.created_at, user.updated_at, user.last_login_at),
            (now, now, None)
        );
        assert_eq!(user.metadata, serde_json::json!({ "plan": ["gold", null, 1.5] }));
    }
}

/// Another spelling of a taken name is taken; the first one that is taken is told, and nothing is stored.
pub async fn r2_1_email_username_and_subject_are_unique_by_key(subject: &Subject) {
    let ann = create(subject, subject.world.new_user("ann"))
        .await
        .expect("all names are free");
    let fresh = || subject.world.new_user("bob");
    let same_email = NewUser {
        email: EmailAddress::parse("ANN@EXAMPLE.com").ok(),
        ..fresh()
    };
    let same_username = NewUser {
        username: Username::parse("ANN").ok(),
        ..fresh()
    };
    let same_subject = NewUser {
        subject: ann.account.subject.clone(),
        ..fresh()
    };
    let same_id = NewUser {
        id: ann.account.id,
        ..fresh()
    };
    let all_taken = NewUser {
        subject: ann.account.subject.clone(),
        ..subject.world.new_user("ann")
    };
    assert_eq!(create(subject, same_email).await, Err(CreateOutcome::EmailTaken));
    assert_eq!(
        create(subject, same_username).await,
        Err(CreateOutcome::UsernameTaken)
    );
    assert_eq!(
        create(subject, same_subject).await,
        Err(CreateOutcome::SubjectTaken)
    );
    assert_eq!(create(subject, same_id).await, Err(CreateOutcome::SubjectTaken));
    assert_eq!(create(subject, all_taken).await, Err(CreateOutcome::EmailTaken));
    assert_eq!(subject.user(ann.account.id).await, ann);
    assert_eq!(subject.changes().await.len(), 1, "one account, one change");
    create(subject, fresh()).await.expect("all names are free");
}

/// Imported accounts: any number without an email, without a username.
pub async fn an_account_may_lack_names(subject: &Subject) {
    for _ in 0..2 {
        let new = NewUser {
            email: None,
            username: None,
            ..subject.world.new_user("ann")
        };
        let id = new.id;
        let user = create(subject, new).await.expect("nothing is taken by nobody");
        assert_eq!((user.account.email, user.account.username), (None, None));
        assert_eq!(subject.user(id).await.account.email, None);
    }
}

/// By id, subject, email key and username key; and not by what is none of these.
pub async fn an_account_is_found_by_each_name(subject: &Subject) {
    let new = NewUser {
        subject: "4711".into(),
        ..subject.world.new_user("Ann")
    };
    let hash = new.password_hash.clone();
    let user = create(subject, new).await.expect("all names are free");
    let store = &subject.store;
    assert_eq!(
        store.find_user_by_subject("4711").await.unwrap(),
        Some(user.clone())
    );
    for name in [
        SignInName::EmailKey("ann@example.com".into()),
        SignInName::UsernameKey("ann".into()),
    ] {
        assert_eq!(store.find_user_by_name(&name).await.unwrap(), Some(user.clone()));
        let record = store
            .find_sign_in(&name)
            .await
            .unwrap()
            .expect("the account exists");
        assert_eq!(
            (record.account, record.password_hash),
            (user.account.clone(), hash.clone())
        );
    }
    for name in [
        SignInName::EmailKey("ann".into()),
        SignInName::UsernameKey("ann@example.com".into()),
    ] {
        assert_eq!(store.find_user_by_name(&name).await.unwrap(), None);
        assert!(store.find_sign_in(&name).await.unwrap().is_none());
    }
    let nobody: UserId = subject.world.new_user("nobody").id;
    assert_eq!(store.find_user(nobody).await.unwrap(), None);
    assert_eq!(store.find_user_by_subject("471").await.unwrap(), None);
}

/// A password that was changed meanwhile is not overwritten by a better hash of the old one.
pub async fn a_hash_is_replaced_only_if_it_is_the_one_expected(subject: &Subject) {
    let new = subject.world.new_user("ann");
    let (user_id, expected) = (new.id, new.password_hash.clone());
    let before = create(subject, new).await.expect("all names are free");
    let better = subject.world.password_hash("ann");
    let now = subject.world.pass(1);
    let rehash = |expected: &_| Rehash {
        user_id,
        expected: Clone::clone(expected),
        password_hash: better.clone(),
    };
    assert_eq!(
        subject.store.rehash(rehash(&better), now).await.unwrap(),
        Effect::Lost
    );
    assert_eq!(
        subject.store.rehash(rehash(&expected), now).await.unwrap(),
        Effect::Won(())
    );
    let name = SignInName::UsernameKey("ann".into());
    let record = subject
        .store
        .find_sign_in(&name)
        .await
        .unwrap()
        .expect("the account exists");
    assert_eq!(record.password_hash, better);
    assert_eq!(
        subject.user(user_id).await,
        before,
        "no session ends, nothing else changes"
    );
    assert_eq!(
        subject.store.rehash(rehash(&expected), now).await.unwrap(),
        Effect::Lost
    );
    let nobody = Rehash {
        user_id: subject.world.new_user("nobody").id,
        ..rehash(&better)
    };
    assert_eq!(subject.store.rehash(nobody, now).await.unwrap(), Effect::Lost);
}

async fn create(subject: &Subject, new: NewUser) -> Result<User, CreateOutcome> {
    match subject.store.create_user(new, subject.world.now()).await.unwrap() {
        CreateOutcome::Created(user) => Ok(*user),
        taken => Err(taken),
    }
}
