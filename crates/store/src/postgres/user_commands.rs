//! What is written to table `users`.
//!
//! **The rule of locks**: first the account's row (several in the order of their ids), then sessions in the order of their ids, then buckets in the order of their numbers,
//! then one-time tokens, and the lock of `changes` last. Whoever keeps to it waits for others in a line, never in a circle.

use async_trait::async_trait;
use keyturn_core::model::{ChangeKind, EmailAddress, EndReason, Holder, NewUser, User, UserId, Username};
use keyturn_core::ports::{
    CreateOutcome, Effect, Profile, Rehash, SetPassword, SetState, UpdateOutcome, UpdateUser,
};
use serde_json::Value;
use uuid::Uuid;

use super::rows::Fault;
use super::session_commands::end_older;
use super::users::{administrators, stored, user_columns};
use super::work::{Values, Work};
use super::writer::Command;
use super::{audit, one_time_tokens};

/// One account by our own id, locked until the commit.
const LOCK: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE"
);

#[async_trait]
impl Command for NewUser {
    type Outcome = CreateOutcome;

    async fn run(&self, work: &mut Work<'_>) -> Result<CreateOutcome, Fault> {
        // Who creates the same account at the same moment violates a unique index; tried again, the name is found taken.
        if let Some(taken) = taken(work, self).await? {
            return Ok(taken);
        }
        let user = insert(work, self).await?;
        work.note_change(ChangeKind::AccountCreated, self.id.0, None);
        audit::write(work, &self.audit).await?;
        Ok(CreateOutcome::Created(Box::new(user)))
    }
}

#[async_trait]
impl Command for SetState {
    type Outcome = Effect<User>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<User>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET state = $3, updated_at = greatest(updated_at, $4),
                session_epoch = session_epoch + ($5::text IS NOT NULL)::int, epoch_reason = coalesce($5, epoch_reason)
            WHERE id = $1 AND state = $2 AND deleted_at IS NULL RETURNING ",
            user_columns!()
        );
        if self.another_administrator && !lock_another_administrator(work, self.user_id).await? {
            return Ok(Effect::Lost);
        }
        let reason = (!self.to.is_active()).then_some(EndReason::AccountState);
        let (from, to) = (self.from.as_str(), self.to.as_str());
        let recorded = reason.map(EndReason::as_str);
        let values: Values<'_> = &[&self.user_id.0, &from, &to, &work.now, &recorded];
        let Some(user) = updated(work, SQL, values).await? else {
            return Ok(Effect::Lost);
        };
        work.note_change(ChangeKind::AccountState, self.user_id.0, None);
        audit::write(work, &self.audit).await?;
        if let Some(reason) = reason {
            end_older(work, self.user_id, None, reason, &self.audit.origin).await?;
            one_time_tokens::void(work, &Holder::Account(self.user_id)).await?;
        }
        Ok(Effect::Won(user))
    }
}

#[async_trait]
impl Command for UpdateUser {
    type Outcome = UpdateOutcome;

    async fn run(&self, work: &mut Work<'_>) -> Result<UpdateOutcome, Fault> {
        if self.another_administrator && !lock_another_administrator(work, self.user_id).await? {
            return Ok(UpdateOutcome::Lost);
        }
        let found = updated(work, LOCK, &[&self.user_id.0]).await?;
        if !found.is_some_and(|user| Profile::of(&user) == self.expected) {
            return Ok(UpdateOutcome::Lost);
        }
        if let Some(taken) = named_by_other(work, self).await? {
            return Ok(taken);
        }
        let Some(user) = write_profile(work, self).await? else {
            return Ok(UpdateOutcome::Lost);
        };
        work.note_change(ChangeKind::AccountUpdated, self.user_id.0, None);
        audit::write(work, &self.audit).await?;
        if self.profile.email != self.expected.email {
            one_time_tokens::void(work, &Holder::Account(self.user_id)).await?;
        }
        Ok(UpdateOutcome::Updated(Box::new(user)))
    }
}

#[async_trait]
impl Command for SetPassword {
    type Outcome = Effect<User>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<User>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET password_hash = $2, updated_at = greatest(updated_at, $3),
                session_epoch = session_epoch + 1, epoch_reason = $4
            WHERE id = $1 AND deleted_at IS NULL RETURNING ",
            user_columns!()
        );
        let reason = EndReason::PasswordChanged;
        let hash = self.password_hash.as_str();
        let values: Values<'_> = &[&self.user_id.0, &hash, &work.now, &reason.as_str()];
        let Some(user) = updated(work, SQL, values).await? else {
            return Ok(Effect::Lost);
        };
        audit::write(work, &self.audit).await?;
        end_older(work, self.user_id, self.keep, reason, &self.audit.origin).await?;
        one_time_tokens::void(work, &Holder::Account(self.user_id)).await?;
        Ok(Effect::Won(user))
    }
}

#[async_trait]
impl Command for Rehash {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const SQL: &str = "UPDATE users SET password_hash = $3
            WHERE id = $1 AND password_hash = $2 AND deleted_at IS NULL";
        let (expected, hash) = (self.expected.as_str(), self.password_hash.as_str());
        let replaced = work.execute(SQL, &[&self.user_id.0, &expected, &hash]).await?;
        Ok(if replaced == 1 {
            Effect::Won(())
        } else {
            Effect::Lost
        })
    }
}

/// Locks an account until the commit, if it is active and of this epoch. Whoever changes its state or epoch waits meanwhile, and so
/// does another sign-in of the same account: a lock that only kept the former away (`FOR SHARE`) could not be raised to note the
/// sign-in without a deadlock.
pub(super) async fn lock_active(work: &Work<'_>, id: UserId, epoch: i64) -> Result<bool, Fault> {
    const SQL: &str = "SELECT 1 FROM users WHERE id = $1 AND session_epoch = $2 AND state = 'active'
        FOR NO KEY UPDATE";
    Ok(work.query_opt(SQL, &[&id.0, &epoch]).await?.is_some())
}

/// Locks all accounts that administer, in the order of their ids.
pub(super) const LOCK_ADMINISTRATORS: &str = concat!(
    "SELECT id FROM users WHERE ",
    administrators!(),
    " ORDER BY id FOR NO KEY UPDATE"
);

/// See [`LOCK_ADMINISTRATORS`]; whether one other than this is among them. Of two administrators who take each other away one waits here for
/// the other, and then finds one less.
pub(super) async fn lock_another_administrator(work: &Work<'_>, id: UserId) -> Result<bool, Fault> {
    for row in work.query(LOCK_ADMINISTRATORS, &[]).await? {
        if row.try_get::<_, Uuid>(0)? != id.0 {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn write_profile(work: &Work<'_>, update: &UpdateUser) -> Result<Option<User>, Fault> {
    const SQL: &str = concat!(
        "UPDATE users SET email = $2, email_key = $3, username = $4, username_key = $5, name = $6, permissions = $7,
            metadata = $8, updated_at = greatest(updated_at, $9)
        WHERE id = $1 AND deleted_at IS NULL RETURNING ",
        user_columns!()
    );
    let profile = &update.profile;
    let values: Values<'_> = &[
        &update.user_id.0,
        &profile.email.as_ref().map(EmailAddress::as_given),
        &profile.email.as_ref().map(EmailAddress::key),
        &profile.username.as_ref().map(Username::as_given),
        &profile.username.as_ref().map(Username::key),
        &profile.name,
        &Value::from(profile.permissions.clone()),
        &profile.metadata,
        &work.now,
    ];
    updated(work, SQL, values).await
}

/// Which of an account's new names another account has.
async fn named_by_other(work: &Work<'_>, update: &UpdateUser) -> Result<Option<UpdateOutcome>, Fault> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE email_key = $1 AND id <> $3),
        EXISTS (SELECT 1 FROM users WHERE username_key = $2 AND id <> $3)";
    let email = update.profile.email.as_ref().map(EmailAddress::key);
    let username = update.profile.username.as_ref().map(Username::key);
    let Some(row) = work
        .query_opt(SQL, &[&email, &username, &update.user_id.0])
        .await?
    else {
        return Ok(None);
    };
    if row.try_get(0)? {
        return Ok(Some(UpdateOutcome::EmailTaken));
    }
    Ok(row.try_get::<_, bool>(1)?.then_some(UpdateOutcome::UsernameTaken))
}

/// Notes a sign-in; never an earlier one than is noted.
pub(super) async fn note_sign_in(work: &Work<'_>, id: UserId) -> Result<(), Fault> {
    const SQL: &str = "UPDATE users SET last_login_at = greatest(last_login_at, $2) WHERE id = $1";
    work.execute(SQL, &[&id.0, &work.now]).await.map(drop)
}

/// Raises the epoch; false where there is no such account.
pub(super) async fn raise_epoch(work: &Work<'_>, id: UserId, reason: EndReason) -> Result<bool, Fault> {
    const SQL: &str = "UPDATE users SET session_epoch = session_epoch + 1, epoch_reason = $2
        WHERE id = $1 AND deleted_at IS NULL";
    Ok(work.execute(SQL, &[&id.0, &reason.as_str()]).await? == 1)
}

async fn taken(work: &Work<'_>, new: &NewUser) -> Result<Option<CreateOutcome>, Fault> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM users WHERE email_key = $1),
        EXISTS (SELECT 1 FROM users WHERE username_key = $2),
        EXISTS (SELECT 1 FROM users WHERE subject = $3) OR EXISTS (SELECT 1 FROM users WHERE id = $4)";
    let email = new.email.as_ref().map(EmailAddress::key);
    let username = new.username.as_ref().map(Username::key);
    let values: Values<'_> = &[&email, &username, &new.subject, &new.id.0];
    let Some(row) = work.query_opt(SQL, values).await? else {
        return Ok(None);
    };
    let outcomes = [
        CreateOutcome::EmailTaken,
        CreateOutcome::UsernameTaken,
        CreateOutcome::SubjectTaken,
    ];
    for (column, outcome) in outcomes.into_iter().enumerate() {
        if row.try_get(column)? {
            return Ok(Some(outcome));
        }
    }
    Ok(None)
}

async fn insert(work: &Work<'_>, new: &NewUser) -> Result<User, Fault> {
    const SQL: &str = concat!(
        "INSERT INTO users (id, subject, email, email_key, username, username_key, name, metadata, password_hash, state,
            permissions, created_at, updated_at, session_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $12, $8, $9, $10, $11, $11, 0) RETURNING ",
        user_columns!()
    );
    let permissions = Value::from(new.permissions.clone());
    let values: Values<'_> = &[
        &new.id.0,
        &new.subject,
        &new.email.as_ref().map(EmailAddress::as_given),
        &new.email.as_ref().map(EmailAddress::key),
        &new.username.as_ref().map(Username::as_given),
        &new.username.as_ref().map(Username::key),
        &new.name,
        &new.password_hash.as_str(),
        &new.state.as_str(),
        &permissions,
        &work.now,
        &new.metadata,
    ];
    updated(work, SQL, values)
        .await?
        .ok_or_else(|| Fault::Unreachable("an inserted row was not returned".into()))
}

/// The one row that a statement returns, if any.
pub(super) async fn updated(
    work: &Work<'_>,
    sql: &'static str,
    values: Values<'_>,
) -> Result<Option<User>, Fault> {
    let row = work.query_opt(sql, values).await?;
    row.as_ref().map(stored).transpose()
}
