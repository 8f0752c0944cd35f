//! What a session check and a refresh compute: signatures, MACs, the verdict.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that can't go on has nothing to report"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::SignedDuration;
use keyturn_core::credential::{DeviceCookie, RefreshToken};
use keyturn_core::model::{Account, AccountState, Delivery, UserId};
use keyturn_core::rotation::{Presented, Proof, RotationPolicy, judge};
use keyturn_testkit::fixtures::World;
use keyturn_token::{AccessClaims, SigningKey, Verifier};
use uuid::Uuid;

fn access_token(criterion: &mut Criterion) {
    let world = World::new(1);
    let key = SigningKey::hs256(world.keys.access_secret()).unwrap();
    let iat = world.now().as_second();
    let claims = AccessClaims {
        sub: Uuid::from_u128(1).to_string(),
        iat,
        exp: iat + 1800,
        jti: Uuid::from_u128(2),
        iss: "https://auth.example".into(),
        sid: Uuid::from_u128(3),
        generation: 7,
        email: Some("ann@example.com".into()),
        permissions: None,
        aud: None,
        kt: None,
    };
    let token = key.sign(&claims).unwrap();
    let verifier = Verifier::new("https://auth.example").with_key(key.verification_key());
    criterion.bench_function("access token/sign", |bencher| {
        bencher.iter(|| key.sign(black_box(&claims)).unwrap())
    });
    criterion.bench_function("access token/verify", |bencher| {
        bencher.iter(|| verifier.verify(black_box(&token), world.now()).unwrap());
    });
}

fn refresh_token(criterion: &mut Criterion) {
    let world = World::new(1);
    let (session, device) = world.new_session(&account(&world), Delivery::Cookie);
    let mint = || {
        RefreshToken::mint(&world.keys, session.refresh_key_id, session.id, 7, &session.nonce)
            .unwrap()
            .reveal()
    };
    let token = mint();
    let device = device.unwrap().reveal();
    criterion.bench_function("refresh token/mint", |bencher| bencher.iter(mint));
    criterion.bench_function("refresh token/check", |bencher| {
        bencher.iter(|| {
            let token = RefreshToken::parse(black_box(&token)).unwrap();
            assert!(token.is_genuine(&world.keys, session.refresh_key_id, &session.nonce));
        });
    });
    criterion.bench_function("device cookie/check", |bencher| {
        bencher.iter(|| {
            DeviceCookie::parse(&world.keys, black_box(&device))
                .unwrap()
                .hash()
        });
    });
}

fn verdict(criterion: &mut Criterion) {
    let world = World::new(1);
    let account = account(&world);
    let (mut session, _) = world.new_session(&account, Delivery::Cookie);
    session.head.generation = 7;
    let now = world.now() + SignedDuration::from_secs(60);
    let proof = Proof {
        device: session.device_hash,
        attempt: None,
    };
    let policy = RotationPolicy::default();
    for (name, generation) in [("rotate", 7), ("replay", 6), ("reuse", 3)] {
        let presented = Presented {
            generation,
            genuine: true,
        };
        criterion.bench_function(&format!("judge/{name}"), |bencher| {
            bencher.iter(|| {
                judge(
                    black_box(Some(&session)),
                    Some(&account),
                    presented,
                    proof,
                    now,
                    &policy,
                )
            });
        });
    }
}

fn account(world: &World) -> Account {
    let new = world.new_user("ann");
    Account {
        id: UserId(new.id.0),
        subject: new.subject,
        email: new.email,
        username: new.username,
        state: AccountState::Active,
        permissions: new.permissions,
        session_epoch: 0,
        epoch_reason: None,
    }
}

criterion_group!(rules, access_token, refresh_token, verdict);
criterion_main!(rules);
