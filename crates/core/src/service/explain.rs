//! Looking up what happened: to one session, or in one request.

use std::collections::BTreeSet;

use super::{Accounts, AuthError};
use crate::model::{AuditEvent, RequestId, SessionId};
use crate::ports::{AuditEntry, AuditFilter, AuditPosition, Page};
use crate::story::Story;

/// Events that are read of one session or one request. The first ones tell most; a flood after an end tells nothing.
const EVENTS: u32 = 200;

impl Accounts {
    /// A session's row and events.
    ///
    /// # Errors
    /// [`AuthError::NotFound`].
    pub async fn story(&self, id: SessionId) -> Result<Story, AuthError> {
        let store = &self.ports.store;
        let mut family = store.find_session(id).await?.ok_or(AuthError::NotFound)?;
        self.activity.lay_over(&mut family.session);
        let events = store.session_audit(id, EVENTS).await?;
        Ok(Story { family, events })
    }

    /// The audit log, newest first.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        page: Page<AuditPosition>,
    ) -> Result<Vec<AuditEntry>, AuthError> {
        Ok(self.ports.store.list_audit(filter, page).await?)
    }

    /// The events of a request, and the stories of the sessions that they name, in the order of their ids. Both empty where
    /// nothing is known: most requests leave no trace.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn stories_of_request(
        &self,
        id: &RequestId,
    ) -> Result<(Vec<AuditEvent>, Vec<Story>), AuthError> {
        let events = self.ports.store.request_audit(id, EVENTS).await?;
        let named: BTreeSet<SessionId> = events.iter().filter_map(|event| event.session_id).collect();
        let mut stories = Vec::with_capacity(named.len());
        for id in named {
            match self.story(id).await {
                Ok(story) => stories.push(story),
                Err(AuthError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((events, stories))
    }
}
