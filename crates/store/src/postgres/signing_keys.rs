//! Table `signing_keys`: sealed keys, a handful of rows.
//!
//! Who adds a key locks the table against others who do, until the commit: of two rotations at once the later one finds the earlier one's
//! key, and is lost. Reading goes on meanwhile.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{KeyMaterial, StoredKey};
use keyturn_core::ports::{AddKey, Effect, ResealKey, RetireKey, SigningKeyStore, StoreError};
use tokio_postgres::Row;

use super::PostgresStore;
use super::audit;
use super::rows::{Fault, Fields, Flaw};
use super::work::{Values, Work};
use super::writer::Command;

#[async_trait]
impl SigningKeyStore for PostgresStore {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        const SQL: &str =
            "SELECT kid, purpose, algorithm, sealed, published_at, signs_from, predecessor_until, retired_at
            FROM signing_keys ORDER BY signs_from, kid";
        let rows = self.readers.rows(SQL, &[]).await?;
        let read = |row| key(row).map_err(|flaw| Fields::damaged(row, "signing_keys", 0, flaw));
        Ok(rows.iter().map(read).collect::<Result<_, Fault>>()?)
    }

    async fn add_signing_key(&self, add: AddKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(add, now).await
    }

    async fn retire_signing_key(&self, retire: RetireKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(retire, now).await
    }

    async fn reseal_signing_key(&self, reseal: ResealKey, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(reseal, now).await
    }
}

#[async_trait]
impl Command for AddKey {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const LOCK: &str = "LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE";
        const NEWEST: &str = "SELECT kid FROM signing_keys WHERE purpose = $1 AND retired_at IS NULL
            ORDER BY signs_from DESC, kid DESC LIMIT 1";
        const INSERT: &str = "INSERT INTO signing_keys
            (kid, purpose, algorithm, sealed, published_at, signs_from, predecessor_until, retired_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kid) DO NOTHING";
        let key = &self.key;
        let purpose = key.purpose.as_str();
        work.execute(LOCK, &[]).await?;
        let newest = work.query_opt(NEWEST, &[&purpose]).await?;
        let newest: Option<String> = newest.map(|row| row.try_get(0)).transpose()?;
        if newest != self.expected {
            return Ok(Effect::Lost);
        }
        let (sealed, retired_at) = match &key.material {
            KeyMaterial::Sealed(sealed) => (Some(sealed), None),
            KeyMaterial::Retired(at) => (None, Some(at)),
        };
        let values: Values<'_> = &[
            &key.kid,
            &purpose,
            &key.algorithm.name(),
            &sealed,
            &key.published_at,
            &key.signs_from,
            &key.predecessor_until,
            &retired_at,
        ];
        if work.execute(INSERT, values).await? == 0 {
            return Ok(Effect::Lost);
        }
        audit::write(work, &self.audit).await?;
        Ok(Effect::Won(()))
    }
}

#[async_trait]
impl Command for RetireKey {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const SQL: &str =
            "UPDATE signing_keys SET sealed = NULL, retired_at = $2 WHERE kid = $1 AND retired_at IS NULL";
        if work.execute(SQL, &[&self.kid, &work.now]).await? == 0 {
            return Ok(Effect::Lost);
        }
        audit::write(work, &self.audit).await?;
        Ok(Effect::Won(()))
    }
}

#[async_trait]
impl Command for ResealKey {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const SQL: &str = "UPDATE signing_keys SET sealed = $3 WHERE kid = $1 AND sealed = $2";
        let changed = work
            .execute(SQL, &[&self.kid, &self.expected, &self.sealed])
            .await?;
        Ok(if changed == 0 {
            Effect::Lost
        } else {
            Effect::Won(())
        })
    }
}

fn key(row: &Row) -> Result<StoredKey, Flaw> {
    let mut fields = Fields::of(row, 0);
    let kid = fields.take()?;
    let purpose = fields.parsed()?;
    let algorithm = fields.parsed()?;
    let sealed: Option<Vec<u8>> = fields.take()?;
    let (published_at, signs_from, predecessor_until) = (fields.time()?, fields.time()?, fields.time()?);
    let material = match (sealed, fields.time_or_null()?) {
        (Some(sealed), None) => KeyMaterial::Sealed(sealed),
        (None, Some(at)) => KeyMaterial::Retired(at),
        _ => return Err("a key is either sealed or retired".into()),
    };
    Ok(StoredKey {
        kid,
        purpose,
        algorithm,
        material,
        published_at,
        signs_from,
        predecessor_until,
    })
}
