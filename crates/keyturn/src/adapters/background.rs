//! Threads that compute for long and must never keep a request waiting, and those of a command that goes behind a server ([`go_behind`]).
//!
//! **The rule**: a thread that computes for long runs when nothing else of the process wants the core (`SCHED_IDLE`, sched(7)): whatever wakes up
//! takes the core at once, not at the scheduler's next tick. Where the system refuses that, a low priority must do.
//!
//! **The caveat**: the rule holds within a control group, which is what a service or a container is. Beside programs of the same
//! group that keep every core busy, the thread gets a three-hundredth of a core. Elsewhere than on Linux nothing is changed.

/// Makes the calling thread one that computes for long.
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

/// Makes the calling thread one that computes for long.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn yield_to_requests() {}

/// Lets others go before the calling thread, and it alone (on Linux), wherever both want the core; it gets a tenth of one all the same.
#[cfg(target_os = "linux")]
pub(crate) fn go_behind() {
    /// Added to what the command was started with.
    const NICENESS: i32 = 10;

    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(error = %error, "the command runs at ordinary priority");
    }
}

/// Lets others go before the calling thread.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn go_behind() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::thread;

    /// Of `stat`, proc_pid_stat(5), counted from 1.
    const NICE: usize = 19;
    const POLICY: usize = 41;
    const SCHED_IDLE: &str = "5";

    fn own(field: usize) -> Option<String> {
        let stat = fs::read_to_string("/proc/thread-self/stat").ok()?;
        let (_, after_name) = stat.rsplit_once(") ")?;
        after_name.split(' ').nth(field - 3).map(str::to_owned)
    }

    #[test]
    fn the_thread_runs_when_nothing_else_does_and_the_others_as_before() {
        let before = own(POLICY);
        let changed = thread::spawn(|| {
            super::yield_to_requests();
            own(POLICY)
        });
        assert_eq!(changed.join().unwrap().as_deref(), Some(SCHED_IDLE));
        assert_eq!(own(POLICY), before);
    }

    #[test]
    fn the_thread_goes_behind_and_the_others_as_before() {
        let nice = || own(NICE).unwrap().parse::<i32>().unwrap();
        let before = nice();
        let changed = thread::spawn(move || {
            super::go_behind();
            nice()
        });
        assert_eq!(changed.join().unwrap(), 19.min(before + 10));
        assert_eq!(nice(), before);
    }
}
