//! Taking one-time tokens out of the store once they are worth nothing.

#![expect(
    clippy::indexing_slicing,
    reason = "a case that finds fewer rows than it made has failed"
)]

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::OneTimeToken;
use keyturn_core::model::{AuditKind, Errand, Holder, OneTimePurpose, OneTimeTokenId, StoredOneTimeToken};
use keyturn_core::ports::{IssueToken, SetPassword, Slice};

use super::{Subject, won};

/// Spent, void and past their end they go, however small the slices are; outstanding ones stay as they were.
pub async fn one_time_tokens_are_swept_once_they_are_worth_nothing(subject: &Subject) {
    let (ann, bob) = (subject.sign_up("ann").await, subject.sign_up("bob").await);
    let mut tokens = Vec::new();
    for (account, minutes) in [(&ann, 15), (&ann, 60), (&bob, 15), (&bob, 60), (&bob, 90)] {
        tokens.push(issue(subject, Errand::Reset(account.id), minutes).await);
    }
    let issued_at = subject.world.now();
    let set = SetPassword {
        user_id: ann.id,
        password_hash: subject.world.password_hash("another"),
        keep: None,
        audit: subject.world.audit(AuditKind::PasswordSet, ann.id, None),
    };
    won(subject.store.set_password(set, issued_at).await.unwrap());
    let end = tokens[2].expires_at;
    let outstanding = |at: Timestamp| async move {
        let holder = Holder::Account(bob.id);
        let found = subject
            .store
            .outstanding_one_time_tokens(&holder, OneTimePurpose::Reset, at);
        found.await.unwrap()
    };
    let mut all = tokens[2..].to_vec();
    all.reverse();
    sweep_tokens(subject, 1, end - SignedDuration::from_micros(1)).await;
    assert_eq!(outstanding(issued_at).await, all, "Ann's are gone, Bob's are not");
    assert_eq!(sweep_tokens(subject, 1, end).await, 1);
    assert_eq!(
        outstanding(issued_at).await,
        all[..2],
        "not even to a clock behind"
    );
    assert_eq!(sweep_tokens(subject, 100, end).await, 0);
    let last = tokens[4].expires_at;
    assert_eq!(sweep_tokens(subject, 2, last).await, 2);
    assert_eq!(outstanding(issued_at).await, []);
}

/// A token for this errand, worth something for so long.
async fn issue(subject: &Subject, errand: Errand, minutes: i64) -> StoredOneTimeToken {
    let (now, entropy) = (subject.world.pass(1), &subject.world.entropy);
    let token = StoredOneTimeToken {
        id: OneTimeTokenId::generate(now, entropy),
        hash: OneTimeToken::generate(entropy).hash(),
        errand,
        created_at: now,
        expires_at: now + SignedDuration::from_mins(minutes),
    };
    let issue = IssueToken {
        token: token.clone(),
        limit: NonZeroU32::new(8).unwrap(),
        audit: None,
    };
    won(subject.store.issue_one_time_token(issue, now).await.unwrap());
    token
}

/// Walks the whole table in slices of `limit`.
async fn sweep_tokens(subject: &Subject, limit: u32, until: Timestamp) -> u64 {
    let (mut after, mut swept) = (None, 0);
    loop {
        let slice = Slice {
            after,
            before: None,
            limit,
        };
        let now = subject.world.now();
        let walked = subject
            .store
            .sweep_one_time_tokens(slice, until, now)
            .await
            .unwrap();
        swept += walked.found;
        after = walked.last;
        if after.is_none() {
            return swept;
        }
    }
}
