//! Accounts in bulk, table `users`: taken over from another application, and read out with their hashes.
//!
//! A batch is two statements whatever its size: who has these names already, and the rows of the others.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{ChangeKind, EmailAddress, ImportedUser, User, UserId, Username};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{ImportOutcome, ImportUsers, StoreError, StoredUser, TransferStore};
use serde_json::Value as Json;
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresStore;
use super::audit::{self, NewEvent};
use super::rows::{Fault, Fields};
use super::users::{stored, user_columns};
use super::work::{Value, Work};
use super::writer::Command;

/// How many columns an account has, with everything that is kept about it.
const USER_COLUMNS: usize = 13;

#[async_trait]
impl TransferStore for PostgresStore {
    async fn import_users(
        &self,
        import: ImportUsers,
        now: Timestamp,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.writer.carry_out(import, now).await
    }

    async fn stored_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<StoredUser>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            ", password_hash FROM users WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"
        );
        let after = after.map_or_else(Uuid::nil, |id| id.0);
        let rows = self.readers.rows(SQL, &[&after, &i64::from(limit)]).await?;
        Ok(rows.iter().map(with_hash).collect::<Result<_, Fault>>()?)
    }
}

fn with_hash(row: &Row) -> Result<StoredUser, Fault> {
    let user = stored(row)?;
    let hash = Fields::of(row, USER_COLUMNS).take();
    let hash: String = hash.map_err(|flaw| Fields::damaged(row, "users", 0, flaw))?;
    Ok(StoredUser {
        user,
        password_hash: PasswordHash::from_stored(hash),
    })
}

#[async_trait]
impl Command for ImportUsers {
    type Outcome = Vec<ImportOutcome>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Vec<ImportOutcome>, Fault> {
        // Who creates one of these accounts at the same moment violates a unique index; tried again, it is found taken.
        let mut present = Present::of(work, &self.users).await?;
        let mut outcomes = Vec::with_capacity(self.users.len());
        let mut new = Vec::with_capacity(self.users.len());
        for user in &self.users {
            let outcome = present.judge(user);
            if outcome == ImportOutcome::Imported {
                present.note(user.clone().into_stored(work.now).0);
                work.note_change(ChangeKind::AccountCreated, user.id.0, None);
                new.push(user);
            }
            outcomes.push(outcome);
        }
        if !new.is_empty() {
            // In one order, whoever imports: two that meet on the same keys wait in a line.
            new.sort_by(|one, other| one.subject.cmp(&other.subject));
            let (now, users, event) = (work.now, NewUsers::of(&new), NewEvent::of(&self.audit));
            let users = (work.prepared(INSERT).await?, &users.values(&now)[..]);
            let event = (work.prepared(audit::INSERT).await?, &event.values()[..]);
            work.commit_with(&[users, event]).await?;
        }
        Ok(outcomes)
    }
}

/// Who has one of these names or ids.
pub(super) const PRESENT: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users WHERE subject = ANY ($1) OR email_key = ANY ($2) OR username_key = ANY ($3) OR id = ANY ($4)"
);

/// The accounts that have a name of these, those of the batch that came before included.
#[derive(Default)]
struct Present {
    subjects: HashMap<String, User>,
    emails: HashSet<String>,
    usernames: HashSet<String>,
    ids: HashSet<Uuid>,
}

impl Present {
    async fn of(work: &Work<'_>, users: &[ImportedUser]) -> Result<Self, Fault> {
        let subjects: Vec<&str> = users.iter().map(|user| user.subject.as_str()).collect();
        let emails: Vec<&str> = users.iter().filter_map(email_key).collect();
        let usernames: Vec<&str> = users.iter().filter_map(username_key).collect();
        let ids: Vec<Uuid> = users.iter().map(|user| user.id.0).collect();
        let mut present = Self::default();
        for row in work
            .look(PRESENT, &[&subjects, &emails, &usernames, &ids])
            .await?
        {
            present.note(stored(&row)?);
        }
        Ok(present)
    }

    fn note(&mut self, user: User) {
        let account = &user.account;
        if let Some(email) = &account.email {
            self.emails.insert(email.key().to_owned());
        }
        if let Some(username) = &account.username {
            self.usernames.insert(username.key().to_owned());
        }
        self.ids.insert(account.id.0);
        self.subjects.insert(account.subject.clone(), user);
    }

    fn judge(&self, user: &ImportedUser) -> ImportOutcome {
        if let Some(present) = self.subjects.get(&user.subject) {
            ImportOutcome::Present(Box::new(present.clone()))
        } else if email_key(user).is_some_and(|key| self.emails.contains(key)) {
            ImportOutcome::EmailTaken
        } else if username_key(user).is_some_and(|key| self.usernames.contains(key)) {
            ImportOutcome::UsernameTaken
        } else if self.ids.contains(&user.id.0) {
            ImportOutcome::IdTaken
        } else {
            ImportOutcome::Imported
        }
    }
}

fn email_key(user: &ImportedUser) -> Option<&str> {
    user.email.as_ref().map(EmailAddress::key)
}

fn username_key(user: &ImportedUser) -> Option<&str> {
    user.username.as_ref().map(Username::key)
}

/// Stores accounts, all of them new.
const INSERT: &str = "INSERT INTO users (id, subject, email, email_key, username, username_key, name, metadata,
        password_hash, state, permissions, created_at, updated_at, last_login_at, session_epoch)
    SELECT id, subject, email, email_key, username, username_key, name, metadata, password_hash, state, permissions,
        created_at, $1, last_login_at, 0
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[],
        $10::text[], $11::text[], $12::jsonb[], $13::timestamptz[], $14::timestamptz[])
        AS new (id, subject, email, email_key, username, username_key, name, metadata, password_hash, state, permissions,
            created_at, last_login_at)";

/// What [`INSERT`] is run with: each column of all accounts.
struct NewUsers<'a> {
    ids: Vec<Uuid>,
    subjects: Vec<&'a str>,
    emails: Vec<Option<&'a str>>,
    email_keys: Vec<Option<&'a str>>,
    usernames: Vec<Option<&'a str>>,
    username_keys: Vec<Option<&'a str>>,
    names: Vec<Option<&'a str>>,
    metadata: Vec<&'a Json>,
    hashes: Vec<&'a str>,
    states: Vec<&'a str>,
    permissions: Vec<Json>,
    created: Vec<Timestamp>,
    last_logins: Vec<Option<Timestamp>>,
}

impl<'a> NewUsers<'a> {
    fn of(users: &[&'a ImportedUser]) -> Self {
        Self {
            ids: column(users, |user| user.id.0),
            subjects: column(users, |user| user.subject.as_str()),
            emails: column(users, |user| user.email.as_ref().map(EmailAddress::as_given)),
            email_keys: column(users, email_key),
            usernames: column(users, |user| user.username.as_ref().map(Username::as_given)),
            username_keys: column(users, username_key),
            names: column(users, |user| user.name.as_deref()),
            metadata: column(users, |user| &user.metadata),
            hashes: column(users, |user| user.password_hash.as_str()),
            states: column(users, |user| user.state.as_str()),
            permissions: column(users, |user| Json::from(user.permissions.clone())),
            created: column(users, |user| user.created_at),
            last_logins: column(users, |user| user.last_login_at),
        }
    }

    fn values<'v>(&'v self, now: &'v Timestamp) -> [Value<'v>; 14] {
        [
            now,
            &self.ids,
            &self.subjects,
            &self.emails,
            &self.email_keys,
            &self.usernames,
            &self.username_keys,
            &self.names,
            &self.metadata,
            &self.hashes,
            &self.states,
            &self.permissions,
            &self.created,
            &self.last_logins,
        ]
    }
}

fn column<'a, T>(users: &[&'a ImportedUser], value: impl Fn(&'a ImportedUser) -> T) -> Vec<T> {
    users.iter().map(|user| value(user)).collect()
}
