//! The section of the token-pair API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `/login`, `/generateTokens`, `/refresh` and `/logout`, for clients that were written against such routes: both tokens in the body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TokenPairConfig {
    /// Whether the routes exist.
    pub(crate) enabled: bool,
    /// What their paths begin with, like `/legacy`; nothing by default.
    pub(crate) prefix: String,
    /// Let pages in browsers have refresh tokens in bodies, where an injected script can copy them. Only for a client that can't be
    /// changed yet; it is told to use `/auth/signin` otherwise.
    pub(crate) browsers: bool,
}

impl Default for TokenPairConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            prefix: String::new(),
            browsers: false,
        }
    }
}
