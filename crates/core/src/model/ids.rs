//! Identifiers. They are UUIDv7: sorted by creation, unguessable only in part, therefore never a credential.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::ports::Entropy;

/// A UUIDv7 made from the caller's `now` and entropy (RFC 9562 §5.7).
pub fn uuid_v7(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0u8; 10];
    entropy.fill(&mut random);
    v7(now, &random)
}

fn v7(at: Timestamp, random: &[u8; 10]) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id, ordered after those made at an earlier `now`.
            pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(uuid_v7(now, entropy))
            }

            /// The lowest id that is made at `at` or later, in whole milliseconds. No row has it.
            pub fn first_at(at: Timestamp) -> Self {
                Self(v7(at, &[0; 10]))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id! {
    /// An account's own id. What applications see is [`crate::model::Account::subject`].
    UserId
}
id! {
    /// A session: one sign-in on one device, and the family of refresh tokens that descends from it.
    SessionId
}
id! {
    /// A one-time token as it is kept.
    OneTimeTokenId
}
