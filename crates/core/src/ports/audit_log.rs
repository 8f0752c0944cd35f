//! Looking through the audit log.

use jiff::Timestamp;

use crate::model::{Agent, AuditEvent, AuditKind, RequestId, SessionId, UserId};

/// The position of an event in the log: later ones are higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPosition(pub i64);

/// An event as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Where.
    pub position: AuditPosition,
    /// What happened.
    pub event: AuditEvent,
    /// The id by which applications know the account that it concerns, where there is such an account.
    pub subject: Option<String>,
    /// The id by which applications know the administrator who did it, where that is known and there is such an account.
    pub agent_subject: Option<String>,
}

/// Which events are looked for: those that pass every part that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this account.
    pub user_id: Option<UserId>,
    /// Of this session.
    pub session_id: Option<SessionId>,
    /// Of this request.
    pub request_id: Option<RequestId>,
    /// Of this kind.
    pub kind: Option<AuditKind>,
    /// Done by this administrator.
    pub by: Option<UserId>,
    /// Not before this moment.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether this event passes.
    pub fn admits(&self, event: &AuditEvent) -> bool {
        let Self {
            user_id,
            session_id,
            request_id,
            kind,
            by,
            since,
            until,
        } = self;
        (user_id.is_none() || *user_id == event.user_id)
            && (session_id.is_none() || *session_id == event.session_id)
            && (request_id.is_none() || *request_id == event.origin.request_id)
            && kind.is_none_or(|kind| kind == event.kind)
            && by.is_none_or(|by| event.origin.agent.as_ref().and_then(Agent::account) == Some(by))
            && since.is_none_or(|since| event.at >= since)
            && until.is_none_or(|until| event.at < until)
    }
}
