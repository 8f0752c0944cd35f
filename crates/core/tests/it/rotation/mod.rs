//! The table of cases of [`judge`]: one row a line, named after the attack or the accident that it settles; then the laws
//! that hold for every case.
//!
//! The rows that give tokens are in `given`, those of reuse in `reuse`, what gives nothing in `refused`, the laws in `laws`.
//! Here is the case that every row begins with.

mod given;
mod laws;
mod refused;
mod reuse;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};
use keyturn_core::model::{
    Account, AccountState, Client, Delivery, EndReason, Ended, Head, Session, SessionId, UserId,
};
use keyturn_core::rotation::{Presented, Proof, RotationPolicy, Verdict, judge};
use uuid::Uuid;

const US: SignedDuration = SignedDuration::from_micros(1);
const WINDOW: SignedDuration = SignedDuration::from_secs(10);
const IDLE: SignedDuration = SignedDuration::from_mins(60);
const ABSOLUTE: SignedDuration = SignedDuration::from_hours(7 * 24);
const OURS: DeviceHash = DeviceHash([1; 32]);
const ANOTHER: DeviceHash = DeviceHash([2; 32]);
const KEY: AttemptHash = AttemptHash([3; 32]);
const OTHER_KEY: AttemptHash = AttemptHash([4; 32]);

/// Everything that goes into a judgement. Starts as a bound session at generation 7, rotated a minute ago, its successor
/// not yet seen in use, refreshed by its own browser with the current token.
#[derive(Debug, Clone)]
struct Case {
    session: Option<Session>,
    account: Option<Account>,
    presented: Presented,
    proof: Proof,
    /// Since the current token was handed out.
    age: SignedDuration,
    /// Since the person was last active.
    inactive: SignedDuration,
    /// Since sign-in.
    old: SignedDuration,
    policy: RotationPolicy,
}

impl Case {
    fn verdict(&self) -> Verdict {
        let now = now();
        let session = self.session.clone().map(|session| Session {
            head: Head {
                handed_at: now - self.age,
                ..session.head
            },
            last_activity_at: now - self.inactive,
            started_at: now - self.old,
            ends_at: now - self.old + ABSOLUTE,
            ..session
        });
        judge(
            session.as_ref(),
            self.account.as_ref(),
            self.presented,
            self.proof,
            now,
            &self.policy,
        )
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().unwrap()
    }

    fn account(&mut self) -> &mut Account {
        self.account.as_mut().unwrap()
    }

    fn predecessor(&mut self) {
        self.presented.generation = 6;
    }

    fn seen(&mut self) {
        self.session().seen_generation = 7;
    }

    fn end(&mut self, reason: EndReason) {
        self.session().ended = Some(Ended {
            at: now(),
            reason,
            kind: None,
        });
    }

    /// A client without cookies, its last rotation made with `row` and this request with `request`.
    fn unbound(&mut self, row: Option<AttemptHash>, request: Option<AttemptHash>) {
        let session = self.session();
        session.device_hash = None;
        session.delivery = Delivery::Body;
        session.attempt_hash = row;
        self.proof = Proof {
            device: None,
            attempt: request,
        };
    }
}

fn now() -> Timestamp {
    Timestamp::constant(1_800_000_000, 0)
}

fn case() -> Case {
    let id = Uuid::from_u128(1);
    Case {
        session: Some(Session {
            id: SessionId(id),
            user_id: UserId(id),
            epoch: 2,
            nonce: Nonce::from_bytes([9; 32]),
            refresh_key_id: RefreshKeyId(1),
            head: Head {
                generation: 7,
                handed_at: now(),
            },
            seen_generation: 6,
            attempt_id: AttemptId([0; 16]),
            attempt_hash: None,
            device_hash: Some(OURS),
            delivery: Delivery::Cookie,
            started_at: now(),
            last_activity_at: now(),
            idle_timeout: IDLE,
            ends_at: now(),
            ended: None,
            client: Client::default(),
        }),
        account: Some(Account {
            id: UserId(id),
            subject: id.to_string(),
            email: None,
            username: None,
            state: AccountState::Active,
            permissions: Vec::new(),
            session_epoch: 2,
            epoch_reason: None,
        }),
        presented: Presented {
            generation: 7,
            genuine: true,
        },
        proof: Proof {
            device: Some(OURS),
            attempt: None,
        },
        age: SignedDuration::from_mins(1),
        inactive: SignedDuration::from_mins(1),
        old: SignedDuration::from_hours(1),
        policy: RotationPolicy::default(),
    }
}

const ROTATE: Verdict = Verdict::Rotate {
    from: 7,
    ahead: false,
};

const fn refuse(reason: EndReason) -> Verdict {
    Verdict::Refuse {
        reason,
        unrecorded: true,
        stale: false,
    }
}

const fn recorded(reason: EndReason) -> Verdict {
    Verdict::Refuse {
        reason,
        unrecorded: false,
        stale: false,
    }
}

type Row = (&'static str, fn(&mut Case), Verdict);

fn check(table: &[Row]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(name, change, expected)| {
            let mut case = case();
            change(&mut case);
            let verdict = case.verdict();
            (verdict != *expected).then(|| format!("{name}: {verdict:?} instead of {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
