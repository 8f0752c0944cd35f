//! How many passwords may be tried (ASVS 5.0 V6.3.1).
//!
//! An attempt to sign in is counted before its password is hashed, in one lane or two:
//! - from a device that has signed in to this account before (its MACed cookie names the account), in the device's lane alone,
//!   which nobody elsewhere can use up;
//! - from anywhere else, in the address' lane and in the account's, in both or, where one is full, in neither.
//!
//! What anybody can have mailed to an address is counted in a lane of its own: whoever fills it keeps nobody from signing in. So are
//! notices to the owner of an account.
//!
//! **The rule**: a lane is a leaky bucket, counted by the generic cell rate algorithm (ITU-T I.371): its whole state is the time at
//! which it will have drained. Over any period it admits at most [`Limit::most_within`] attempts.
//!
//! **The caveat**: buckets are a fixed number, found by a keyed hash, so that storage is constant and no address is kept. Two
//! accounts in 65 536 share one, and so their account lane.

use std::net::IpAddr;
use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

use crate::credential::{DeviceCookie, Keys};
use crate::model::{EmailAddress, UserId};
use crate::notice::NoticeKind;
use crate::ports::SignInName;

/// How much one lane admits: `burst` attempts at once, then one every `refill`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Attempts that a lane admits which was not used for long.
    pub burst: NonZeroU32,
    /// The time after which it admits one more.
    pub refill: SignedDuration,
}

impl Limit {
    /// `burst` attempts at once (at least one), then one every `refill`.
    pub const fn new(burst: u32, refill: SignedDuration) -> Self {
        let burst = match NonZeroU32::new(burst) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { burst, refill }
    }

    /// The most attempts that a lane admits within `period`, its ends included.
    pub fn most_within(&self, period: SignedDuration) -> u64 {
        let refilled = period
            .as_micros()
            .checked_div(self.refill.as_micros())
            .map_or(u64::MAX, |whole| u64::try_from(whole).unwrap_or(0));
        refilled.saturating_add(u64::from(self.burst.get()))
    }

    /// The time in which a full bucket drains.
    fn depth(&self) -> SignedDuration {
        let burst = i32::try_from(self.burst.get()).unwrap_or(i32::MAX);
        self.refill.saturating_mul(burst)
    }
}

/// What is limited, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// Whether anything is.
    pub enabled: bool,
    /// Attempts on one account from devices that it does not know.
    pub account: Limit,
    /// Attempts from one address (a /64 of IPv6) by devices that the account does not know, and sign-ups from it.
    pub address: Limit,
    /// Attempts from one device on an account that it has signed in to before.
    pub device: Limit,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            account: Limit::new(10, SignedDuration::from_mins(5)),
            address: Limit::new(50, SignedDuration::from_secs(10)),
            device: Limit::new(20, SignedDuration::from_mins(1)),
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Attempts on one account from devices that it does not know.
    Account,
    /// Attempts from one address.
    Address,
    /// Attempts from a device on an account that it has signed in to before.
    Device,
    /// Mails that anybody can have sent to one address.
    Mail,
    /// Notices of one kind to one account.
    Notice,
}

impl Lane {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Address => "address",
            Self::Device => "device",
            Self::Mail => "mail",
            Self::Notice => "notice",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Account => "throttle account",
            Self::Address => "throttle address",
            Self::Device => "throttle device",
            Self::Mail => "throttle mail",
            Self::Notice => "throttle notice",
        }
    }
}

/// One of a fixed number of buckets, 65 536 to each lane. Tells nothing of whom it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketId(u32);

impl BucketId {
    /// The number under which it is stored.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The lane that it belongs to.
    pub const fn lane(self) -> Lane {
        match self.0 >> 16 {
            0 => Lane::Account,
            1 => Lane::Address,
            2 => Lane::Device,
            3 => Lane::Mail,
            _ => Lane::Notice,
        }
    }

    fn of(keys: &Keys, lane: Lane, subject: &[&[u8]]) -> Self {
        let offset: u32 = match lane {
            Lane::Account => 0,
            Lane::Address => 1 << 16,
            Lane::Device => 2 << 16,
            Lane::Mail => 3 << 16,
            Lane::Notice => 4 << 16,
        };
        Self(offset + u32::from(keys.throttle_index(lane.label(), subject)))
    }
}

/// One attempt in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Where it is counted.
    pub bucket: BucketId,
    /// How much that admits.
    pub limit: Limit,
}

impl Hit {
    /// An attempt from this address. Requests of an unknown address share a bucket.
    pub fn address(keys: &Keys, policy: &ThrottlePolicy, address: Option<IpAddr>) -> Self {
        let network = match address.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => ip.octets().to_vec(),
            Some(IpAddr::V6(ip)) => ip.octets().into_iter().take(8).collect(),
            None => Vec::new(),
        };
        Self {
            bucket: BucketId::of(keys, Lane::Address, &[&network]),
            limit: policy.address,
        }
    }

    /// An attempt on the account of this name, whether or not there is one. A text that is nobody's name counts as one name.
    pub fn account(keys: &Keys, policy: &ThrottlePolicy, name: Option<&SignInName>) -> Self {
        let subject: [&[u8]; 2] = match name {
            Some(SignInName::EmailKey(key)) => [b"email", key.as_bytes()],
            Some(SignInName::UsernameKey(key)) => [b"username", key.as_bytes()],
            None => [b"none", b""],
        };
        Self {
            bucket: BucketId::of(keys, Lane::Account, &subject),
            limit: policy.account,
        }
    }

    /// A mail to this address that anybody can ask for, whether or not there is an account: five at once, then one every five minutes.
    pub fn mail(keys: &Keys, email: &EmailAddress) -> Self {
        Self {
            bucket: BucketId::of(keys, Lane::Mail, &[email.key().as_bytes()]),
            limit: Limit::new(5, SignedDuration::from_mins(5)),
        }
    }

    /// A notice of this kind to an account: one an hour.
    pub fn notice(keys: &Keys, kind: NoticeKind, account: UserId) -> Self {
        let subject = [kind.as_str().as_bytes(), account.0.as_bytes()];
        Self {
            bucket: BucketId::of(keys, Lane::Notice, &subject),
            limit: Limit::new(1, SignedDuration::from_hours(1)),
        }
    }

    /// An attempt from a device that has signed in to this account before. `None` for one that has signed in to another.
    pub fn device(
        keys: &Keys,
        policy: &ThrottlePolicy,
        device: &DeviceCookie,
        account: UserId,
    ) -> Option<Self> {
        let hit = || Self {
            bucket: BucketId::of(keys, Lane::Device, &[&device.hash().0]),
            limit: policy.device,
        };
        (device.user_id() == account).then(hit)
    }
}

/// How long an attempt has to wait, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The bucket that is full; of several the one that drains last.
    pub bucket: BucketId,
    /// How much that admits.
    pub limit: Limit,
    /// How long.
    pub time: SignedDuration,
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may; these are the buckets from now on.
    Allow(Vec<(BucketId, Timestamp)>),
    /// Not before this time has passed; nothing is counted.
    Wait(Wait),
}

/// Counts an attempt in all of its lanes, or in none and says how long to wait. With each lane comes the time at which its bucket
/// will have drained; `None` for one that was never used.
pub fn decide(lanes: &[(Hit, Option<Timestamp>)], now: Timestamp) -> Decision {
    let mut wait: Option<Wait> = None;
    let mut counted = Vec::with_capacity(lanes.len());
    for (hit, drained_at) in lanes {
        let (time, drained_at) = fill(hit.limit, *drained_at, now);
        if time > wait.map_or(SignedDuration::ZERO, |wait| wait.time) {
            wait = Some(Wait {
                bucket: hit.bucket,
                limit: hit.limit,
                time,
            });
        }
        counted.push((hit.bucket, drained_at));
    }
    wait.map_or(Decision::Allow(counted), Decision::Wait)
}

/// One hit more in a bucket: by how much it is too full then (not above zero: it is admitted), and when it will have drained.
pub(crate) fn fill(
    limit: Limit,
    drained_at: Option<Timestamp>,
    now: Timestamp,
) -> (SignedDuration, Timestamp) {
    let filled = level(drained_at, limit, now).saturating_add(limit.refill);
    (filled.saturating_sub(limit.depth()), later(now, filled))
}

/// When a bucket will have drained after one hit was taken out of it again. Never before `now`: an attempt that was given back
/// is worth no more than one that was never made.
pub fn give_back(hit: &Hit, drained_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let left = level(drained_at, hit.limit, now).saturating_sub(hit.limit.refill);
    later(now, left.max(SignedDuration::ZERO))
}

/// How full a bucket is, as the time in which it drains, and never more than its depth.
///
/// One that would drain after twice its depth was filled by a clock that has been set back since, or under another limit. It
/// has room for one attempt, since only an attempt that is admitted writes the bucket anew: else it would be full until that
/// time came. Clocks of nodes that differ by less than a depth give nobody an attempt more.
fn level(drained_at: Option<Timestamp>, limit: Limit, now: Timestamp) -> SignedDuration {
    let depth = limit.depth().max(SignedDuration::ZERO);
    let drains_in = drained_at.unwrap_or(now).duration_since(now);
    if drains_in > depth.saturating_mul(2) {
        return depth.saturating_sub(limit.refill);
    }
    drains_in.clamp(SignedDuration::ZERO, depth)
}

/// That much after `now`; at the latest the end of time.
pub(crate) fn later(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
