//! Table `service_credentials`: a handful of rows, each found by the hash of its secret.

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_core::credential::ServiceSecretHash;
use keyturn_core::model::{NewService, Service, SessionId};
use keyturn_core::ports::{Effect, RemoveService, ServiceStore, StoreError};
use rusqlite::{Connection, Params, Row, params};

use super::rows::{Fault, Fields, Flaw};
use super::writer::{Command, Moment};
use super::{SqliteStore, audit};

/// The columns of a service, in the order of [`service`].
macro_rules! columns {
    () => {
        "name, scopes, created_at"
    };
}

#[async_trait]
impl ServiceStore for SqliteStore {
    async fn add_service(&self, service: NewService, now: Timestamp) -> Result<Effect<Service>, StoreError> {
        self.writer.carry_out(service, now).await
    }

    async fn find_service(&self, secret_hash: &ServiceSecretHash) -> Result<Option<Service>, StoreError> {
        const SQL: &str = concat!(
            "SELECT ",
            columns!(),
            " FROM service_credentials WHERE secret_hash = ?1"
        );
        self.readers
            .with(|connection| Ok(read(connection, SQL, [secret_hash.0])?.pop()))
    }

    async fn list_services(&self) -> Result<Vec<Service>, StoreError> {
        const SQL: &str = concat!("SELECT ", columns!(), " FROM service_credentials ORDER BY name");
        self.readers.scan(|connection| read(connection, SQL, [])).await
    }

    async fn remove_service(&self, remove: RemoveService, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.writer.carry_out(remove, now).await
    }
}

impl Command for NewService {
    type Outcome = Effect<Service>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, moment: Moment) -> Result<Effect<Service>, Fault> {
        const SQL: &str = concat!(
            "INSERT INTO service_credentials (name, secret_hash, scopes, created_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO NOTHING RETURNING ",
            columns!()
        );
        let values = params![
            self.name.as_str(),
            self.secret_hash.0,
            self.scopes.to_string(),
            moment.now.as_microsecond(),
        ];
        let Some(service) = read(connection, SQL, values)?.pop() else {
            return Ok(Effect::Lost);
        };
        audit::write(connection, &self.audit)?;
        Ok(Effect::Won(service))
    }
}

impl Command for RemoveService {
    type Outcome = Effect<()>;

    fn sessions(&self) -> [Option<SessionId>; 2] {
        [None, None]
    }

    fn run(&self, connection: &Connection, _moment: Moment) -> Result<Effect<()>, Fault> {
        const SQL: &str = "DELETE FROM service_credentials WHERE name = ?1";
        if connection.prepare_cached(SQL)?.execute([self.name.as_str()])? == 0 {
            return Ok(Effect::Lost);
        }
        audit::write(connection, &self.audit)?;
        Ok(Effect::Won(()))
    }
}

fn read(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Service>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut services = Vec::new();
    while let Some(row) = rows.next()? {
        services.push(service(row).map_err(|flaw| Fields::damaged(row, "service_credentials", 0, flaw))?);
    }
    Ok(services)
}

fn service(row: &Row<'_>) -> Result<Service, Flaw> {
    let mut fields = Fields::of(row, 0);
    Ok(Service {
        name: fields.parsed()?,
        scopes: fields.parsed()?,
        created_at: fields.time()?,
    })
}
