//! A sweep and what can race with it, held as the pairs of [`isolation`](super::isolation) are.

use keyturn_core::model::EndReason;
use keyturn_core::ports::{EndOutcome, SessionStore, Slice, SweepStore};

use super::isolation::Stage;
use crate::block_on;

/// A sweep waits for nobody: what somebody is about to end goes with the next one.
#[test]
fn a_sweep_beside_the_end_of_a_session() {
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let end = stage.world.ending(&stage.session, EndReason::SignedOut);
        let sweep = || {
            let slice = Slice {
                after: None,
                before: None,
                limit: 100,
            };
            stage.two.sweep_sessions(slice, now, now)
        };
        stage.hold_changes().await;
        let mut ending = Box::pin(stage.one.end_session(end, now));
        let blocked = async {
            assert!(futures::poll!(&mut ending).is_pending());
            stage.until_blocked(1).await;
        };
        blocked.await;
        assert_eq!(sweep().await.unwrap().found, 0, "not committed, so not ended");
        stage.release().await;
        assert_eq!(ending.await.unwrap(), EndOutcome::Ended);
        assert_eq!(sweep().await.unwrap().found, 1);
    });
    block_on(async {
        let stage = Stage::new().await;
        let now = stage.world.now();
        let end = || stage.world.ending(&stage.session, EndReason::SignedOut);
        assert_eq!(
            stage.one.end_session(end(), now).await.unwrap(),
            EndOutcome::Ended
        );
        // Another node's sweep that is about to commit.
        stage
            .hold("DELETE FROM sessions WHERE ended_at IS NOT NULL")
            .await;
        let again = stage.two.end_session(end(), now).await.unwrap();
        assert!(matches!(again, EndOutcome::Already(_)), "{again:?}");
        stage.release().await;
        let gone = stage.two.end_session(end(), now).await.unwrap();
        assert_eq!(gone, EndOutcome::Absent);
    });
}
