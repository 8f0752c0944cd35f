//! How many files, and so connections, the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit to what the system allows: the ordinary soft limit of 1024 is for programs that use `select`, and is less
/// than `http.max_connections`.
pub(crate) fn raise_limit(needed: usize) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, raised)
    {
        tracing::warn!(%error, "the limit of open files can't be raised: {error}");
    }
    match limit() {
        Some(limit) if usize::try_from(limit).is_ok_and(|limit| limit <= needed) => tracing::warn!(
            open_files.limit = limit,
            "only {limit} files may be open, fewer than http.max_connections ({needed}) asks for: raise the limit (LimitNOFILE=, ulimit -n)"
        ),
        Some(limit) => tracing::debug!(open_files.limit = limit, "{limit} files may be open"),
        None => {}
    }
}

/// The limit in force; `None`: there is none.
pub(crate) fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
