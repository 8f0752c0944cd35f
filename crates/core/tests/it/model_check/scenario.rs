//! What a model contains: who takes part, what may go wrong how often, which rule is wrong.

use super::defect::Defect;
use super::world::{Budget, Tick};

/// Whether the session is bound to a device cookie, and what an unbound client brings instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    /// A browser: its tabs share one jar, each refreshes whenever it likes, and reloads forget.
    Browser,
    /// A client that repeats a renewal with the same `Idempotency-Key` until it is answered.
    Keyed,
    /// A client that brings nothing.
    Keyless,
}

/// What a thief took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theft {
    /// Nobody steals.
    None,
    /// The refresh token alone, once, at any moment.
    Token,
}

/// How a session or its account may be shut by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Revocation {
    /// It is not.
    None,
    /// `EndSession` on condition `Live`.
    SignOut,
    /// `SetState`: account, epoch and sessions in one effect.
    Suspension,
    /// The epoch alone, the rows of its sessions untouched: a session that was being started at that moment.
    EpochOnly,
}

/// The ends of a session, in ticks after the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetimes {
    pub(super) idle: Tick,
    pub(super) absolute: Tick,
    /// How far time goes.
    pub(super) horizon: Tick,
}

/// Where a model must have been, or it has shown nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Witness {
    Hold,
    ConcurrentReplay,
    LostReply,
    Ahead,
    Reuse,
    Refusal,
    IdleEnd,
    AbsoluteEnd,
    /// A condition no longer held, and the request reads again.
    Retry,
    /// A commit of unknown outcome that did happen.
    OwnAttempt,
    /// Answered 503: no try succeeded, or the store could not be read.
    Unavailable,
    ThiefServed,
    /// Judged from memory that is older than another node's commit.
    OldMemory,
}

/// One model.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) client: Client,
    /// Owner's requests under way at once.
    pub(super) tabs: usize,
    /// `concurrent_window`, in ticks.
    pub(super) window: Tick,
    /// How long request and answer live together: at most half a window.
    pub(super) life: Tick,
    /// How far one node's clock may be behind another's.
    pub(super) skew: Tick,
    /// Tries of one request before it is answered 503.
    pub(super) tries: u8,
    /// A node remembers the row as it was at any earlier time, and judges a request from that where it means a plain Rotate.
    pub(super) memory: bool,
    pub(super) faults: Budget,
    pub(super) theft: Theft,
    pub(super) revocation: Revocation,
    /// `None`: the ends are out of reach, and time and generations are unlimited.
    pub(super) lifetimes: Option<Lifetimes>,
    pub(super) defect: Option<Defect>,
    pub(super) witnesses: &'static [Witness],
}

impl Scenario {
    /// A browser with two tabs, nothing goes wrong.
    pub(super) fn browser(name: &'static str) -> Self {
        Self {
            name,
            client: Client::Browser,
            tabs: 2,
            window: 4,
            life: 2,
            skew: 0,
            tries: 4,
            memory: false,
            faults: Budget::NONE,
            theft: Theft::None,
            revocation: Revocation::None,
            lifetimes: None,
            defect: None,
            witnesses: &[],
        }
    }

    /// The same with a rule wrong.
    pub(super) fn with(&self, defect: Defect) -> Self {
        Self {
            defect: Some(defect),
            witnesses: &[],
            ..self.clone()
        }
    }

    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}
