//! Table `users`.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{Account, AccountState, EmailAddress, EndReason, NewUser, User, UserId, Username};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    CreateOutcome, Effect, Page, Rehash, SetPassword, SetState, SignInName, SignInRecord, StoreError,
    UpdateOutcome, UpdateUser, UserFilter, UserStore,
};
use rusqlite::{Connection, Row, ToSql, params};

use super::SqliteStore;
use super::rows::{self, Fault, Fields, Flaw};

/// The columns of an account, in the order of [`account`].
macro_rules! account_columns {
    () => {
        "users.id, users.subject, users.email, users.username, users.state, users.permissions, \
         users.session_epoch, users.epoch_reason"
    };
}
pub(super) use account_columns;

/// How many columns that are.
const ACCOUNT_COLUMNS: usize = 8;

/// The columns of an account with everything that is kept about it, in the order of [`user`].
macro_rules! user_columns {
    () => {
        concat!(
            $crate::sqlite::users::account_columns!(),
            ", users.name, users.metadata, users.created_at, users.updated_at, users.last_login_at"
        )
    };
}
pub(super) use user_columns;

/// One account by our own id.
pub(super) const FIND: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users WHERE id = ?1 AND deleted_at IS NULL"
);

#[async_trait]
impl UserStore for SqliteStore {
    async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<CreateOutcome, StoreError> {
        self.writer.carry_out(user, now).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.readers.with(|connection| find(connection, FIND, &id.0))
    }

    async fn find_user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE subject = ?1 AND deleted_at IS NULL"
        );
        self.readers.with(|connection| find(connection, SQL, &subject))
    }

    async fn find_user_by_name(&self, name: &SignInName) -> Result<Option<User>, StoreError> {
        let (sql, key) = match name {
            SignInName::EmailKey(key) => (
                concat!("SELECT ", user_columns!(), " FROM users WHERE email_key = ?1"),
                key,
            ),
            SignInName::UsernameKey(key) => (
                concat!("SELECT ", user_columns!(), " FROM users WHERE username_key = ?1"),
                key,
            ),
        };
        self.readers.with(|connection| find(connection, sql, key))
    }

    async fn find_sign_in(&self, name: &SignInName) -> Result<Option<SignInRecord>, StoreError> {
        self.readers.with(|connection| sign_in(connection, name))
    }

    async fn list_users(&self, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, StoreError> {
        let filter = filter.clone();
        self.readers
            .scan(move |connection| list(connection, &filter, page))
            .await
    }

    async fn has_administrator(&self, except: Option<UserId>) -> Result<bool, StoreError> {
        self.readers
            .scan(move |connection| has_administrator(connection, except))
            .await
    }

    async fn update_user(&self, update: UpdateUser, now: Timestamp) -> Result<UpdateOutcome, StoreError> {
        self.writer.carry_out(update, now).await
    }

    async fn set_state(&self, set: SetState, now: Timestamp) -> Result<Effect<User>, StoreError> {
        self.writer.carry_out(set, now).await
    }

    async fn set_password(&self, set: SetPassword, now: Timestamp) -> Result<Effect<User>, StoreError> {
        self.writer.carry_out(set, now).await
    }

    async fn rehash(&self, rehash: Rehash, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(rehash, now).await
    }
}

/// The one account that a statement finds by this key, if any.
pub(super) fn find(connection: &Connection, sql: &str, key: &dyn ToSql) -> Result<Option<User>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([key])?;
    rows.next()?.map(stored).transpose()
}

fn sign_in(connection: &Connection, name: &SignInName) -> Result<Option<SignInRecord>, Fault> {
    let (sql, key) = match name {
        SignInName::EmailKey(key) => (
            concat!(
                "SELECT ",
                account_columns!(),
                ", password_hash, last_login_at FROM users WHERE email_key = ?1"
            ),
            key,
        ),
        SignInName::UsernameKey(key) => (
            concat!(
                "SELECT ",
                account_columns!(),
                ", password_hash, last_login_at FROM users WHERE username_key = ?1"
            ),
            key,
        ),
    };
    password_record(connection, sql, key)
}

/// The account with its password hash that a statement finds.
pub(super) fn password_record(
    connection: &Connection,
    sql: &str,
    key: &dyn ToSql,
) -> Result<Option<SignInRecord>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let account = account(row, 0)?;
    let mut fields = Fields::of(row, ACCOUNT_COLUMNS);
    let record = sign_in_record(account, &mut fields);
    record
        .map(Some)
        .map_err(|flaw| Fields::damaged(row, "users", 0, flaw))
}

fn sign_in_record(account: Account, fields: &mut Fields<'_>) -> Result<SignInRecord, Flaw> {
    Ok(SignInRecord {
        account,
        password_hash: PasswordHash::from_stored(fields.take()?),
        last_login_at: fields.time_or_null()?,
    })
}

/// The filter as conditions, each part that is given with its values: which index serves is left to the engine.
fn list(connection: &Connection, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, Fault> {
    const SELECT: &str = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users WHERE id < ?1 AND deleted_at IS NULL"
    );
    let of_state = match filter.state {
        Some(_) => " AND state = ?3",
        None => " AND ?3 IS NULL",
    };
    let found = match filter.search {
        Some(_) => {
            " AND (instr(subject, ?4) > 0 OR instr(email_key, ?5) > 0 OR instr(username_key, ?5) > 0
                OR instr(lower(email), ?6) > 0 OR instr(lower(name), ?6) > 0)"
        }
        None => " AND ?4 IS NULL AND ?5 IS NULL AND ?6 IS NULL",
    };
    let sql = format!("{SELECT}{of_state}{found} ORDER BY id DESC LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let search = filter.search.as_ref();
    let mut found = statement.query(params![
        rows::before(page.before.map(|id| id.0)),
        page.limit,
        filter.state.map(AccountState::as_str),
        search.map(|search| &search.text),
        search.map(|search| &search.key),
        search.map(|search| &search.name),
    ])?;
    let mut users = Vec::new();
    while let Some(row) = found.next()? {
        users.push(stored(row)?);
    }
    Ok(users)
}

/// Whether an active account other than this one has the permission `admin`. Left to itself, the engine walks all active accounts.
pub(super) const ANOTHER_ADMINISTRATOR: &str = "SELECT 1 FROM users INDEXED BY users_administrators
        WHERE instr(permissions, '\"admin\"') > 0 AND state = 'active' AND id IS NOT ?1
        AND EXISTS (SELECT 1 FROM json_each(permissions) WHERE value = 'admin')";

/// See [`ANOTHER_ADMINISTRATOR`].
pub(super) fn has_administrator(connection: &Connection, except: Option<UserId>) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(ANOTHER_ADMINISTRATOR)?;
    Ok(statement.exists([except.map(|id| id.0)])?)
}

/// The user at the beginning of this row.
pub(super) fn stored(row: &Row<'_>) -> Result<User, Fault> {
    let account = account(row, 0)?;
    let mut fields = Fields::of(row, ACCOUNT_COLUMNS);
    user(account, &mut fields).map_err(|flaw| Fields::damaged(row, "users", 0, flaw))
}

/// The account that begins at column `first` of this row.
pub(super) fn account(row: &Row<'_>, first: usize) -> Result<Account, Fault> {
    read_account(&mut Fields::of(row, first)).map_err(|flaw| Fields::damaged(row, "users", first, flaw))
}

fn read_account(fields: &mut Fields<'_>) -> Result<Account, Flaw> {
    Ok(Account {
        id: UserId(fields.take()?),
        subject: fields.take()?,
        email: fields.parsed_or_null::<EmailAddress>()?,
        username: fields.parsed_or_null::<Username>()?,
        state: fields.parsed()?,
        permissions: serde_json::from_str(&fields.take::<String>()?)?,
        session_epoch: fields.take()?,
        epoch_reason: fields.parsed_or_null::<EndReason>()?,
    })
}

fn user(account: Account, fields: &mut Fields<'_>) -> Result<User, Flaw> {
    Ok(User {
        account,
        name: fields.take()?,
        metadata: serde_json::from_str(&fields.take::<String>()?)?,
        created_at: fields.time()?,
        updated_at: fields.time()?,
        last_login_at: fields.time_or_null()?,
    })
}
