//! What the rules decided, and which sessions ended.

use std::collections::HashMap;
use std::hash::Hash;

use keyturn_core::model::{Change, ChangeKind, EndReason};
use keyturn_core::ports::{Observer, SessionSource, SignInResult, VerdictName};
use metrics::{Counter, Recorder, Unit};

const REFRESHES: &str = "keyturn_refreshes_total";
const SIGN_INS: &str = "keyturn_sign_ins_total";
const CHECKS: &str = "keyturn_session_checks_total";
const ENDS: &str = "keyturn_session_ends_total";

/// A counter for each word of a fixed set.
struct Counters<W>(HashMap<W, Counter>);

impl<W: Copy + Eq + Hash> Counters<W> {
    fn new(words: &[W], counter: impl Fn(W) -> Counter) -> Self {
        Self(words.iter().map(|word| (*word, counter(*word))).collect())
    }

    fn count(&self, word: W) {
        if let Some(counter) = self.0.get(&word) {
            counter.increment(1);
        }
    }
}

/// Counts what the rules decided.
pub(crate) struct Outcomes {
    refreshes: Counters<VerdictName>,
    sign_ins: Counters<SignInResult>,
    checks: Counters<SessionSource>,
}

impl Outcomes {
    /// Registers the metrics with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_counter!(REFRESHES, Unit::Count, "Refresh tokens presented, by verdict");
            metrics::describe_counter!(SIGN_INS, Unit::Count, "Sign-ins, by result");
            metrics::describe_counter!(
                CHECKS,
                Unit::Count,
                "Access tokens checked, by who answered for the session: memory or store"
            );
            Self {
                refreshes: Counters::new(
                    VerdictName::ALL,
                    |verdict| metrics::counter!(REFRESHES, "verdict" => verdict.as_str()),
                ),
                sign_ins: Counters::new(
                    SignInResult::ALL,
                    |result| metrics::counter!(SIGN_INS, "result" => result.as_str()),
                ),
                checks: Counters::new(
                    SessionSource::ALL,
                    |source| metrics::counter!(CHECKS, "source" => source.as_str()),
                ),
            }
        })
    }
}

impl Observer for Outcomes {
    fn refreshed(&self, verdict: VerdictName) {
        self.refreshes.count(verdict);
    }

    fn signed_in(&self, result: SignInResult) {
        self.sign_ins.count(result);
    }

    fn session_checked(&self, source: SessionSource) {
        self.checks.count(source);
    }
}

/// Counts ended sessions as the store tells of them: those ended by this process, by the command line and by other nodes.
pub(crate) struct SessionEnds(Counters<EndReason>);

impl SessionEnds {
    /// Registers the metric with a recorder.
    pub(crate) fn register(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            metrics::describe_counter!(
                ENDS,
                Unit::Count,
                "Sessions that ended anywhere on this store, by reason; with several nodes each counts all of them"
            );
            Self(Counters::new(
                EndReason::ALL,
                |reason| metrics::counter!(ENDS, "reason" => reason.as_str()),
            ))
        })
    }

    /// A change was committed.
    pub(crate) fn note(&self, change: &Change) {
        if let (ChangeKind::SessionEnded, Some(reason)) = (change.kind, change.reason) {
            self.0.count(reason);
        }
    }
}
