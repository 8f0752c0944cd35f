//! Randomness of the operating system.

use keyturn_core::ports::Entropy;

/// `getrandom`. A system without entropy cannot issue anything: the process ends.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where randomness comes from"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            eprintln!("keyturn: the operating system gives no random bytes: {error}");
            std::process::abort();
        }
    }
}
