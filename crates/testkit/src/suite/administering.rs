//! Looking accounts over and changing them, as administrators do.

use futures::future::join;
use keyturn_core::model::{
    Account, AccountState, AuditKind, ChangeKind, EmailAddress, NewUser, User, UserId, Username,
};
use keyturn_core::ports::{
    CreateOutcome, Effect, Page, Profile, SetState, UpdateOutcome, UpdateUser, UserFilter, UserSearch,
};
use serde_json::json;

use super::{Subject, won};

/// By part of the subject, the keys, the email as given and the name.
pub async fn accounts_are_searched_by_all_that_they_are_called(subject: &Subject) {
    let new = |name: &str| subject.world.new_user(name);
    let ann = NewUser {
        subject: "Legacy/7".to_owned(),
        name: Some("Ann O'Hara 100%".to_owned()),
        ..new("ann")
    };
    let bob = NewUser {
        email: EmailAddress::parse("Robert@Bücher.example").ok(),
        username: None,
        name: Some("Róbert".to_owned()),
        ..new("bob")
    };
    let cyn = NewUser {
        email: None,
        username: Username::parse("CÝN_thia").ok(),
        state: AccountState::Suspended,
        ..new("cyn")
    };
    for new in [ann, bob, cyn] {
        subject.world.pass(1);
        create(subject, new).await;
    }
    for (text, found) in [
        ("ann", &["ann"][..]),
        ("ANN", &["ann"]),
        ("o'hara", &["ann"]),
        ("100%", &["ann"]),
        ("gacy/7", &["ann"]),
        ("gacy/8", &[]),
        ("legacy/7", &[]),
        ("  ann ", &["ann"]),
        ("robert@", &["bob"]),
        ("bücher", &["bob"]),
        ("xn--bcher", &["bob"]),
        ("Róbert", &["bob"]),
        ("rób", &["bob"]),
        ("cýn", &["cyn"]),
        ("CÝN", &["cyn"]),
        ("n_t", &["cyn"]),
        ("example", &["bob", "ann"]),
        ("%", &["ann"]),
        ("_", &["cyn"]),
        ("\\", &[]),
        ("' OR ''='", &[]),
    ] {
        assert_eq!(search(subject, text, None, 50).await, found, "{text}");
    }
    let active = Some(AccountState::Active);
    assert_eq!(search(subject, "n", active, 50).await, ["bob", "ann"]);
    assert_eq!(
        search(subject, "n", Some(AccountState::Suspended), 50).await,
        ["cyn"]
    );
}

/// Every hit once, newest first, whatever the size of a page.
pub async fn a_search_has_pages_and_no_wildcards(subject: &Subject) {
    for number in 0..9 {
        subject.world.pass(1);
        let name = if number % 2 == 0 { "even" } else { "odd" };
        create(subject, subject.world.new_user(&format!("{name}{number}"))).await;
    }
    let odd = ["odd7", "odd5", "odd3", "odd1"];
    for limit in [1, 2, 3, 4, 50] {
        assert_eq!(search(subject, "odd", None, limit).await, odd, "{limit}");
    }
    assert_eq!(UserSearch::new("  "), None);
}

/// Every field, and nothing but those of the profile.
pub async fn a_profile_is_written_whole(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let session = subject.sign_in(&ann).await;
    let before = subject.user(ann.id).await;
    let seen = subject.changes().await.len();
    let now = subject.world.pass(5);
    let profile = Profile {
        email: EmailAddress::parse("Änn@Bücher.example").ok(),
        username: Username::parse("Änn").ok(),
        name: Some("Ann \u{1F511}".to_owned()),
        permissions: vec!["admin".to_owned(), "tasks:write".to_owned()],
        metadata: json!({ "plan": "gold", "seats": 3, "tags": ["a", null, 1.5], "deep": { "é": "\u{1}" } }),
    };
    let after = updated(subject, update(subject, &before, profile.clone())).await;
    assert_eq!(Profile::of(&after), profile);
    assert_eq!(subject.user(ann.id).await, after);
    let expected = User {
        account: Account {
            email: profile.email.clone(),
            username: profile.username.clone(),
            permissions: profile.permissions.clone(),
            ..before.account.clone()
        },
        name: profile.name.clone(),
        metadata: profile.metadata.clone(),
        updated_at: now,
        ..before
    };
    assert_eq!(after, expected);
    let told: Vec<_> = subject.changes_since(seen).await;
    let told: Vec<_> = told.iter().map(|change| (change.kind, change.id)).collect();
    assert_eq!(told, [(ChangeKind::AccountUpdated, ann.id.0)]);
    assert_eq!(subject.session(session.id).await.ended, None);
    let empty = Profile {
        email: None,
        username: None,
        name: None,
        permissions: Vec::new(),
        metadata: json!({}),
    };
    let after = updated(subject, update(subject, &after, empty.clone())).await;
    assert_eq!(Profile::of(&after), empty);
}

/// What was judged from is no longer so: judge again. Nothing is written then.
pub async fn a_profile_is_written_only_over_the_one_expected(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let first = subject.user(ann.id).await;
    let renamed = |user: &User, name: &str| Profile {
        name: Some(name.to_owned()),
        ..Profile::of(user)
    };
    let stale = update(subject, &first, renamed(&first, "stale"));
    let second = updated(subject, update(subject, &first, renamed(&first, "fresh"))).await;
    let seen = subject.changes().await.len();
    for refused in [
        stale,
        UpdateUser {
            user_id: subject.world.new_user("nobody").id,
            ..update(subject, &second, renamed(&second, "nobody"))
        },
    ] {
        let outcome = subject.store.update_user(refused, subject.world.now()).await;
        assert_eq!(outcome.unwrap(), UpdateOutcome::Lost);
    }
    assert_eq!(subject.user(ann.id).await, second);
    assert_eq!(subject.changes_since(seen).await, []);
}

/// Neither by another spelling nor in a race; one's own names are one's own.
pub async fn a_profile_takes_no_name_of_another(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let bob = subject.user(bob.id).await;
    let with = |email: &str, username: &str| Profile {
        email: EmailAddress::parse(email).ok(),
        username: Username::parse(username).ok(),
        ..Profile::of(&bob)
    };
    for (profile, outcome) in [
        (with("ANN@example.com", "bob"), UpdateOutcome::EmailTaken),
        (with("ANN@example.com", "ANN"), UpdateOutcome::EmailTaken),
        (with("bob@example.com", "ANN"), UpdateOutcome::UsernameTaken),
    ] {
        let taken = update(subject, &bob, profile);
        let answer = subject.store.update_user(taken, subject.world.now()).await;
        assert_eq!(answer.unwrap(), outcome);
    }
    assert_eq!(subject.user(bob.account.id).await, bob);
    let own = with("BOB@example.com", "BOB");
    assert_eq!(
        Profile::of(&updated(subject, update(subject, &bob, own.clone())).await),
        own
    );
    let (ann, bob) = (subject.user(ann.id).await, subject.user(bob.account.id).await);
    let named = |user: &User| Profile {
        username: Username::parse("same").ok(),
        ..Profile::of(user)
    };
    let (one, two) = (
        update(subject, &ann, named(&ann)),
        update(subject, &bob, named(&bob)),
    );
    let now = subject.world.now();
    let answers = join(
        subject.store.update_user(one, now),
        subject.store.update_user(two, now),
    )
    .await;
    let answers = [answers.0.unwrap(), answers.1.unwrap()];
    let won = |answer: &&UpdateOutcome| matches!(answer, UpdateOutcome::Updated(_));
    assert_eq!(answers.iter().filter(won).count(), 1, "{answers:?}");
    assert!(answers.contains(&UpdateOutcome::UsernameTaken), "{answers:?}");
}

/// Where the condition is asked for, whoever is no active administrator counts for nothing.
pub async fn r2_6_the_last_administrator_stays(subject: &Subject) {
    assert!(!has_administrator(subject, None).await);
    let ann = administrator(subject, "ann", AccountState::Active).await;
    administrator(subject, "suspended", AccountState::Suspended).await;
    let near = NewUser {
        permissions: vec![
            "\"admin\"".to_owned(),
            "administrator".to_owned(),
            "Admin".to_owned(),
        ],
        ..subject.world.new_user("near")
    };
    create(subject, near).await;
    assert!(has_administrator(subject, None).await);
    assert!(!has_administrator(subject, Some(ann)).await);
    let (suspend, demote) = takings(subject, ann).await;
    let now = subject.world.pass(1);
    assert_eq!(subject.store.set_state(suspend, now).await.unwrap(), Effect::Lost);
    let outcome = subject.store.update_user(demote, now).await.unwrap();
    assert_eq!(outcome, UpdateOutcome::Lost);

    let bob = administrator(subject, "bob", AccountState::Active).await;
    assert!(has_administrator(subject, Some(ann)).await);
    let (suspend, _) = takings(subject, ann).await;
    won(subject.store.set_state(suspend, now).await.unwrap());
    let (_, demote) = takings(subject, bob).await;
    let insisting = UpdateUser {
        another_administrator: false,
        ..demote.clone()
    };
    let outcome = subject.store.update_user(demote, now).await.unwrap();
    assert_eq!(outcome, UpdateOutcome::Lost);
    updated(subject, insisting).await;
    assert!(!has_administrator(subject, None).await);
}

/// Each finds the other one there when it is judged.
pub async fn r2_6_of_two_administrators_who_demote_each_other_one_stays(subject: &Subject) {
    for round in 0..8 {
        let ann = administrator(subject, &format!("ann{round}"), AccountState::Active).await;
        let bob = administrator(subject, &format!("bob{round}"), AccountState::Active).await;
        let ((suspend, _), (_, demote)) = (takings(subject, ann).await, takings(subject, bob).await);
        let now = subject.world.pass(1);
        let (suspended, demoted) = join(
            subject.store.set_state(suspend, now),
            subject.store.update_user(demote, now),
        )
        .await;
        let suspended = matches!(suspended.unwrap(), Effect::Won(_));
        let demoted = matches!(demoted.unwrap(), UpdateOutcome::Updated(_));
        assert!(suspended != demoted, "{round}: {suspended} {demoted}");
        let left = if suspended { bob } else { ann };
        let (mut last, _) = takings(subject, left).await;
        last.another_administrator = false;
        won(subject.store.set_state(last, now).await.unwrap());
    }
}

/// Suspending and demoting this administrator, provided that another one is left.
async fn takings(subject: &Subject, id: UserId) -> (SetState, UpdateUser) {
    let user = subject.user(id).await;
    let suspend = SetState {
        another_administrator: true,
        ..subject
            .world
            .state_change(id, AccountState::Active, AccountState::Suspended)
    };
    let demoted = Profile {
        permissions: Vec::new(),
        ..Profile::of(&user)
    };
    let demote = UpdateUser {
        another_administrator: true,
        ..update(subject, &user, demoted)
    };
    (suspend, demote)
}

async fn administrator(subject: &Subject, name: &str, state: AccountState) -> UserId {
    let new = NewUser {
        permissions: vec!["other".to_owned(), "admin".to_owned()],
        state,
        ..subject.world.new_user(name)
    };
    create(subject, new).await
}

async fn has_administrator(subject: &Subject, except: Option<UserId>) -> bool {
    subject.store.has_administrator(except).await.unwrap()
}

async fn create(subject: &Subject, new: NewUser) -> UserId {
    let id = new.id;
    let outcome = subject.store.create_user(new, subject.world.now()).await.unwrap();
    assert!(matches!(outcome, CreateOutcome::Created(_)), "{outcome:?}");
    id
}

fn update(subject: &Subject, user: &User, profile: Profile) -> UpdateUser {
    UpdateUser {
        user_id: user.account.id,
        expected: Profile::of(user),
        profile,
        another_administrator: false,
        audit: subject.world.audit(AuditKind::UserUpdated, user.account.id, None),
    }
}

async fn updated(subject: &Subject, update: UpdateUser) -> User {
    match subject
        .store
        .update_user(update, subject.world.now())
        .await
        .unwrap()
    {
        UpdateOutcome::Updated(user) => *user,
        other => panic!("the profile was not written: {other:?}"),
    }
}

/// What a search finds, all its pages together.
async fn search(subject: &Subject, text: &str, state: Option<AccountState>, limit: u32) -> Vec<String> {
    let filter = UserFilter {
        state,
        search: UserSearch::new(text),
    };
    let mut found = Vec::new();
    let mut page = Page { before: None, limit };
    loop {
        let users = subject.store.list_users(&filter, page).await.unwrap();
        let Some(last) = users.last() else { return found };
        assert!(users.len() <= usize::try_from(limit).unwrap());
        page.before = Some(last.account.id);
        found.extend(users.iter().map(short_name));
    }
}

/// How the tests here call an account.
fn short_name(user: &User) -> String {
    match (&user.account.username, &user.account.email) {
        (Some(username), _) if username.key().starts_with("cýn") => "cyn".to_owned(),
        (Some(username), _) => username.key().to_owned(),
        (None, _) => "bob".to_owned(),
    }
}
