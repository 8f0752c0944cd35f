//! Table `one_time_tokens`: what mailed links stand for.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::credential::OneTimeHash;
use keyturn_core::model::{
    ChangeKind, EndReason, Errand, Holder, OneTimePurpose, OneTimeTokenId, SessionId, StoredOneTimeToken,
    UserId,
};
use keyturn_core::ports::{
    ChangeEmail, CreateOutcome, Effect, IssueToken, OneTimeTokenStore, RenewToken, ResetPassword,
    SpendOutcome, SpendToken, Spending, StoreError,
};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::rows::{Fault, Fields, Flaw};
use super::session_commands::end_older;
use super::writer::{Command, Moment};
use super::{audit, changes};

/// The columns of a token, in the order of [`token`].
macro_rules! columns {
    () => {
        "id, purpose, user_id, hash, data, created_at, expires_at"
    };
}

#[async_trait]
impl OneTimeTokenStore for SqliteStore {
    async fn issue_one_time_token(
        &self,
        issue: IssueToken,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(issue, now).await
    }

    async fn renew_one_time_token(
        &self,
        renew: RenewToken,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(renew, now).await
    }

    async fn find_one_time_token(
        &self,
        purpose: OneTimePurpose,
        hash: OneTimeHash,
        now: Timestamp,
    ) -> Result<Option<StoredOneTimeToken>, StoreError> {
        self.readers
            .with(|connection| find(connection, purpose, hash, now))
    }

    async fn outstanding_one_time_tokens(
        &self,
        holder: &Holder,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Result<Vec<StoredOneTimeToken>, StoreError> {
        let holder = holder.clone();
        self.readers
            .scan(move |connection| outstanding(connection, &holder, purpose, now))
            .await
    }

    async fn spend_one_time_token(
        &self,
        spend: SpendToken,
        now: Timestamp,
    ) -> Result<SpendOutcome, StoreError> {
        self.writer.carry_out(spend, now).await
    }
}

impl Command for IssueToken {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<()>, Fault> {
        const INSERT: &str = "INSERT INTO one_time_tokens
            (id, purpose, user_id, email_key, hash, data, created_at, expires_at)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
            WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = ?3 AND deleted_at IS NULL)
            ON CONFLICT DO NOTHING";
        const MAKE_ROOM: &str = "UPDATE one_time_tokens SET used_at = ?4, data = '{}'
            WHERE (user_id = ?1 OR email_key = ?2) AND purpose = ?3 AND used_at IS NULL AND id NOT IN (
                SELECT id FROM one_time_tokens WHERE (user_id = ?1 OR email_key = ?2) AND purpose = ?3
                AND used_at IS NULL AND ?4 < expires_at ORDER BY id DESC LIMIT ?5)";
        let token = &self.token;
        let holder = token.errand.holder();
        let (user_id, email_key) = held_by(&holder);
        let purpose = token.errand.purpose().as_str();
        let inserted = connection.prepare_cached(INSERT)?.execute(params![
            token.id.0,
            purpose,
            user_id,
            email_key,
            token.hash.0,
            token.errand.data().to_string(),
            token.created_at.as_microsecond(),
            token.expires_at.as_microsecond(),
        ])?;
        if inserted == 0 {
            return Ok(Effect::Lost);
        }
        let now = moment.now.as_microsecond();
        connection.prepare_cached(MAKE_ROOM)?.execute(params![
            user_id,
            email_key,
            purpose,
            now,
            self.limit.get()
        ])?;
        if let Some(event) = &self.audit {
            audit::write(connection, event)?;
        }
        Ok(Effect::Won(()))
    }
}

impl Command for RenewToken {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<()>, Fault> {
        const SQL: &str = "UPDATE one_time_tokens SET hash = ?3, expires_at = ?4
            WHERE id = ?1 AND hash = ?2 AND used_at IS NULL AND ?5 < expires_at";
        let renewed = connection.prepare_cached(SQL)?.execute(params![
            self.id.0,
            self.expected.0,
            self.hash.0,
            self.expires_at.as_microsecond(),
            moment.now.as_microsecond(),
        ])?;
        Ok(if renewed == 1 {
            Effect::Won(())
        } else {
            Effect::Lost
        })
    }
}

impl Command for SpendToken {
    type Outcome = SpendOutcome;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        match &self.spending {
            Spending::StartSession(start) => start.sessions(),
            _ => [None, None],
        }
    }

    /// What a command wrote stays where it answers, whatever it answers: the token is looked at before, and spent once all is done.
    fn run(&self, connection: &Connection, moment: Moment) -> Result<SpendOutcome, Fault> {
        if !is_outstanding(connection, self, moment.now)? {
            return Ok(SpendOutcome::Lost);
        }
        let outcome = match &self.spending {
            Spending::Create(new) => match new.run(connection, moment)? {
                CreateOutcome::Created(_) => SpendOutcome::Spent,
                CreateOutcome::EmailTaken => SpendOutcome::EmailTaken,
                CreateOutcome::UsernameTaken => SpendOutcome::UsernameTaken,
                CreateOutcome::SubjectTaken => SpendOutcome::Lost,
            },
            Spending::Activate(set) => spent_if(matches!(set.run(connection, moment)?, Effect::Won(_))),
            Spending::Reset(reset) => spent_if(reset_password(connection, reset, moment)?),
            Spending::ChangeEmail(change) => change_email(connection, change, moment)?,
            Spending::StartSession(start) => spent_if(start.run(connection, moment)? == Effect::Won(())),
        };
        if outcome == SpendOutcome::Spent {
            match &self.spending {
                Spending::StartSession(_) => void_one(connection, self.id, moment.now)?,
                _ => void(connection, &self.holder, moment.now)?,
            }
        }
        Ok(outcome)
    }
}

/// Makes the outstanding tokens of a holder void.
pub(super) fn void(connection: &Connection, holder: &Holder, now: Timestamp) -> Result<(), rusqlite::Error> {
    const SQL: &str = "UPDATE one_time_tokens SET used_at = ?3, data = '{}'
        WHERE (user_id = ?1 OR email_key = ?2) AND used_at IS NULL";
    let (user_id, email_key) = held_by(holder);
    connection
        .prepare_cached(SQL)?
        .execute(params![user_id, email_key, now.as_microsecond()])
        .map(drop)
}

fn void_one(connection: &Connection, id: OneTimeTokenId, now: Timestamp) -> Result<(), rusqlite::Error> {
    const SQL: &str = "UPDATE one_time_tokens SET used_at = ?2, data = '{}' WHERE id = ?1";
    connection
        .prepare_cached(SQL)?
        .execute(params![id.0, now.as_microsecond()])
        .map(drop)
}

fn is_outstanding(
    connection: &Connection,
    spend: &SpendToken,
    now: Timestamp,
) -> Result<bool, rusqlite::Error> {
    const SQL: &str =
        "SELECT 1 FROM one_time_tokens WHERE id = ?1 AND hash = ?2 AND (user_id = ?3 OR email_key = ?4)
        AND used_at IS NULL AND ?5 < expires_at";
    let (user_id, email_key) = held_by(&spend.holder);
    connection.prepare_cached(SQL)?.exists(params![
        spend.id.0,
        spend.hash.0,
        user_id,
        email_key,
        now.as_microsecond()
    ])
}

const fn spent_if(won: bool) -> SpendOutcome {
    if won {
        SpendOutcome::Spent
    } else {
        SpendOutcome::Lost
    }
}

/// Forgets every token of an account.
pub(super) fn forget(connection: &Connection, id: UserId) -> Result<(), rusqlite::Error> {
    const SQL: &str = "DELETE FROM one_time_tokens WHERE user_id = ?1";
    connection.prepare_cached(SQL)?.execute([id.0]).map(drop)
}

fn reset_password(connection: &Connection, reset: &ResetPassword, moment: Moment) -> Result<bool, Fault> {
    const SQL: &str = "UPDATE users SET password_hash = ?4, state = ?3, updated_at = max(updated_at, ?5),
            session_epoch = session_epoch + 1, epoch_reason = ?6
        WHERE id = ?1 AND state = ?2 AND deleted_at IS NULL";
    let reason = EndReason::PasswordChanged;
    let changed = connection.prepare_cached(SQL)?.execute(params![
        reset.user_id.0,
        reset.from.as_str(),
        reset.to.as_str(),
        reset.password_hash.as_str(),
        moment.now.as_microsecond(),
        reason.as_str(),
    ])?;
    if changed == 0 {
        return Ok(false);
    }
    if reset.from != reset.to {
        changes::write(
            connection,
            ChangeKind::AccountUpdated,
            reset.user_id.0,
            None,
            moment.now,
        )?;
    }
    audit::write(connection, &reset.audit)?;
    let origin = &reset.audit.origin;
    end_older(connection, reset.user_id, None, reason, origin, moment.now)?;
    Ok(true)
}

fn change_email(
    connection: &Connection,
    change: &ChangeEmail,
    moment: Moment,
) -> Result<SpendOutcome, Fault> {
    const TAKEN: &str = "SELECT 1 FROM users WHERE email_key = ?1 AND id <> ?2";
    const SQL: &str = "UPDATE users SET email = ?2, email_key = ?3, updated_at = max(updated_at, ?4)
        WHERE id = ?1 AND state = 'active'";
    let (id, email) = (change.user_id.0, &change.email);
    if connection
        .prepare_cached(TAKEN)?
        .exists(params![email.key(), id])?
    {
        return Ok(SpendOutcome::EmailTaken);
    }
    let values = params![id, email.as_given(), email.key(), moment.now.as_microsecond()];
    if connection.prepare_cached(SQL)?.execute(values)? == 0 {
        return Ok(SpendOutcome::Lost);
    }
    changes::write(connection, ChangeKind::AccountUpdated, id, None, moment.now)?;
    audit::write(connection, &change.audit)?;
    Ok(SpendOutcome::Spent)
}

fn find(
    connection: &Connection,
    purpose: OneTimePurpose,
    hash: OneTimeHash,
    now: Timestamp,
) -> Result<Option<StoredOneTimeToken>, Fault> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM one_time_tokens WHERE hash = ?1 AND purpose = ?2 AND used_at IS NULL AND ?3 < expires_at"
    );
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![hash.0, purpose.as_str(), now.as_microsecond()])?;
    rows.next()?.map(stored).transpose()
}

fn outstanding(
    connection: &Connection,
    holder: &Holder,
    purpose: OneTimePurpose,
    now: Timestamp,
) -> Result<Vec<StoredOneTimeToken>, Fault> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM one_time_tokens WHERE (user_id = ?1 OR email_key = ?2) AND purpose = ?3
        AND used_at IS NULL AND ?4 < expires_at ORDER BY id DESC"
    );
    let (user_id, email_key) = held_by(holder);
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![
        user_id,
        email_key,
        purpose.as_str(),
        now.as_microsecond()
    ])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(stored(row)?);
    }
    Ok(tokens)
}

fn held_by(holder: &Holder) -> (Option<Uuid>, Option<&str>) {
    match holder {
        Holder::Account(id) => (Some(id.0), None),
        Holder::Address(key) => (None, Some(key)),
    }
}

fn stored(row: &Row<'_>) -> Result<StoredOneTimeToken, Fault> {
    token(row).map_err(|flaw| Fields::damaged(row, "one_time_tokens", 0, flaw))
}

fn token(row: &Row<'_>) -> Result<StoredOneTimeToken, Flaw> {
    let mut fields = Fields::of(row, 0);
    let id = OneTimeTokenId(fields.take()?);
    let purpose = fields.parsed()?;
    let account = fields.take::<Option<Uuid>>()?.map(UserId);
    let hash = OneTimeHash(fields.take()?);
    let data = serde_json::from_str(&fields.take::<String>()?)?;
    Ok(StoredOneTimeToken {
        id,
        hash,
        errand: Errand::from_parts(purpose, account, &data)?,
        created_at: fields.time()?,
        expires_at: fields.time()?,
    })
}
