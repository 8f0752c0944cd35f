//! Reading a session: from memory where that suffices, else from the store, with what is buffered laid over it.

use jiff::Timestamp;

use super::{AuthError, Authority};
use crate::model::{Progress, SessionId};
use crate::ports::Family;
use crate::view::Reading;

/// A family as it was read, and what the store says of its activity.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// With what is buffered laid over it: what is judged.
    pub(super) family: Box<Family>,
    /// The activity as stored: what an end as idle is conditional on.
    pub(super) stored_activity: Timestamp,
    /// Whether activity must be written before its answer.
    pub(super) urgent: bool,
    reading: Reading,
}

impl Authority {
    /// From memory; `None`: ask the store. Good only for finding a session live, and for a rotation, whose effect is
    /// conditional on what it was judged from.
    pub(super) fn remembered(&self, id: SessionId, now: Timestamp) -> Option<Known> {
        let (family, reading) = self.live.view.find(id, now)?;
        Some(self.known(family, reading, now))
    }

    /// From the store. Remembered for what comes next, if it is live.
    pub(super) async fn read(&self, id: SessionId, now: Timestamp) -> Result<Option<Known>, AuthError> {
        let reading = self.live.view.reading(now);
        let Some(family) = self.ports.store.find_session(id).await? else {
            return Ok(None);
        };
        self.live.view.keep(reading, family.clone());
        Ok(Some(self.known(family, reading, now)))
    }

    /// Remembers what an effect made of the session, and answers it: as it is stored now.
    pub(super) fn remember(&self, known: Known, progress: Progress) -> Box<Family> {
        let Known {
            mut family, reading, ..
        } = known;
        family.session.advance(progress);
        if !self.live.view.note(reading, family.session.id, progress) {
            self.live.view.keep(reading, Family::clone(&family));
        }
        family
    }

    fn known(&self, mut family: Family, reading: Reading, now: Timestamp) -> Known {
        let stored_activity = family.session.last_activity_at;
        let urgent = crate::activity::is_urgent(&family.session, now);
        self.live.activity.lay_over(&mut family.session);
        Known {
            family: Box::new(family),
            stored_activity,
            urgent,
            reading,
        }
    }
}
