//! Hears what is committed to the store: says so in the log and passes it on to the view of live sessions.

use std::sync::Arc;

use keyturn_core::model::Change;
use keyturn_core::ports::ChangeListener;
use keyturn_core::view::SessionView;

/// The store's listener.
pub(crate) struct ChangeLog(pub(crate) Arc<SessionView>);

impl ChangeListener for ChangeLog {
    fn changed(&self, change: &Change) {
        self.0.changed(change);
        let reason = change.reason.map_or("", |reason| reason.as_str());
        tracing::debug!(change.kind = %change.kind, change.id = %change.id, reason, "committed: {} {}", change.kind, change.id);
    }

    fn caught_up(&self) {
        self.0.caught_up();
    }
}
