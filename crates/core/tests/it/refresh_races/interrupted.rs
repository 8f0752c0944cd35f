//! A store that lets another request in between two steps of a refresh: at the calls that stop one, which are here. The rest of
//! its ports is in `passed_on`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use keyturn_core::model::{Progress, SessionId, UserId};
use keyturn_core::ports::{
    Effect, EndAllSessions, EndOutcome, EndSession, Family, HandAgain, NoteActivity, Page, Rotate,
    SessionFilter, SessionStore, StartSession, StoreError,
};
use keyturn_testkit::mem_store::MemStore;

/// Where a refresh is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// A reading of the session.
    Read,
    /// The note that a Hold leaves.
    Note,
}

/// The store in memory, with other requests let in before chosen calls.
#[derive(Default)]
pub(super) struct Interrupted {
    pub(super) store: Arc<MemStore>,
    pub(super) others: Mutex<VecDeque<(Before, BoxFuture<'static, ()>)>>,
}

impl Interrupted {
    pub(super) fn let_in(&self, before: Before, other: impl Future<Output = ()> + Send + 'static) {
        self.others.lock().unwrap().push_back((before, other.boxed()));
    }

    async fn reached(&self, call: Before) {
        let other = self
            .others
            .lock()
            .unwrap()
            .pop_front_if(|(before, _)| *before == call);
        if let Some((_, other)) = other {
            other.await;
        }
    }
}

#[async_trait]
impl SessionStore for Interrupted {
    async fn start_session(&self, start: StartSession, now: Timestamp) -> Result<Effect<()>, StoreError> {
        self.store.start_session(start, now).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        self.reached(Before::Read).await;
        self.store.find_session(id).await
    }

    async fn list_sessions(
        &self,
        user_id: Option<UserId>,
        filter: SessionFilter,
        page: Page<SessionId>,
    ) -> Result<Vec<Family>, StoreError> {
        self.store.list_sessions(user_id, filter, page).await
    }

    async fn rotate(&self, rotate: Rotate, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.store.rotate(rotate, now).await
    }

    async fn hand_again(&self, hand: HandAgain, now: Timestamp) -> Result<Effect<Progress>, StoreError> {
        self.store.hand_again(hand, now).await
    }

    async fn note_activity(
        &self,
        note: NoteActivity,
        now: Timestamp,
    ) -> Result<Effect<Progress>, StoreError> {
        self.reached(Before::Note).await;
        self.store.note_activity(note, now).await
    }

    async fn end_session(&self, end: EndSession, now: Timestamp) -> Result<EndOutcome, StoreError> {
        self.store.end_session(end, now).await
    }

    async fn end_all_sessions(&self, end: EndAllSessions, now: Timestamp) -> Result<Effect<u64>, StoreError> {
        self.store.end_all_sessions(end, now).await
    }
}
