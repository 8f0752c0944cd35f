//! A store in memory: the readable reference for what the ports ask, and the store of tests that need none in particular.
//!
//! One lock, plain maps, every effect a function of its state. It can be told to fail, so that callers are tested against
//! storage that is down and against a commit whose outcome nobody knows.

mod accounts;
mod one_time_tokens;
mod own_accounts;
mod services;
mod sessions;
mod signing_keys;
mod state;
mod sweep;
mod throttles;
mod transfer;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::credential::{OneTimeHash, ServiceSecretHash};
use keyturn_core::model::{
    AuditEvent, Change, Holder, NewService, NewUser, OneTimePurpose, Progress, RequestId, Service, SessionId,
    StoredKey, StoredOneTimeToken, User, UserId,
};
use keyturn_core::ports::{
    AddKey, AuditEntry, AuditFilter, AuditPosition, AuditStore, ChangeListener, ChangeStore, ChangedAccount,
    CountOutcome, CreateOutcome, Effect, EndAllSessions, EndOutcome, EndSession, Family, HandAgain,
    IssueToken, KeepSecretMark, NoteActivity, OneTimeTokenStore, Page, Rehash, RemoveService, RenewToken,
    ResealKey, RetireKey, Rotate, SecretMarkStore, ServiceStore, SessionFilter, SessionStore, SetPassword,
    SetState, SignInName, SignInRecord, SigningKeyStore, SpendOutcome, SpendToken, StartSession, StoreError,
    StoreHealth, ThrottleStore, UpdateOutcome, UpdateUser, UserFilter, UserStore,
};
use keyturn_core::throttle::Hit;
use state::State;

/// The name of its history: there is one.
const HISTORY: &str = "memory";

/// What goes wrong with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// It is refused, and nothing happens.
    Unavailable,
    /// It happens, and its answer is lost.
    OutcomeUnknownApplied,
    /// It does not happen, and that is not known either.
    OutcomeUnknownDropped,
}

/// The failure of a store that was told to fail.
#[derive(Debug, thiserror::Error)]
#[error("a fault that the test asked for")]
struct Injected;

#[derive(Default)]
struct Inner {
    state: State,
    faults: VecDeque<StoreFault>,
    down: bool,
    listeners: Vec<Arc<dyn ChangeListener>>,
    told: i64,
}

impl Inner {
    /// Tells what was committed, before the write is answered.
    fn tell(&mut self) {
        for change in self.state.changes_after(self.told, u32::MAX) {
            self.told = change.seq;
            self.listeners
                .iter()
                .for_each(|listener| listener.changed(&change));
        }
        // Under the lock nothing is committed meanwhile.
        self.listeners
            .iter()
            .for_each(|listener| listener.caught_up(listener.looking()));
    }
}

/// The store in memory. Share it by `Arc`: two nodes on one store are two services with the same one.
#[derive(Default)]
pub struct MemStore(Mutex<Inner>);

impl fmt::Debug for MemStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemStore").finish_non_exhaustive()
    }
}

impl MemStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells this listener, too, of every change from now on.
    pub fn listen(&self, listener: Arc<dyn ChangeListener>) {
        self.with(|inner| {
            inner.told = inner
                .state
                .changes_after(inner.told, u32::MAX)
                .last()
                .map_or(inner.told, |change| change.seq);
            listener.begins(HISTORY, inner.told);
            listener.caught_up(listener.looking());
            inner.listeners.push(listener);
        });
    }

    /// Makes the next write fail so; called again, the one after it.
    pub fn fail_next(&self, fault: StoreFault) {
        self.with(|inner| inner.faults.push_back(fault));
    }

    /// Makes every call fail as unavailable, or ends that.
    pub fn set_down(&self, down: bool) {
        self.with(|inner| inner.down = down);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read<T>(&self, query: impl FnOnce(&State) -> T) -> Result<T, StoreError> {
        self.with(|inner| {
            if inner.down {
                return Err(unavailable());
            }
            inner.tell();
            Ok(query(&inner.state))
        })
    }

    fn write<T>(&self, effect: impl FnOnce(&mut State) -> T) -> Result<T, StoreError> {
        self.with(|inner| {
            if inner.down {
                return Err(unavailable());
            }
            match inner.faults.pop_front() {
                None => {
                    let answer = effect(&mut inner.state);
                    inner.tell();
                    Ok(answer)
                }
                Some(StoreFault::Unavailable) => Err(unavailable()),
                Some(StoreFault::OutcomeUnknownApplied) => {
                    effect(&mut inner.state);
                    inner.tell();
                    Err(StoreError::OutcomeUnknown(Injected.into()))
                }
                Some(StoreFault::OutcomeUnknownDropped) => Err(StoreError::OutcomeUnknown(Injected.into())),
            }
        })
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable(Injected.into())
}

#[async_trait]
impl SessionStore for MemStore {
    async fn start_session(&self, start: StartSession, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.start_session(&start, now))
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        self.read(|state| state.family(id))
    }

    async fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, StoreError> {
        self.read(|state| state.list_sessions(user_id, filter, page))
    }

    async fn rotate(&self, rotate: Rotate, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.write(|state| state.rotate(&rotate, now))
    }

    async fn hand_again(&self, hand: HandAgain, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.write(|state| state.hand_again(hand, now))
    }

    async fn note_activity(
        &self,
        note: NoteActivity,
        now: Timestamp,
    ) -> Result<Effect<Progress>, StoreError> {
        self.write(|state| state.note_activity(note, now))
    }

    async fn end_session(&self, end: EndSession, now: Timestamp) -> Result<EndOutcome, StoreError> {
        self.write(|state| state.end_session(&end, now))
    }

    async fn end_all_sessions(&self, end: EndAllSessions, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.write(|state| state.end_all_sessions(&end, now))
    }
}

#[async_trait]
impl UserStore for MemStore {
    async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<CreateOutcome, StoreError> {
        self.write(|state| state.create_user(user, now))
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(|state| state.user(id))
    }

    async fn find_user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        self.read(|state| state.user_by_subject(subject))
    }

    async fn find_user_by_name(&self, name: &SignInName) -> Result<Option<User>, StoreError> {
        self.read(|state| state.user_by_name(name))
    }

    async fn find_sign_in(&self, name: &SignInName) -> Result<Option<SignInRecord>, StoreError> {
        self.read(|state| state.sign_in(name))
    }

    async fn list_users(&self, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, StoreError> {
        self.read(|stored| stored.list_users(filter, page))
    }

    async fn has_administrator(&self, except: Option<UserId>) -> Result<bool, StoreError> {
        self.read(|stored| stored.has_administrator(except))
    }

    async fn update_user(&self, update: UpdateUser, now: Timestamp) -> Result<UpdateOutcome, StoreError> {
        self.write(|stored| stored.update_user(update, now))
    }

    async fn set_state(&self, set: SetState, now: Timestamp) -> Result<Effect<User>, StoreError> {
        self.write(|state| state.set_state(&set, now))
    }

    async fn set_password(&self, set: SetPassword, now: Timestamp) -> Result<Effect<User>, StoreError> {
        self.write(|state| state.set_password(&set, now))
    }

    async fn rehash(&self, rehash: Rehash, _now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.rehash(&rehash))
    }
}

#[async_trait]
impl SecretMarkStore for MemStore {
    async fn keep_secret_mark(&self, keep: KeepSecretMark, _now: Timestamp) -> Result<bool, StoreError> {
        self.write(|state| state.keep_secret_mark(keep))
    }
}

#[async_trait]
impl ThrottleStore for MemStore {
    async fn count_attempt(&self, hits: Vec<Hit>, now: Timestamp) -> Result<CountOutcome, StoreError> {
        self.write(|state| state.count_attempt(&hits, now))
    }
}

#[async_trait]
impl ServiceStore for MemStore {
    async fn add_service(&self, service: NewService, now: Timestamp) -> Result<Effect<Service>, StoreError> {
        self.write(|state| state.add_service(&service, now))
    }

    async fn find_service(&self, secret_hash: &ServiceSecretHash) -> Result<Option<Service>, StoreError> {
        self.read(|state| state.service(secret_hash))
    }

    async fn list_services(&self) -> Result<Vec<Service>, StoreError> {
        self.read(State::services)
    }

    async fn remove_service(&self, remove: RemoveService, _now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.remove_service(&remove))
    }
}

#[async_trait]
impl AuditStore for MemStore {
    async fn record_audit(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.write(|state| state.record_audit(event))
    }

    async fn session_audit(&self, id: SessionId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.read(|state| state.session_audit(id, limit))
    }

    async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: Page<AuditPosition>,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|state| state.list_audit(filter, page))
    }

    async fn request_audit(&self, id: &RequestId, limit: u32) -> Result<Vec<AuditEvent>, StoreError> {
        self.read(|state| state.request_audit(id, limit))
    }
}

#[async_trait]
impl ChangeStore for MemStore {
    async fn changes_after(&self, after: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.read(|state| state.changes_after(after, limit))
    }

    async fn changed_account(&self, id: UserId) -> Result<Option<ChangedAccount>, StoreError> {
        self.read(|state| state.changed_account(id))
    }
}

#[async_trait]
impl SigningKeyStore for MemStore {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.read(State::signing_keys)
    }

    async fn add_signing_key(&self, add: AddKey, _now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.add_signing_key(add))
    }

    async fn retire_signing_key(&self, retire: RetireKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.retire_signing_key(retire, now))
    }

    async fn reseal_signing_key(&self, reseal: ResealKey, _now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.reseal_signing_key(reseal))
    }
}

#[async_trait]
impl OneTimeTokenStore for MemStore {
    async fn issue_one_time_token(
        &self,
        issue: IssueToken,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.issue_one_time_token(issue, now))
    }

    async fn renew_one_time_token(
        &self,
        renew: RenewToken,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        self.write(|state| state.renew_one_time_token(renew, now))
    }

    async fn find_one_time_token(
        &self,
        purpose: OneTimePurpose,
        hash: OneTimeHash,
        now: Timestamp,
    ) -> Result<Option<StoredOneTimeToken>, StoreError> {
        self.read(|state| state.one_time_token(purpose, hash, now))
    }

    async fn outstanding_one_time_tokens(
        &self,
        holder: &Holder,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Result<Vec<StoredOneTimeToken>, StoreError> {
        self.read(|state| state.outstanding_one_time_tokens(holder, purpose, now))
    }

    async fn spend_one_time_token(
        &self,
        spend: SpendToken,
        now: Timestamp,
    ) -> Result<SpendOutcome, StoreError> {
        self.write(|state| state.spend_one_time_token(spend, now))
    }
}

#[async_trait]
impl StoreHealth for MemStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.read(|_| ())
    }
}
