//! Why a session ended. Public API: the code travels in 401 answers, in the audit log and in the feed.
//! What they mean in words: [`crate::words`].

/// A text that names no known variant. The store reports it as a damaged row, the command line as bad input.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a known {what}")]
pub struct UnknownName {
    /// What kind of name was expected.
    pub what: &'static str,
    /// The text that was found.
    pub text: String,
}

/// An enum whose variants have one stable name each, used in the database, in JSON and in logs alike.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident ($what:literal) { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::model::reason::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::model::reason::UnknownName { what: $what, text: text.to_owned() }),
                }
            }
        }
    };
}
pub(crate) use named;

named! {
    /// Why a session ended. Every path that ends a session gives exactly one.
    EndReason ("reason") {
        /// The person signed out here.
        SignedOut = "signed_out",
        /// The person ended this session from another one, or signed out everywhere.
        SignedOutElsewhere = "signed_out_elsewhere",
        /// A new sign-in in the same browser took its place.
        Replaced = "replaced",
        /// No activity for the idle time-out.
        Idle = "idle",
        /// The longest life of a session, fixed at sign-in, was over.
        AbsoluteEnd = "absolute_end",
        /// A refresh token was used by somebody who should not have had it.
        TokenReuse = "token_reuse",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// The account is no longer active.
        AccountState = "account_state",
        /// An administrator ended it.
        Admin = "admin",
        /// The account had reached its number of sessions.
        SessionLimit = "session_limit",
        /// The account was deleted.
        AccountDeleted = "account_deleted",
    }
}

named! {
    /// How a reuse was recognised: for the operator and the audit log, never for the requester.
    ReuseKind ("reuse kind") {
        /// A bound session's token came without its device cookie, or with another one.
        NoProof = "no_proof",
        /// A token from before the predecessor.
        OldGeneration = "old_generation",
        /// The predecessor, with the right proof, after its windows had closed.
        LatePredecessor = "late_predecessor",
        /// The predecessor, without a proof, on a session without a device cookie.
        UnprovenPredecessor = "unproven_predecessor",
    }
}
