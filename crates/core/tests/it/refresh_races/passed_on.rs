//! The ports that no refresh is stopped at: passed on to the store in memory as they are.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::credential::{OneTimeHash, ServiceSecretHash};
use keyturn_core::model::{
    AuditEvent, Change, Holder, NewService, NewUser, OneTimePurpose, OneTimeTokenId, RequestId, Service,
    SessionId, StoredKey, StoredOneTimeToken, User, UserId,
};
use keyturn_core::ports::{
    AddKey, AuditEntry, AuditFilter, AuditPosition, AuditStore, ChangePassword, ChangeStore, ChangedAccount,
    ClaimSweep, CountOutcome, CreateOutcome, DeleteUser, Effect, ImportOutcome, ImportUsers, IssueToken,
    KeepSecretMark, OneTimeTokenStore, OwnAccountStore, Page, Rehash, RemoveService, RenewToken, ResealKey,
    RetireKey, SecretMarkStore, ServiceStore, SetPassword, SetState, SignInName, SignInRecord,
    SigningKeyStore, Slice, SpendOutcome, SpendToken, StoreError, StoreHealth, StoredUser, SweepStore,
    ThrottleStore, TransferStore, UpdateOutcome, UpdateUser, UserFilter, UserStore, Walked,
};
use keyturn_core::throttle::Hit;
use uuid::Uuid;

use super::interrupted::Interrupted;

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
