//! The random operations.

use keyturn_core::model::{AccountState, Delivery, EndReason};
use proptest::prelude::*;

/// Accounts there are; few, so that operations meet.
const ACCOUNTS: usize = 3;

#[derive(Debug, Clone)]
pub(super) enum Operation {
    Start {
        account: usize,
        delivery: Delivery,
        stale_epoch: bool,
        replaces: Option<usize>,
        limit: u32,
        counted: bool,
    },
    Refresh {
        session: usize,
        behind: i64,
        proof: bool,
        genuine: bool,
        stale_read: bool,
    },
    Note {
        session: usize,
        ago: i64,
        seen: u32,
    },
    End {
        session: usize,
        reason: EndReason,
    },
    EndAll {
        account: usize,
        keep: Option<usize>,
        reason: EndReason,
    },
    SetState {
        account: usize,
        from: AccountState,
        to: AccountState,
    },
    SetPassword {
        account: usize,
        keep: Option<usize>,
    },
    Rehash {
        account: usize,
        right: bool,
    },
    Count {
        account: usize,
        address: u8,
    },
    Pass {
        seconds: i64,
    },
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    let session = 0..12_usize;
    let account = 0..ACCOUNTS;
    let one_of = |reasons: &'static [EndReason]| prop::sample::select(reasons);
    let state = || prop::sample::select(AccountState::ALL);
    prop_oneof![
        4 => (account.clone(), prop::sample::select(Delivery::ALL), prop::bool::weighted(0.1), prop::option::weighted(0.2, session.clone()),
            0..4_u32, any::<bool>())
            .prop_map(|(account, delivery, stale_epoch, replaces, limit, counted)| {
                Operation::Start { account, delivery, stale_epoch, replaces, limit, counted }
            }),
        4 => (account.clone(), 0..3_u8).prop_map(|(account, address)| Operation::Count { account, address }),
        12 => (session.clone(), prop_oneof![6 => Just(0_i64), 3 => Just(1), 1 => Just(2), 1 => Just(-1)], prop::bool::weighted(0.85),
            prop::bool::weighted(0.95), prop::bool::weighted(0.15))
            .prop_map(|(session, behind, proof, genuine, stale_read)| Operation::Refresh { session, behind, proof, genuine, stale_read }),
        3 => (session.clone(), -5..4000_i64, 0..5_u32).prop_map(|(session, ago, seen)| Operation::Note { session, ago, seen }),
        2 => (session.clone(), one_of(EndReason::ALL)).prop_map(|(session, reason)| Operation::End { session, reason }),
        1 => (account.clone(), prop::option::of(session.clone()), one_of(EndReason::ALL))
            .prop_map(|(account, keep, reason)| Operation::EndAll { account, keep, reason }),
        2 => (account.clone(), state(), state()).prop_map(|(account, from, to)| Operation::SetState { account, from, to }),
        1 => (account.clone(), prop::option::of(session.clone())).prop_map(|(account, keep)| Operation::SetPassword { account, keep }),
        1 => (account, any::<bool>()).prop_map(|(account, right)| Operation::Rehash { account, right }),
        6 => prop_oneof![Just(1_i64), Just(10), Just(11), Just(-3), Just(1800), Just(3599), Just(90_000)]
            .prop_map(|seconds| Operation::Pass { seconds }),
    ]
}
