//! Hears what is committed to the store: says so in the log, counts ended sessions, and passes it on to the view of live sessions, to who follows and to who
//! keeps the tasks.

use std::sync::Arc;

use jiff::Timestamp;
use keyturn_core::model::Change;
use keyturn_core::ports::ChangeListener;
use keyturn_core::view::SessionView;
use keyturn_http::Feed;

use super::departures::Departing;
use super::metrics::SessionEnds;

/// The store's listener.
pub(crate) struct ChangeLog {
    pub(crate) view: Arc<SessionView>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) departing: Arc<Departing>,
    pub(crate) ends: SessionEnds,
}

impl ChangeListener for ChangeLog {
    fn begins(&self, history: &str, newest: i64) {
        self.view.begins(history, newest);
        self.feed.begins(history, newest);
        self.departing.begins(history, newest);
    }

    fn changed(&self, change: &Change) {
        self.view.changed(change);
        self.feed.changed(change);
        self.departing.changed(change);
        self.ends.note(change);
        let reason = change.reason.map_or("", |reason| reason.as_str());
        tracing::debug!(change.kind = %change.kind, change.id = %change.id, reason, "committed: {} {}", change.kind, change.id);
    }

    fn looking(&self) -> Timestamp {
        self.feed.looking();
        self.view.looking()
    }

    fn caught_up(&self, since: Timestamp) {
        self.view.caught_up(since);
        self.feed.caught_up();
    }
}
