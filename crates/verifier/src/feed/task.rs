//! A task that ends with whoever began it.

use tokio::task::JoinHandle;

pub(super) struct Task(JoinHandle<()>);

impl Task {
    /// To be called within a runtime.
    pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
