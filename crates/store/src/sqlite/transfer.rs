//! Accounts in bulk, table `users`: taken over from another application, and read out with their hashes.
//!
//! **The caveat**: a batch of accounts is one command, and holds the write lock for as long. It is for the caller to keep it short.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{ChangeKind, EmailAddress, ImportedUser, SessionId, User, UserId, Username};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{ImportOutcome, ImportUsers, StoreError, StoredUser, TransferStore};
use rusqlite::{Connection, Row, ToSql, params};
use serde_json::Value;

use super::rows::{Fault, Fields};
use super::users::{stored, user_columns};
use super::writer::{Command, Moment};
use super::{SqliteStore, audit, changes};

/// How many columns an account has, with everything that is kept about it.
const USER_COLUMNS: usize = 13;

#[async_trait]
impl TransferStore for SqliteStore {
    async fn import_users(
        &self,
        import: ImportUsers,
        now: Timestamp,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.writer.carry_out(import, now).await
    }

    async fn stored_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<StoredUser>, StoreError> {
        self.readers
            .scan(move |connection| read_after(connection, after, limit))
            .await
    }
}

impl Command for ImportUsers {
    type Outcome = Vec<ImportOutcome>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Vec<ImportOutcome>, Fault> {
        let outcomes = self
            .users
            .iter()
            .map(|user| take_over(connection, user, moment.now))
            .collect::<Result<Vec<_>, _>>()?;
        if outcomes.contains(&ImportOutcome::Imported) {
            audit::write(connection, &self.audit)?;
        }
        Ok(outcomes)
    }
}

fn take_over(connection: &Connection, user: &ImportedUser, now: Timestamp) -> Result<ImportOutcome, Fault> {
    if let Some(taken) = taken(connection, user)? {
        return Ok(taken);
    }
    insert(connection, user, now)?;
    changes::write(connection, ChangeKind::AccountCreated, user.id.0, None, now)?;
    Ok(ImportOutcome::Imported)
}

fn taken(connection: &Connection, user: &ImportedUser) -> Result<Option<ImportOutcome>, Fault> {
    const PRESENT: &str = concat!("SELECT ", user_columns!(), " FROM users WHERE subject = ?1");
    let exists = |sql: &str, key: &dyn ToSql| connection.prepare_cached(sql)?.exists([key]);
    let mut statement = connection.prepare_cached(PRESENT)?;
    if let Some(row) = statement.query([&user.subject])?.next()? {
        return Ok(Some(ImportOutcome::Present(Box::new(stored(row)?))));
    }
    let email = user.email.as_ref().map(EmailAddress::key);
    let username = user.username.as_ref().map(Username::key);
    Ok(if exists("SELECT 1 FROM users WHERE email_key = ?1", &email)? {
        Some(ImportOutcome::EmailTaken)
    } else if exists("SELECT 1 FROM users WHERE username_key = ?1", &username)? {
        Some(ImportOutcome::UsernameTaken)
    } else if exists("SELECT 1 FROM users WHERE id = ?1", &user.id.0)? {
        Some(ImportOutcome::IdTaken)
    } else {
        None
    })
}

fn insert(connection: &Connection, user: &ImportedUser, now: Timestamp) -> Result<(), rusqlite::Error> {
    const SQL: &str =
        "INSERT INTO users (id, subject, email, email_key, username, username_key, name, metadata,
            password_hash, state, permissions, created_at, updated_at, last_login_at, session_epoch)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0)";
    connection
        .prepare_cached(SQL)?
        .execute(params![
            user.id.0,
            user.subject,
            user.email.as_ref().map(EmailAddress::as_given),
            user.email.as_ref().map(EmailAddress::key),
            user.username.as_ref().map(Username::as_given),
            user.username.as_ref().map(Username::key),
            user.name,
            user.metadata.to_string(),
            user.password_hash.as_str(),
            user.state.as_str(),
            Value::from(user.permissions.clone()).to_string(),
            user.created_at.as_microsecond(),
            now.as_microsecond(),
            user.last_login_at.map(Timestamp::as_microsecond),
        ])
        .map(drop)
}

fn read_after(connection: &Connection, after: Option<UserId>, limit: u32) -> Result<Vec<StoredUser>, Fault> {
    const SQL: &str = concat!(
        "SELECT ",
        user_columns!(),
        ", password_hash FROM users WHERE id > ?1 AND deleted_at IS NULL ORDER BY id LIMIT ?2"
    );
    let after = after.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec());
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![after, limit])?;
    let mut users = Vec::new();
    while let Some(row) = rows.next()? {
        users.push(with_hash(row)?);
    }
    Ok(users)
}

fn with_hash(row: &Row<'_>) -> Result<StoredUser, Fault> {
    let user: User = stored(row)?;
    let hash = Fields::of(row, USER_COLUMNS).take();
    let hash = hash.map_err(|flaw| Fields::damaged(row, "users", 0, flaw))?;
    Ok(StoredUser {
        user,
        password_hash: PasswordHash::from_stored(hash),
    })
}
