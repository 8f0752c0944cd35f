//! When a session is over, when its tokens are, and what counts as activity. Pure; `now` comes in.

use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

use crate::model::reason::named;
use crate::model::{Account, EndReason, Ended, Session};

/// Lifetimes of access tokens, and when to renew them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessPolicy {
    /// Life of an access token; 30 minutes by default.
    pub ttl: SignedDuration,
}

impl Default for AccessPolicy {
    fn default() -> Self {
        Self {
            ttl: SignedDuration::from_mins(30),
        }
    }
}

named! {
    /// What keeps a session alive.
    ActivityMode ("activity mode") {
        /// Each request that is not marked passive, and what the client declares by `idle_seconds`.
        Requests = "requests",
        /// Only what the client declares by `idle_seconds`.
        Declared = "declared",
    }
}

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    /// Time without activity after which a session ends (R1.6); 60 minutes by default.
    pub idle_timeout: SignedDuration,
    /// Time after sign-in at which it ends in any case; 7 days by default.
    pub absolute_timeout: SignedDuration,
    /// Idle and absolute time for people who chose "Keep me signed in"; `None`: the choice is not offered.
    pub remember: Option<(SignedDuration, SignedDuration)>,
    /// What counts as activity.
    pub activity: ActivityMode,
    /// Whether address and user agent are kept.
    pub record_client: bool,
    /// How many sessions of one account live at the same time; the oldest makes room. `None`: any number.
    pub per_account_limit: Option<NonZeroU32>,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            idle_timeout: SignedDuration::from_mins(60),
            absolute_timeout: SignedDuration::from_hours(7 * 24),
            remember: None,
            activity: ActivityMode::Requests,
            record_client: true,
            per_account_limit: None,
        }
    }
}

impl SessionPolicy {
    /// Idle and absolute time of a new session.
    pub fn timeouts(&self, remember: bool) -> (SignedDuration, SignedDuration) {
        self.remember
            .filter(|_| remember)
            .unwrap_or((self.idle_timeout, self.absolute_timeout))
    }
}

/// Whether a session may still be used; if not, when and why it ended or is to be recorded as ended.
///
/// The order is fixed: what is recorded; the account's epoch; its state; of the absolute and the idle end the earlier one, from which on
/// it was refused whether or not somebody tried (R1.3, R1.6).
///
/// # Errors
/// The end, recorded or due.
pub fn standing(session: &Session, account: &Account, now: Timestamp) -> Result<(), Ended> {
    if let Some(ended) = session.ended {
        return Err(ended);
    }
    let over = |at, reason| {
        Err(Ended {
            at,
            reason,
            kind: None,
        })
    };
    if session.epoch != account.session_epoch {
        over(now, account.epoch_reason.unwrap_or(EndReason::SignedOutElsewhere))
    } else if !account.state.is_active() {
        over(now, EndReason::AccountState)
    } else {
        let (at, reason) = own_end(session);
        if now >= at { over(at, reason) } else { Ok(()) }
    }
}

/// The end that a session comes to if nothing happens. Where both fall together, the one that no activity would have moved.
fn own_end(session: &Session) -> (Timestamp, EndReason) {
    let idle_ends_at = session.idle_ends_at();
    if session.ends_at <= idle_ends_at {
        (session.ends_at, EndReason::AbsoluteEnd)
    } else {
        (idle_ends_at, EndReason::Idle)
    }
}

/// What a request says about the person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ActivityHint {
    /// The request was made by a timer or by polling (`Keyturn-Passive: 1`).
    pub passive: bool,
    /// Age of the person's last real input, in seconds.
    pub idle_seconds: Option<u32>,
}

/// No person is idle for longer, in seconds: one year.
const IDLE_SECONDS_MAX: u32 = 366 * 24 * 60 * 60;

/// When the person was last active according to this request; `None` where it says nothing.
pub fn activity_at(mode: ActivityMode, hint: ActivityHint, now: Timestamp) -> Option<Timestamp> {
    match (hint.idle_seconds, mode) {
        (Some(idle), _) => {
            let idle = SignedDuration::from_secs(i64::from(idle.min(IDLE_SECONDS_MAX)));
            Some(now.saturating_sub(idle).unwrap_or(Timestamp::MIN))
        }
        (None, ActivityMode::Requests) if !hint.passive => Some(now),
        (None, _) => None,
    }
}

/// When an access token issued now expires: never after its session. In whole seconds, since JWT dates are.
pub fn access_expires_at(session: &Session, issued_at: Timestamp, policy: &AccessPolicy) -> Timestamp {
    let by_ttl = issued_at.saturating_add(policy.ttl).unwrap_or(Timestamp::MAX);
    let exact = by_ttl.min(session.idle_ends_at()).min(session.ends_at);
    Timestamp::from_second(exact.as_second()).unwrap_or(exact)
}

/// When a client should renew an access token: five minutes, or a fifth of its life, before it expires (R1.2).
pub fn renewal_due_at(issued_at: Timestamp, expires_at: Timestamp) -> Timestamp {
    let life = expires_at.duration_since(issued_at).max(SignedDuration::ZERO);
    let ahead = SignedDuration::from_mins(5).min(life / 5);
    expires_at.saturating_sub(ahead).unwrap_or(issued_at)
}

named! {
    /// The state that the API shows of a session (R1.7).
    SessionState ("session state") {
        /// In use.
        Active = "active",
        /// Past an end that is not recorded yet; refused.
        Inactive = "inactive",
        /// Ended, with its reason.
        Terminated = "terminated",
    }
}

/// The state that the API shows.
pub fn session_state(session: &Session, account: &Account, now: Timestamp) -> SessionState {
    match (session.ended, standing(session, account, now)) {
        (Some(_), _) => SessionState::Terminated,
        (None, Err(_)) => SessionState::Inactive,
        (None, Ok(())) => SessionState::Active,
    }
}
