//! What happened to a session, told in order: from its row and its audit events. Pure.
//!
//! **The caveat**: a session is one row ([0002](../../../docs/decisions/0002-one-row-per-session.md)). Of its refreshes the row knows
//! how many there were and when the last one was.

use jiff::Timestamp;

use crate::lifetime;
use crate::model::{AuditEvent, AuditKind, Ended, Origin};
use crate::ports::Family;
use crate::words;

/// A session's row, with the events that name it.
#[derive(Debug, Clone)]
pub struct Story {
    /// The session and its account.
    pub family: Family,
    /// Its audit events, oldest first.
    pub events: Vec<AuditEvent>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub text: String,
    /// By whom, through which request, from where; as far as it was recorded.
    pub origin: Option<Origin>,
}

impl Story {
    /// How the session ended, or will have at `now` though nobody has noticed yet; `None`: it lives.
    pub fn end(&self, now: Timestamp) -> Option<Ended> {
        let Family { session, account } = &self.family;
        session
            .ended
            .or_else(|| lifetime::standing(session, account, now).err())
    }

    /// Everything in order of time.
    pub fn timeline(&self) -> Vec<Moment> {
        let session = &self.family.session;
        let begun = self.event(AuditKind::SessionStarted);
        let mut moments = vec![Moment {
            at: session.started_at,
            text: self.beginning(),
            origin: begun.map(|event| event.origin.clone()),
        }];
        if session.head.generation > 0 {
            moments.push(Moment {
                at: session.head.handed_at,
                text: format!("last refresh: generation {} handed out", session.head.generation),
                origin: None,
            });
        }
        if session.last_activity_at > session.started_at {
            moments.push(Moment {
                at: session.last_activity_at,
                text: "last activity".to_owned(),
                origin: None,
            });
        }
        let besides = self
            .events
            .iter()
            .filter(|event| event.kind != AuditKind::SessionStarted);
        moments.extend(besides.map(Moment::of));
        moments.sort_by_key(|moment| moment.at);
        moments
    }

    fn beginning(&self) -> String {
        let session = &self.family.session;
        let device = session.client.user_agent.as_deref().map(words::device);
        let with = device.map_or_else(String::new, |device| format!(" with {device}"));
        let from = session
            .client
            .ip
            .map_or_else(String::new, |ip| format!(" from {ip}"));
        let begun = self.event(AuditKind::SessionStarted);
        let service = begun.and_then(|event| event.detail.split_once(words::VOUCHED_BY));
        let by = service.map_or_else(String::new, |(_, name)| format!(", let in by service {name}"));
        format!("signed in{with}{from}, {} delivery{by}", session.delivery)
    }

    fn event(&self, kind: AuditKind) -> Option<&AuditEvent> {
        self.events.iter().find(|event| event.kind == kind)
    }
}

impl Moment {
    /// What an event tells.
    pub fn of(event: &AuditEvent) -> Self {
        Self {
            at: event.at,
            text: event.kind.words(&event.detail),
            origin: Some(event.origin.clone()),
        }
    }
}
