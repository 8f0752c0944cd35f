//! What can go wrong with keys, in words that tell the operator what to do.

use jiff::Timestamp;
use keyturn_token::KeyError;

use crate::ports::StoreError;

/// Why a key was not made, used or taken out of use.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key that no library takes, or that is not the one its row names.
    #[error("the key {kid} can't be used")]
    Unusable {
        /// Its id, or what it was to be for.
        kid: String,
    },
    /// The row can't be opened.
    #[error(
        "the key {kid} was sealed under another master secret: give the one before as previous_master_secret, or take the key out of use with `keyturn key retire {kid} --force`"
    )]
    Sealed {
        /// Its id.
        kid: String,
    },
    /// Others changed the keys at the same time.
    #[error("the keys were changed by somebody else just now: look at them and try again")]
    Contended,
    /// The derived keys have no row.
    #[error("{kid} is derived from the master secret: it goes with that, see `keyturn secret`")]
    Derived {
        /// Its id.
        kid: String,
    },
    /// No key of this id, or a retired one.
    #[error("there is no key {kid} in use: see `keyturn key list`")]
    Unknown {
        /// What was asked for.
        kid: String,
    },
    /// The key in use.
    #[error("{kid} is in use: rotate first, and retire it when what it has made has ended")]
    InUse {
        /// Its id.
        kid: String,
    },
    /// Something that it made may live.
    #[error("what {kid} has made can live until {until}: wait, or take it out of use now with --force")]
    Needed {
        /// Its id.
        kid: String,
        /// Until when.
        until: Timestamp,
    },
    /// The last rotation is not over.
    #[error("{kid} is published already and used from {signs_from} on: wait, or rotate now with --now")]
    Published {
        /// Its id.
        kid: String,
        /// From when on it is used.
        signs_from: Timestamp,
    },
    /// The secret comes from the configuration.
    #[error("access tokens are signed with jwt.secret: move it to jwt.previous_secret and set a new one")]
    Configured,
}

impl From<KeyError> for KeyFault {
    fn from(_: KeyError) -> Self {
        Self::Unusable {
            kid: "derived from the master secret".to_owned(),
        }
    }
}
