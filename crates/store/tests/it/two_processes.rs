//! Two stores on one file, as the command line and a server are: each has its own writer thread and its own connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use jiff::Timestamp;
use keyturn_core::credential::{OneTimeHash, ServiceSecretHash};
use keyturn_core::model::{
    AccountState, AuditEvent, Change, ChangeKind, Delivery, EndReason, Holder, NewService, NewUser,
    OneTimePurpose, OneTimeTokenId, Progress, RequestId, Service, SessionId, StoredKey, StoredOneTimeToken,
    User, UserId,
};
use keyturn_core::ports::*;
use keyturn_core::throttle::Hit;
use keyturn_testkit::fixtures::World;
use uuid::Uuid;

use crate::{Place, block_on};

/// Longer than a change may take to be heard, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Ear(Sender<Change>);

impl ChangeListener for Ear {
    fn begins(&self, _history: &str, _newest: i64) {}

    fn changed(&self, change: &Change) {
        drop(self.0.send(change.clone()));
    }

    fn looking(&self) -> Timestamp {
        Timestamp::MIN
    }

    fn caught_up(&self, _since: Timestamp) {}
}

pub(crate) fn ear() -> (Arc<Ear>, Receiver<Change>) {
    let (sender, heard) = channel();
    (Arc::new(Ear(sender)), heard)
}

#[test]
fn a_server_hears_its_own_changes_before_their_answers_and_the_command_lines_soon() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(11));
        let (listener, heard) = ear();
        let early = place.open();
        let ann = world.sign_up(&early, "ann").await.account;
        let server = place.open_with(listener);
        let command_line = early;
        let session = world.sign_in(&server, &ann, Delivery::Body).await;
        let own = world.sign_in(&server, &ann, Delivery::Body).await;
        server
            .end_session(world.ending(&own, EndReason::SignedOut), world.now())
            .await
            .unwrap();
        let ended = heard.try_recv().expect("told before the answer");
        assert_eq!((ended.kind, ended.id), (ChangeKind::SessionEnded, own.id.0));

        let suspend = world.state_change(ann.id, AccountState::Active, AccountState::Suspended);
        command_line.set_state(suspend, world.now()).await.unwrap();
        let told: Vec<_> = (0..3)
            .map(|_| heard.recv_timeout(PATIENCE).unwrap())
            .map(|change| (change.kind, change.id))
            .collect();
        let expected = [
            (ChangeKind::AccountState, ann.id.0),
            (ChangeKind::AccountEpoch, ann.id.0),
            (ChangeKind::SessionEnded, session.id.0),
        ];
        assert_eq!(told, expected);

        let restore = world.state_change(ann.id, AccountState::Suspended, AccountState::Active);
        server.set_state(restore, world.now()).await.unwrap();
        let restored = heard.try_recv().expect("told before the answer");
        assert_eq!((restored.kind, restored.id), (ChangeKind::AccountState, ann.id.0));
        let bob = world.sign_up(&command_line, "bob").await.account;
        let next = heard.recv_timeout(PATIENCE).unwrap();
        assert_eq!((next.kind, next.id), (ChangeKind::AccountCreated, bob.id.0));
        drop(server);
        assert!(heard.recv().is_err(), "nothing is told twice");
    });
}

#[test]
fn under_mixed_writes_each_side_hears_everything_exactly_once_in_order() {
    block_on(async {
        let (place, world) = (Place::new(), World::new(12));
        let ((one_ear, one_heard), (two_ear, two_heard)) = (ear(), ear());
        let (one, two) = (place.open_with(one_ear), place.open_with(two_ear));
        let names = |side: &str, round: usize| {
            (0..8)
                .map(|index| format!("{side}-{round}-{index}"))
                .collect::<Vec<_>>()
        };
        let mut created = Vec::new();
        for round in 0..10 {
            let (one_names, two_names) = (names("one", round), names("two", round));
            let (by_one, by_two) = futures::join!(
                join_all(one_names.iter().map(|name| world.sign_up(&one, name))),
                join_all(two_names.iter().map(|name| world.sign_up(&two, name)))
            );
            created.extend(by_one.into_iter().chain(by_two).map(|user| user.account.id.0));
        }
        created.sort();
        for heard in [one_heard, two_heard] {
            let told: Vec<Change> = created
                .iter()
                .map(|_| heard.recv_timeout(PATIENCE).unwrap())
                .collect();
            assert!(told.is_sorted_by(|before, after| before.seq < after.seq));
            let mut ids: Vec<_> = told.iter().map(|change| change.id).collect();
            ids.sort();
            assert_eq!(ids, created);
            assert!(heard.try_recv().is_err());
        }
        drop((one, two));
    });
}

#[test]
fn nobody_sees_that_the_file_is_busy() {
    let (place, world) = (Place::new(), World::new(13));
    let stores = [place.open(), place.open(), place.open()];
    std::thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            let world = &world;
            scope.spawn(move || {
                block_on(async {
                    let account = world.sign_up(store, &format!("user{number}")).await.account;
                    let mut session = world.sign_in(store, &account, Delivery::Body).await;
                    for _ in 0..50 {
                        let Effect::Won(rotated) =
                            store.rotate(world.rotation(&session), world.now()).await.unwrap()
                        else {
                            panic!("nobody else refreshes")
                        };
                        session = session.advanced(rotated);
                    }
                });
            });
        }
    });
}

#[test]
fn a_dropped_store_has_carried_out_what_had_queued() {
    let (place, world) = (Place::new(), World::new(14));
    block_on(async {
        let store = place.open();
        let account = world.sign_up(&store, "ann").await.account;
        let mut sessions = Vec::new();
        for _ in 0..32 {
            sessions.push(world.sign_in(&store, &account, Delivery::Body).await);
        }
        for session in &sessions {
            let mut asking = store.rotate(world.rotation(session), world.now());
            let _answer_or_not = futures::poll!(&mut asking);
        }
        drop(store);
        let store = place.open();
        for session in &sessions {
            assert_eq!(
                store
                    .find_session(session.id)
                    .await
                    .unwrap()
                    .unwrap()
                    .session
                    .head
                    .generation,
                1
            );
        }
    });
}

/// Gives every call to the other one of two stores.
pub(crate) struct Alternating {
    stores: [Arc<dyn Store>; 2],
    calls: AtomicUsize,
}

impl Alternating {
    pub(crate) fn new(one: impl Store + 'static, other: impl Store + 'static) -> Self {
        Self {
            stores: [Arc::new(one), Arc::new(other)],
            calls: AtomicUsize::new(0),
        }
    }

    fn turn(&self) -> &dyn Store {
        let [one, other] = &self.stores;
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            &**one
        } else {
            &**other
        }
    }
}

macro_rules! alternate {
    ($($port:ident { $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)+ })+) => {
        $(#[async_trait]
        impl $port for Alternating {
            $(async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.turn().$method($($name),*).await
            })+
        })+
    };
}

alternate! {
    SessionStore {
        start_session(start: StartSession, now: Timestamp) -> Effect<()>;
        find_session(id: SessionId) -> Option<Family>;
        list_sessions(user_id: Option<UserId>, filter: SessionFilter, page: Page<SessionId>) -> Vec<Family>;
        rotate(rotate: Rotate, now: Timestamp) -> Effect<Progress>;
        hand_again(hand: HandAgain, now: Timestamp) -> Effect<Progress>;
        note_activity(note: NoteActivity, now: Timestamp) -> Effect<Progress>;
        end_session(end: EndSession, now: Timestamp) -> EndOutcome;
        end_all_sessions(end: EndAllSessions, now: Timestamp) -> Effect<u64>;
    }
    UserStore {
        create_user(user: NewUser, now: Timestamp) -> CreateOutcome;
        find_user(id: UserId) -> Option<User>;
        find_user_by_subject(subject: &str) -> Option<User>;
        find_user_by_name(name: &SignInName) -> Option<User>;
        find_sign_in(name: &SignInName) -> Option<SignInRecord>;
        list_users(filter: &UserFilter, page: Page<UserId>) -> Vec<User>;
        has_administrator(except: Option<UserId>) -> bool;
        update_user(update: UpdateUser, now: Timestamp) -> UpdateOutcome;
        set_state(set: SetState, now: Timestamp) -> Effect<User>;
        set_password(set: SetPassword, now: Timestamp) -> Effect<User>;
        rehash(rehash: Rehash, now: Timestamp) -> Effect<()>;
    }
    TransferStore {
        import_users(import: ImportUsers, now: Timestamp) -> Vec<ImportOutcome>;
        stored_users(after: Option<UserId>, limit: u32) -> Vec<StoredUser>;
    }
    OwnAccountStore {
        find_password(id: UserId) -> Option<SignInRecord>;
        change_password(change: ChangePassword, now: Timestamp) -> Effect<User>;
        delete_user(delete: DeleteUser, now: Timestamp) -> Effect<u64>;
        user_audit(id: UserId, after: i64, limit: u32) -> Vec<(i64, AuditEvent)>;
    }
    ThrottleStore {
        count_attempt(hits: Vec<Hit>, now: Timestamp) -> CountOutcome;
    }
    SecretMarkStore {
        keep_secret_mark(keep: KeepSecretMark, now: Timestamp) -> bool;
    }
    AuditStore {
        record_audit(event: AuditEvent) -> ();
        session_audit(id: SessionId, limit: u32) -> Vec<AuditEvent>;
        list_audit(filter: &AuditFilter, page: Page<AuditPosition>) -> Vec<AuditEntry>;
        request_audit(id: &RequestId, limit: u32) -> Vec<AuditEvent>;
    }
    ChangeStore {
        changes_after(after: i64, limit: u32) -> Vec<Change>;
        changed_account(id: UserId) -> Option<ChangedAccount>;
    }
    SweepStore {
        claim_sweep(claim: ClaimSweep, now: Timestamp) -> bool;
        finish_sweep(holder: Uuid, now: Timestamp) -> ();
        overdue_sessions(slice: Slice<SessionId>, at: Timestamp) -> Walked<SessionId, Vec<SessionId>>;
        sweep_sessions(slice: Slice<SessionId>, until: Timestamp, now: Timestamp) -> Walked<SessionId, u64>;
        sweep_users(slice: Slice<UserId>, until: Timestamp, now: Timestamp) -> Walked<UserId, u64>;
        sweep_one_time_tokens(slice: Slice<OneTimeTokenId>, until: Timestamp, now: Timestamp) -> Walked<OneTimeTokenId, u64>;
        sweep_audit(slice: Slice<i64>, until: Timestamp, now: Timestamp) -> Walked<i64, u64>;
        sweep_changes(slice: Slice<i64>, until: Timestamp, now: Timestamp) -> Walked<i64, u64>;
    }
    SigningKeyStore {
        signing_keys() -> Vec<StoredKey>;
        add_signing_key(add: AddKey, now: Timestamp) -> Effect<()>;
        retire_signing_key(retire: RetireKey, now: Timestamp) -> Effect<()>;
        reseal_signing_key(reseal: ResealKey, now: Timestamp) -> Effect<()>;
    }
    ServiceStore {
        add_service(service: NewService, now: Timestamp) -> Effect<Service>;
        find_service(secret_hash: &ServiceSecretHash) -> Option<Service>;
        list_services() -> Vec<Service>;
        remove_service(remove: RemoveService, now: Timestamp) -> Effect<()>;
    }
    OneTimeTokenStore {
        issue_one_time_token(issue: IssueToken, now: Timestamp) -> Effect<()>;
        renew_one_time_token(renew: RenewToken, now: Timestamp) -> Effect<()>;
        find_one_time_token(purpose: OneTimePurpose, hash: OneTimeHash, now: Timestamp) -> Option<StoredOneTimeToken>;
        outstanding_one_time_tokens(holder: &Holder, purpose: OneTimePurpose, now: Timestamp) -> Vec<StoredOneTimeToken>;
        spend_one_time_token(spend: SpendToken, now: Timestamp) -> SpendOutcome;
    }
    StoreHealth {
        check() -> ();
    }
}
