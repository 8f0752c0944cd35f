//! What a store keeps of services: name, scopes, and the hash of a secret.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Effect, StoreError};
use crate::credential::ServiceSecretHash;
use crate::model::{AuditEvent, NewService, Service, ServiceName};

/// Forgets a service and its secret. Condition: there is one of this name.
#[derive(Debug, Clone)]
pub struct RemoveService {
    /// Which service.
    pub name: ServiceName,
    /// Written with it.
    pub audit: AuditEvent,
}

/// Services: as many as an operator set up by hand.
#[async_trait]
pub trait ServiceStore: Send + Sync {
    /// Adds a service. `Lost` where the name is taken.
    async fn add_service(&self, service: NewService, now: Timestamp) -> Result<Effect<Service>, StoreError>;

    /// The service with this secret. One row by a unique key.
    async fn find_service(&self, secret_hash: &ServiceSecretHash) -> Result<Option<Service>, StoreError>;

    /// All services, by name.
    async fn list_services(&self) -> Result<Vec<Service>, StoreError>;

    /// See [`RemoveService`]. `Lost` where there is none of this name.
    async fn remove_service(&self, remove: RemoveService, now: Timestamp) -> Result<Effect<()>, StoreError>;
}
