//! Who hears of what a store commits.

use jiff::Timestamp;

use crate::model::Change;

/// Hears of every change that is committed to the store: of this process's own before the answer that acknowledges it, of
/// others' soon after their commit.
pub trait ChangeListener: Send + Sync {
    /// Called before anything else is told, and again where the changes from now on belong to another history: after a restore or a
    /// promotion, sequences are given again for other changes, and whatever was heard before is void. `newest` is the last sequence
    /// that will not be told. May be called again with the same name, which means nothing.
    fn begins(&self, history: &str, newest: i64);

    /// Called in order, once a change, from a thread or task of the store's own: must not block.
    fn changed(&self, change: &Change);

    /// The present moment by the listener's clock. A store asks for it *before* it looks for what was committed: whatever is
    /// committed while it looks may be missing from what it finds.
    fn looking(&self) -> Timestamp;

    /// Called after a look: everything that was acknowledged before `since`, which [`ChangeListener::looking`] answered when the
    /// look began, has been told.
    fn caught_up(&self, since: Timestamp);
}
