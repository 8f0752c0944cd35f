//! What one-time tokens do: an account made of a sign-up, one let in, a password set, an address changed, each in one effect.

use futures::future::join;
use keyturn_core::model::{
    Account, AccountState, AuditKind, ChangeKind, EmailAddress, EndReason, Errand, NewUser,
    StoredOneTimeToken,
};
use keyturn_core::ports::{ChangeEmail, SetPassword, SignInName, SpendOutcome, Spending};

use super::one_time_tokens::{find, issue, pending, resetting, spend, spending_of};
use super::own_accounts::change_password;
use super::{Subject, won};

fn changing(subject: &Subject, account: &Account, email: &str) -> Spending {
    Spending::ChangeEmail(ChangeEmail {
        user_id: account.id,
        email: EmailAddress::parse(email).unwrap(),
        audit: subject.world.audit(AuditKind::EmailChanged, account.id, None),
    })
}

fn creation(subject: &Subject, token: &StoredOneTimeToken) -> Spending {
    let Errand::SignUp(sign_up) = &token.errand else {
        panic!("not a sign-up");
    };
    Spending::Create(Box::new(NewUser {
        email: Some(sign_up.email.clone()),
        username: sign_up.username.clone(),
        password_hash: sign_up.password_hash.clone(),
        ..subject.world.new_user("unused")
    }))
}

/// Two wait under one address, each with their own password. Who activates has the account; the other sign-up is void.
pub async fn r2_6_of_two_sign_ups_of_an_address_one_is_activated(subject: &Subject) {
    let stranger = issue(subject, pending(subject, "ann", "of a stranger")).await;
    let owner = issue(subject, pending(subject, "ann", "of the owner")).await;
    let seen = subject.changes().await.len();
    assert_eq!(
        spend(subject, &owner, creation(subject, &owner)).await,
        SpendOutcome::Spent
    );
    let name = SignInName::EmailKey("ann@example.com".to_owned());
    let record = subject.store.find_sign_in(&name).await.unwrap().unwrap();
    let Errand::SignUp(sign_up) = &owner.errand else {
        panic!("not a sign-up")
    };
    assert_eq!(record.password_hash, sign_up.password_hash);
    for token in [&owner, &stranger] {
        assert_eq!(find(subject, token).await, None);
        assert_eq!(
            spend(subject, token, creation(subject, token)).await,
            SpendOutcome::Lost
        );
    }
    let kinds: Vec<_> = subject
        .changes_since(seen)
        .await
        .iter()
        .map(|change| change.kind)
        .collect();
    assert_eq!(kinds, [ChangeKind::AccountCreated]);
}

/// What was free at the sign-up can be taken since. The token stays, and nothing is made.
pub async fn a_taken_name_spends_no_token(subject: &Subject) {
    let token = issue(subject, pending(subject, "ann", "one")).await;
    subject.sign_up("ann").await;
    assert_eq!(
        spend(subject, &token, creation(subject, &token)).await,
        SpendOutcome::EmailTaken
    );
    assert_eq!(find(subject, &token).await, Some(token.clone()));
    let only_username = StoredOneTimeToken { ..token };
    let Spending::Create(mut new) = creation(subject, &only_username) else {
        panic!("not a sign-up")
    };
    new.email = Some(EmailAddress::parse("other@example.com").unwrap());
    assert_eq!(
        spend(subject, &only_username, Spending::Create(new)).await,
        SpendOutcome::UsernameTaken
    );
}

/// A pending account is let in once; from another state nothing happens, and the token stays.
pub async fn r2_6_a_pending_account_is_activated_once(subject: &Subject) {
    let mut new = subject.world.new_user("ann");
    new.state = AccountState::Pending;
    let id = new.id;
    subject.store.create_user(new, subject.world.now()).await.unwrap();
    let (first, second) = (
        issue(subject, Errand::Activation(id)).await,
        issue(subject, Errand::Activation(id)).await,
    );
    let activate = || {
        let (from, to) = (AccountState::Pending, AccountState::Active);
        Spending::Activate(subject.world.state_change(id, from, to))
    };
    assert_eq!(spend(subject, &second, activate()).await, SpendOutcome::Spent);
    assert_eq!(subject.user(id).await.account.state, AccountState::Active);
    for token in [first, second] {
        assert_eq!(spend(subject, &token, activate()).await, SpendOutcome::Lost);
    }
    let third = issue(subject, Errand::Activation(id)).await;
    assert_eq!(spend(subject, &third, activate()).await, SpendOutcome::Lost);
    assert_eq!(
        find(subject, &third).await,
        Some(third),
        "a lost effect spends nothing"
    );
}

/// Of two resets at once one wins: one password, all sessions over, every other token of the account void.
pub async fn r2_6_of_two_resets_at_once_one_wins(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let session = subject.sign_in(&ann).await;
    let (token, other) = (
        issue(subject, Errand::Reset(ann.id)).await,
        issue(subject, Errand::Reset(ann.id)).await,
    );
    let change = Errand::EmailChange(ann.id, EmailAddress::parse("new@example.com").unwrap());
    let (change, of_bob) = (
        issue(subject, change).await,
        issue(subject, Errand::Reset(bob.id)).await,
    );
    let now = subject.world.pass(1);
    let reset = |password| spending_of(&token, resetting(subject, &ann, AccountState::Active, password));
    let (one, two) = join(
        subject.store.spend_one_time_token(reset("one"), now),
        subject.store.spend_one_time_token(reset("two"), now),
    )
    .await;
    let outcomes = [one.unwrap(), two.unwrap()];
    assert!(
        outcomes.contains(&SpendOutcome::Spent) && outcomes.contains(&SpendOutcome::Lost),
        "{outcomes:?}"
    );
    let user = subject.user(ann.id).await;
    assert_eq!(user.account.session_epoch, ann.session_epoch + 1);
    assert_eq!(
        (user.account.epoch_reason, user.updated_at),
        (Some(EndReason::PasswordChanged), now)
    );
    let ended = subject.session(session.id).await.ended.unwrap();
    assert_eq!(ended.reason, EndReason::PasswordChanged);
    for void in [token, other, change] {
        assert_eq!(find(subject, &void).await, None);
    }
    assert_eq!(find(subject, &of_bob).await, Some(of_bob));
}

/// A link brings an inactive account back, and never one that was suspended meanwhile.
pub async fn r2_6_a_reset_expects_the_state_it_was_judged_from(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let (active, inactive, suspended) = (
        AccountState::Active,
        AccountState::Inactive,
        AccountState::Suspended,
    );
    let now = subject.world.now();
    let leave = subject.world.state_change(ann.id, active, inactive);
    won(subject.store.set_state(leave, now).await.unwrap());
    let token = issue(subject, Errand::Reset(ann.id)).await;
    assert_eq!(
        spend(subject, &token, resetting(subject, &ann, active, "x")).await,
        SpendOutcome::Lost
    );
    assert_eq!(
        spend(subject, &token, resetting(subject, &ann, inactive, "x")).await,
        SpendOutcome::Spent
    );
    let user = subject.user(ann.id).await;
    assert_eq!(user.account.state, active);
    subject.sign_in(&user.account).await;
    let token = issue(subject, Errand::Reset(ann.id)).await;
    let suspend = subject.world.state_change(ann.id, active, suspended);
    won(subject.store.set_state(suspend, now).await.unwrap());
    assert_eq!(find(subject, &token).await, None, "a suspension makes links void");
    assert_eq!(
        spend(subject, &token, resetting(subject, &ann, suspended, "x")).await,
        SpendOutcome::Lost
    );
    assert_eq!(subject.user(ann.id).await.account.state, suspended);
}

/// Whoever sets a password makes the links void that were on their way.
pub async fn a_new_password_makes_links_void(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let token = issue(subject, Errand::Reset(ann.id)).await;
    let set = SetPassword {
        user_id: ann.id,
        password_hash: subject.world.password_hash("new"),
        keep: None,
        audit: subject.world.audit(AuditKind::PasswordSet, ann.id, None),
    };
    won(subject
        .store
        .set_password(set, subject.world.now())
        .await
        .unwrap());
    assert_eq!(find(subject, &token).await, None);
    let bob = subject.sign_up("bob").await;
    let session = subject.sign_in(&bob).await;
    let token = issue(subject, Errand::Reset(bob.id)).await;
    let change = change_password(subject, &bob, &session).await;
    let now = subject.world.pass(1);
    won(subject.store.change_password(change, now).await.unwrap());
    assert_eq!(find(subject, &token).await, None, "the person did it");
}

/// An address changes for an active account, if it is free; another spelling of one's own is free.
pub async fn r2_6_an_email_changes_where_it_is_free(subject: &Subject) {
    let (ann, _) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let session = subject.sign_in(&ann).await;
    let address = |text| EmailAddress::parse(text).unwrap();
    let token = issue(subject, Errand::EmailChange(ann.id, address("bob@example.com"))).await;
    assert_eq!(
        spend(subject, &token, changing(subject, &ann, "BOB@example.com")).await,
        SpendOutcome::EmailTaken
    );
    let (reset, now) = (issue(subject, Errand::Reset(ann.id)).await, subject.world.pass(1));
    let seen = subject.changes().await.len();
    assert_eq!(
        spend(subject, &token, changing(subject, &ann, "ANN@Example.com")).await,
        SpendOutcome::Spent
    );
    let user = subject.user(ann.id).await;
    assert_eq!(
        (user.account.email, user.updated_at),
        (Some(address("ANN@Example.com")), now)
    );
    assert_eq!(
        find(subject, &reset).await,
        None,
        "links to the old address are void"
    );
    assert_eq!(subject.session(session.id).await, session, "sessions go on");
    let kinds: Vec<_> = subject
        .changes_since(seen)
        .await
        .iter()
        .map(|change| change.kind)
        .collect();
    assert_eq!(kinds, [ChangeKind::AccountUpdated]);
}

/// Of two accounts that want one address at once one gets it.
pub async fn of_two_that_want_one_address_one_gets_it(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let address = EmailAddress::parse("wanted@example.com").unwrap();
    let (of_ann, of_bob) = (
        issue(subject, Errand::EmailChange(ann.id, address.clone())).await,
        issue(subject, Errand::EmailChange(bob.id, address)).await,
    );
    let now = subject.world.now();
    let change = |token, account| spending_of(token, changing(subject, account, "wanted@example.com"));
    let (one, two) = join(
        subject.store.spend_one_time_token(change(&of_ann, &ann), now),
        subject.store.spend_one_time_token(change(&of_bob, &bob), now),
    )
    .await;
    let outcomes = [one.unwrap(), two.unwrap()];
    assert!(
        outcomes.contains(&SpendOutcome::Spent) && outcomes.contains(&SpendOutcome::EmailTaken),
        "{outcomes:?}"
    );
}
