//! What an access token costs another service: nanoseconds from its text to the session, the look at ended sessions included.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't go on has nothing to report"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use keyturn_token::{AccessClaims, Algorithm, SigningKey};
use keyturn_verifier::{Clock, EndedSessions, JwkSet, Verifier};
use uuid::Uuid;

const ISSUER: &str = "https://id.example.org";
const SECRET: [u8; 32] = [7; 32];
const IAT: i64 = 1_767_225_600;
/// Ends that a service has heard of: ten a second, for the half hour that a token lives.
const ENDS: u128 = 18_000;

/// Reading the clock is the system's affair.
struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(IAT).unwrap()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn verify(criterion: &mut Criterion) {
    for (name, algorithm) in [
        ("HS256", Algorithm::Hs256),
        ("EdDSA, seen before", Algorithm::EdDsa),
        ("ES256, seen before", Algorithm::Es256),
    ] {
        let key = SigningKey::from_random(algorithm, &SECRET).unwrap();
        let token = key.sign(&claims()).unwrap();
        let verifier = verifier(&key);
        criterion.bench_function(&format!("verifier/{name}"), |bencher| {
            bencher.iter(|| {
                verifier
                    .verify(black_box(&token))
                    .now_or_never()
                    .unwrap()
                    .unwrap()
            });
        });
    }
}

fn verifier(key: &SigningKey) -> Verifier {
    let ended = EndedSessions::new(SignedDuration::from_mins(30));
    for number in 0..ENDS {
        ended.end(Uuid::from_u128((1 << 64) | number), None, StillClock.now());
    }
    let builder = match key.verification_key().jwk() {
        Some(jwk) => Verifier::builder(ISSUER).keys(&JwkSet {
            keys: vec![jwk.clone()],
        }),
        None => Verifier::builder(ISSUER).shared_secret(&SECRET),
    };
    builder
        .unwrap()
        .liveness(Arc::new(ended))
        .clock(Arc::new(StillClock))
        .build()
}

fn claims() -> AccessClaims {
    AccessClaims {
        sub: Uuid::from_u128(1).to_string(),
        iat: IAT,
        exp: IAT + 1800,
        jti: Uuid::from_u128(2),
        iss: ISSUER.into(),
        sid: Uuid::from_u128(3),
        generation: 7,
        email: Some("ann@example.org".into()),
        permissions: None,
        aud: None,
        kt: None,
    }
}

criterion_group!(benches, verify);
criterion_main!(benches);
