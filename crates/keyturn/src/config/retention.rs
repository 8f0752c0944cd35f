//! How long things are kept that nobody needs for signing in.

use jiff::SignedDuration;
use keyturn_core::service::RetentionPolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Config;
use super::values::Period;

/// How long things are kept that nobody needs for signing in. A sweep takes out what is older, a few rows at a time; nothing depends on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RetentionConfig {
    /// Ended sessions, after their end, with address and user agent. A token of one that is gone is answered as unknown, without the reason.
    pub(crate) ended_sessions: Period,
    /// The bare ids of deleted accounts, after the deletion. For as long no other account can have the same subject.
    pub(crate) deleted_accounts: Period,
    /// Events of the audit log.
    pub(crate) audit: Period,
    /// What others follow: ended sessions, changed accounts. Who was away for longer begins anew.
    pub(crate) changes: Period,
    /// How often a server sweeps, give or take a half. Of several nodes over one database one does it for all.
    pub(crate) every: Period,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        let policy = RetentionPolicy::default();
        Self {
            ended_sessions: Period(policy.ended_sessions),
            deleted_accounts: Period(policy.deleted_accounts),
            audit: Period(policy.audit),
            changes: Period(policy.changes),
            every: Period(SignedDuration::from_hours(1)),
        }
    }
}

impl RetentionConfig {
    pub(crate) const fn policy(&self) -> RetentionPolicy {
        RetentionPolicy {
            ended_sessions: self.ended_sessions.0,
            deleted_accounts: self.deleted_accounts.0,
            audit: self.audit.0,
            changes: self.changes.0,
        }
    }
}

/// Refuses to forget what a token that is still good on its own could be asked about.
pub(super) fn check(config: &Config, wrong: &mut Vec<String>) {
    let retention = &config.retention;
    let least = Period(config.jwt.access_ttl.0.max(SignedDuration::from_hours(1)));
    for (name, period) in [
        ("ended_sessions", retention.ended_sessions),
        ("changes", retention.changes),
    ] {
        if period.0 < least.0 {
            wrong.push(format!(
                "retention.{name} ({period}) must be at least {least}: access tokens of what ended may be in use for as long"
            ));
        }
    }
    let every = SignedDuration::from_mins(1)..=SignedDuration::from_hours(24 * 7);
    if !every.contains(&retention.every.0) {
        wrong.push(format!(
            "retention.every ({}) must be from 1m to 7d",
            retention.every
        ));
    }
}
