//! Where the token-pair API is served, and to whom.
//!
//! **The rule**: its prefix takes no path that is another route's.

use std::fmt;
use std::str::FromStr;

/// First segments of paths that are Keyturn's own.
const RESERVED: [&str; 3] = ["auth", "admin", "docs"];

/// The routes that take a refresh token.
pub(crate) const RENEWING: [&str; 2] = ["/generateTokens", "/refresh"];

/// The `[token_pair]` section as the edge needs it.
#[derive(Debug, Clone, Default)]
pub struct TokenPairSettings {
    /// Whether the routes exist.
    pub enabled: bool,
    /// What their paths begin with.
    pub prefix: PathPrefix,
    /// Whether pages in browsers may have refresh tokens in bodies.
    pub browsers: bool,
}

impl TokenPairSettings {
    /// Whether this is the path of a route that takes a refresh token.
    pub(crate) fn renews_at(&self, path: &str) -> bool {
        let route = path.strip_prefix(self.prefix.as_str());
        self.enabled && route.is_some_and(|route| RENEWING.contains(&route))
    }
}

/// What paths begin with: nothing, or segments like `/legacy/v1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

/// A text that can be no prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a prefix: write nothing, or segments of letters, digits, `-` and `_` like /legacy, the first of them none of auth, \
     admin and docs"
)]
pub struct PathPrefixError(String);

impl PathPrefix {
    /// The text; empty for none.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PathPrefix {
    type Err = PathPrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let formed = |segment: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !segment.is_empty() && segment.bytes().all(allowed)
        };
        let refused = || PathPrefixError(text.to_owned());
        if text.is_empty() {
            return Ok(Self::default());
        }
        let segments = text.strip_prefix('/').ok_or_else(refused)?;
        let taken = segments
            .split('/')
            .next()
            .is_some_and(|first| RESERVED.contains(&first));
        if taken || !segments.split('/').all(formed) {
            return Err(refused());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_takes_no_path_of_another_route() {
        for (text, good) in [
            ("", true),
            ("/legacy", true),
            ("/legacy/v1", true),
            ("/authentication", true),
            ("/", false),
            ("legacy", false),
            ("/legacy/", false),
            ("//legacy", false),
            ("/{id}", false),
            ("/a b", false),
            ("/auth", false),
            ("/auth/v1", false),
            ("/admin", false),
            ("/docs", false),
            ("/.well-known", false),
        ] {
            assert_eq!(text.parse::<PathPrefix>().is_ok(), good, "{text}");
        }
    }
}
