//! Everything that is kept about a person, for that person: account, sessions, events.
//!
//! **The rule**: what authenticates somebody is not among it: no hash, no nonce, no key.
//!
//! **The caveat**: it is read page by page, so that nobody's export fills the memory; what changes meanwhile may be in it or not.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Accounts, AuthError, Authenticated, Authority};
use crate::model::{AuditEvent, SessionId, User, UserId};
use crate::ports::{Family, Page, SessionFilter, Store};

/// Rows that are read at once.
const PAGE: u32 = 100;

/// One thing that is kept.
#[derive(Debug)]
pub enum ExportItem {
    /// The account; comes first.
    Account(Box<User>),
    /// A session, newest first.
    Session(Box<Family>),
    /// An event, oldest first; after the sessions.
    Event(Box<AuditEvent>),
}

/// Where an export is.
enum Place {
    Sessions(Option<SessionId>),
    Events(i64),
    Over,
}

/// An export on its way.
pub struct Export {
    store: Arc<dyn Store>,
    user_id: UserId,
    place: Place,
    read: VecDeque<ExportItem>,
}

impl Authority {
    /// What is kept about the requester.
    ///
    /// # Errors
    /// [`AuthError::SessionEnded`] where the account was deleted a moment ago.
    pub async fn export_own(&self, caller: &Authenticated) -> Result<Export, AuthError> {
        let user = self.own_account(caller).await?;
        Ok(Export::of(user, self.ports.store.clone()))
    }
}

impl Accounts {
    /// What is kept about this account.
    pub fn export(&self, user: User) -> Export {
        Export::of(user, self.ports.store.clone())
    }
}

impl Export {
    fn of(user: User, store: Arc<dyn Store>) -> Self {
        Self {
            store,
            user_id: user.account.id,
            place: Place::Sessions(None),
            read: VecDeque::from([ExportItem::Account(Box::new(user))]),
        }
    }

    /// The next item; `None` after the last.
    ///
    /// # Errors
    /// [`AuthError::Store`]: the rest can't be read.
    pub async fn next(&mut self) -> Result<Option<ExportItem>, AuthError> {
        loop {
            if let Some(item) = self.read.pop_front() {
                return Ok(Some(item));
            }
            match self.place {
                Place::Sessions(before) => self.read_sessions(before).await?,
                Place::Events(after) => self.read_events(after).await?,
                Place::Over => return Ok(None),
            }
        }
    }

    async fn read_sessions(&mut self, before: Option<SessionId>) -> Result<(), AuthError> {
        let page = Page { before, limit: PAGE };
        let families = self
            .store
            .list_sessions(Some(self.user_id), SessionFilter::All, page)
            .await?;
        self.place = match families.last() {
            Some(last) => Place::Sessions(Some(last.session.id)),
            None => Place::Events(0),
        };
        self.read = families
            .into_iter()
            .map(|family| ExportItem::Session(Box::new(family)))
            .collect();
        Ok(())
    }

    async fn read_events(&mut self, after: i64) -> Result<(), AuthError> {
        let events = self.store.user_audit(self.user_id, after, PAGE).await?;
        self.place = match events.last() {
            Some((number, _)) => Place::Events(*number),
            None => Place::Over,
        };
        self.read = events
            .into_iter()
            .map(|(_, event)| ExportItem::Event(Box::new(event)))
            .collect();
        Ok(())
    }
}
