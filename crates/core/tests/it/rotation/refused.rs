//! Rows that give nothing and tell of no theft: tokens that name nothing, sessions that are over; and which rule speaks first.

use keyturn_core::model::ReuseKind::NoProof;
use keyturn_core::model::{AccountState, EndReason};
use keyturn_core::rotation::{Presented, Verdict};

use super::{ABSOLUTE, IDLE, ROTATE, US, check, recorded, refuse};

#[test]
fn tokens_that_name_nothing_end_nothing() {
    check(&[
        (
            "a forged token for a live session",
            |c| c.presented.genuine = false,
            Verdict::Unknown,
        ),
        (
            "a forged token for an ended session",
            |c| {
                c.end(EndReason::Idle);
                c.presented.genuine = false;
            },
            Verdict::Unknown,
        ),
        (
            "a forged old generation, to end somebody's session",
            |c| {
                c.presented = Presented {
                    generation: 0,
                    genuine: false,
                };
            },
            Verdict::Unknown,
        ),
        (
            "a session that was swept long ago",
            |c| c.session = None,
            Verdict::Unknown,
        ),
        ("an account that is gone", |c| c.account = None, Verdict::Unknown),
    ]);
}

#[test]
fn r1_3_r1_6_what_is_over_is_refused_with_its_reason() {
    check(&[
        (
            "signed out",
            |c| c.end(EndReason::SignedOut),
            recorded(EndReason::SignedOut),
        ),
        (
            "ended by reuse before",
            |c| c.end(EndReason::TokenReuse),
            recorded(EndReason::TokenReuse),
        ),
        (
            "an old token of an ended session is to be audited",
            |c| {
                c.end(EndReason::SignedOut);
                c.presented.generation = 5;
            },
            Verdict::Refuse {
                reason: EndReason::SignedOut,
                unrecorded: false,
                stale: true,
            },
        ),
        (
            "a token above the row of an ended session",
            |c| {
                c.end(EndReason::SignedOut);
                c.presented.generation = 8;
            },
            recorded(EndReason::SignedOut),
        ),
        (
            "signed out everywhere, by an older version that gave no reason",
            |c| {
                c.account().session_epoch = 3;
            },
            refuse(EndReason::SignedOutElsewhere),
        ),
        (
            "the password was changed",
            |c| {
                c.account().session_epoch = 3;
                c.account().epoch_reason = Some(EndReason::PasswordChanged);
            },
            refuse(EndReason::PasswordChanged),
        ),
        (
            "an epoch that a failover took back",
            |c| c.account().session_epoch = 1,
            refuse(EndReason::SignedOutElsewhere),
        ),
        (
            "an account that is pending",
            |c| c.account().state = AccountState::Pending,
            refuse(EndReason::AccountState),
        ),
        (
            "an account that is inactive",
            |c| c.account().state = AccountState::Inactive,
            refuse(EndReason::AccountState),
        ),
        (
            "an account that is suspended",
            |c| c.account().state = AccountState::Suspended,
            refuse(EndReason::AccountState),
        ),
        (
            "a microsecond before the absolute end",
            |c| c.old = ABSOLUTE - US,
            ROTATE,
        ),
        (
            "at the absolute end",
            |c| c.old = ABSOLUTE,
            refuse(EndReason::AbsoluteEnd),
        ),
        ("idle for 59:59.999999", |c| c.inactive = IDLE - US, ROTATE),
        ("idle for 60:00", |c| c.inactive = IDLE, refuse(EndReason::Idle)),
        (
            "idle, with an old token",
            |c| {
                c.inactive = IDLE;
                c.presented.generation = 5;
            },
            Verdict::Refuse {
                reason: EndReason::Idle,
                unrecorded: true,
                stale: true,
            },
        ),
    ]);
}

/// Every pair of neighbours in the order of rules: where both apply, the earlier one speaks.
#[test]
fn the_first_rule_that_applies_decides() {
    check(&[
        (
            "genuine before ended",
            |c| {
                c.presented.genuine = false;
                c.end(EndReason::SignedOut);
            },
            Verdict::Unknown,
        ),
        (
            "ended before epoch",
            |c| {
                c.end(EndReason::SignedOut);
                c.account().session_epoch = 3;
            },
            recorded(EndReason::SignedOut),
        ),
        (
            "epoch before account",
            |c| {
                c.account().session_epoch = 3;
                c.account().epoch_reason = Some(EndReason::PasswordChanged);
                c.account().state = AccountState::Suspended;
            },
            refuse(EndReason::PasswordChanged),
        ),
        (
            "account before absolute end",
            |c| {
                c.account().state = AccountState::Suspended;
                c.old = ABSOLUTE;
            },
            refuse(EndReason::AccountState),
        ),
        (
            "both ends at once: the absolute one",
            |c| {
                c.old = ABSOLUTE;
                c.inactive = IDLE;
            },
            refuse(EndReason::AbsoluteEnd),
        ),
        (
            "past both ends: the absolute one came first",
            |c| {
                c.old = ABSOLUTE + US;
                c.inactive = IDLE;
            },
            refuse(EndReason::AbsoluteEnd),
        ),
        (
            "past both ends: the idle one came first",
            |c| {
                c.old = ABSOLUTE;
                c.inactive = IDLE + US;
            },
            refuse(EndReason::Idle),
        ),
        (
            "idle before proof",
            |c| {
                c.inactive = IDLE;
                c.proof.device = None;
            },
            refuse(EndReason::Idle),
        ),
        (
            "ended before proof",
            |c| {
                c.end(EndReason::SignedOut);
                c.proof.device = None;
            },
            recorded(EndReason::SignedOut),
        ),
        (
            "proof before old generation",
            |c| {
                c.proof.device = None;
                c.presented.generation = 5;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "idle before old generation",
            |c| {
                c.inactive = IDLE;
                c.presented.generation = 0;
            },
            Verdict::Refuse {
                reason: EndReason::Idle,
                unrecorded: true,
                stale: true,
            },
        ),
    ]);
}
