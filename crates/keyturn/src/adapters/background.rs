//! Threads that compute for long and must never keep a request waiting.
//!
//! **The rule**: such a thread runs when nothing else of the process wants the core (`SCHED_IDLE`, sched(7)): whatever wakes up
//! takes the core at once, not at the scheduler's next tick. Where the system refuses that, a low priority must do.
//!
//! **The caveat**: the rule holds within a control group, which is what a service or a container is. Beside programs of the same
//! group that keep every core busy, the thread gets a three-hundredth of a core. Elsewhere than on Linux nothing is changed.

/// Makes the calling thread one of these.
#[cfg(target_os = "linux")]
pub(crate) fn yield_to_requests() {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };

    /// 0 is ordinary, 19 the lowest priority.
    const NICENESS: i32 = 5;

    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let Err(refused) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) else {
        return;
    };
    tracing::debug!(error = %refused, "hashing runs at a low priority, not when nothing else does");
    // For this thread alone, on Linux.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(error = %error, "hashing runs at ordinary priority");
    }
}

/// Makes the calling thread one of these.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn yield_to_requests() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::thread;

    /// `SCHED_IDLE` in the 41st field of `stat`, proc_pid_stat(5).
    const SCHED_IDLE: &str = "5";

    #[test]
    fn the_thread_runs_when_nothing_else_does_and_the_others_as_before() {
        let policy = || {
            let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
            let after_name = stat.rsplit_once(") ").unwrap().1.to_owned();
            after_name.split(' ').nth(38).unwrap().to_owned()
        };
        let before = policy();
        let changed = thread::spawn(move || {
            super::yield_to_requests();
            policy()
        });
        assert_eq!(changed.join().unwrap(), SCHED_IDLE);
        assert_eq!(policy(), before);
    }
}
