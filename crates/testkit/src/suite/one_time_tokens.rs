//! One-time tokens: issued within a limit, and spent once. What is done with them: [`super::mailed_links`].

use std::num::NonZeroU32;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{OneTimeHash, OneTimeToken};
use keyturn_core::model::{
    Account, AccountState, AuditKind, Delivery, EmailAddress, Errand, Holder, OneTimePurpose, OneTimeTokenId,
    PendingSignUp, PreparedSession, StoredOneTimeToken, Username,
};
use keyturn_core::ports::{
    Effect, IssueToken, RenewToken, ResetPassword, SpendOutcome, SpendToken, Spending,
};

use super::{Subject, won};

const LIMIT: u32 = 3;

/// A quarter of an hour's token.
fn token(subject: &Subject, errand: Errand) -> StoredOneTimeToken {
    let (world, now) = (&subject.world, subject.world.now());
    StoredOneTimeToken {
        id: OneTimeTokenId::generate(now, &world.entropy),
        hash: OneTimeToken::generate(&world.entropy).hash(),
        errand,
        created_at: now,
        expires_at: now + SignedDuration::from_mins(15),
    }
}

fn issuing(token: &StoredOneTimeToken) -> IssueToken {
    IssueToken {
        token: token.clone(),
        limit: NonZeroU32::new(LIMIT).unwrap(),
        audit: None,
    }
}

pub(super) async fn issue(subject: &Subject, errand: Errand) -> StoredOneTimeToken {
    subject.world.pass(1);
    let token = token(subject, errand);
    let issued = subject
        .store
        .issue_one_time_token(issuing(&token), subject.world.now())
        .await;
    won(issued.unwrap());
    token
}

pub(super) async fn find(subject: &Subject, token: &StoredOneTimeToken) -> Option<StoredOneTimeToken> {
    let (purpose, now) = (token.errand.purpose(), subject.world.now());
    let found = subject.store.find_one_time_token(purpose, token.hash, now);
    found.await.unwrap()
}

async fn outstanding(subject: &Subject, holder: &Holder, purpose: OneTimePurpose) -> Vec<StoredOneTimeToken> {
    let now = subject.world.now();
    let found = subject.store.outstanding_one_time_tokens(holder, purpose, now);
    found.await.unwrap()
}

pub(super) async fn spend(subject: &Subject, token: &StoredOneTimeToken, spending: Spending) -> SpendOutcome {
    let spend = spending_of(token, spending);
    let now = subject.world.now();
    subject.store.spend_one_time_token(spend, now).await.unwrap()
}

pub(super) fn spending_of(token: &StoredOneTimeToken, spending: Spending) -> SpendToken {
    SpendToken {
        id: token.id,
        hash: token.hash,
        holder: token.errand.holder(),
        spending,
    }
}

pub(super) fn pending(subject: &Subject, name: &str, password: &str) -> Errand {
    Errand::SignUp(Box::new(PendingSignUp {
        email: EmailAddress::parse(&format!("{name}@Example.com")).unwrap(),
        username: Some(Username::parse(name).unwrap()),
        name: Some("Ann Ñandú".to_owned()),
        password_hash: subject.world.password_hash(password),
    }))
}

pub(super) fn resetting(
    subject: &Subject,
    account: &Account,
    from: AccountState,
    password: &str,
) -> Spending {
    Spending::Reset(ResetPassword {
        user_id: account.id,
        from,
        to: AccountState::Active,
        password_hash: subject.world.password_hash(password),
        audit: subject.world.audit(AuditKind::PasswordSet, account.id, None),
    })
}

fn session_start(account: &Account) -> Errand {
    let prepared = PreparedSession {
        service: "portal".parse().unwrap(),
        epoch: account.session_epoch,
    };
    Errand::SessionStart(account.id, prepared)
}

/// Every field survives, of every errand; a token is found by its hash, for its purpose, until its end.
pub async fn a_token_is_read_back_whole_until_its_end(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let bare = Errand::SignUp(Box::new(PendingSignUp {
        email: EmailAddress::parse("bare@example.com").unwrap(),
        username: None,
        name: None,
        password_hash: subject.world.password_hash("bare"),
    }));
    let address = EmailAddress::parse("Ann@Bücher.example").unwrap();
    for errand in [
        pending(subject, "bob", "one"),
        bare,
        Errand::Activation(ann.id),
        Errand::Reset(ann.id),
        Errand::EmailChange(ann.id, address),
        session_start(&ann),
    ] {
        let token = issue(subject, errand).await;
        assert_eq!(find(subject, &token).await, Some(token.clone()));
        let (holder, purpose) = (token.errand.holder(), token.errand.purpose());
        assert_eq!(outstanding(subject, &holder, purpose).await.first(), Some(&token));
        for other in OneTimePurpose::ALL.iter().filter(|other| **other != purpose) {
            let now = subject.world.now();
            let found = subject.store.find_one_time_token(*other, token.hash, now).await;
            assert_eq!(found.unwrap(), None, "a token of {purpose} is none of {other}");
        }
        let strange = StoredOneTimeToken {
            hash: OneTimeHash([9; 32]),
            ..token.clone()
        };
        assert_eq!(find(subject, &strange).await, None);
        subject.world.pass(15 * 60 - 1);
        assert_eq!(find(subject, &token).await, Some(token.clone()));
        subject.world.pass(1);
        assert_eq!(find(subject, &token).await, None, "its time is over");
        assert_eq!(outstanding(subject, &holder, purpose).await, []);
    }
}

/// A holder has no more than its limit, by purpose; one that is too many takes the oldest's place, also of many at once.
pub async fn a_holder_has_few_outstanding_tokens(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let (change, of_bob) = (
        issue(subject, session_start(&ann)).await,
        issue(subject, Errand::Reset(bob.id)).await,
    );
    let mut issued = Vec::new();
    for _ in 0..5 {
        issued.push(issue(subject, Errand::Reset(ann.id)).await);
    }
    issued.reverse();
    let holder = Holder::Account(ann.id);
    let left = outstanding(subject, &holder, OneTimePurpose::Reset).await;
    let (kept, void) = issued.split_at(3);
    assert_eq!(left, kept);
    for token in void {
        assert_eq!(find(subject, token).await, None, "void");
        let reset = resetting(subject, &ann, AccountState::Active, "x");
        assert_eq!(spend(subject, token, reset).await, SpendOutcome::Lost);
    }
    for other in [change, of_bob] {
        assert_eq!(find(subject, &other).await, Some(other));
    }
    let many: Vec<_> = (0..8)
        .map(|_| token(subject, pending(subject, "cid", "p")))
        .collect();
    let now = subject.world.now();
    let issuing = many
        .iter()
        .map(|token| subject.store.issue_one_time_token(issuing(token), now));
    for issued in join_all(issuing).await {
        won(issued.unwrap());
    }
    let holder = Holder::Address("cid@example.com".to_owned());
    let left = outstanding(subject, &holder, OneTimePurpose::Activation).await;
    assert_eq!(left.len(), 3);
}

/// For nobody, and twice of one id or hash: nothing is issued.
pub async fn a_token_is_issued_once_and_for_somebody(subject: &Subject) {
    let nobody = subject.world.new_user("nobody").id;
    let (now, store) = (subject.world.now(), &subject.store);
    let absent = token(subject, Errand::Reset(nobody));
    let issued = store.issue_one_time_token(issuing(&absent), now).await;
    assert_eq!(issued.unwrap(), Effect::Lost);
    let ann = subject.sign_up("ann").await;
    let first = issue(subject, Errand::Reset(ann.id)).await;
    let same_hash = StoredOneTimeToken {
        hash: first.hash,
        ..token(subject, Errand::Activation(ann.id))
    };
    let same_id = StoredOneTimeToken {
        id: first.id,
        ..token(subject, Errand::Reset(ann.id))
    };
    for again in [same_hash, same_id] {
        let issued = store.issue_one_time_token(issuing(&again), now).await;
        assert_eq!(issued.unwrap(), Effect::Lost);
    }
    let left = outstanding(subject, &Holder::Account(ann.id), OneTimePurpose::Reset).await;
    assert_eq!(left, [first]);
}

/// A link that is sent again: the earlier one is dead, what it stands for stays.
pub async fn a_token_is_renewed_if_it_is_as_expected(subject: &Subject) {
    let first = issue(subject, pending(subject, "ann", "one")).await;
    subject.world.pass(60);
    let renewed = StoredOneTimeToken {
        hash: OneTimeToken::generate(&subject.world.entropy).hash(),
        expires_at: first.expires_at + SignedDuration::from_mins(15),
        ..first.clone()
    };
    let renew = RenewToken {
        id: first.id,
        expected: first.hash,
        hash: renewed.hash,
        expires_at: renewed.expires_at,
    };
    let (now, store) = (subject.world.now(), &subject.store);
    assert_eq!(
        store.renew_one_time_token(renew, now).await.unwrap(),
        Effect::Won(())
    );
    assert_eq!(
        store.renew_one_time_token(renew, now).await.unwrap(),
        Effect::Lost
    );
    assert_eq!(find(subject, &first).await, None);
    assert_eq!(find(subject, &renewed).await, Some(renewed.clone()));
    let end = renewed.expires_at;
    let late = RenewToken {
        expected: renewed.hash,
        hash: first.hash,
        ..renew
    };
    assert_eq!(store.renew_one_time_token(late, end).await.unwrap(), Effect::Lost);
}

/// A token is spent by its own holder, hash and id, in time.
pub async fn a_token_is_spent_only_by_what_it_is(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let token = issue(subject, Errand::Reset(ann.id)).await;
    let reset = || resetting(subject, &ann, AccountState::Active, "x");
    let strange = [
        SpendToken {
            hash: OneTimeHash([9; 32]),
            ..spending_of(&token, reset())
        },
        SpendToken {
            id: OneTimeTokenId::generate(Timestamp::UNIX_EPOCH, &subject.world.entropy),
            ..spending_of(&token, reset())
        },
        SpendToken {
            holder: Holder::Account(bob.id),
            ..spending_of(&token, reset())
        },
    ];
    let now = subject.world.now();
    for spend in strange {
        let outcome = subject.store.spend_one_time_token(spend, now).await;
        assert_eq!(outcome.unwrap(), SpendOutcome::Lost);
    }
    let late = subject
        .store
        .spend_one_time_token(spending_of(&token, reset()), token.expires_at);
    assert_eq!(late.await.unwrap(), SpendOutcome::Lost);
    assert_eq!(spend(subject, &token, reset()).await, SpendOutcome::Spent);
}

/// A session starts by a token once, for an active account of its epoch; other tokens of the account stay.
pub async fn a_token_starts_one_session(subject: &Subject) {
    let ann = subject.sign_up("ann").await;
    let (token, reset) = (
        issue(subject, session_start(&ann)).await,
        issue(subject, Errand::Reset(ann.id)).await,
    );
    let (first, _) = subject.world.new_session(&ann, Delivery::Cookie);
    let (second, _) = subject.world.new_session(&ann, Delivery::Cookie);
    let stale = keyturn_core::model::Session {
        epoch: ann.session_epoch - 1,
        ..second.clone()
    };
    let start = |session| Spending::StartSession(Box::new(subject.world.start(session)));
    assert_eq!(spend(subject, &token, start(stale)).await, SpendOutcome::Lost);
    assert_eq!(
        spend(subject, &token, start(first.clone())).await,
        SpendOutcome::Spent
    );
    assert_eq!(
        spend(subject, &token, start(second.clone())).await,
        SpendOutcome::Lost
    );
    assert_eq!(subject.session(first.id).await, first);
    let found = subject.store.find_session(second.id).await.unwrap();
    assert!(found.is_none());
    assert_eq!(find(subject, &reset).await, Some(reset));
}
