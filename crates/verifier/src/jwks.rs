//! Public keys that are fetched from Keyturn, kept, and fetched again.
//!
//! **The rule**: who can ask for anything can't make this ask Keyturn: an unknown `kid` fetches at most once in [`JwksPolicy::retry_after`], however
//! many come. A set that can't be renewed goes on being used for [`JwksPolicy::max_stale`]. An unknown key is a token that is no one's only where the
//! last fetch succeeded; otherwise the key may be a new one, and the answer is 503.
//!
//! Fetching is a task of its own: a request that is dropped does not cut it short. Keyturn shows a key before it signs with it, so
//! that in ordinary times no request waits.

mod source;

use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use keyturn_token::{AccessClaims, JwkSet, VerificationKey, VerifyError};
use tokio::sync::Mutex;

pub use self::source::HttpJwks;
use crate::clock::Clock;
use crate::refusal::Refusal;

/// Where keys come from: [`HttpJwks`], or your own HTTP client.
pub trait JwksSource: Send + Sync + 'static {
    /// Asks once. Bound the time that it takes.
    fn fetch(&self) -> Fetching<'_>;
}

/// A set of keys on its way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<JwkSet, JwksError>> + Send + 'a>>;

/// Why there is no set of keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// Nobody answered, or not in time.
    #[error("the keys could not be fetched")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another status than 200.
    #[error("the keys could not be fetched: the answer has status {0}")]
    Status(u16),
    /// Longer than a set of keys.
    #[error("the answer is longer than a set of keys")]
    TooLarge,
    /// Not a JSON object with a list `keys`.
    #[error("the answer is no set of keys")]
    Malformed(#[source] serde_json::Error),
}

/// How long keys are kept, and how often they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JwksPolicy {
    /// A set older than this is fetched again, while it goes on being used.
    pub max_age: Duration,
    /// The shortest time between two fetches, for whatever reason.
    pub retry_after: Duration,
    /// A set older than this is used no longer: a key that was withdrawn must not live for ever where Keyturn can't be reached.
    pub max_stale: Duration,
}

impl Default for JwksPolicy {
    /// Five minutes, as Keyturn's own `Cache-Control` says; ten seconds; a day.
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(300),
            retry_after: Duration::from_secs(10),
            max_stale: Duration::from_secs(86_400),
        }
    }
}

/// Keys that were fetched, with those that were at hand.
pub(crate) struct FetchedKeys {
    source: Arc<dyn JwksSource>,
    policy: JwksPolicy,
    /// Issuer, audience, and keys that are always there.
    at_hand: keyturn_token::Verifier,
    clock: Arc<dyn Clock>,
    state: RwLock<State>,
    /// Held while fetching: one at a time.
    turn: Mutex<()>,
}

/// What is known of the keys. Times are those of [`Clock::elapsed`].
#[derive(Clone, Default)]
struct State {
    set: Option<Arc<Set>>,
    tried_at: Option<Duration>,
    /// The last fetch brought nothing, or has not come back.
    failed: bool,
}

struct Set {
    verifier: keyturn_token::Verifier,
    keys: Vec<VerificationKey>,
    fetched_at: Duration,
}

/// What to do about the keys before a token is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Use,
    /// Use what is there, and ask for newer beside.
    UseAndRenew,
    /// Wait for a set.
    Fetch,
    /// There is none, and it is too early to ask again.
    GiveUp,
}

/// Decides it, by the ages of the set and of the last attempt.
fn step(age: Option<Duration>, tried: Option<Duration>, policy: &JwksPolicy) -> Step {
    let may_ask = may_ask(tried, policy);
    match age {
        Some(age) if age < policy.max_age => Step::Use,
        Some(age) if age < policy.max_stale && may_ask => Step::UseAndRenew,
        Some(age) if age < policy.max_stale => Step::Use,
        _ if may_ask => Step::Fetch,
        _ => Step::GiveUp,
    }
}

fn may_ask(tried: Option<Duration>, policy: &JwksPolicy) -> bool {
    tried.is_none_or(|ago| ago >= policy.retry_after)
}

impl FetchedKeys {
    pub(crate) fn new(
        source: Arc<dyn JwksSource>,
        policy: JwksPolicy,
        at_hand: keyturn_token::Verifier,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            source,
            policy,
            at_hand,
            clock,
            state: RwLock::default(),
            turn: Mutex::new(()),
        }
    }

    /// Verifies with the keys that are there; asks for newer ones where the token's key is not among them.
    pub(crate) async fn verify_signature(self: &Arc<Self>, token: &str) -> Result<AccessClaims, Refusal> {
        match self.at_hand.verify_signature(token) {
            Err(VerifyError::UnknownKey) => {}
            judged => return judged.map_err(Refusal::TokenUnknown),
        }
        let set = self.usable().await?;
        match set.verifier.verify_signature(token) {
            Err(VerifyError::UnknownKey) => {}
            judged => return judged.map_err(Refusal::TokenUnknown),
        }
        self.renewed(Some(set.fetched_at)).await;
        let state = self.state();
        match state.set {
            Some(newer) if newer.fetched_at != set.fetched_at => newer
                .verifier
                .verify_signature(token)
                .map_err(Refusal::TokenUnknown),
            _ if state.failed => Err(Refusal::Unavailable),
            _ => Err(Refusal::TokenUnknown(VerifyError::UnknownKey)),
        }
    }

    /// A set that may be used.
    async fn usable(self: &Arc<Self>) -> Result<Arc<Set>, Refusal> {
        let state = self.state();
        let step = self.step(&state);
        match (step, state.set) {
            (Step::Use, Some(set)) => Ok(set),
            (Step::UseAndRenew, Some(set)) => {
                let keys = Arc::clone(self);
                let seen = set.fetched_at;
                drop(tokio::spawn(async move { keys.renew(Some(seen)).await }));
                Ok(set)
            }
            (_, old) => {
                self.renewed(old.map(|set| set.fetched_at)).await;
                let state = self.state();
                let usable = matches!(self.step(&state), Step::Use | Step::UseAndRenew);
                state.set.filter(|_| usable).ok_or(Refusal::Unavailable)
            }
        }
    }

    /// [`FetchedKeys::renew`], carried through even if the request is dropped that waits for it.
    async fn renewed(self: &Arc<Self>, seen: Option<Duration>) {
        let keys = Arc::clone(self);
        // A fetch that panicked has left its mark: the attempt counts as failed.
        drop(tokio::spawn(async move { keys.renew(seen).await }).await);
    }

    /// Asks for the keys, unless somebody has meanwhile, or it is too early to ask again. `seen` is the set that was not enough.
    async fn renew(&self, seen: Option<Duration>) {
        let _turn = self.turn.lock().await;
        let state = self.state();
        let elapsed = self.clock.elapsed();
        let newer = state.set.as_ref().map(|set| set.fetched_at) != seen;
        let tried = state.tried_at.map(|at| elapsed.saturating_sub(at));
        if newer || !may_ask(tried, &self.policy) {
            return;
        }
        self.change(|state| {
            state.tried_at = Some(elapsed);
            state.failed = true;
        });
        if let Ok(set) = self.source.fetch().await
            && let Some(set) = self.set(&set, state.set.as_deref(), elapsed)
        {
            self.change(|state| {
                state.set = Some(Arc::new(set));
                state.failed = false;
            });
        }
    }

    /// The keys of the set that can be used (RFC 7517 §5: others are passed over). A key that was known keeps what it has verified. A set without any
    /// is none: it would sign everybody out.
    fn set(&self, fetched: &JwkSet, old: Option<&Set>, fetched_at: Duration) -> Option<Set> {
        let known = old.map_or(&[][..], |old| old.keys.as_slice());
        let mut keys = Vec::new();
        let mut verifier = self.at_hand.clone();
        for jwk in &fetched.keys {
            let Ok(key) = VerificationKey::from_jwk(jwk) else {
                continue;
            };
            let key = known
                .iter()
                .find(|old| old.kid() == key.kid())
                .cloned()
                .unwrap_or(key);
            verifier = verifier.with_key(key.clone());
            keys.push(key);
        }
        (!keys.is_empty()).then_some(Set {
            verifier,
            keys,
            fetched_at,
        })
    }

    fn step(&self, state: &State) -> Step {
        let elapsed = self.clock.elapsed();
        let ago = |at: Duration| elapsed.saturating_sub(at);
        let age = state.set.as_ref().map(|set| ago(set.fetched_at));
        step(age, state.tried_at.map(ago), &self.policy)
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_keys_are_used_and_when_they_are_asked_for() {
        let policy = JwksPolicy::default();
        for (name, age, tried, expected) in [
            ("nothing yet", None, None, Step::Fetch),
            ("the first attempt failed just now", None, Some(9), Step::GiveUp),
            (
                "the first attempt failed a while ago",
                None,
                Some(10),
                Step::Fetch,
            ),
            ("just fetched", Some(0), Some(0), Step::Use),
            ("on its last fresh second", Some(299), Some(299), Step::Use),
            ("a little old", Some(300), Some(300), Step::UseAndRenew),
            ("old, and asked for just now", Some(300), Some(9), Step::Use),
            (
                "old, and Keyturn away for hours",
                Some(80_000),
                Some(10),
                Step::UseAndRenew,
            ),
            ("too old", Some(86_400), Some(10), Step::Fetch),
            (
                "too old, and asked for just now",
                Some(86_400),
                Some(9),
                Step::GiveUp,
            ),
        ] {
            let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
            assert_eq!(step(seconds(age), seconds(tried), &policy), expected, "{name}");
        }
    }
}
