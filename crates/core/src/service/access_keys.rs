//! The keys of access tokens, as one process knows them now: which signs, which verify, which are shown.

use jiff::Timestamp;
use keyturn_token::{AccessClaims, JwkSet, KeyError, SigningKey, VerificationKey, Verifier, VerifyError};

use super::TokenPolicy;
use crate::credential::Keys;
use crate::key_schedule::{KeyDuty, KeyTimes, duties};

/// A key of its own with its times.
pub(super) type Timed = (KeyTimes, SigningKey);

/// One moment's keys. Replaced as a whole when the rows change.
pub(super) struct AccessKeys {
    schedule: Vec<Timed>,
    own: Verifier,
    shared: Option<Shared>,
}

/// A secret that applications have, too.
struct Shared {
    signing: SigningKey,
    verifier: Verifier,
}

impl AccessKeys {
    /// The key derived from the master secret, these after it in the order of their times, and the shared secret if there is one.
    pub(super) fn new(policy: &TokenPolicy, keys: &Keys, own: Vec<Timed>) -> Result<Self, KeyError> {
        let derived = (KeyTimes::FIRST, SigningKey::hs256(keys.access_secret())?);
        let schedule: Vec<Timed> = std::iter::once(derived).chain(own).collect();
        let mut verifier = verifier(policy);
        for (_, key) in &schedule {
            verifier = verifier.with_key(key.verification_key());
        }
        if let Some(previous) = keys.previous_access_secret() {
            verifier = verifier.with_key(VerificationKey::hs256(previous)?);
        }
        Ok(Self {
            schedule,
            own: verifier,
            shared: Shared::of(policy, keys)?,
        })
    }

    /// The key that signs at `now`: the shared secret wherever there is one. Every schedule has one that signs.
    pub(super) fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        let scheduled = || self.of_duty(now, |duty| duty == KeyDuty::Signing).last();
        self.shared
            .as_ref()
            .map(|shared| &shared.signing)
            .or_else(scheduled)
    }

    /// Whether tokens need the mark by which we know them as ours.
    pub(super) const fn are_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// The public keys that a token in time may be signed with, now or soon.
    pub(super) fn jwk_set(&self, now: Timestamp) -> JwkSet {
        let shown = self.of_duty(now, |duty| duty != KeyDuty::Over);
        JwkSet {
            keys: shown
                .filter_map(|key| key.verification_key().jwk().cloned())
                .collect(),
        }
    }

    /// The claims of a token that this authority signed, in time or not. One under the shared secret could be an application's:
    /// it needs our mark.
    pub(super) fn verify(&self, token: &str, keys: &Keys) -> Result<AccessClaims, VerifyError> {
        match (self.own.verify_signature(token), &self.shared) {
            (Err(VerifyError::UnknownKey), Some(shared)) => {
                let claims = shared.verifier.verify_signature(token)?;
                if keys.has_mark(&claims) {
                    Ok(claims)
                } else {
                    Err(VerifyError::Claims)
                }
            }
            (verdict, _) => verdict,
        }
    }

    /// The key of this id, so that what it has verified is not forgotten when other keys change.
    pub(super) fn known(&self, kid: &str) -> Option<SigningKey> {
        let mut keys = self.schedule.iter().map(|(_, key)| key);
        keys.find(|key| key.kid() == kid).cloned()
    }

    fn of_duty(&self, now: Timestamp, wanted: impl Fn(KeyDuty) -> bool) -> impl Iterator<Item = &SigningKey> {
        let times: Vec<KeyTimes> = self.schedule.iter().map(|(times, _)| *times).collect();
        let duties = duties(&times, now);
        self.schedule
            .iter()
            .zip(duties)
            .filter(move |(_, duty)| wanted(*duty))
            .map(|((_, key), _)| key)
    }
}

impl Shared {
    fn of(policy: &TokenPolicy, keys: &Keys) -> Result<Option<Self>, KeyError> {
        let Some(secret) = keys.shared_secret() else {
            return Ok(None);
        };
        let signing = SigningKey::hs256(secret)?;
        let mut verifier = verifier(policy).with_key(signing.verification_key());
        if let Some(previous) = keys.previous_shared_secret() {
            verifier = verifier.with_key(VerificationKey::hs256(previous)?);
        }
        Ok(Some(Self { signing, verifier }))
    }
}

fn verifier(policy: &TokenPolicy) -> Verifier {
    let verifier = Verifier::new(policy.issuer.clone());
    match &policy.audience {
        Some(audience) => verifier.with_audience(audience.clone()),
        None => verifier,
    }
}
