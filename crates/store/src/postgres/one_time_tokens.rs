//! Table `one_time_tokens`: what mailed links stand for.
//!
//! Whoever issues or spends a token first locks its holder: the account's row, or the address by an advisory lock, since an address has no
//! row. So two who spend one token come one after the other, and a holder never has more tokens than its limit.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::credential::OneTimeHash;
use keyturn_core::model::{
    ChangeKind, EndReason, Errand, Holder, OneTimePurpose, OneTimeTokenId, StoredOneTimeToken, UserId,
};
use keyturn_core::ports::{
    ChangeEmail, CreateOutcome, Effect, IssueToken, OneTimeTokenStore, RenewToken, ResetPassword,
    SpendOutcome, SpendToken, Spending, StoreError,
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresStore;
use super::audit;
use super::rows::{Fault, Fields, Flaw};
use super::session_commands::end_older;
use super::work::{Values, Work};
use super::writer::Command;

/// Names the advisory locks of addresses in this database, which the application shares ("keyo").
const ADDRESS_LOCK: i32 = 0x6b65_796f;

/// The columns of a token, in the order of [`token`].
macro_rules! columns {
    () => {
        "id, purpose, user_id, hash, data, created_at, expires_at"
    };
}

#[async_trait]
impl OneTimeTokenStore for PostgresStore {
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
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM one_time_tokens WHERE hash = $1 AND purpose = $2 AND used_at IS NULL AND $3 < expires_at"
        );
        let values: Values<'_> = &[&hash.0.as_slice(), &purpose.as_str(), &now];
        let row = self.readers.row(SQL, values).await?;
        Ok(row.as_ref().map(stored).transpose()?)
    }

    async fn outstanding_one_time_tokens(
        &self,
        holder: &Holder,
        purpose: OneTimePurpose,
        now: Timestamp,
    ) -> Result<Vec<StoredOneTimeToken>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM one_time_tokens WHERE (user_id = $1 OR email_key = $2) AND purpose = $3
            AND used_at IS NULL AND $4 < expires_at ORDER BY id DESC"
        );
        let (user_id, email_key) = held_by(holder);
        let values: Values<'_> = &[&user_id, &email_key, &purpose.as_str(), &now];
        let rows = self.readers.rows(SQL, values).await?;
        Ok(rows.iter().map(stored).collect::<Result<_, Fault>>()?)
    }

    async fn spend_one_time_token(
        &self,
        spend: SpendToken,
        now: Timestamp,
    ) -> Result<SpendOutcome, StoreError> {
        self.writer.carry_out(spend, now).await
    }
}

#[async_trait]
impl Command for IssueToken {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const INSERT: &str = "INSERT INTO one_time_tokens
            (id, purpose, user_id, email_key, hash, data, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
        const MAKE_ROOM: &str = "UPDATE one_time_tokens SET used_at = $4, data = '{}'
            WHERE (user_id = $1 OR email_key = $2) AND purpose = $3 AND used_at IS NULL AND id NOT IN (
                SELECT id FROM one_time_tokens WHERE (user_id = $1 OR email_key = $2) AND purpose = $3
                AND used_at IS NULL AND $4 < expires_at ORDER BY id DESC LIMIT $5)";
        let token = &self.token;
        let holder = token.errand.holder();
        if !lock(work, &holder).await? {
            return Ok(Effect::Lost);
        }
        let (user_id, email_key) = held_by(&holder);
        let purpose = token.errand.purpose().as_str();
        let values: Values<'_> = &[
            &token.id.0,
            &purpose,
            &user_id,
            &email_key,
            &token.hash.0.as_slice(),
            &token.errand.data(),
            &token.created_at,
            &token.expires_at,
        ];
        if work.execute(INSERT, values).await? == 0 {
            return Ok(Effect::Lost);
        }
        let limit = i64::from(self.limit.get());
        work.execute(MAKE_ROOM, &[&user_id, &email_key, &purpose, &work.now, &limit])
            .await?;
        if let Some(event) = &self.audit {
            audit::write(work, event).await?;
        }
        Ok(Effect::Won(()))
    }
}

#[async_trait]
impl Command for RenewToken {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const SQL: &str = "UPDATE one_time_tokens SET hash = $3, expires_at = $4
            WHERE id = $1 AND hash = $2 AND used_at IS NULL AND $5 < expires_at";
        let (expected, hash) = (self.expected.0.as_slice(), self.hash.0.as_slice());
        let values: Values<'_> = &[&self.id.0, &expected, &hash, &self.expires_at, &work.now];
        Ok(if work.execute(SQL, values).await? == 1 {
            Effect::Won(())
        } else {
            Effect::Lost
        })
    }
}

#[async_trait]
impl Command for SpendToken {
    type Outcome = SpendOutcome;

    /// What a command wrote stays where it answers, whatever it answers: the token is looked at before, and spent once all is done.
    async fn run(&self, work: &mut Work<'_>) -> Result<SpendOutcome, Fault> {
        if !lock(work, &self.holder).await? || !is_outstanding(work, self).await? {
            return Ok(SpendOutcome::Lost);
        }
        let outcome = match &self.spending {
            Spending::Create(new) => match new.run(work).await? {
                CreateOutcome::Created(_) => SpendOutcome::Spent,
                CreateOutcome::EmailTaken => SpendOutcome::EmailTaken,
                CreateOutcome::UsernameTaken => SpendOutcome::UsernameTaken,
                CreateOutcome::SubjectTaken => SpendOutcome::Lost,
            },
            Spending::Activate(set) => spent_if(matches!(set.run(work).await?, Effect::Won(_))),
            Spending::Reset(reset) => spent_if(reset_password(work, reset).await?),
            Spending::ChangeEmail(change) => change_email(work, change).await?,
            Spending::StartSession(start) => spent_if(start.run(work).await? == Effect::Won(())),
        };
        if outcome == SpendOutcome::Spent {
            match &self.spending {
                Spending::StartSession(_) => void_one(work, self.id).await?,
                _ => void(work, &self.holder).await?,
            }
        }
        Ok(outcome)
    }
}

/// Makes the outstanding tokens of a holder void. The holder is locked.
pub(super) async fn void(work: &Work<'_>, holder: &Holder) -> Result<(), Fault> {
    const SQL: &str = "UPDATE one_time_tokens SET used_at = $3, data = '{}'
        WHERE (user_id = $1 OR email_key = $2) AND used_at IS NULL";
    let (user_id, email_key) = held_by(holder);
    work.execute(SQL, &[&user_id, &email_key, &work.now])
        .await
        .map(drop)
}

async fn void_one(work: &Work<'_>, id: OneTimeTokenId) -> Result<(), Fault> {
    const SQL: &str = "UPDATE one_time_tokens SET used_at = $2, data = '{}' WHERE id = $1";
    work.execute(SQL, &[&id.0, &work.now]).await.map(drop)
}

/// Locks a holder until the commit; false where it is an account that does not exist.
async fn lock(work: &Work<'_>, holder: &Holder) -> Result<bool, Fault> {
    const ACCOUNT: &str = "SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE";
    const ADDRESS: &str = "SELECT pg_advisory_xact_lock($1, hashtext($2))";
    match holder {
        Holder::Account(id) => Ok(work.query_opt(ACCOUNT, &[&id.0]).await?.is_some()),
        Holder::Address(key) => {
            work.query(ADDRESS, &[&ADDRESS_LOCK, &key]).await?;
            Ok(true)
        }
    }
}

async fn is_outstanding(work: &Work<'_>, spend: &SpendToken) -> Result<bool, Fault> {
    const SQL: &str =
        "SELECT 1 FROM one_time_tokens WHERE id = $1 AND hash = $2 AND (user_id = $3 OR email_key = $4)
        AND used_at IS NULL AND $5 < expires_at FOR NO KEY UPDATE";
    let (user_id, email_key) = held_by(&spend.holder);
    let values: Values<'_> = &[
        &spend.id.0,
        &spend.hash.0.as_slice(),
        &user_id,
        &email_key,
        &work.now,
    ];
    Ok(work.query_opt(SQL, values).await?.is_some())
}

const fn spent_if(won: bool) -> SpendOutcome {
    if won {
        SpendOutcome::Spent
    } else {
        SpendOutcome::Lost
    }
}

/// Forgets every token of an account.
pub(super) async fn forget(work: &Work<'_>, id: UserId) -> Result<(), Fault> {
    const SQL: &str = "DELETE FROM one_time_tokens WHERE user_id = $1";
    work.execute(SQL, &[&id.0]).await.map(drop)
}

async fn reset_password(work: &mut Work<'_>, reset: &ResetPassword) -> Result<bool, Fault> {
    const SQL: &str =
        "UPDATE users SET password_hash = $4, state = $3, updated_at = greatest(updated_at, $5),
            session_epoch = session_epoch + 1, epoch_reason = $6
        WHERE id = $1 AND state = $2 AND deleted_at IS NULL";
    let reason = EndReason::PasswordChanged;
    let values: Values<'_> = &[
        &reset.user_id.0,
        &reset.from.as_str(),
        &reset.to.as_str(),
        &reset.password_hash.as_str(),
        &work.now,
        &reason.as_str(),
    ];
    if work.execute(SQL, values).await? == 0 {
        return Ok(false);
    }
    if reset.from != reset.to {
        work.note_change(ChangeKind::AccountUpdated, reset.user_id.0, None);
    }
    audit::write(work, &reset.audit).await?;
    end_older(work, reset.user_id, None, reason, &reset.audit.origin).await?;
    Ok(true)
}

/// Who takes the address at the same moment violates a unique index; tried again, it is found taken.
async fn change_email(work: &mut Work<'_>, change: &ChangeEmail) -> Result<SpendOutcome, Fault> {
    const TAKEN: &str = "SELECT 1 FROM users WHERE email_key = $1 AND id <> $2";
    const SQL: &str = "UPDATE users SET email = $2, email_key = $3, updated_at = greatest(updated_at, $4)
        WHERE id = $1 AND state = 'active'";
    let (id, email) = (change.user_id.0, &change.email);
    if work.query_opt(TAKEN, &[&email.key(), &id]).await?.is_some() {
        return Ok(SpendOutcome::EmailTaken);
    }
    let values: Values<'_> = &[&id, &email.as_given(), &email.key(), &work.now];
    if work.execute(SQL, values).await? == 0 {
        return Ok(SpendOutcome::Lost);
    }
    work.note_change(ChangeKind::AccountUpdated, id, None);
    audit::write(work, &change.audit).await?;
    Ok(SpendOutcome::Spent)
}

fn held_by(holder: &Holder) -> (Option<Uuid>, Option<&str>) {
    match holder {
        Holder::Account(id) => (Some(id.0), None),
        Holder::Address(key) => (None, Some(key)),
    }
}

fn stored(row: &Row) -> Result<StoredOneTimeToken, Fault> {
    token(row).map_err(|flaw| Fields::damaged(row, "one_time_tokens", 0, flaw))
}

fn token(row: &Row) -> Result<StoredOneTimeToken, Flaw> {
    let mut fields = Fields::of(row, 0);
    let id = OneTimeTokenId(fields.take()?);
    let purpose = fields.parsed()?;
    let account = fields.take::<Option<Uuid>>()?.map(UserId);
    let hash: Vec<u8> = fields.take()?;
    let data = fields.take()?;
    Ok(StoredOneTimeToken {
        id,
        hash: OneTimeHash(hash.as_slice().try_into()?),
        errand: Errand::from_parts(purpose, account, &data)?,
        created_at: fields.time()?,
        expires_at: fields.time()?,
    })
}
