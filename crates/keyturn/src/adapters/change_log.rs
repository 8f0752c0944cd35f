//! Says in the log what another process (the command line, say) changed in the store.

use keyturn_core::model::Change;
use keyturn_core::ports::ChangeListener;

/// Logs each change, by ids and reasons alone.
pub(crate) struct ChangeLog;

impl ChangeListener for ChangeLog {
    fn changed(&self, change: &Change) {
        let reason = change.reason.map_or("", |reason| reason.as_str());
        tracing::info!(change.kind = %change.kind, change.id = %change.id, reason,
            "heard from another process: {} {}", change.kind, change.id);
    }
}
