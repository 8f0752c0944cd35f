//! What presenting a refresh token means: one pure function, [`judge`], and the effects it can ask for.
//!
//! A session is a token family whose head is a counter. Each use of the current token rotates it. Two verdicts deviate from
//! RFC 9700 §4.14.2 ("the old token is invalid at once") on purpose, so that no honest person is signed out by a lost reply,
//! a second tab, a reload or a retry: *Hold* (the same renewal asked twice: the token stays) and *Replay* (the immediate
//! predecessor, from the requester who made the rotation: the same successor again). Both give only the one successor, only
//! with the requester's proof, and nothing once the session has ended; zero windows switch them off.
//! `docs/threat-model.md` weighs them.
//!
//! The caveat: the windows assume that a request lives at most half a [`RotationPolicy::concurrent_window`].

use jiff::{SignedDuration, Timestamp};

use crate::credential::{AttemptHash, DeviceHash};
use crate::lifetime;
use crate::model::{Account, EndReason, ReuseKind, Session};

/// How generous the rotation is. A window of zero is off; "within" means ≤.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationPolicy {
    /// How long several refreshes by one requester are one use: for Hold and Replay alike.
    pub concurrent_window: SignedDuration,
    /// How long the successor is handed out again while it has not been seen in use; `None`: until the session's idle end.
    pub lost_reply_window: Option<SignedDuration>,
    /// How long a client without cookies and without a key gets the successor again. Anybody with the token does, too.
    pub unproven_window: SignedDuration,
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            concurrent_window: SignedDuration::from_secs(10),
            lost_reply_window: None,
            unproven_window: SignedDuration::ZERO,
        }
    }
}

impl RotationPolicy {
    /// No windows at all: RFC 9700 to the letter, at the price of honest sign-outs.
    pub const STRICT: Self = Self {
        concurrent_window: SignedDuration::ZERO,
        lost_reply_window: Some(SignedDuration::ZERO),
        unproven_window: SignedDuration::ZERO,
    };
}

/// A refresh token as it was presented, after its MAC was checked against the session that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// The generation in the token.
    pub generation: u32,
    /// Whether we made it.
    pub genuine: bool,
}

/// What the requester brings along to show that it is the one who signed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proof {
    /// Hash of the device cookie, where one came that we made.
    pub device: Option<DeviceHash>,
    /// Hash of the `Idempotency-Key`.
    pub attempt: Option<AttemptHash>,
}

/// Why the successor is handed out again. All three look the same from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplayKind {
    /// Asked again within the concurrent window: tabs, reloads, retries.
    Concurrent,
    /// Asked again later, and the successor was never seen in use: its reply was lost.
    LostReply,
    /// No proof, and none was asked for by configuration.
    Unproven,
}

/// The meaning of a presented refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Not ours, or no such session. No effect: nobody ends a session by guessing.
    Unknown,
    /// The session is over.
    Refuse {
        /// Why it ended, or ends now.
        reason: EndReason,
        /// That it ended is not recorded yet.
        unrecorded: bool,
        /// An old generation was presented: to be audited as reuse.
        stale: bool,
    },
    /// Somebody has a token that they should not have: the session ends, durably, before the answer leaves.
    Reuse(ReuseKind),
    /// The same renewal asked twice: the token stays, a fresh access token goes out, no refresh cookie is set.
    Hold,
    /// The next generation.
    Rotate {
        /// The generation that was presented, from which the next one counts.
        from: u32,
        /// It is above the row's, on an unbound session: the store has lost an acknowledged write in a failover. Rolled forward and
        /// audited.
        ahead: bool,
    },
    /// Above the row's, on a bound session: the store has lost an acknowledged write in a failover. What was presented becomes the
    /// row's generation, handed out now, so that a tab that still asks with its predecessor is answered as if nothing had been
    /// lost. The token stays, no refresh cookie is set; audited.
    Adopt {
        /// The generation that was presented.
        generation: u32,
    },
    /// The same successor again; when it was last handed out is renewed, durably.
    Replay(ReplayKind),
}

/// What presenting this refresh token means. No I/O, no clock; the first rule that applies.
///
/// `session` is `None` where the token names none. Every verdict but Rotate is to be judged on a primary read made after the
/// request arrived.
pub fn judge(
    session: Option<&Session>,
    account: Option<&Account>,
    presented: Presented,
    proof: Proof,
    now: Timestamp,
    policy: &RotationPolicy,
) -> Verdict {
    let (Some(session), Some(account), true) = (session, account, presented.genuine) else {
        return Verdict::Unknown;
    };
    if let Err(over) = lifetime::standing(session, account, now) {
        return Verdict::Refuse {
            reason: over.reason,
            unrecorded: session.ended.is_none(),
            stale: presented.generation < session.head.generation,
        };
    }
    if session.is_bound() && proof.device != session.device_hash {
        return Verdict::Reuse(ReuseKind::NoProof);
    }
    let current = session.head.generation;
    if presented.generation > current {
        ahead(session, presented.generation)
    } else if presented.generation == current {
        if is_held(session, now, policy) {
            Verdict::Hold
        } else {
            Verdict::Rotate {
                from: current,
                ahead: false,
            }
        }
    } else if presented.generation.checked_add(1) == Some(current) {
        predecessor(session, proof, now, policy).map_or_else(Verdict::Reuse, Verdict::Replay)
    } else {
        Verdict::Reuse(ReuseKind::OldGeneration)
    }
}

/// A browser's other tabs may still bring the predecessor of what this one brings: the head goes no further than that. A client
/// without cookies has one renewal at a time, and somebody else with its token must show himself: both get a successor.
const fn ahead(session: &Session, presented: u32) -> Verdict {
    if session.is_bound() {
        Verdict::Adopt {
            generation: presented,
        }
    } else {
        Verdict::Rotate {
            from: presented,
            ahead: true,
        }
    }
}

/// Whether a current token is asked for again by its own browser. Generation 0 is fresh from sign-in, which is not a renewal.
fn is_held(session: &Session, now: Timestamp, policy: &RotationPolicy) -> bool {
    session.is_bound() && session.head.generation != 0 && within(session, now, policy.concurrent_window)
}

fn predecessor(
    session: &Session,
    proof: Proof,
    now: Timestamp,
    policy: &RotationPolicy,
) -> Result<ReplayKind, ReuseKind> {
    let proven = session.is_bound() || (proof.attempt.is_some() && proof.attempt == session.attempt_hash);
    if proven {
        let unseen = session.seen_generation < session.head.generation;
        return if within(session, now, policy.concurrent_window) {
            Ok(ReplayKind::Concurrent)
        } else if unseen
            && policy
                .lost_reply_window
                .is_none_or(|window| within(session, now, window))
        {
            Ok(ReplayKind::LostReply)
        } else {
            Err(ReuseKind::LatePredecessor)
        };
    }
    let keyless = session.attempt_hash.is_none() && proof.attempt.is_none();
    if keyless && within(session, now, policy.unproven_window) {
        Ok(ReplayKind::Unproven)
    } else {
        Err(ReuseKind::UnprovenPredecessor)
    }
}

/// Whether the current token was last handed out at most `window` ago. A clock that went back counts as no time passed.
fn within(session: &Session, now: Timestamp, window: SignedDuration) -> bool {
    !window.is_zero() && now.duration_since(session.head.handed_at) <= window
}
