//! Work that is carried to its end, even if nobody waits for it any more.
//!
//! **The rule**: it runs where it is awaited; when it is given up half-way (the requester hung up, the time limit struck), the
//! rest of it becomes a task of its own, with the request's id. Nothing that was begun is forgotten, and what nobody gives up
//! costs no task.
//!
//! **The caveat**: without a runtime there is nothing to carry it; it ends where it stands, as all tasks do when a process ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use crate::request_id;

/// A future that outlives whoever awaits it.
pub(crate) struct Carried<T: Send + 'static>(Option<Pin<Box<dyn Future<Output = T> + Send>>>);

impl<T: Send + 'static> Carried<T> {
    /// Begins with the first poll, or when it is given up before.
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<T: Send + 'static> Future for Carried<T> {
    type Output = T;

    /// Work that panics is dropped with the panic, and not polled again.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(mut work) = self.0.take() else {
            return Poll::Pending;
        };
        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.0 = Some(work);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Carried<T> {
    fn drop(&mut self) {
        if let Some(rest) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            // Its outcome is nobody's any more.
            drop(runtime.spawn(request_id::kept(rest)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::FutureExt;
    use keyturn_core::model::RequestId;
    use tokio::sync::{Notify, oneshot};

    use super::*;
    use crate::request_id::{request_id, working_for};

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(test);
    }

    /// Work that waits for the gate and then says which request it worked for.
    fn gated(
        gate: &Arc<Notify>,
    ) -> (
        impl Future<Output = u8> + use<>,
        oneshot::Receiver<Option<RequestId>>,
    ) {
        let ((told, heard), gate) = (oneshot::channel(), Arc::clone(gate));
        let work = async move {
            gate.notified().await;
            told.send(request_id()).unwrap();
            7
        };
        (work, heard)
    }

    #[test]
    fn what_is_awaited_answers() {
        run(async {
            let gate = Arc::new(Notify::new());
            let (work, _heard) = gated(&gate);
            gate.notify_one();
            assert_eq!(Carried::new(work).await, 7);
        });
    }

    #[test]
    fn what_is_given_up_half_way_is_carried_to_its_end_with_its_id() {
        run(async {
            let id: RequestId = "r-1".parse().unwrap();
            for polled_before in [true, false] {
                let gate = Arc::new(Notify::new());
                let (work, heard) = gated(&gate);
                let given_up = async {
                    let mut carried = Carried::new(work);
                    if polled_before {
                        assert_eq!((&mut carried).now_or_never(), None);
                    }
                };
                working_for(id.clone(), given_up).await;
                gate.notify_one();
                assert_eq!(heard.await.unwrap().as_ref(), Some(&id), "{polled_before}");
            }
        });
    }

    #[test]
    fn a_panic_reaches_whoever_awaits_and_is_not_tried_again() {
        run(async {
            let carried = Carried::new(async { panic!("asked for by the test") });
            let outcome: Result<(), _> = std::panic::AssertUnwindSafe(carried).catch_unwind().await;
            assert!(outcome.is_err());
            tokio::task::yield_now().await;
        });
    }
}
