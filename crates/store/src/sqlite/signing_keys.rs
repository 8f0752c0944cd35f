//! Table `signing_keys`: sealed keys, a handful of rows.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::model::{KeyMaterial, SessionId, StoredKey};
use keyturn_core::ports::{AddKey, Effect, ResealKey, RetireKey, SigningKeyStore, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::audit;
use super::rows::{Fault, Fields, Flaw};
use super::writer::{Command, Moment};

#[async_trait]
impl SigningKeyStore for SqliteStore {
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.readers.scan(read).await
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

impl Command for AddKey {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, _moment: Moment) -> Result<Effect<()>, Fault> {
        const NEWEST: &str = "SELECT kid FROM signing_keys WHERE purpose = ?1 AND retired_at IS NULL
            ORDER BY signs_from DESC, kid DESC LIMIT 1";
        const INSERT: &str = "INSERT INTO signing_keys
            (kid, purpose, algorithm, sealed, published_at, signs_from, predecessor_until, retired_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (kid) DO NOTHING";
        let key = &self.key;
        let newest: Option<String> = connection
            .prepare_cached(NEWEST)?
            .query_row([key.purpose.as_str()], |row| row.get(0))
            .optional()?;
        if newest != self.expected {
            return Ok(Effect::Lost);
        }
        let (sealed, retired_at) = match &key.material {
            KeyMaterial::Sealed(sealed) => (Some(sealed), None),
            KeyMaterial::Retired(at) => (None, Some(at.as_microsecond())),
        };
        let added = connection.prepare_cached(INSERT)?.execute(params![
            key.kid,
            key.purpose.as_str(),
            key.algorithm.name(),
            sealed,
            key.published_at.as_microsecond(),
            key.signs_from.as_microsecond(),
            key.predecessor_until.as_microsecond(),
            retired_at,
        ])?;
        if added == 0 {
            return Ok(Effect::Lost);
        }
        audit::write(connection, &self.audit)?;
        Ok(Effect::Won(()))
    }
}

impl Command for RetireKey {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<()>, Fault> {
        const SQL: &str =
            "UPDATE signing_keys SET sealed = NULL, retired_at = ?2 WHERE kid = ?1 AND retired_at IS NULL";
        let retired = connection
            .prepare_cached(SQL)?
            .execute(params![self.kid, moment.now.as_microsecond()])?;
        if retired == 0 {
            return Ok(Effect::Lost);
        }
        audit::write(connection, &self.audit)?;
        Ok(Effect::Won(()))
    }
}

impl Command for ResealKey {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, _moment: Moment) -> Result<Effect<()>, Fault> {
        const SQL: &str = "UPDATE signing_keys SET sealed = ?3 WHERE kid = ?1 AND sealed = ?2";
        let changed =
            connection
                .prepare_cached(SQL)?
                .execute(params![self.kid, self.expected, self.sealed])?;
        Ok(if changed == 0 {
            Effect::Lost
        } else {
            Effect::Won(())
        })
    }
}

fn read(connection: &Connection) -> Result<Vec<StoredKey>, Fault> {
    const SQL: &str =
        "SELECT kid, purpose, algorithm, sealed, published_at, signs_from, predecessor_until, retired_at
        FROM signing_keys ORDER BY signs_from, kid";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(key(row).map_err(|flaw| Fields::damaged(row, "signing_keys", 0, flaw))?);
    }
    Ok(keys)
}

fn key(row: &Row<'_>) -> Result<StoredKey, Flaw> {
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
