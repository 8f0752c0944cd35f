//! Table `service_credentials`: a handful of rows, each found by the hash of its secret.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::credential::ServiceSecretHash;
use keyturn_core::model::{NewService, Service};
use keyturn_core::ports::{Effect, RemoveService, ServiceStore, StoreError};
use tokio_postgres::Row;

use super::rows::{Fault, Fields, Flaw};
use super::work::{Values, Work};
use super::writer::Command;
use super::{PostgresStore, audit};

/// The columns of a service, in the order of [`service`].
macro_rules! columns {
    () => {
        "name, scopes, created_at"
    };
}

#[async_trait]
impl ServiceStore for PostgresStore {
    async fn add_service(&self, service: NewService, now: Timestamp) -> Result<Effect<Service>, StoreError> {
        self.writer.carry_out(service, now).await
    }

    async fn find_service(&self, secret_hash: &ServiceSecretHash) -> Result<Option<Service>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM service_credentials WHERE secret_hash = $1"
        );
        let hash: &[u8] = &secret_hash.0;
        let rows = self.readers.rows(SQL, &[&hash]).await?;
        Ok(rows.first().map(read).transpose()?)
    }

    async fn list_services(&self) -> Result<Vec<Service>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM service_credentials ORDER BY name");
        let rows = self.readers.rows(SQL, &[]).await?;
        Ok(rows.iter().map(read).collect::<Result<_, Fault>>()?)
    }

    async fn remove_service(&self, remove: RemoveService, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(remove, now).await
    }
}

#[async_trait]
impl Command for NewService {
    type Outcome = Effect<Service>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<Service>, Fault> {
        const SQL: &str = concat!(
            "INSERT INTO service_credentials (name, secret_hash, scopes, created_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name) DO NOTHING RETURNING ",
            columns!()
        );
        let hash: &[u8] = &self.secret_hash.0;
        let values: Values<'_> = &[&self.name.as_str(), &hash, &self.scopes.to_string(), &work.now];
        let Some(row) = work.query_opt(SQL, values).await? else {
            return Ok(Effect::Lost);
        };
        audit::write(work, &self.audit).await?;
        Ok(Effect::Won(read(&row)?))
    }
}

#[async_trait]
impl Command for RemoveService {
    type Outcome = Effect<()>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Effect<()>, Fault> {
        const SQL: &str = "DELETE FROM service_credentials WHERE name = $1";
        if work.execute(SQL, &[&self.name.as_str()]).await? == 0 {
            return Ok(Effect::Lost);
        }
        audit::write(work, &self.audit).await?;
        Ok(Effect::Won(()))
    }
}

fn read(row: &Row) -> Result<Service, Fault> {
    service(row).map_err(|flaw| Fields::damaged(row, "service_credentials", 0, flaw))
}

fn service(row: &Row) -> Result<Service, Flaw> {
    let mut fields = Fields::of(row, 0);
    Ok(Service {
        name: fields.parsed()?,
        scopes: fields.parsed()?,
        created_at: fields.time()?,
    })
}
