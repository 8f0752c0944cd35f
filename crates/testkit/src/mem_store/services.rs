//! Effects on services.

use jiff::Timestamp;
use keyturn_core::credential::ServiceSecretHash;
use keyturn_core::model::{NewService, Service};
use keyturn_core::ports::{Effect, RemoveService};

use super::state::State;

impl State {
    pub(super) fn add_service(&mut self, new: &NewService, now: Timestamp) -> Effect<Service> {
        if self.services.contains_key(&new.name) {
            return Effect::Lost;
        }
        let service = Service {
            name: new.name.clone(),
            scopes: new.scopes.clone(),
            created_at: now,
        };
        self.services
            .insert(new.name.clone(), (new.secret_hash, service.clone()));
        self.audit.push(new.audit.clone());
        Effect::Won(service)
    }

    pub(super) fn service(&self, secret_hash: &ServiceSecretHash) -> Option<Service> {
        let mut services = self.services.values();
        let found = services.find(|(stored, _)| stored == secret_hash);
        found.map(|(_, service)| service.clone())
    }

    pub(super) fn services(&self) -> Vec<Service> {
        self.services
            .values()
            .map(|(_, service)| service.clone())
            .collect()
    }

    pub(super) fn remove_service(&mut self, remove: &RemoveService) -> Effect<()> {
        if self.services.remove(&remove.name).is_none() {
            return Effect::Lost;
        }
        self.audit.push(remove.audit.clone());
        Effect::Won(())
    }
}
