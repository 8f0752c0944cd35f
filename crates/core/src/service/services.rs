//! Services as an operator runs them, and how they prove who they are.
//!
//! **The rule**: a service is what has its secret, in each request anew: a removed one is refused from the next request on, by every
//! process of the store.

use jiff::Timestamp;

use super::{AuthError, Authority};
use crate::credential::ServiceSecret;
use crate::model::{
    AuditEvent, AuditKind, NewService, Origin, Service, ServiceName, ServiceScope, ServiceScopes,
};
use crate::ports::{Effect, Entropy, RemoveService, Store, StoreError};

/// Why a service was not added or removed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceFault {
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One name is one service's.
    #[error("there is a service {name} already: choose another name, or remove that one first")]
    Taken {
        /// The name.
        name: ServiceName,
    },
    /// Nothing to remove.
    #[error("there is no service {name}: see `keyturn service list`")]
    Unknown {
        /// What was asked for.
        name: ServiceName,
    },
}

/// The services of a store, for the command line.
pub struct Services<'a> {
    store: &'a dyn Store,
    entropy: &'a dyn Entropy,
}

impl<'a> Services<'a> {
    /// Over this store.
    pub const fn new(store: &'a dyn Store, entropy: &'a dyn Entropy) -> Self {
        Self { store, entropy }
    }

    /// Adds a service; its secret is answered here and never again.
    ///
    /// # Errors
    /// [`ServiceFault::Taken`].
    pub async fn add(
        &self,
        name: ServiceName,
        scopes: ServiceScopes,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(Service, ServiceSecret), ServiceFault> {
        let secret = ServiceSecret::generate(self.entropy);
        let new = NewService {
            name: name.clone(),
            secret_hash: secret.hash(),
            scopes,
            audit: noted(AuditKind::ServiceAdded, &name, origin, now),
        };
        match self.store.add_service(new, now).await? {
            Effect::Won(service) => Ok((service, secret)),
            Effect::Lost => Err(ServiceFault::Taken { name }),
        }
    }

    /// All services, by name.
    ///
    /// # Errors
    /// [`ServiceFault::Store`].
    pub async fn list(&self) -> Result<Vec<Service>, ServiceFault> {
        Ok(self.store.list_services().await?)
    }

    /// Removes a service, and its name is free.
    ///
    /// # Errors
    /// [`ServiceFault::Unknown`].
    pub async fn remove(
        &self,
        name: ServiceName,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), ServiceFault> {
        let remove = RemoveService {
            name: name.clone(),
            audit: noted(AuditKind::ServiceRemoved, &name, origin, now),
        };
        match self.store.remove_service(remove, now).await? {
            Effect::Won(()) => Ok(()),
            Effect::Lost => Err(ServiceFault::Unknown { name }),
        }
    }
}

fn noted(kind: AuditKind, name: &ServiceName, origin: &Origin, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        kind,
        user_id: None,
        session_id: None,
        detail: name.to_string(),
        origin: origin.clone(),
    }
}

/// What somebody gives to be taken for a service, and through which request.
pub struct PresentedService<'a> {
    /// Its name; `None` where the secret came alone.
    pub name: Option<&'a str>,
    /// As it came.
    pub secret: &'a str,
    /// Where the request comes from.
    pub origin: &'a Origin,
}

impl Authority {
    /// The service with this secret, if it may do this. Who is turned away is written down (ASVS 5.0 V16.3.1, V16.3.2).
    ///
    /// # Errors
    /// [`AuthError::ServiceUnknown`], [`AuthError::ScopeMissing`].
    pub async fn authenticate_service(
        &self,
        presented: &PresentedService<'_>,
        scope: ServiceScope,
    ) -> Result<Service, AuthError> {
        let service = self.identify_service(presented).await?;
        if service.scopes.contains(scope) {
            Ok(service)
        } else {
            Err(self.scope_missing(&service.name, scope, presented.origin).await)
        }
    }

    /// The service with this secret, whatever it may do. Where a name came too, it has to be the service's. It is looked up by the hash
    /// of 256 random bits, whose timing tells nothing.
    ///
    /// # Errors
    /// [`AuthError::ServiceUnknown`].
    pub async fn identify_service(&self, presented: &PresentedService<'_>) -> Result<Service, AuthError> {
        let is_named = |service: &Service| presented.name.is_none_or(|name| name == service.name.as_str());
        let found = match ServiceSecret::parse(presented.secret) {
            Ok(secret) => self.ports.store.find_service(&secret.hash()).await?,
            Err(_) => None,
        };
        match found.filter(is_named) {
            Some(service) => Ok(service),
            None => Err(self.service_unknown(presented).await),
        }
    }
}
