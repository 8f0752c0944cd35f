//! What is written to table `users`.

use jiff::Timestamp;
use keyturn_core::model::{
    ChangeKind, EmailAddress, EndReason, Holder, NewUser, SessionId, User, UserId, Username,
};
use keyturn_core::ports::{
    CreateOutcome, Effect, Profile, Rehash, SetPassword, SetState, UpdateOutcome, UpdateUser,
};
use rusqlite::{Connection, Params, ToSql, params};

use super::rows::Fault;
use super::session_commands::end_older;
use super::users::{FIND, find, has_administrator, stored, user_columns};
use super::writer::{Command, Moment};
use super::{audit, changes, one_time_tokens};

impl Command for NewUser {
    type Outcome = CreateOutcome;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<CreateOutcome, Fault> {
        if let Some(taken) = taken(connection, self)? {
            return Ok(taken);
        }
        let user = insert(connection, self, moment.now)?;
        changes::write(
            connection,
            ChangeKind::AccountCreated,
            self.id.0,
            None,
            moment.now,
        )?;
        audit::write(connection, &self.audit)?;
        Ok(CreateOutcome::Created(Box::new(user)))
    }
}

impl Command for SetState {
    type Outcome = Effect<User>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<User>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET state = ?3, updated_at = max(updated_at, ?4),
                session_epoch = session_epoch + (?5 IS NOT NULL), epoch_reason = coalesce(?5, epoch_reason)
            WHERE id = ?1 AND state = ?2 AND deleted_at IS NULL RETURNING ",
            user_columns!()
        );
        if self.another_administrator && !has_administrator(connection, Some(self.user_id))? {
            return Ok(Effect::Lost);
        }
        let reason = (!self.to.is_active()).then_some(EndReason::AccountState);
        let values = params![
            self.user_id.0,
            self.from.as_str(),
            self.to.as_str(),
            moment.now.as_microsecond(),
            reason.map(EndReason::as_str),
        ];
        let Some(user) = updated(connection, SQL, values)? else {
            return Ok(Effect::Lost);
        };
        changes::write(
            connection,
            ChangeKind::AccountState,
            self.user_id.0,
            None,
            moment.now,
        )?;
        audit::write(connection, &self.audit)?;
        if let Some(reason) = reason {
            let origin = &self.audit.origin;
            end_older(connection, self.user_id, None, reason, origin, moment.now)?;
            one_time_tokens::void(connection, &Holder::Account(self.user_id), moment.now)?;
        }
        Ok(Effect::Won(user))
    }
}

impl Command for UpdateUser {
    type Outcome = UpdateOutcome;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<UpdateOutcome, Fault> {
        let found = find(connection, FIND, &self.user_id.0)?;
        let as_expected = found.is_some_and(|user| Profile::of(&user) == self.expected);
        if !as_expected || (self.another_administrator && !has_administrator(connection, Some(self.user_id))?)
        {
            return Ok(UpdateOutcome::Lost);
        }
        let email_key = self.profile.email.as_ref().map(EmailAddress::key);
        if named_by_other(connection, "email_key", email_key, self.user_id)? {
            return Ok(UpdateOutcome::EmailTaken);
        }
        let username_key = self.profile.username.as_ref().map(Username::key);
        if named_by_other(connection, "username_key", username_key, self.user_id)? {
            return Ok(UpdateOutcome::UsernameTaken);
        }
        let Some(user) = write_profile(connection, self.user_id, &self.profile, moment.now)? else {
            return Ok(UpdateOutcome::Lost);
        };
        let kind = ChangeKind::AccountUpdated;
        changes::write(connection, kind, self.user_id.0, None, moment.now)?;
        audit::write(connection, &self.audit)?;
        if self.profile.email != self.expected.email {
            one_time_tokens::void(connection, &Holder::Account(self.user_id), moment.now)?;
        }
        Ok(UpdateOutcome::Updated(Box::new(user)))
    }
}

impl Command for SetPassword {
    type Outcome = Effect<User>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [self.keep, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<User>, Fault> {
        const SQL: &str = concat!(
            "UPDATE users SET password_hash = ?2, updated_at = max(updated_at, ?3),
                session_epoch = session_epoch + 1, epoch_reason = ?4
            WHERE id = ?1 AND deleted_at IS NULL RETURNING ",
            user_columns!()
        );
        let reason = EndReason::PasswordChanged;
        let (hash, now) = (self.password_hash.as_str(), moment.now.as_microsecond());
        let values = params![self.user_id.0, hash, now, reason.as_str()];
        let Some(user) = updated(connection, SQL, values)? else {
            return Ok(Effect::Lost);
        };
        audit::write(connection, &self.audit)?;
        let origin = &self.audit.origin;
        end_older(connection, self.user_id, self.keep, reason, origin, moment.now)?;
        one_time_tokens::void(connection, &Holder::Account(self.user_id), moment.now)?;
        Ok(Effect::Won(user))
    }
}

impl Command for Rehash {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, _moment: Moment) -> Result<Effect<()>, Fault> {
        const SQL: &str = "UPDATE users SET password_hash = ?3
            WHERE id = ?1 AND password_hash = ?2 AND deleted_at IS NULL";
        let values = params![
            self.user_id.0,
            self.expected.as_str(),
            self.password_hash.as_str()
        ];
        let replaced = connection.prepare_cached(SQL)?.execute(values)?;
        Ok(if replaced == 1 {
            Effect::Won(())
        } else {
            Effect::Lost
        })
    }
}

/// Notes a sign-in; never an earlier one than is noted.
pub(super) fn note_sign_in(
    connection: &Connection,
    id: UserId,
    now: Timestamp,
) -> Result<(), rusqlite::Error> {
    const SQL: &str = "UPDATE users SET last_login_at = max(coalesce(last_login_at, ?2), ?2) WHERE id = ?1";
    connection
        .prepare_cached(SQL)?
        .execute(params![id.0, now.as_microsecond()])
        .map(drop)
}

/// Raises the epoch; false where there is no such account.
pub(super) fn raise_epoch(
    connection: &Connection,
    id: UserId,
    reason: EndReason,
) -> Result<bool, rusqlite::Error> {
    const SQL: &str = "UPDATE users SET session_epoch = session_epoch + 1, epoch_reason = ?2
        WHERE id = ?1 AND deleted_at IS NULL";
    Ok(connection
        .prepare_cached(SQL)?
        .execute(params![id.0, reason.as_str()])?
        == 1)
}

fn write_profile(
    connection: &Connection,
    id: UserId,
    profile: &Profile,
    now: Timestamp,
) -> Result<Option<User>, Fault> {
    const SQL: &str = concat!(
        "UPDATE users SET email = ?2, email_key = ?3, username = ?4, username_key = ?5, name = ?6, permissions = ?7,
            metadata = ?8, updated_at = max(updated_at, ?9)
        WHERE id = ?1 AND deleted_at IS NULL RETURNING ",
        user_columns!()
    );
    let values = params![
        id.0,
        profile.email.as_ref().map(EmailAddress::as_given),
        profile.email.as_ref().map(EmailAddress::key),
        profile.username.as_ref().map(Username::as_given),
        profile.username.as_ref().map(Username::key),
        profile.name,
        serde_json::Value::from(profile.permissions.clone()).to_string(),
        profile.metadata.to_string(),
        now.as_microsecond(),
    ];
    updated(connection, SQL, values)
}

/// Whether another account has this key in this column.
fn named_by_other(
    connection: &Connection,
    column: &str,
    key: Option<&str>,
    id: UserId,
) -> Result<bool, rusqlite::Error> {
    let sql = format!("SELECT 1 FROM users WHERE {column} = ?1 AND id <> ?2");
    connection.prepare_cached(&sql)?.exists(params![key, id.0])
}

fn taken(connection: &Connection, new: &NewUser) -> Result<Option<CreateOutcome>, rusqlite::Error> {
    let exists = |sql: &str, key: &dyn ToSql| connection.prepare_cached(sql)?.exists([key]);
    let email = new.email.as_ref().map(EmailAddress::key);
    let username = new.username.as_ref().map(Username::key);
    Ok(if exists("SELECT 1 FROM users WHERE email_key = ?1", &email)? {
        Some(CreateOutcome::EmailTaken)
    } else if exists("SELECT 1 FROM users WHERE username_key = ?1", &username)? {
        Some(CreateOutcome::UsernameTaken)
    } else if exists("SELECT 1 FROM users WHERE subject = ?1", &new.subject)?
        || exists("SELECT 1 FROM users WHERE id = ?1", &new.id.0)?
    {
        Some(CreateOutcome::SubjectTaken)
    } else {
        None
    })
}

pub(super) fn insert(connection: &Connection, new: &NewUser, now: Timestamp) -> Result<User, Fault> {
    const SQL: &str = concat!(
        "INSERT INTO users (id, subject, email, email_key, username, username_key, name, metadata, password_hash, state,
            permissions, created_at, updated_at, session_epoch)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?12, ?8, ?9, ?10, ?11, ?11, 0) RETURNING ",
        user_columns!()
    );
    let values = params![
        new.id.0,
        new.subject,
        new.email.as_ref().map(EmailAddress::as_given),
        new.email.as_ref().map(EmailAddress::key),
        new.username.as_ref().map(Username::as_given),
        new.username.as_ref().map(Username::key),
        new.name,
        new.password_hash.as_str(),
        new.state.as_str(),
        serde_json::Value::from(new.permissions.clone()).to_string(),
        now.as_microsecond(),
        new.metadata.to_string(),
    ];
    updated(connection, SQL, values)?.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
}

/// The one row that a statement returns, if any.
pub(super) fn updated(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Option<User>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    rows.next()?.map(stored).transpose()
}
