//! Table `secret_mark`.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::ports::{KeepSecretMark, Replaces, SecretMarkStore, StoreError};

use super::PostgresStore;
use super::rows::Fault;
use super::work::Work;
use super::writer::Command;

#[async_trait]
impl SecretMarkStore for PostgresStore {
    async fn keep_secret_mark(&self, keep: KeepSecretMark, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.carry_out(keep, now).await
    }
}

#[async_trait]
impl Command for KeepSecretMark {
    type Outcome = bool;

    async fn run(&self, work: &mut Work<'_>) -> Result<bool, Fault> {
        const SQL: &str = "INSERT INTO secret_mark AS kept (only_row, mark, kept_at) VALUES (true, $1, $2)
            ON CONFLICT (only_row) DO UPDATE SET
                kept_at = CASE WHEN kept.mark = excluded.mark THEN kept.kept_at ELSE excluded.kept_at END,
                mark = excluded.mark
            WHERE kept.mark = excluded.mark OR kept.mark = $3 OR $4";
        let previous = match &self.replaces {
            Replaces::Previous(mark) => Some(mark.0.as_slice()),
            Replaces::Nothing | Replaces::Anything => None,
        };
        let anything = self.replaces == Replaces::Anything;
        let now = work.now;
        let kept = work
            .execute(SQL, &[&self.mark.0.as_slice(), &now, &previous, &anything])
            .await?;
        Ok(kept == 1)
    }
}
