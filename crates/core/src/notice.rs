//! What owners of accounts are told of by themselves, and how often: pure rules.
//!
//! **The rule**: a sign-in is told of where nothing shows that its device is one of the person's: neither the device cookie of an earlier
//! sign-in nor a session that began from the same address with the same software (ASVS 5.0, 6.3.5). Of one kind of notice an account gets
//! one an hour ([`Hit::notice`](crate::throttle::Hit::notice)): whoever makes a flood of what is told of makes no flood of mail.
//!
//! **The caveat**: address and software tell apart nobody who shares both, and only the cookie where `session.record_client` is off.

use crate::model::reason::named;
use crate::model::{Client, EndReason, Session};

named! {
    /// What is told of at most once an hour.
    NoticeKind ("notice") {
        /// A sign-in from a device that is not known.
        NewDevice = "new_device",
        /// A session that ended for token reuse.
        TokenReuse = "token_reuse",
    }
}

/// A sign-in by password.
#[derive(Debug, Clone, Copy)]
pub struct SeenSignIn<'a> {
    /// Somebody has signed in to the account before.
    pub has_precedent: bool,
    /// It brought a device cookie of an earlier sign-in to the account.
    pub has_device: bool,
    /// From where, and with what.
    pub client: &'a Client,
}

impl SeenSignIn<'_> {
    /// Whether the owner is told, by what is known of the account's `earlier` sessions: this one is not among them.
    pub fn is_news<'a>(&self, earlier: impl IntoIterator<Item = &'a Session>) -> bool {
        let is_same = |session: &Session| session.client == *self.client && is_evidence(session);
        let is_told = self.client.ip.is_some() && self.client.user_agent.is_some();
        self.has_precedent && !self.has_device && !(is_told && earlier.into_iter().any(is_same))
    }
}

/// Whether a session shows that its device is the person's: not one that was ended because of whoever had it.
fn is_evidence(session: &Session) -> bool {
    let own_ends = |reason| {
        matches!(
            reason,
            EndReason::SignedOut
                | EndReason::Replaced
                | EndReason::Idle
                | EndReason::AbsoluteEnd
                | EndReason::SessionLimit
        )
    };
    session.ended.is_none_or(|ended| own_ends(ended.reason))
}
