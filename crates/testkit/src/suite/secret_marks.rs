//! The mark of the master secret.

use keyturn_core::credential::SecretMark;
use keyturn_core::ports::{KeepSecretMark, Replaces};

use super::Subject;

const OLD: SecretMark = SecretMark([1; 32]);
const NEW: SecretMark = SecretMark([2; 32]);
const STRANGE: SecretMark = SecretMark([3; 32]);

async fn keep(subject: &Subject, mark: SecretMark, replaces: Replaces) -> bool {
    let keep = KeepSecretMark { mark, replaces };
    let now = subject.world.pass(1);
    subject.store.keep_secret_mark(keep, now).await.unwrap()
}

/// The first mark is kept, and from then on no other.
pub async fn a_node_with_another_secret_is_told_so(subject: &Subject) {
    assert!(keep(subject, OLD, Replaces::Nothing).await);
    assert!(keep(subject, OLD, Replaces::Nothing).await, "the same again");
    assert!(!keep(subject, STRANGE, Replaces::Nothing).await);
    assert!(!keep(subject, STRANGE, Replaces::Previous(NEW)).await);
    assert!(
        keep(subject, OLD, Replaces::Previous(STRANGE)).await,
        "nothing was changed"
    );
}

/// A rotation rolls over the nodes one by one: old and new nodes start side by side as long as each knows both.
pub async fn a_rotated_secret_takes_the_place_of_the_one_before(subject: &Subject) {
    assert!(keep(subject, OLD, Replaces::Nothing).await);
    assert!(
        keep(subject, OLD, Replaces::Previous(NEW)).await,
        "prepared to accept the new"
    );
    assert!(keep(subject, NEW, Replaces::Previous(OLD)).await);
    assert!(keep(subject, OLD, Replaces::Previous(NEW)).await);
    assert!(keep(subject, NEW, Replaces::Previous(OLD)).await);
    assert!(keep(subject, NEW, Replaces::Nothing).await, "retired");
    assert!(!keep(subject, OLD, Replaces::Nothing).await);
}

/// A secret that was lost.
pub async fn an_operator_can_put_another_mark_in_its_place(subject: &Subject) {
    assert!(keep(subject, NEW, Replaces::Anything).await);
    assert!(keep(subject, OLD, Replaces::Anything).await);
    assert!(!keep(subject, NEW, Replaces::Nothing).await);
}

/// Of nodes that start at once on an empty store with different secrets, those of one secret go on.
pub async fn of_two_first_secrets_one_is_kept(subject: &Subject) {
    let now = subject.world.now();
    let keeping = [OLD, NEW, OLD, NEW].map(|mark| {
        let replaces = Replaces::Nothing;
        subject
            .store
            .keep_secret_mark(KeepSecretMark { mark, replaces }, now)
    });
    let kept = futures::future::try_join_all(keeping).await.unwrap();
    assert!(
        kept == [true, false, true, false] || kept == [false, true, false, true],
        "{kept:?}"
    );
}
