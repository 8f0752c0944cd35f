//! Several requesters at the same moment, and one who hangs up.

use futures::future::join_all;
use keyturn_core::model::{AccountState, Delivery, EndReason, Session};
use keyturn_core::ports::{CreateOutcome, Effect, EndOutcome, HandAgain, NoteActivity, StoreError};

use super::{Subject, after, won};

/// How many rounds a race is run: the outcome must be right in each, whoever is first.
const ROUNDS: usize = 20;

/// Two refreshes judged from the same row: one is won, one is lost and judged again.
pub async fn r1_5_of_two_concurrent_refreshes_one_wins(subject: &Subject) {
    refresh_at_once(subject, 2).await;
}

/// The same with sixty-four.
pub async fn r1_5_of_sixty_four_refreshes_of_one_session_one_wins(subject: &Subject) {
    refresh_at_once(subject, 64).await;
}

/// Different commands on one session: each is answered, and each effect is there.
pub async fn commands_on_one_session_are_all_answered(subject: &Subject) {
    let session = subject.sign_in(&subject.sign_up("ann").await).await;
    let rotated = won(subject.rotate(&session).await);
    let now = subject.world.pass(2);
    let hand = HandAgain {
        session_id: session.id,
        generation: 1,
        activity: None,
    };
    let note = NoteActivity {
        session_id: session.id,
        activity: Some(now),
        seen_generation: 1,
    };
    let handing = join_all((0..64).map(|_| subject.store.hand_again(hand, now)));
    let noting = join_all((0..64).map(|_| subject.store.note_activity(note, now)));
    let (handed, noted) = futures::join!(handing, noting);
    assert_eq!((handed.len(), noted.len()), (64, 64));
    for answer in handed.into_iter().chain(noted) {
        assert_eq!(won(answer.unwrap()).head.generation, 1);
    }
    let after = subject.session(session.id).await;
    assert_eq!(
        (
            after.head.handed_at,
            after.last_activity_at,
            after.seen_generation
        ),
        (now, now, 1)
    );
    assert_eq!(after.attempt_id, rotated.attempt_id);
}

/// I5: refresh and sign-out at once. Whoever comes first, nothing is won after the end was acknowledged.
pub async fn i5_no_refresh_succeeds_after_an_acknowledged_end(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    for round in 0..ROUNDS {
        let session = subject.sign_in(&account).await;
        let now = subject.world.pass(1);
        let refreshing = subject.store.rotate(subject.world.rotation(&session), now);
        let ending = subject
            .store
            .end_session(subject.world.ending(&session, EndReason::SignedOut), now);
        let (refreshed, ended) = if round % 2 == 0 {
            futures::join!(refreshing, ending)
        } else {
            let (ended, refreshed) = futures::join!(ending, refreshing);
            (refreshed, ended)
        };
        assert_eq!(ended.unwrap(), EndOutcome::Ended);
        let dead = subject.session(session.id).await;
        assert_eq!(dead.ended.map(|end| end.reason), Some(EndReason::SignedOut));
        let current = match refreshed.unwrap() {
            Effect::Won(progress) => session.advanced(progress),
            Effect::Lost => session,
        };
        let current = Session {
            ended: dead.ended,
            ..current
        };
        assert_eq!(dead, current, "what was won came before the end");
        assert_eq!(subject.rotate(&current).await, Effect::Lost);
    }
}

/// I5: sign-ins and refreshes against a suspension. Afterwards nothing of the account is live.
pub async fn i5_no_session_survives_a_suspension(subject: &Subject) {
    for round in 0..ROUNDS {
        let account = subject.sign_up(&format!("ann{round}")).await;
        let old = subject.sign_in(&account).await;
        let now = subject.world.pass(1);
        let fresh = subject.world.new_session(&account, Delivery::Cookie).0;
        let start = subject.world.start(fresh.clone());
        let suspend = subject
            .world
            .state_change(account.id, AccountState::Active, AccountState::Suspended);
        let (started, refreshed, suspended) = futures::join!(
            subject.store.start_session(start, now),
            subject.store.rotate(subject.world.rotation(&old), now),
            subject.store.set_state(suspend, now)
        );
        won(suspended.unwrap());
        refreshed.unwrap();
        let expected = Some(EndReason::AccountState);
        assert_eq!(
            subject.session(old.id).await.ended.map(|end| end.reason),
            expected
        );
        let stored = subject.store.find_session(fresh.id).await.unwrap();
        let fresh_end = stored.map(|family| family.session.ended.map(|end| end.reason));
        assert_eq!(
            fresh_end,
            (started.unwrap() == Effect::Won(())).then_some(expected)
        );
    }
}

/// Commands that are lost stand between commands that are won.
pub async fn a_lost_neighbour_fails_nobody(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let sessions = start(subject, &account, 32).await;
    let now = subject.world.pass(1);
    let rotations = sessions.iter().enumerate().map(|(index, session)| {
        let mut rotate = subject.world.rotation(session);
        rotate.expected.generation += u32::from(index % 2 == 1);
        subject.store.rotate(rotate, now)
    });
    for (index, outcome) in join_all(rotations).await.into_iter().enumerate() {
        let is_won = matches!(outcome.unwrap(), Effect::Won(_));
        assert_eq!(is_won, index % 2 == 0);
    }
    for (index, session) in sessions.iter().enumerate() {
        let expected = u32::from(index % 2 == 0);
        assert_eq!(subject.session(session.id).await.head.generation, expected);
    }
}

/// Sixty-four sessions, four generations each, every answer its own.
pub async fn many_sessions_rotate_at_once(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let mut sessions = start(subject, &account, 64).await;
    for generation in 1..=4 {
        let now = subject.world.pass(20);
        let rotations = sessions
            .iter()
            .map(|session| subject.store.rotate(subject.world.rotation(session), now));
        let rotated: Vec<Session> = join_all(rotations)
            .await
            .into_iter()
            .zip(&sessions)
            .map(|(answer, session)| after(session, answer.unwrap()))
            .collect();
        for (before, after) in sessions.iter().zip(&rotated) {
            assert_eq!(after.head.generation, generation);
            assert_eq!(after.head.handed_at, now);
            assert_eq!(&subject.session(before.id).await, after);
        }
        sessions = rotated;
    }
}

/// A future that was polled once and dropped: the effect is carried out all the same.
pub async fn a_write_is_carried_through_when_the_requester_hangs_up(subject: &Subject) {
    let account = subject.sign_up("ann").await;
    let sessions = start(subject, &account, 8).await;
    for session in &sessions {
        let mut asking = subject
            .store
            .rotate(subject.world.rotation(session), subject.world.now());
        let _answer: std::task::Poll<Result<_, StoreError>> = futures::poll!(&mut asking);
    }
    for session in &sessions {
        let mut reads = 0;
        while subject.session(session.id).await.head.generation == 0 {
            subject.store.check().await.unwrap();
            reads += 1;
            assert!(reads < 10_000, "the write was lost with its requester");
        }
    }
}

/// Sign-ups for one email at once: one account.
pub async fn one_name_is_given_to_one_of_many(subject: &Subject) {
    let now = subject.world.now();
    let creating = (0..16).map(|_| subject.store.create_user(subject.world.new_user("ann"), now));
    let outcomes: Vec<_> = join_all(creating).await.into_iter().map(Result::unwrap).collect();
    let created = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, CreateOutcome::Created(_)))
        .count();
    let taken = outcomes
        .iter()
        .filter(|outcome| **outcome == CreateOutcome::EmailTaken)
        .count();
    assert_eq!((created, taken), (1, 15));
    assert_eq!(subject.changes().await.len(), 1);
}

async fn refresh_at_once(subject: &Subject, requesters: usize) {
    let mut session = subject.sign_in(&subject.sign_up("ann").await).await;
    for round in 1..=4 {
        let now = subject.world.pass(20);
        let refreshing = (0..requesters).map(|_| subject.store.rotate(subject.world.rotation(&session), now));
        let outcomes: Vec<_> = join_all(refreshing)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let mut winners = outcomes.into_iter().filter_map(|outcome| match outcome {
            Effect::Won(rotated) => Some(rotated),
            Effect::Lost => None,
        });
        let winner = winners.next().expect("somebody wins");
        assert_eq!(winners.next(), None, "two won");
        assert_eq!(winner.head.generation, round);
        session = session.advanced(winner);
        assert_eq!(subject.session(session.id).await, session);
    }
}

async fn start(subject: &Subject, account: &keyturn_core::model::Account, count: usize) -> Vec<Session> {
    let mut sessions = Vec::with_capacity(count);
    for _ in 0..count {
        sessions.push(subject.sign_in(account).await);
    }
    sessions
}
