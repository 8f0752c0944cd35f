//! Effects on keys.

use jiff::Timestamp;
use keyturn_core::model::{KeyMaterial, KeyPurpose, StoredKey};
use keyturn_core::ports::{AddKey, Effect, ResealKey, RetireKey};

use super::state::State;

impl State {
    pub(super) fn signing_keys(&self) -> Vec<StoredKey> {
        let mut keys: Vec<_> = self.signing_keys.values().cloned().collect();
        keys.sort_by(|a, b| (a.signs_from, &a.kid).cmp(&(b.signs_from, &b.kid)));
        keys
    }

    pub(super) fn add_signing_key(&mut self, add: AddKey) -> Effect<()> {
        let taken = self.signing_keys.contains_key(&add.key.kid);
        if taken || self.newest_key(add.key.purpose) != add.expected {
            return Effect::Lost;
        }
        self.signing_keys.insert(add.key.kid.clone(), add.key);
        self.record_audit(add.audit);
        Effect::Won(())
    }

    pub(super) fn retire_signing_key(&mut self, retire: RetireKey, now: Timestamp) -> Effect<()> {
        match self
            .signing_keys
            .get_mut(&retire.kid)
            .map(|key| &mut key.material)
        {
            Some(material @ KeyMaterial::Sealed(_)) => *material = KeyMaterial::Retired(now),
            _ => return Effect::Lost,
        }
        self.record_audit(retire.audit);
        Effect::Won(())
    }

    pub(super) fn reseal_signing_key(&mut self, reseal: ResealKey) -> Effect<()> {
        let expected = KeyMaterial::Sealed(reseal.expected);
        match self.signing_keys.get_mut(&reseal.kid) {
            Some(key) if key.material == expected => key.material = KeyMaterial::Sealed(reseal.sealed),
            _ => return Effect::Lost,
        }
        Effect::Won(())
    }

    fn newest_key(&self, purpose: KeyPurpose) -> Option<String> {
        let held = self.signing_keys().into_iter().rev();
        held.filter(|key| key.purpose == purpose)
            .find(|key| matches!(key.material, KeyMaterial::Sealed(_)))
            .map(|key| key.kid)
    }
}
