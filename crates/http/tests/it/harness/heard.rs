//! Passes what the store tells on to the followers, as the binary does.

use std::sync::Arc;

use jiff::Timestamp;
use keyturn_core::model::Change;
use keyturn_core::ports::ChangeListener;
use keyturn_http::Feed;

pub(super) struct Heard(pub(super) Arc<Feed>);

impl ChangeListener for Heard {
    fn begins(&self, history: &str, newest: i64) {
        self.0.begins(history, newest);
    }

    fn changed(&self, change: &Change) {
        self.0.changed(change);
    }

    fn looking(&self) -> Timestamp {
        self.0.looking();
        Timestamp::UNIX_EPOCH
    }

    fn caught_up(&self, _since: Timestamp) {
        self.0.caught_up();
    }
}
