//! Keyturn's side: a key, tokens, a clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use keyturn_token::{AccessClaims, Algorithm, SigningKey};
use keyturn_verifier::{Clock, Verifier, VerifierBuilder};
use uuid::Uuid;

pub(crate) const ISSUER: &str = "https://id.example.org";
pub(crate) const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
/// The second at which clocks begin.
pub(crate) const BEGIN: u64 = 1_000_000;

/// A clock that stands still until it is moved.
#[derive(Default)]
pub(crate) struct StillClock(AtomicU64);

impl StillClock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(i64::try_from(BEGIN + self.0.load(Ordering::SeqCst)).unwrap()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn secret_key() -> SigningKey {
    SigningKey::hs256(SECRET).unwrap()
}

pub(crate) fn pair(number: u8) -> SigningKey {
    SigningKey::from_random(Algorithm::EdDsa, &[number; 32]).unwrap()
}

/// What Ann's token says: good for 1,800 seconds, two permissions.
pub(crate) fn claims() -> AccessClaims {
    AccessClaims {
        sub: "42".into(),
        iat: i64::try_from(BEGIN).unwrap(),
        exp: i64::try_from(BEGIN + 1800).unwrap(),
        jti: Uuid::from_u128(1),
        iss: ISSUER.into(),
        sid: Uuid::from_u128(2),
        generation: 0,
        email: Some("ann@example.org".into()),
        permissions: Some(vec!["tasks:read".into(), "tasks:close".into()]),
        aud: None,
        kt: None,
    }
}

pub(crate) fn token() -> String {
    secret_key().sign(&claims()).unwrap()
}

/// A verifier by shared secret under this clock, to be built.
pub(crate) fn by_secret(clock: &Arc<StillClock>) -> VerifierBuilder {
    Verifier::builder(ISSUER)
        .shared_secret(SECRET)
        .unwrap()
        .clock(Arc::clone(clock) as Arc<dyn Clock>)
}
