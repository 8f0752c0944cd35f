//! The product's judgement of a row of the model: ticks become times, marks become hashes, and nothing is decided here.

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::model::{
    Account as ModelAccount, AccountState, Client as SessionClient, Delivery, Ended, Head, Session,
    SessionId, UserId,
};
use keyturn_core::rotation::{Presented, Proof, RotationPolicy, Verdict, judge};

use super::defect::Case;
use super::scenario::{Client, Scenario};
use super::world::{Key, Party, Request, Row, Tick, World};

/// The product's judgement of the model's row, distorted where a mutant is at work.
pub(super) fn verdict(
    (world, row): (&World, &Row),
    request: Request,
    arrived: Tick,
    scenario: &Scenario,
) -> Verdict {
    let device = DeviceHash([1; 32]);
    let bound = scenario.client == Client::Browser;
    let session = session(row, bound.then_some(device), scenario);
    let account = account(world);
    let presented = Presented {
        generation: request.presented,
        genuine: true,
    };
    let owns_device = bound && request.party == Party::Owner;
    let right = Proof {
        device: owns_device.then_some(device),
        attempt: attempt(key(request.party, scenario)),
    };
    let wanted = Proof {
        device: session.device_hash,
        attempt: session.attempt_hash,
    };
    let proof = scenario
        .defect
        .map_or(right, |defect| defect.forge(right, wanted));
    let policy = policy(scenario);
    let now = instant(arrived);
    let verdict = judge(Some(&session), Some(&account), presented, proof, now, &policy);
    let case = Case {
        presented,
        age: now.duration_since(session.head.handed_at),
        window: policy.concurrent_window,
    };
    scenario
        .defect
        .map_or(verdict, |defect| defect.distort(verdict, &case))
}

/// The `Idempotency-Key` that a party brings.
pub(super) const fn key(party: Party, scenario: &Scenario) -> Key {
    match (scenario.client, party) {
        (Client::Browser | Client::Keyless, Party::Owner) => Key::None,
        (Client::Keyed, Party::Owner) => Key::Owner,
        (Client::Browser, Party::Thief) => Key::None,
        (Client::Keyed | Client::Keyless, Party::Thief) => Key::Thief,
    }
}

fn session(row: &Row, device_hash: Option<DeviceHash>, scenario: &Scenario) -> Session {
    let idle = scenario.lifetimes.map_or(Tick::MAX, |lifetimes| lifetimes.idle);
    Session {
        id: SessionId(uuid()),
        user_id: UserId(uuid()),
        epoch: row.epoch,
        nonce: Nonce::from_bytes([7; 32]),
        refresh_key_id: RefreshKeyId(1),
        head: Head {
            generation: row.generation,
            handed_at: instant(row.handed),
        },
        seen_generation: row.seen,
        attempt_id: AttemptId([0; 16]),
        attempt_hash: attempt(row.key),
        device_hash,
        delivery: if device_hash.is_some() {
            Delivery::Cookie
        } else {
            Delivery::Body
        },
        started_at: instant(World::ANCHOR),
        last_activity_at: instant(row.active),
        idle_timeout: ticks(idle),
        ends_at: instant(row.ends),
        ended: row.ended.map(|reason| Ended {
            at: instant(World::ANCHOR),
            reason,
            kind: None,
        }),
        client: SessionClient::default(),
    }
}

fn account(world: &World) -> ModelAccount {
    ModelAccount {
        id: UserId(uuid()),
        subject: String::new(),
        email: None,
        username: None,
        state: if world.account.admitted {
            AccountState::Active
        } else {
            AccountState::Suspended
        },
        permissions: Vec::new(),
        session_epoch: world.account.epoch,
        epoch_reason: None,
    }
}

/// The default policy, its window in ticks.
fn policy(scenario: &Scenario) -> RotationPolicy {
    RotationPolicy {
        concurrent_window: ticks(scenario.window),
        ..RotationPolicy::default()
    }
}

fn attempt(key: Key) -> Option<AttemptHash> {
    match key {
        Key::None => None,
        Key::Owner => Some(AttemptHash([2; 32])),
        Key::Thief => Some(AttemptHash([3; 32])),
    }
}

fn uuid() -> uuid::Uuid {
    uuid::Uuid::from_u128(1)
}

/// One tick is one second.
fn instant(tick: Tick) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(tick)).unwrap()
}

fn ticks(ticks: Tick) -> SignedDuration {
    SignedDuration::from_secs(i64::from(ticks))
}
