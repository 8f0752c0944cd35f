//! Password hashing on a few threads of its own, behind a bounded queue.
//!
//! As many threads as cores, which run when nothing else wants the core, so that refreshes and session checks do not notice a
//! storm of sign-ins. A full queue refuses at once, with the time after which it is worth asking again. Each thread keeps its
//! memory blocks from hash to hash and gives them back after 30 seconds without work.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_trait::async_trait;
use keyturn_core::password::{
    self, HashError, HashSettings, Password, PasswordHash, PasswordPolicy, Salt, Workspace,
};
use keyturn_core::ports::{Entropy, HasherError, PasswordHasher, Verified};
use tokio::sync::oneshot;

use super::background;
use super::metrics::HashMetrics;

/// Jobs that may wait for each thread: with 30 ms a hash, less than a second of waiting.
const WAITING_PER_THREAD: usize = 32;
/// When a refused sign-in may try again: about what a full queue takes.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long an idle thread keeps its memory.
const KEEP_MEMORY: Duration = Duration::from_secs(30);

type Job = Box<dyn FnOnce(&mut Workspace) + Send>;

/// A pool of hashing threads. Dropping it carries out what is queued and ends them.
pub(crate) struct HashThreads {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
    settings: HashSettings,
    policy: PasswordPolicy,
    entropy: Arc<dyn Entropy>,
    /// What unknown accounts are verified against; nobody knows its password.
    decoy: PasswordHash,
}

struct Queue {
    state: Mutex<QueueState>,
    arrived: Condvar,
    capacity: usize,
    metrics: HashMetrics,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl HashThreads {
    /// Starts `count` threads.
    ///
    /// # Errors
    /// Settings that can make no hash.
    pub(crate) fn start(
        count: usize,
        settings: HashSettings,
        policy: PasswordPolicy,
        entropy: Arc<dyn Entropy>,
        metrics: HashMetrics,
    ) -> Result<Self, HashError> {
        let decoy = password::decoy(settings, salt(entropy.as_ref()))?;
        let queue = Arc::new(Queue {
            state: Mutex::default(),
            arrived: Condvar::new(),
            capacity: count.saturating_mul(WAITING_PER_THREAD),
            metrics,
        });
        let threads = (0..count)
            .filter_map(|number| {
                let queue = Arc::clone(&queue);
                let work = move || work(&queue);
                thread::Builder::new()
                    .name(format!("hash-{number}"))
                    .spawn(work)
                    .ok()
            })
            .collect();
        Ok(Self {
            queue,
            threads,
            settings,
            policy,
            entropy,
            decoy,
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workspace) -> Result<T, HasherError> + Send + 'static,
    ) -> Result<T, HasherError> {
        let (sender, receiver) = oneshot::channel();
        self.queue.push(Box::new(move |workspace| {
            if !sender.is_closed() {
                // Whoever asked may have gone meanwhile; then nobody is interested in the result.
                let _asker_gone = sender.send(job(workspace));
            }
        }))?;
        receiver.await.map_err(|_| HasherError::Stopped)?
    }
}

impl Queue {
    fn push(&self, job: Job) -> Result<(), HasherError> {
        let mut state = self.lock();
        if state.closed {
            return Err(HasherError::Stopped);
        }
        if state.jobs.len() >= self.capacity {
            self.metrics.refused();
            return Err(HasherError::Busy {
                retry_after: RETRY_AFTER,
            });
        }
        state.jobs.push_back(job);
        self.metrics.waiting(state.jobs.len());
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// The next job; `None` when the queue is closed and empty. Calls `idle` where none came for [`KEEP_MEMORY`].
    fn next(&self, mut idle: impl FnMut()) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                self.metrics.waiting(state.jobs.len());
                return Some(job);
            }
            if state.closed {
                return None;
            }
            let (woken, waited) = self
                .arrived
                .wait_timeout(state, KEEP_MEMORY)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if waited.timed_out() {
                idle();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn work(queue: &Queue) {
    background::yield_to_requests();
    let mut workspace = Some(Workspace::default());
    while let Some(job) = queue.next(|| workspace = None) {
        let memory = workspace.get_or_insert_default();
        let _working = queue.metrics.working();
        // A hash that panics must not take the thread, and with it every later sign-in.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(memory))).is_err() {
            workspace = None;
        }
    }
}

fn salt(entropy: &dyn Entropy) -> Salt {
    let mut salt = Salt::default();
    entropy.fill(&mut salt);
    salt
}

#[async_trait]
impl PasswordHasher for HashThreads {
    async fn hash_new(&self, password: Password, context: Vec<String>) -> Result<PasswordHash, HasherError> {
        let (settings, policy, salt) = (self.settings, self.policy.clone(), salt(self.entropy.as_ref()));
        self.run(move |workspace| {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            policy.check(&password, &context)?;
            match password::hash(&password, settings, salt, workspace) {
                Err(HashError::Rejected(rejection)) => Err(HasherError::Rejected(rejection)),
                other => Ok(other?),
            }
        })
        .await
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verified, HasherError> {
        let (settings, salt) = (self.settings, salt(self.entropy.as_ref()));
        let known = stored.is_some();
        let decoy = PasswordHash::from_stored(self.decoy.as_str().to_owned());
        self.run(move |workspace| {
            let verified = password::verify(&password, stored.as_ref().unwrap_or(&decoy), workspace);
            if verified.is_err() {
                // A hash that cannot be read costs nothing: the time would tell that there is such an account.
                password::verify(&password, &decoy, workspace)?;
            }
            let matches = verified? && known;
            let outdated = matches && stored.is_some_and(|stored| password::needs_rehash(&stored, settings));
            let replacement = outdated
                .then(|| password::hash(&password, settings, salt, workspace).ok())
                .flatten();
            Ok(Verified { matches, replacement })
        })
        .await
    }
}

impl Drop for HashThreads {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.arrived.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _panicked = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    const CHEAP: HashSettings = HashSettings::Argon2id {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    fn pool(threads: usize) -> HashThreads {
        let entropy = Arc::new(Counting(AtomicU8::new(0)));
        HashThreads::start(
            threads,
            CHEAP,
            PasswordPolicy::default(),
            entropy,
            HashMetrics::default(),
        )
        .unwrap()
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_is_verified_by_its_password_alone() {
        let pool = pool(2);
        let hash = pool
            .hash_new(password("correct horse battery"), Vec::new())
            .await
            .unwrap();
        let stored = || Some(PasswordHash::from_stored(hash.as_str().to_owned()));
        assert!(
            pool.verify(password("correct horse battery"), stored())
                .await
                .unwrap()
                .matches
        );
        assert!(
            !pool
                .verify(password("wrong horse battery"), stored())
                .await
                .unwrap()
                .matches
        );
        assert!(
            !pool
                .verify(password("correct horse battery"), None)
                .await
                .unwrap()
                .matches
        );
    }

    #[tokio::test]
    async fn a_hash_of_other_settings_is_replaced_once_the_password_was_right() {
        let pool = pool(1);
        let bcrypt = password::hash(
            &password("correct horse"),
            HashSettings::Bcrypt { cost: 4 },
            [7; 16],
            &mut Workspace::default(),
        );
        let stored = bcrypt.unwrap();
        let again = || Some(PasswordHash::from_stored(stored.as_str().to_owned()));
        let right = pool.verify(password("correct horse"), again()).await.unwrap();
        assert!(
            right
                .replacement
                .is_some_and(|hash| hash.as_str().starts_with("$argon2id$"))
        );
        assert!(
            pool.verify(password("wrong"), again())
                .await
                .unwrap()
                .replacement
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_serves_what_it_took() {
        let pool = Arc::new(pool(1));
        let gate = Arc::new(Barrier::new(2));
        let held = Arc::clone(&gate);
        pool.queue
            .push(Box::new(move |_| {
                held.wait();
            }))
            .unwrap();
        while !pool.queue.lock().jobs.is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..WAITING_PER_THREAD {
            pool.queue.push(Box::new(|_| ())).unwrap();
        }
        let refused = pool.verify(password("any"), None).await;
        assert!(matches!(refused, Err(HasherError::Busy { .. })));
        gate.wait();
        while !pool.queue.lock().jobs.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(pool.verify(password("any"), None).await.is_ok());
    }

    #[tokio::test]
    async fn a_job_that_panics_does_not_take_the_thread() {
        let pool = pool(1);
        pool.queue.push(Box::new(|_| panic!("on purpose"))).unwrap();
        assert!(pool.verify(password("any"), None).await.is_ok());
    }
}
