//! What people do to their own rows of table `users`, and what deleting one leaves. For the order in which rows are locked see
//! [`user_commands`](super::user_commands).

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{AuditEvent, ChangeKind, EndReason, Holder, User, UserId};
use keyturn_core::ports::{ChangePassword, DeleteUser, Effect, OwnAccountStore, SignInRecord, StoreError};

use super::rows::Fault;
use super::session_commands::{end_older, forget_clients};
use super::user_commands::{lock_another_administrator, updated};
use super::users::{account_columns, sign_in, user_columns};
use super::work::{Values, Work};
use super::writer::Command;
use super::{PostgresStore, audit, one_time_tokens};

/// What was confirmed still holds: hash in `$hash`, session in `$session`; where `$hash` is NULL nothing had to be confirmed.
macro_rules! confirmed {
    ($hash:literal, $session:literal) => {
        concat!(
            "(",
            $hash,
            "::text IS NULL OR (users.state = 'active' AND users.password_hash = ",
            $hash,
            " AND EXISTS (SELECT 1 FROM sessions WHERE sessions.id = ",
            $session,
            "::uuid AND sessions.user_id = users.id AND sessions.ended_at IS NULL
                AND sessions.epoch = users.session_epoch)))"
        )
    };
}

#[async_trait]
impl OwnAccountStore for PostgresStore {
    async fn find_password(&self, id: UserId) -> Result<Option<SignInRecord>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            account_columns!(),
            ", password_hash, last_login_at FROM users WHERE id = $1 AND deleted_at IS NULL"
        );
        let row = self.readers.row(SQL, &[&id.0]).await?;
        Ok(row.as_ref().map(sign_in).transpose()?)
    }

    async fn change_password(
        &self,
        change: ChangePassword,
        now: Timestamp,
    ) -> Result<Effect<User>, StoreError> {
        self.writer.carry_out(change, now).await
    }

    async fn delete_user(&self, delete: DeleteUser, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.writer.carry_out(delete, now).await
    }

    async fn user_audit(
        &self,
        id: UserId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, AuditEvent)>, StoreError> {
        let values: Values<'_> = &[&id.0, &after, &i64::from(limit)];
        let rows = self.readers.rows(audit::OF_USER, values).await?;
        Ok(audit::read_numbered(&rows)?)
    }
}

#[async_trait]
impl Command for ChangePassword {
    type Outcome = Effect<User>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<User>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET password_hash = $2, updated_at = greatest(updated_at, $3),
                session_epoch = session_epoch + 1, epoch_reason = $4
            WHERE id = $1 AND deleted_at IS NULL AND ",
            confirmed!("$5", "$6"),
            " RETURNING ",
            user_columns!()
        );
        let reason = EndReason::PasswordChanged;
        let keep = self.confirmed.session_id;
        let values: Values<'_> = &[
            &self.user_id.0,
            &self.password_hash.as_str(),
            &work.now,
            &reason.as_str(),
            &self.confirmed.password_hash.as_str(),
            &keep.0,
        ];
        let Some(user) = updated(work, SQL, values).await? else {
            return Ok(Effect::Lost);
        };
        audit::write(work, &self.audit).await?;
        end_older(work, self.user_id, Some(keep), reason, &self.audit.origin).await?;
        one_time_tokens::void(work, &Holder::Account(self.user_id)).await?;
        Ok(Effect::Won(user))
    }
}

#[async_trait]
impl Command for DeleteUser {
    type Outcome = Effect<u64>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<u64>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET email = NULL, email_key = NULL, username = NULL, username_key = NULL, name = NULL,
                metadata = '{}', password_hash = '', state = 'inactive', permissions = '[]', last_login_at = NULL,
                updated_at = greatest(updated_at, $2), deleted_at = $2,
                session_epoch = session_epoch + 1, epoch_reason = $3
            WHERE id = $1 AND deleted_at IS NULL AND ",
            confirmed!("$4", "$5")
        );
        let (id, reason) = (self.user_id, EndReason::AccountDeleted);
        if self.another_administrator && !lock_another_administrator(work, id).await? {
            return Ok(Effect::Lost);
        }
        let confirmed = self.confirmed.as_ref();
        let hash = confirmed.map(|confirmed| confirmed.password_hash.as_str());
        let session = confirmed.map(|confirmed| confirmed.session_id.0);
        let values: Values<'_> = &[&id.0, &work.now, &reason.as_str(), &hash, &session];
        if work.execute(SQL, values).await? == 0 {
            return Ok(Effect::Lost);
        }
        work.note_change(ChangeKind::AccountDeleted, id.0, None);
        audit::write(work, &self.audit).await?;
        let ended = end_older(work, id, None, reason, &self.audit.origin).await?;
        forget_clients(work, id).await?;
        one_time_tokens::forget(work, id).await?;
        audit::forget_addresses(work, id).await?;
        Ok(Effect::Won(ended))
    }
}
