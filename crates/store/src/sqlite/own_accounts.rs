//! What people do to their own rows of table `users`, and what deleting one leaves.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{AuditEvent, ChangeKind, EndReason, Holder, SessionId, User, UserId};
use keyturn_core::ports::{
    ChangePassword, Confirmed, DeleteUser, Effect, OwnAccountStore, SignInRecord, StoreError,
};
use rusqlite::{Connection, params};

use super::rows::Fault;
use super::session_commands::{end_older, forget_clients};
use super::user_commands::updated;
use super::users::{account_columns, has_administrator, password_record, user_columns};
use super::writer::{Command, Moment};
use super::{SqliteStore, audit, changes, one_time_tokens};

/// What was confirmed still holds: hash in `$hash`, session in `$session`; where `$hash` is NULL nothing had to be confirmed.
macro_rules! confirmed {
    ($hash:literal, $session:literal) => {
        concat!(
            "(",
            $hash,
            " IS NULL OR (users.state = 'active' AND users.password_hash = ",
            $hash,
            " AND EXISTS (SELECT 1 FROM sessions WHERE sessions.id = ",
            $session,
            " AND sessions.user_id = users.id AND sessions.ended_at IS NULL
                AND sessions.epoch = users.session_epoch)))"
        )
    };
}

#[async_trait]
impl OwnAccountStore for SqliteStore {
    async fn find_password(&self, id: UserId) -> Result<Option<SignInRecord>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            account_columns!(),
            ", password_hash, last_login_at FROM users WHERE id = ?1 AND deleted_at IS NULL"
        );
        self.readers
            .with(|connection| password_record(connection, SQL, &id.0))
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
        self.readers
            .scan(move |connection| audit::of_user(connection, id, after, limit))
            .await
    }
}

impl Command for ChangePassword {
    type Outcome = Effect<User>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [Some(self.confirmed.session_id), None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<User>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET password_hash = ?2, updated_at = max(updated_at, ?3),
                session_epoch = session_epoch + 1, epoch_reason = ?4
            WHERE id = ?1 AND deleted_at IS NULL AND ",
            confirmed!("?5", "?6"),
            " RETURNING ",
            user_columns!()
        );
        let reason = EndReason::PasswordChanged;
        let keep = self.confirmed.session_id;
        let values = params![
            self.user_id.0,
            self.password_hash.as_str(),
            moment.now.as_microsecond(),
            reason.as_str(),
            self.confirmed.password_hash.as_str(),
            keep.0,
        ];
        let Some(user) = updated(connection, SQL, values)? else {
            return Ok(Effect::Lost);
        };
        audit::write(connection, &self.audit)?;
        let origin = &self.audit.origin;
        end_older(connection, self.user_id, Some(keep), reason, origin, moment.now)?;
        one_time_tokens::void(connection, &Holder::Account(self.user_id), moment.now)?;
        Ok(Effect::Won(user))
    }
}

impl Command for DeleteUser {
    type Outcome = Effect<u64>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<u64>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET email = NULL, email_key = NULL, username = NULL, username_key = NULL, name = NULL,
                metadata = '{}', password_hash = '', state = 'inactive', permissions = '[]', last_login_at = NULL,
                updated_at = max(updated_at, ?2), deleted_at = ?2,
                session_epoch = session_epoch + 1, epoch_reason = ?3
            WHERE id = ?1 AND deleted_at IS NULL AND ",
            confirmed!("?4", "?5")
        );
        let (id, reason) = (self.user_id, EndReason::AccountDeleted);
        if self.another_administrator && !has_administrator(connection, Some(id))? {
            return Ok(Effect::Lost);
        }
        let confirmed = self.confirmed.as_ref();
        let values = params![
            id.0,
            moment.now.as_microsecond(),
            reason.as_str(),
            confirmed.map(|confirmed| confirmed.password_hash.as_str()),
            confirmed.map(|confirmed: &Confirmed| confirmed.session_id.0),
        ];
        if connection.prepare_cached(SQL)?.execute(values)? == 0 {
            return Ok(Effect::Lost);
        }
        changes::write(connection, ChangeKind::AccountDeleted, id.0, None, moment.now)?;
        audit::write(connection, &self.audit)?;
        let origin = &self.audit.origin;
        let ended = end_older(connection, id, None, reason, origin, moment.now)?;
        forget_clients(connection, id)?;
        one_time_tokens::forget(connection, id)?;
        audit::forget_addresses(connection, id)?;
        Ok(Effect::Won(ended))
    }
}
