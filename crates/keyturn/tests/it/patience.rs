//! Waiting for what another process brings about, and tells nobody of.

use std::time::{Duration, Instant};
use std::{iter, thread};

/// What a test gives up after: longer than a busy machine takes for anything here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks: other processes need the processor to bring about what is waited for.
const PAUSE: Duration = Duration::from_millis(2);

/// One item for each time to look again, until it is hopeless.
#[expect(
    clippy::disallowed_methods,
    reason = "a count of looks is over before a slow machine has done anything"
)]
pub(crate) fn patiently() -> impl Iterator<Item = ()> {
    let start = Instant::now();
    let looks = iter::repeat_with(|| thread::sleep(PAUSE));
    iter::once(()).chain(looks.take_while(move |()| start.elapsed() < PATIENCE))
}
