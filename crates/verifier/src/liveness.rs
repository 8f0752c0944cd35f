//! Whether a session still lives: what a signature can't say.
//!
//! **The rule**: "ended" is said only by who knows it. Who does not know says [`Standing::Unavailable`], and the request is answered 503,
//! never 401.

use std::pin::Pin;

use jiff::Timestamp;

use crate::context::Session;

/// Somebody who knows which sessions live: [`EndedSessions`](crate::EndedSessions), or whatever your service has.
///
/// ```
/// use keyturn_verifier::{Answer, Liveness, Presented, Standing};
///
/// /// Asks another thread of the same process.
/// struct Directory;
///
/// impl Liveness for Directory {
///     fn check<'a>(&'a self, presented: Presented<'a>) -> Answer<'a> {
///         if presented.session.user_id == "42" {
///             return Answer::Now(Standing::Live); // known already
///         }
///         Answer::Later(Box::pin(async { Standing::Unavailable }))
///     }
/// }
/// ```
pub trait Liveness: Send + Sync + 'static {
    /// How the session of a good token stands. Also asked about tokens that have just expired: of a session that is over, its
    /// client is told so instead of being sent to refresh.
    fn check<'a>(&'a self, presented: Presented<'a>) -> Answer<'a>;
}

/// A token whose signature was right, and what it says.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Presented<'a> {
    /// The session as the token names it.
    pub session: &'a Session,
    /// The token itself: to ask with, never to keep.
    pub token: &'a str,
    /// When it was presented.
    pub now: Timestamp,
}

impl Presented<'_> {
    /// Whether the token's time was over when it came.
    pub fn is_expired(&self) -> bool {
        self.session.expires_at <= self.now.as_second()
    }
}

/// How a session stands: known at once, without waiting or allocating, or after asking.
pub enum Answer<'a> {
    /// Known.
    Now(Standing),
    /// To be waited for. Bound the time that it takes.
    Later(Pin<Box<dyn Future<Output = Standing> + Send + 'a>>),
}

/// How a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It lives, and its account is active.
    Live,
    /// It lives; these count instead of what the token says.
    LiveWith {
        /// The account's email address now.
        email: Option<String>,
        /// The account's permissions now.
        permissions: Vec<String>,
    },
    /// It is over, or its account is not active.
    Ended {
        /// Keyturn's reason, where it is known.
        reason: Option<String>,
    },
    /// The token is good no longer: its session is over, or its time by Keyturn's clock. A refresh tells which.
    Inactive,
    /// It can't be found out.
    Unavailable,
}

/// Goes by the token alone: a session that ended is let in until its last access token has expired.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenAlone;

impl Liveness for TokenAlone {
    fn check<'a>(&'a self, _presented: Presented<'a>) -> Answer<'a> {
        Answer::Now(Standing::Live)
    }
}
