//! A refresh, stopped between its steps while another request goes through: what the models found, on the real service.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{
    AttemptId, DeviceCookie, Keys, MasterSecret, OneTimeHash, RefreshToken, ServiceSecretHash,
};
use keyturn_core::lifetime::{AccessPolicy, ActivityHint, SessionPolicy};
use keyturn_core::model::{
    AccountState, AuditEvent, AuditKind, Change, Delivery, EndReason, Ended, Holder, NewService, NewUser,
    OneTimePurpose, OneTimeTokenId, RequestId, Service, Session, SessionId, StoredKey, StoredOneTimeToken,
    User, UserId,
};
use keyturn_core::ports::{
    AddKey, AuditEntry, AuditFilter, AuditPosition, AuditStore, ChangePassword, ChangeStore, ChangedAccount,
    ClaimSweep, Clock, CountOutcome, CreateOutcome, DeleteUser, Effect, EndAllSessions, EndCondition,
    EndOutcome, EndSession, Family, HandAgain, ImportOutcome, ImportUsers, IssueToken, KeepSecretMark,
    NoteActivity, Observer, OneTimeTokenStore, OwnAccountStore, Page, Rehash, RemoveService, RenewToken,
    ResealKey, RetireKey, Rotate, SecretMarkStore, ServiceStore, SessionFilter, SessionSource, SessionStore,
    SetPassword, SetState, SignInName, SignInRecord, SignInResult, SigningKeyStore, Slice, SpendOutcome,
    SpendToken, StartSession, StoreError, StoreHealth, StoredUser, SweepStore, ThrottleStore, TransferStore,
    UpdateOutcome, UpdateUser, UserFilter, UserStore, VerdictName, Walked,
};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{
    AuthError, Authority, Live, Policy, Ports, RefreshRequest, Refreshed, RefreshedAs, SignUpPolicy,
    TokenPolicy,
};
use keyturn_core::throttle::{Hit, ThrottlePolicy};
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, World, request_origin};
use keyturn_testkit::mem_store::{MemStore, StoreFault};
use uuid::Uuid;

/// Where a refresh is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A reading of the session.
    Read,
    /// The note that a Hold leaves.
    Note,
}

/// The store in memory, with other requests let in before chosen calls.
#[derive(Default)]
struct Interrupted {
    store: Arc<MemStore>,
    others: Mutex<VecDeque<(Before, BoxFuture<'static, ()>)>>,
}

impl Interrupted {
    fn let_in(&self, before: Before, other: impl Future<Output = ()> + Send + 'static) {
        self.others.lock().unwrap().push_back((before, other.boxed()));
    }

    async fn reached(&self, call: Before) {
        let other = self
            .others
            .lock()
            .unwrap()
            .pop_front_if(|(before, _)| *before == call);
        if let Some((_, other)) = other {
            other.await;
        }
    }
}

#[test]
fn i5_a_sign_out_holds_against_a_rotation_whose_outcome_was_unknown() {
    let scene = Scene::new(Delivery::Body);
    scene.store.store.fail_next(StoreFault::OutcomeUnknownApplied);
    scene.store.let_in(Before::Read, async {});
    let (store, end, now) = (scene.store.store.clone(), scene.sign_out(), scene.now());
    scene.store.let_in(Before::Read, async move {
        assert_eq!(store.end_session(end, now).await.unwrap(), EndOutcome::Ended);
    });
    let answer = scene.refresh(0);
    assert!(
        matches!(answer, Err(AuthError::SessionEnded(EndReason::SignedOut))),
        "{answer:?}"
    );
    assert_eq!(scene.stored().head.generation, 1, "the rotation did happen");
}

#[test]
fn i1_a_hold_overtaken_by_a_rotation_gives_the_successor_with_its_cookie() {
    let scene = Scene::new(Delivery::Cookie);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    let (store, rotate, now) = (scene.store.store.clone(), scene.rotation(), scene.now());
    scene.store.let_in(Before::Note, async move {
        assert!(matches!(store.rotate(rotate, now).await.unwrap(), Effect::Won(_)));
    });
    let refreshed = scene.refresh(1).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Replayed);
    assert_eq!(refreshed.issued.refresh_token.unwrap().generation(), 2);
}

#[test]
fn i1_a_hold_that_nobody_overtakes_sets_no_cookie() {
    let scene = Scene::new(Delivery::Cookie);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    let refreshed = scene.refresh(1).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Held);
    assert!(refreshed.issued.refresh_token.is_none());
    assert_eq!(scene.stored().head.generation, 1);
}

/// The store has lost the rotation to 1 in a failover, and with it nothing else: one tab brings 1, the other still brings 0.
#[test]
fn i1_what_a_failover_lost_is_adopted_and_another_tabs_request_keeps_its_meaning() {
    let scene = Scene::new(Delivery::Cookie);
    let first = scene.refresh(1).unwrap();
    assert_eq!(first.kind, RefreshedAs::Held);
    assert!(first.issued.refresh_token.is_none(), "the jar has it already");
    assert_eq!(
        (scene.stored().head.generation, scene.stored().seen_generation),
        (1, 1)
    );
    let second = scene.refresh(0).unwrap();
    assert_eq!(second.kind, RefreshedAs::Replayed);
    assert_eq!(second.issued.refresh_token.unwrap().generation(), 1);
    let audited = block_on(scene.store.store.session_audit(scene.session.id, 9)).unwrap();
    let rolled = audited
        .iter()
        .filter(|event| event.kind == AuditKind::RolledForward);
    assert_eq!(rolled.count(), 1, "{audited:?}");
}

#[test]
fn an_adoption_whose_outcome_was_unknown_sets_no_cookie_either() {
    let scene = Scene::new(Delivery::Cookie);
    scene.store.store.fail_next(StoreFault::OutcomeUnknownApplied);
    let refreshed = scene.refresh(3).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Held);
    assert!(refreshed.issued.refresh_token.is_none());
    assert_eq!(scene.stored().head.generation, 3);
}

#[test]
fn a_client_without_cookies_is_given_the_successor_of_what_a_failover_lost() {
    let scene = Scene::new(Delivery::Body);
    let refreshed = scene.refresh(1).unwrap();
    assert_eq!(refreshed.kind, RefreshedAs::Rotated);
    assert_eq!(refreshed.issued.refresh_token.unwrap().generation(), 2);
}

#[test]
fn a_verdict_is_told_where_its_effect_stands_and_not_where_it_was_lost() {
    let scene = Scene::new(Delivery::Cookie);
    scene.refresh(0).unwrap();
    let (store, rotate, now) = (scene.store.store.clone(), scene.rotation(), scene.now());
    scene.store.let_in(Before::Note, async move {
        assert!(matches!(store.rotate(rotate, now).await.unwrap(), Effect::Won(_)));
    });
    scene.refresh(1).unwrap();
    assert_eq!(scene.told.verdicts(), [VerdictName::Rotate, VerdictName::Replay]);
}

/// What is read then looks like a reuse, and is none.
#[test]
fn a_commit_of_our_own_that_is_found_on_reading_again_is_told_as_a_rotation() {
    let scene = Scene::new(Delivery::Body);
    scene.store.store.fail_next(StoreFault::OutcomeUnknownApplied);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    assert_eq!(scene.told.verdicts(), [VerdictName::Rotate]);
    assert!(scene.refresh(0).is_err());
    assert_eq!(scene.told.verdicts(), [VerdictName::Rotate, VerdictName::Reuse]);
}

/// Remembers what it is told.
#[derive(Default)]
struct Told(Mutex<Vec<VerdictName>>);

impl Told {
    fn verdicts(&self) -> Vec<VerdictName> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Told {
    fn refreshed(&self, verdict: VerdictName) {
        self.0.lock().unwrap().push(verdict);
    }

    fn signed_in(&self, result: SignInResult) {
        panic!("nobody signs in here: {result}");
    }

    fn session_checked(&self, source: SessionSource) {
        panic!("no access token is checked here: {source}");
    }
}

#[test]
fn a_session_in_memory_is_rotated_without_reading_it() {
    let scene = Scene::new(Delivery::Body);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    scene.store.let_in(Before::Read, async {});
    assert_eq!(scene.refresh(1).unwrap().kind, RefreshedAs::Rotated);
    assert_eq!(scene.store.others.lock().unwrap().len(), 1, "nothing was read");
}

#[test]
fn i2_an_old_token_that_memory_takes_for_the_current_one_is_recognised() {
    let scene = Scene::new(Delivery::Body);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    scene.rotate_elsewhere();
    scene.rotate_elsewhere();
    let answer = scene.refresh(1);
    assert!(
        matches!(answer, Err(AuthError::SessionEnded(EndReason::TokenReuse))),
        "{answer:?}"
    );
}

#[test]
fn a_token_ahead_of_memory_alone_is_not_taken_for_a_lost_write() {
    let scene = Scene::new(Delivery::Body);
    assert_eq!(scene.refresh(0).unwrap().kind, RefreshedAs::Rotated);
    scene.rotate_elsewhere();
    assert_eq!(scene.refresh(2).unwrap().kind, RefreshedAs::Rotated);
    assert_eq!(scene.stored().head.generation, 3);
    assert_eq!(scene.audited(AuditKind::RolledForward), 0);
}

/// One session in an interrupted store, and the service over it.
struct Scene {
    store: Arc<Interrupted>,
    authority: Authority,
    clock: Arc<ManualClock>,
    session: Session,
    device: Option<DeviceCookie>,
    told: Arc<Told>,
}

impl Scene {
    fn new(delivery: Delivery) -> Self {
        let world = World::new(1);
        let store = Arc::new(Interrupted::default());
        let ann = block_on(world.sign_up(store.store.as_ref(), "ann")).account;
        let keys = Self::keys();
        let (mut session, _) = world.new_session(&ann, delivery);
        session.refresh_key_id = keys.current_refresh_key();
        let device = delivery
            .is_bound()
            .then(|| DeviceCookie::mint(&keys, ann.id, world.now(), &world.entropy));
        session.device_hash = device.as_ref().map(DeviceCookie::hash);
        let start = world.start(session.clone());
        assert_eq!(
            block_on(store.store.start_session(start, world.now())).unwrap(),
            Effect::Won(())
        );
        let clock = Arc::new(ManualClock::new());
        let ports = Ports {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(2)),
            hasher: Arc::new(TinyHasher::new(3)),
        };
        let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
        store.store.listen(live.view.clone());
        let told = Arc::new(Told::default());
        let authority = Authority::new(ports, live, policy(), keys).unwrap();
        Self {
            store,
            authority: authority.observed_by(told.clone()),
            told,
            clock,
            session,
            device,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn keys() -> Keys {
        Keys::derive(&MasterSecret::new((0..48).collect()).unwrap(), None)
    }

    fn refresh(&self, generation: u32) -> Result<Refreshed, AuthError> {
        let (
            keys,
            Session {
                id,
                refresh_key_id,
                nonce,
                ..
            },
        ) = (Self::keys(), &self.session);
        let device = self
            .device
            .as_ref()
            .map(|device| DeviceCookie::parse(&keys, &device.reveal()).unwrap());
        block_on(self.authority.refresh(RefreshRequest {
            token: RefreshToken::mint(&keys, *refresh_key_id, *id, generation, nonce).unwrap(),
            device,
            attempt: None,
            hint: ActivityHint::default(),
            origin: request_origin(),
        }))
    }

    fn stored(&self) -> Session {
        block_on(self.store.store.find_session(self.session.id))
            .unwrap()
            .unwrap()
            .session
    }

    fn audited(&self, kind: AuditKind) -> usize {
        let events = block_on(self.store.store.session_audit(self.session.id, 100)).unwrap();
        events.iter().filter(|event| event.kind == kind).count()
    }

    fn sign_out(&self) -> EndSession {
        EndSession {
            session_id: self.session.id,
            condition: EndCondition::Live,
            end: Ended {
                at: self.now(),
                reason: EndReason::SignedOut,
                kind: None,
            },
            audit: AuditEvent::session_ended(
                self.session.user_id,
                self.session.id,
                EndReason::SignedOut,
                &request_origin(),
                self.now(),
            ),
        }
    }

    /// What another node rotates is no change that memory hears of.
    fn rotate_elsewhere(&self) {
        let rotated = block_on(self.store.store.rotate(self.rotation(), self.now())).unwrap();
        assert!(matches!(rotated, Effect::Won(_)));
    }

    /// Another tab's rotation of what is stored now.
    fn rotation(&self) -> Rotate {
        let Session { id, head, .. } = self.stored();
        Rotate {
            session_id: id,
            expected: head,
            generation: head.generation + 1,
            attempt_id: AttemptId([9; 16]),
            attempt_hash: None,
            activity: None,
            seen_generation: head.generation,
            audit: None,
        }
    }
}

fn policy() -> Policy {
    Policy {
        rotation: RotationPolicy::default(),
        session: SessionPolicy::default(),
        access: AccessPolicy::default(),
        sign_up: SignUpPolicy {
            enabled: false,
            initial_state: AccountState::Active,
        },
        throttle: ThrottlePolicy::default(),
        token: TokenPolicy {
            issuer: "https://id.example.org".to_owned(),
            audience: None,
            email_claim: false,
            permissions_claim: false,
        },
    }
}

#[async_trait]
impl SessionStore for Interrupted {
    async fn start_session(&self, start: StartSession, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.start_session(start, now).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        self.reached(Before::Read).await;
        self.store.find_session(id).await
    }

    async fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, StoreError> {
        self.store.list_sessions(user_id, filter, page).await
    }

    async fn rotate(&self, rotate: Rotate, now: Timestamp) -> Result<Effect<Session>, StoreError> {
        self.store.rotate(rotate, now).await
    }

    async fn hand_again(&self, hand: HandAgain, now: Timestamp) -> Result<Effect<Session>, StoreError> {
        self.store.hand_again(hand, now).await
    }

    async fn note_activity(&self, note: NoteActivity, now: Timestamp) -> Result<Effect<Session>, StoreError> {
        self.reached(Before::Note).await;
        self.store.note_activity(note, now).await
    }

    async fn end_session(&self, end: EndSession, now: Timestamp) -> Result<EndOutcome, StoreError> {
        self.store.end_session(end, now).await
    }

    async fn end_all_sessions(&self, end: EndAllSessions, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.store.end_all_sessions(end, now).await
    }
}

#[async_trait]
impl UserStore for Interrupted {
    async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<CreateOutcome, StoreError> {
        self.store.create_user(user, now).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.store.find_user(id).await
    }

    async fn find_user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        self.store.find_user_by_subject(subject).await
    }

    async fn find_user_by_name(&self, name: &SignInName) -> Result<Option<User>, StoreError> {
        self.store.find_user_by_name(name).await
    }

    async fn find_sign_in(&self, name: &SignInName) -> Result<Option<SignInRecord>, StoreError> {
        self.store.find_sign_in(name).await
    }

    async fn list_users(&self, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, StoreError> {
        self.store.list_users(filter, page).await
    }

    async fn has_administrator(&self, except: Option<UserId>) -> Result<bool, StoreError> {
        self.store.has_administrator(except).await
    }

    async fn update_user(&self, update: UpdateUser, now: Timestamp) -> Result<UpdateOutcome, StoreError> {
        self.store.update_user(update, now).await
    }

    async fn set_state(&self, set: SetState, now: Timestamp) -> Result<Effect<User>, StoreError> {
        self.store.set_state(set, now).await
    }

    async fn set_password(&self, set: SetPassword, now: Timestamp) -> Result<Effect<User>, StoreError> {
        self.store.set_password(set, now).await
    }

    async fn rehash(&self, rehash: Rehash, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.rehash(rehash, now).await
    }
}

#[async_trait]
impl TransferStore for Interrupted {
    async fn import_users(
        &self,
        import: ImportUsers,
        now: Timestamp,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.store.import_users(import, now).await
    }

    async fn stored_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<StoredUser>, StoreError> {
        self.store.stored_users(after, limit).await
    }
}

#[async_trait]
impl OwnAccountStore for Interrupted {
    async fn find_password(&self, id: UserId) -> Result<Option<SignInRecord>, StoreError> {
        self.store.find_password(id).await
    }

    async fn change_password(
        &self,
        change: ChangePassword,
        now: Timestamp,
    ) -> Result<Effect<User>, StoreError> {
        self.store.change_password(change, now).await
    }

    async fn delete_user(&self, delete: DeleteUser, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.store.delete_user(delete, now).await
    }

    async fn user_audit(
        &self,
        id: UserId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEvent)>, StoreError> {
        self.store.user_audit(id, after, limit).await
    }
}

#[async_trait]
impl SweepStore for Interrupted {
    async fn claim_sweep(&self, claim: ClaimSweep, now: Timestamp) -> Result<bool, StoreError> {
        self.store.claim_sweep(claim, now).await
    }

    async fn finish_sweep(&self, holder: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.store.finish_sweep(holder, now).await
    }

    async fn overdue_sessions(
        &self,
        slice: Slice<SessionId>,
        at: Timestamp,
    ) -> Result<Walked<SessionId, Vec<SessionId>>, StoreError> {
        self.store.overdue_sessions(slice, at).await
    }

    async fn sweep_sessions(
        &self,
        slice: Slice<SessionId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<SessionId, u64>, StoreError> {
        self.store.sweep_sessions(slice, until, now).await
    }

    async fn sweep_users(
        &self,
        slice: Slice<UserId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<UserId, u64>, StoreError> {
        self.store.sweep_users(slice, until, now).await
    }

    async fn sweep_one_time_tokens(
        &self,
        slice: Slice<OneTimeTokenId>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<OneTimeTokenId, u64>, StoreError> {
        self.store.sweep_one_time_tokens(slice, until, now).await
    }

    async fn sweep_audit(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError> {
        self.store.sweep_audit(slice, until, now).await
    }

    async fn sweep_changes(
        &self,
        slice: Slice<i64>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Walked<i64, u64>, StoreError> {
        self.store.sweep_changes(slice, until, now).await
    }
}

#[async_trait]
impl SecretMarkStore for Interrupted {
    async fn keep_secret_mark(&self, keep: KeepSecretMark, now: Timestamp) -> Result<bool, StoreError> {
        self.store.keep_secret_mark(keep, now).await
    }
}

#[async_trait]
impl ThrottleStore for Interrupted {
    async fn count_attempt(&self, hits: Vec<Hit>, now: Timestamp) -> Result<CountOutcome, StoreError> {
        self.store.count_attempt(hits, now).await
    }
}

#[async_trait]
impl ServiceStore for Interrupted {
    async fn add_service(&self, service: NewService, now: Timestamp) -> Result<Effect<Service>, StoreError> {
        self.store.add_service(service, now).await
    }

    async fn find_service(&self, secret_hash: &ServiceSecretHash) -> Result<Option<Service>, StoreError> {
        self.store.find_service(secret_hash).await
    }

    async fn list_services(&self) -> Result<Vec<Service>, StoreError> {
        self.store.list_services().await
    }

    async fn remove_service(&self, remove: RemoveService, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.remove_service(remove, now).await
    }
}

#[async_trait]
impl AuditStore for Interrupted {
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.store.record_audit(event).await
    }

    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.store.session_audit(id, limit).await
    }
    async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: Page<AuditPosition>,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.store.list_audit(filter, page).await
    }

    async fn request_audit(&self, id: &RequestId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.store.request_audit(id, limit).await
    }
}

#[async_trait]
impl ChangeStore for Interrupted {
    async fn changes_after(&self, after: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.store.changes_after(after, limit).await
    }

    async fn changed_account(&self, id: UserId) -> Result<Option<ChangedAccount>, StoreError> {
        self.store.changed_account(id).await
    }
}

#[async_trait]
impl SigningKeyStore for Interrupted {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.store.signing_keys().await
    }

    async fn add_signing_key(&self, add: AddKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.add_signing_key(add, now).await
    }

    async fn retire_signing_key(&self, retire: RetireKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.retire_signing_key(retire, now).await
    }

    async fn reseal_signing_key(&self, reseal: ResealKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.reseal_signing_key(reseal, now).await
    }
}

#[async_trait]
impl OneTimeTokenStore for Interrupted {
    async fn issue_one_time_token(
        &self,
        issue: IssueToken,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        self.store.issue_one_time_token(issue, now).await
    }

    async fn renew_one_time_token(
        &self,
        renew: RenewToken,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        self.store.renew_one_time_token(renew, now).await
    }

    async fn find_one_time_token(
        &self,
        purpose: OneTimePurpose,
        hash: OneTimeHash,
        now: Timestamp,
    ) -> Result<Option<StoredOneTimeToken>, StoreError> {
        self.store.find_one_time_token(purpose, hash, now).await
    }

    async fn outstanding_one_time_tokens(
        &self,
        holder: &Holder,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Result<Vec<StoredOneTimeToken>, StoreError> {
        self.store.outstanding_one_time_tokens(holder, purpose, now).await
    }

    async fn spend_one_time_token(
        &self,
        spend: SpendToken,
        now: Timestamp,
    ) -> Result<SpendOutcome, StoreError> {
        self.store.spend_one_time_token(spend, now).await
    }
}

#[async_trait]
impl StoreHealth for Interrupted {
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }
}
