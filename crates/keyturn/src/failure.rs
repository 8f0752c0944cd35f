//! How a command fails: one line that says what to do, and an exit code that scripts can tell apart.
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | refused: not found, taken, not allowed, not good enough |
//! | 64 | the command line is wrong (`EX_USAGE`) |
//! | 69 | the store or the port is not available (`EX_UNAVAILABLE`) |
//! | 70 | a fault of Keyturn's (`EX_SOFTWARE`) |
//! | 78 | the configuration is wrong (`EX_CONFIG`) |

use std::process::ExitCode;

use keyturn_core::ports::StoreError;
use keyturn_core::service::{AuthError, KeyFault, ServiceFault};

/// A failed command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Fault(String),
    #[error("{0}")]
    Config(String),
}

impl Failure {
    /// Says it and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("keyturn: {self}");
        ExitCode::from(match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 64,
            Self::Unavailable(_) => 69,
            Self::Fault(_) => 70,
            Self::Config(_) => 78,
        })
    }
}

/// Prints what clap has to say: help and version are no failures, anything else is a usage error.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is no reason to fail louder than the error itself.
    let _printed = error.print();
    if error.use_stderr() {
        ExitCode::from(64)
    } else {
        ExitCode::SUCCESS
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Fault(error.to_string()),
            StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}

impl From<KeyFault> for Failure {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::Store(error) => error.into(),
            KeyFault::Unusable { .. } => Self::Fault(fault.to_string()),
            KeyFault::Sealed { .. } => Self::Config(fault.to_string()),
            KeyFault::Contended => Self::Unavailable(fault.to_string()),
            KeyFault::Derived { .. }
            | KeyFault::Unknown { .. }
            | KeyFault::InUse { .. }
            | KeyFault::Needed { .. }
            | KeyFault::Published { .. }
            | KeyFault::Configured => Self::Refused(fault.to_string()),
        }
    }
}

impl From<ServiceFault> for Failure {
    fn from(fault: ServiceFault) -> Self {
        match fault {
            ServiceFault::Store(error) => error.into(),
            ServiceFault::Taken { .. } | ServiceFault::Unknown { .. } => Self::Refused(fault.to_string()),
        }
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Invalid(fields) => {
                let lines: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.field, field.message))
                    .collect();
                Self::Refused(lines.join("; "))
            }
            AuthError::EmailTaken => Self::Refused("another account has this email".to_owned()),
            AuthError::UsernameTaken => Self::Refused("another account has this username".to_owned()),
            AuthError::LastAdministrator => Self::Refused(format!(
                "{error}: --force does it all the same, and `keyturn user create --admin` makes another"
            )),
            AuthError::Store(error) => error.into(),
            AuthError::Internal(_) => Self::Fault(error.to_string()),
            AuthError::Busy { .. } | AuthError::Throttled { .. } | AuthError::Contended => {
                Self::Unavailable(format!("{error}: try again"))
            }
            other => Self::Refused(other.to_string()),
        }
    }
}
