//! Table `users`.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{Account, AccountState, EmailAddress, EndReason, NewUser, User, UserId, Username};
use keyturn_core::password::PasswordHash;
use keyturn_core::ports::{
    CreateOutcome, Effect, Page, Rehash, SetPassword, SetState, SignInName, SignInRecord, StoreError,
    UpdateOutcome, UpdateUser, UserFilter, UserStore,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::PostgresStore;
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
            $crate::postgres::users::account_columns!(),
            ", users.name, users.metadata, users.created_at, users.updated_at, users.last_login_at"
        )
    };
}
pub(super) use user_columns;

/// Which accounts administer.
macro_rules! administrators {
    () => {
        "permissions @> '[\"admin\"]' AND state = 'active'"
    };
}
pub(super) use administrators;

/// Whether an active account other than this one has the permission `admin`.
pub(super) const ANOTHER_ADMINISTRATOR: &str = concat!(
    "SELECT 1 FROM users WHERE ",
    administrators!(),
    " AND id IS DISTINCT FROM $1 LIMIT 1"
);

#[async_trait]
impl UserStore for PostgresStore {
    async fn create_user(&self, user: NewUser, now: Timestamp) -> Result<CreateOutcome, StoreError> {
        self.writer.carry_out(user, now).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE id = $1 AND deleted_at IS NULL"
        );
        let row = self.readers.row(SQL, &[&id.0]).await?;
        Ok(row.as_ref().map(stored).transpose()?)
    }

    async fn find_user_by_subject(&self, subject: &str) -> Result<Option<User>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE subject = $1 AND deleted_at IS NULL"
        );
        let row = self.readers.row(SQL, &[&subject]).await?;
        Ok(row.as_ref().map(stored).transpose()?)
    }

    async fn find_user_by_name(&self, name: &SignInName) -> Result<Option<User>, StoreError> {
        let (sql, key) = match name {
            SignInName::EmailKey(key) => (
                concat!("SELECT ", user_columns!(), " FROM users WHERE email_key = $1"),
                key,
            ),
            SignInName::UsernameKey(key) => (
                concat!("SELECT ", user_columns!(), " FROM users WHERE username_key = $1"),
                key,
            ),
        };
        let row = self.readers.row(sql, &[key]).await?;
        Ok(row.as_ref().map(stored).transpose()?)
    }

    async fn find_sign_in(&self, name: &SignInName) -> Result<Option<SignInRecord>, StoreError> {
        let (sql, key) = match name {
            SignInName::EmailKey(key) => (
                concat!(
                    "SELECT ",
                    account_columns!(),
                    ", password_hash, last_login_at FROM users WHERE email_key = $1"
                ),
                key,
            ),
            SignInName::UsernameKey(key) => (
                concat!(
                    "SELECT ",
                    account_columns!(),
                    ", password_hash, last_login_at FROM users WHERE username_key = $1"
                ),
                key,
            ),
        };
        let row = self.readers.row(sql, &[key]).await?;
        Ok(row.as_ref().map(sign_in).transpose()?)
    }

    async fn list_users(&self, filter: &UserFilter, page: Page<UserId>) -> Result<Vec<User>, StoreError> {
        let before = rows::before(page.before.map(|id| id.0));
        let limit = i64::from(page.limit);
        let state = filter.state.map(AccountState::as_str);
        let mut sql = concat!(
            "SELECT ",
            user_columns!(),
            " FROM users WHERE id < $1 AND deleted_at IS NULL"
        )
        .to_owned();
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&before, &limit];
        if let Some(state) = &state {
            values.push(state);
            sql.push_str(" AND state = $3");
        }
        if let Some(search) = &filter.search {
            let first = values.len() + 1;
            values.extend([
                &search.text as _,
                &search.key as _,
                &search.name as &(dyn ToSql + Sync),
            ]);
            sql.push_str(&found(first));
        }
        sql.push_str(" ORDER BY id DESC LIMIT $2");
        let found = self.readers.rows(&sql, &values).await?;
        Ok(found.iter().map(stored).collect::<Result<_, Fault>>()?)
    }

    async fn has_administrator(&self, except: Option<UserId>) -> Result<bool, StoreError> {
        let except = except.map(|id| id.0);
        let found = self.readers.row(ANOTHER_ADMINISTRATOR, &[&except]).await?;
        Ok(found.is_some())
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

/// The condition of a search, its three values from this number on. The "C" collation knows no letters but A to Z.
fn found(first: usize) -> String {
    let (text, key, name) = (first, first + 1, first + 2);
    format!(
        " AND (strpos(subject, ${text}) > 0 OR strpos(email_key, ${key}) > 0 OR strpos(username_key, ${key}) > 0
            OR strpos(lower(email COLLATE \"C\"), ${name}) > 0 OR strpos(lower(name COLLATE \"C\"), ${name}) > 0)"
    )
}

/// The account with its password hash at the beginning of this row.
pub(super) fn sign_in(row: &Row) -> Result<SignInRecord, Fault> {
    let account = account(row, 0)?;
    let mut fields = Fields::of(row, ACCOUNT_COLUMNS);
    sign_in_record(account, &mut fields).map_err(|flaw| Fields::damaged(row, "users", 0, flaw))
}

fn sign_in_record(account: Account, fields: &mut Fields<'_>) -> Result<SignInRecord, Flaw> {
    Ok(SignInRecord {
        account,
        password_hash: PasswordHash::from_stored(fields.take()?),
        last_login_at: fields.time_or_null()?,
    })
}

/// The user at the beginning of this row.
pub(super) fn stored(row: &Row) -> Result<User, Fault> {
    let account = account(row, 0)?;
    let mut fields = Fields::of(row, ACCOUNT_COLUMNS);
    user(account, &mut fields).map_err(|flaw| Fields::damaged(row, "users", 0, flaw))
}

/// The account that begins at column `first` of this row.
pub(super) fn account(row: &Row, first: usize) -> Result<Account, Fault> {
    read_account(&mut Fields::of(row, first)).map_err(|flaw| Fields::damaged(row, "users", first, flaw))
}

fn read_account(fields: &mut Fields<'_>) -> Result<Account, Flaw> {
    Ok(Account {
        id: UserId(fields.take()?),
        subject: fields.take()?,
        email: fields.parsed_or_null::<EmailAddress>()?,
        username: fields.parsed_or_null::<Username>()?,
        state: fields.parsed()?,
        permissions: serde_json::from_value(fields.take()?)?,
        session_epoch: fields.take()?,
        epoch_reason: fields.parsed_or_null::<EndReason>()?,
    })
}

fn user(account: Account, fields: &mut Fields<'_>) -> Result<User, Flaw> {
    Ok(User {
        account,
        name: fields.take()?,
        metadata: fields.take()?,
        created_at: fields.time()?,
        updated_at: fields.time()?,
        last_login_at: fields.time_or_null()?,
    })
}
