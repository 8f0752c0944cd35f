//! Writing the buffered activity: at least every 30 seconds, and at shutdown.

use super::{AuthError, Authority};
use crate::ports::{NoteActivity, StoreError};

impl Authority {
    /// Writes what is buffered; what the store does not take waits for the next time. Answers how many sessions it wrote.
    ///
    /// # Errors
    /// [`AuthError::Store`]: the first failure; nothing is lost by it.
    pub async fn flush_activity(&self) -> Result<usize, AuthError> {
        let notes = self.live.activity.take();
        let now = self.ports.clock.now();
        let mut failed = Vec::new();
        let mut failure = None;
        // All are queued before the first is awaited, so that they share commits.
        let writes = notes
            .iter()
            .map(|note| async move { (*note, self.ports.store.note_activity(*note, now).await) });
        for (note, written) in futures::future::join_all(writes).await {
            if let Err(error) = written {
                failed.push(note);
                failure.get_or_insert(error);
            }
        }
        let written = notes.len() - failed.len();
        self.live.activity.written(failed);
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(written),
        }
    }

    /// Notes activity in memory, or in the store before the answer where that is urgent.
    pub(super) async fn note_activity(&self, note: NoteActivity, urgent: bool) -> Result<(), StoreError> {
        self.live.activity.note(&note);
        if urgent {
            self.ports
                .store
                .note_activity(note, self.ports.clock.now())
                .await?;
        }
        Ok(())
    }
}
