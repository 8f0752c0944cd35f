//! Taking over accounts of another application, a batch at a time, beside a running server.
//!
//! **The rule**: a row is taken over whole or refused with its reason, and no row stops another one. An account that is there already is
//! left as it is: what people and administrators have changed here since counts. So an import can be run again, after a crash too.
//!
//! **The caveat**: an id that is there with another email or username may be another person's. It is refused, and never merged.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::error::FieldError;
use crate::import::{self, ImportRecord, ImportRow, ImportRules};
use crate::model::{AuditEvent, AuditKind, EmailAddress, ImportedUser, Origin, User, Username};
use crate::password::{self, HashError, HashSettings, PasswordHash, Salt};
use crate::ports::{Clock, Entropy, ImportOutcome, ImportUsers, SignInName, Store, StoreError};

/// How accounts are taken over.
#[derive(Debug, Clone, Copy)]
pub struct ImportPolicy {
    /// How new passwords are hashed: an account without a password costs a guess as much as one of these.
    pub hash: HashSettings,
    /// Whether a row may give the permission `admin`.
    pub allow_admin: bool,
    /// Judge only; write nothing.
    pub dry_run: bool,
}

/// What became of one row.
#[derive(Debug)]
pub struct RowOutcome {
    /// Where it begins in the file.
    pub line: u64,
    /// The application's id, where it has a usable one.
    pub subject: Option<String>,
    /// What became of it.
    pub taken: Result<TakenOver, RowRefusal>,
}

/// A row that left an account behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenOver {
    /// It exists now, or would in a run that is not dry.
    Imported {
        /// What its password hash was made with; `None` where it has no password.
        algorithm: Option<&'static str>,
    },
    /// It existed.
    Present {
        /// Whether it has another name, state, permissions or metadata than the row; they were left.
        differs: bool,
    },
}

/// Why a row was not taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowRefusal {
    /// A field of it can't be accepted.
    #[error("{}: {}", .0.field, .0.message)]
    Field(FieldError),
    /// The file has it before.
    #[error("{field}: line {line} of this file has the same")]
    Twice {
        /// Which field.
        field: &'static str,
        /// Where it was first.
        line: u64,
    },
    /// Another account has this email.
    #[error("email: another account has it")]
    EmailTaken,
    /// Another account has this username.
    #[error("username: another account has it")]
    UsernameTaken,
    /// The id is one that Keyturn has given to somebody else.
    #[error("id: another account has it")]
    IdTaken,
    /// The store has not said what became of it.
    #[error("the store did not answer for it: run the import again")]
    Unanswered,
    /// The account of this id is another person's, or has changed its address since.
    #[error("{field}: the account of this id has another one here")]
    Another {
        /// In which field it differs.
        field: &'static str,
    },
}

/// Takes over the accounts of one file.
pub struct Importer {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: ImportPolicy,
    seen: Seen,
}

impl Importer {
    /// Into this store.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: ImportPolicy,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
            policy,
            seen: Seen::default(),
        }
    }

    /// Takes over a batch, in one short transaction. One outcome for each record, in their order.
    ///
    /// # Errors
    /// Nothing of the batch was taken over, or it is not known whether: run the import again. What came before it stays.
    pub async fn take(&mut self, records: &[ImportRecord]) -> Result<Vec<RowOutcome>, StoreError> {
        let now = self.clock.now();
        let rows: Vec<_> = records.iter().map(|record| self.read(record, now)).collect();
        let users = rows.iter().flatten().map(|row| self.user(row));
        let users: Vec<ImportedUser> = users.collect::<Result<_, _>>().map_err(unhashable)?;
        let mut stored = self.carry_out(records, &users, now).await?.into_iter();
        let outcomes = records.iter().zip(rows).map(|(record, row)| {
            let subject = row.as_ref().ok().map(|row| row.subject.clone());
            let taken = row.and_then(|row| match stored.next() {
                Some(outcome) => judge(&row, outcome),
                None => Err(RowRefusal::Unanswered),
            });
            RowOutcome {
                line: record.line,
                subject,
                taken,
            }
        });
        Ok(outcomes.collect())
    }

    fn read(&mut self, record: &ImportRecord, now: Timestamp) -> Result<ImportRow, RowRefusal> {
        let rules = ImportRules {
            now,
            allow_admin: self.policy.allow_admin,
        };
        let row = import::read(record, rules).map_err(RowRefusal::Field)?;
        self.seen.note(&row, record.line)?;
        Ok(row)
    }

    fn user(&self, row: &ImportRow) -> Result<ImportedUser, HashError> {
        let row = row.clone();
        let password_hash = match row.password_hash {
            Some(hash) => hash,
            None => self.no_password()?,
        };
        Ok(ImportedUser {
            id: ImportedUser::id_for(&row.subject, row.created_at, self.entropy.as_ref()),
            subject: row.subject,
            email: row.email,
            username: row.username,
            name: row.name,
            metadata: row.metadata,
            password_hash,
            state: row.state,
            permissions: row.permissions,
            created_at: row.created_at,
            last_login_at: row.last_login_at,
        })
    }

    /// A hash of which nobody knows the password.
    fn no_password(&self) -> Result<PasswordHash, HashError> {
        let mut salt = Salt::default();
        self.entropy.fill(&mut salt);
        password::decoy(self.policy.hash, salt)
    }

    async fn carry_out(
        &self,
        records: &[ImportRecord],
        users: &[ImportedUser],
        now: Timestamp,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        if self.policy.dry_run {
            return self.look(users).await;
        }
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let import = || ImportUsers {
            users: users.to_vec(),
            audit: audit(records, now),
        };
        match self.store.import_users(import(), now).await {
            // Done again, it finds what it did before.
            Err(StoreError::OutcomeUnknown(_)) => {
                let outcomes = self.store.import_users(import(), now).await?;
                Ok(outcomes.into_iter().zip(users).map(own).collect())
            }
            outcomes => outcomes,
        }
    }

    /// What would become of them.
    async fn look(&self, users: &[ImportedUser]) -> Result<Vec<ImportOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(users.len());
        for user in users {
            outcomes.push(self.look_at(user).await?);
        }
        Ok(outcomes)
    }

    async fn look_at(&self, user: &ImportedUser) -> Result<ImportOutcome, StoreError> {
        if let Some(present) = self.store.find_user_by_subject(&user.subject).await? {
            return Ok(ImportOutcome::Present(Box::new(present)));
        }
        let email = user
            .email
            .as_ref()
            .map(|email| SignInName::EmailKey(email.key().to_owned()));
        let username = user.username.as_ref();
        let username = username.map(|name| SignInName::UsernameKey(name.key().to_owned()));
        let taken = |name: Option<SignInName>| async {
            match name {
                Some(name) => Ok::<_, StoreError>(self.store.find_user_by_name(&name).await?.is_some()),
                None => Ok(false),
            }
        };
        Ok(if taken(email).await? {
            ImportOutcome::EmailTaken
        } else if taken(username).await? {
            ImportOutcome::UsernameTaken
        } else if self.store.find_user(user.id).await?.is_some() {
            ImportOutcome::IdTaken
        } else {
            ImportOutcome::Imported
        })
    }
}

/// One event for a batch: no account comes from nowhere, and a hundred thousand accounts are not a hundred thousand events.
fn audit(records: &[ImportRecord], now: Timestamp) -> AuditEvent {
    let line = |record: Option<&ImportRecord>| record.map_or(0, |record| record.line);
    AuditEvent {
        at: now,
        kind: AuditKind::UsersImported,
        user_id: None,
        session_id: None,
        detail: format!("lines {} to {}", line(records.first()), line(records.last())),
        origin: Origin::COMMAND_LINE,
    }
}

/// An account that the attempt before has left behind is this import's.
fn own((outcome, user): (ImportOutcome, &ImportedUser)) -> ImportOutcome {
    match outcome {
        ImportOutcome::Present(present) if present.account.id == user.id => ImportOutcome::Imported,
        other => other,
    }
}

fn judge(row: &ImportRow, outcome: ImportOutcome) -> Result<TakenOver, RowRefusal> {
    match outcome {
        ImportOutcome::Imported => Ok(TakenOver::Imported {
            algorithm: row.password_hash.as_ref().map(PasswordHash::algorithm),
        }),
        ImportOutcome::Present(user) => compare(row, &user),
        ImportOutcome::EmailTaken => Err(RowRefusal::EmailTaken),
        ImportOutcome::UsernameTaken => Err(RowRefusal::UsernameTaken),
        ImportOutcome::IdTaken => Err(RowRefusal::IdTaken),
    }
}

/// Whether the account of a row's id is the row's, by the names that people sign in with.
fn compare(row: &ImportRow, user: &User) -> Result<TakenOver, RowRefusal> {
    let account = &user.account;
    if row.email.as_ref().map(EmailAddress::key) != account.email.as_ref().map(EmailAddress::key) {
        return Err(RowRefusal::Another { field: "email" });
    }
    if row.username.as_ref().map(Username::key) != account.username.as_ref().map(Username::key) {
        return Err(RowRefusal::Another { field: "username" });
    }
    let same = row.name == user.name
        && row.state == account.state
        && row.permissions == account.permissions
        && row.metadata == user.metadata;
    Ok(TakenOver::Present { differs: !same })
}

fn unhashable(error: HashError) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// What the file had so far, as digests: a file may have millions of rows.
#[derive(Default)]
struct Seen(HashMap<[u8; 16], u64>);

impl Seen {
    /// Notes the names of a row that none before it has.
    fn note(&mut self, row: &ImportRow, line: u64) -> Result<(), RowRefusal> {
        let names = [
            ("id", Some(row.subject.as_str())),
            ("email", row.email.as_ref().map(EmailAddress::key)),
            ("username", row.username.as_ref().map(Username::key)),
        ];
        for (field, name) in names {
            let Some(name) = name else { continue };
            if let Entry::Occupied(before) = self.0.entry(digest(field, name)) {
                return Err(RowRefusal::Twice {
                    field,
                    line: *before.get(),
                });
            }
        }
        for (field, name) in names {
            if let Some(name) = name {
                self.0.insert(digest(field, name), line);
            }
        }
        Ok(())
    }
}

fn digest(field: &str, name: &str) -> [u8; 16] {
    let whole = Sha256::new()
        .chain_update(field)
        .chain_update([0])
        .chain_update(name)
        .finalize();
    whole.first_chunk().copied().unwrap_or_default()
}
