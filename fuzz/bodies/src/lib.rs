//! What the fuzz targets do with an input, apart from the fuzzer.
//!
//! One module a target, each with a `run` that panics where a promise is broken and otherwise says what became of the input.
//! The programs in `fuzz/fuzz_targets` hand inputs of libFuzzer's to them; the tests of this crate hand the committed corpus.
//!
//! **The rule**: keys, nonce and passwords are fixed, and public by being here, so that an input means the same in every run.
//! An input is accepted only if it is word for word what we would hand out ourselves.

#![expect(
    clippy::expect_used,
    reason = "a broken promise is told to the fuzzer by a panic"
)]

pub mod authorization;
pub mod cookie;
pub mod csrf_token;
pub mod device_cookie;
pub mod email;
mod fixed;
mod headers;
pub mod json_body;
pub mod jwt;
pub mod refresh_token;
pub mod stored_hash;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed for what the target reads: a token of ours, an address, a hash that the password is right for.
    Accepted,
    /// It did not.
    Refused,
}

impl From<bool> for Outcome {
    fn from(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Refused }
    }
}
