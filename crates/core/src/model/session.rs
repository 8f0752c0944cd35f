//! A session, which is a family of refresh tokens: its head is a counter, so that it never grows.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::reason::{EndReason, ReuseKind, named};
use super::{SessionId, UserId};
use crate::credential::{AttemptHash, AttemptId, DeviceHash, Nonce, RefreshKeyId};

named! {
    /// How tokens travel. It belongs to the session from sign-in.
    Delivery ("delivery") {
        /// Both tokens in HttpOnly cookies.
        Cookie = "cookie",
        /// The access token in the body, the refresh token in a cookie.
        Hybrid = "hybrid",
        /// Both in the body: for clients that are not browsers.
        Body = "body",
    }
}

impl Delivery {
    /// Whether the refresh token travels in a cookie, so that the session is bound to a device cookie.
    pub const fn is_bound(self) -> bool {
        matches!(self, Self::Cookie | Self::Hybrid)
    }
}

/// That a session ended, and why. Once set it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When it ended: for a time-out the end that was due, not the moment somebody noticed.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
    /// How a reuse was recognised.
    pub kind: Option<ReuseKind>,
}

/// Where and with what somebody signed in (R5.1). Both empty where `session.record_client` is off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Address of the client as the edge determined it.
    pub ip: Option<IpAddr>,
    /// `User-Agent`, at most [`Client::USER_AGENT_MAX`] characters of it.
    pub user_agent: Option<String>,
}

impl Client {
    /// How much of a `User-Agent` is kept, in characters.
    pub const USER_AGENT_MAX: usize = 256;

    /// Keeps what may be kept of a client, the agent shortened.
    pub fn new(ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let user_agent = user_agent.map(|agent| agent.chars().take(Self::USER_AGENT_MAX).collect());
        Self { ip, user_agent }
    }
}

/// The head of a family: what a rotation expects to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// Number of the current refresh token; 0 is the one from sign-in.
    pub generation: u32,
    /// When the current token was last handed out.
    pub handed_at: Timestamp,
}

/// One sign-in on one device. Times have microsecond resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id; `sid` in access tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The account's epoch at sign-in.
    pub epoch: i64,
    /// Random input of every refresh token's MAC.
    pub nonce: Nonce,
    /// The server key of every refresh token's MAC, for life.
    pub refresh_key_id: RefreshKeyId,
    /// Current refresh token, and when it was last handed out.
    pub head: Head,
    /// The highest generation that has been seen in use.
    pub seen_generation: u32,
    /// The attempt that made the current generation, so that a commit of unknown outcome is recognised.
    pub attempt_id: AttemptId,
    /// The `Idempotency-Key` of the rotation that made the current generation.
    pub attempt_hash: Option<AttemptHash>,
    /// The device cookie; set exactly where [`Delivery::is_bound`].
    pub device_hash: Option<DeviceHash>,
    /// How tokens travel.
    pub delivery: Delivery,
    /// Sign-in.
    pub started_at: Timestamp,
    /// The person's last real activity.
    pub last_activity_at: Timestamp,
    /// How long it may be idle.
    pub idle_timeout: SignedDuration,
    /// The absolute end, fixed at sign-in.
    pub ends_at: Timestamp,
    /// Set once it ended.
    pub ended: Option<Ended>,
    /// Where it was started.
    pub client: Client,
}

/// What changes in a session while it lives; all else is fixed at sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// See [`Session::epoch`].
    pub epoch: i64,
    /// See [`Session::head`].
    pub head: Head,
    /// See [`Session::seen_generation`].
    pub seen_generation: u32,
    /// See [`Session::attempt_id`].
    pub attempt_id: AttemptId,
    /// See [`Session::attempt_hash`].
    pub attempt_hash: Option<AttemptHash>,
    /// See [`Session::last_activity_at`].
    pub last_activity_at: Timestamp,
}

impl Session {
    /// Where it is now.
    pub const fn progress(&self) -> Progress {
        Progress {
            epoch: self.epoch,
            head: self.head,
            seen_generation: self.seen_generation,
            attempt_id: self.attempt_id,
            attempt_hash: self.attempt_hash,
            last_activity_at: self.last_activity_at,
        }
    }

    /// Takes it to where it is now.
    pub const fn advance(&mut self, progress: Progress) {
        let Progress {
            epoch,
            head,
            seen_generation,
            attempt_id,
            attempt_hash,
            last_activity_at,
        } = progress;
        self.epoch = epoch;
        self.head = head;
        self.seen_generation = seen_generation;
        self.attempt_id = attempt_id;
        self.attempt_hash = attempt_hash;
        self.last_activity_at = last_activity_at;
    }

    /// The session, taken to where it is now.
    #[must_use]
    pub fn advanced(mut self, progress: Progress) -> Self {
        self.advance(progress);
        self
    }

    /// The moment from which the session is idle, if nothing happens: refused at it, served before it (R1.6).
    pub fn idle_ends_at(&self) -> Timestamp {
        self.last_activity_at
            .saturating_add(self.idle_timeout)
            .unwrap_or(Timestamp::MAX)
    }

    /// Whether every refresh must bring the device cookie.
    pub const fn is_bound(&self) -> bool {
        self.device_hash.is_some()
    }
}
