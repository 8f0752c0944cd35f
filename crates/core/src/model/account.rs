//! Accounts and the four states they can be in (R2.6).

use jiff::Timestamp;

use super::reason::{EndReason, named};
use super::{AuditEvent, EmailAddress, UserId, Username};
use crate::password::PasswordHash;

named! {
    /// Whether an account is let in. Only `active` is.
    AccountState ("account state") {
        /// Created, not yet activated.
        Pending = "pending",
        /// May sign in.
        Active = "active",
        /// Switched off for now, by the person or an administrator.
        Inactive = "inactive",
        /// Switched off by an administrator.
        Suspended = "suspended",
    }
}

named! {
    /// Who asks for a change of state.
    Actor ("actor") {
        /// The person whose account it is.
        Owner = "owner",
        /// An administrator, through the API or the command line.
        Administrator = "administrator",
    }
}

/// The change of state is not one of those allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account that is {from} cannot become {to}")]
pub struct TransitionRefused {
    /// The present state.
    pub from: AccountState,
    /// The state asked for.
    pub to: AccountState,
}

impl AccountState {
    /// Whether the account may obtain, refresh and use tokens (R1.3).
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active)
    }

    /// The state of an account once its password was set by a mailed link: whoever has the link has the address. An inactive account comes
    /// back by it; a suspended one does not, and one that was never activated has nothing to forget. `None`: no link, or none that works.
    pub const fn after_reset(self) -> Option<Self> {
        match self {
            Self::Active | Self::Inactive => Some(Self::Active),
            Self::Pending | Self::Suspended => None,
        }
    }

    /// Whether `actor` may move an account from this state to `to`.
    ///
    /// pending → active · active ⇄ inactive · any but pending → suspended · suspended → active or inactive · pending →
    /// suspended. The owner may only deactivate (active → inactive); coming back takes an administrator or an emailed link.
    ///
    /// # Errors
    /// [`TransitionRefused`] names both states. Staying in a state is refused too: nothing would change.
    pub fn transition(self, to: Self, actor: Actor) -> Result<(), TransitionRefused> {
        use AccountState::{Active, Inactive, Pending, Suspended};
        let allowed = match (self, to) {
            (Active, Inactive) => true,
            (Pending | Inactive | Suspended, Active)
            | (Suspended, Inactive)
            | (Pending | Active | Inactive, Suspended) => actor == Actor::Administrator,
            _ => false,
        };
        if allowed {
            Ok(())
        } else {
            Err(TransitionRefused { from: self, to })
        }
    }
}

/// What a session check needs to know of an account: identity, standing, permissions. No credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Our own id.
    pub id: UserId,
    /// The id that applications see (`sub`, `user_id`): an imported account's own, else [`Account::id`].
    pub subject: String,
    /// Absent only for imported accounts that had none.
    pub email: Option<EmailAddress>,
    /// Optional second sign-in name.
    pub username: Option<Username>,
    /// Whether it is let in.
    pub state: AccountState,
    /// Names of what the person may do; `admin` opens the administration.
    pub permissions: Vec<String>,
    /// Raised by every act that ends all sessions at once. A session of an older epoch is dead.
    pub session_epoch: i64,
    /// Why the epoch was last raised.
    pub epoch_reason: Option<EndReason>,
}

/// An account with everything that is kept about it, except the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity and standing.
    pub account: Account,
    /// The name to show.
    pub name: Option<String>,
    /// Small JSON object, written by administrators.
    pub metadata: serde_json::Value,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When any of its fields last changed.
    pub updated_at: Timestamp,
    /// The last successful sign-in.
    pub last_login_at: Option<Timestamp>,
}

/// An account about to be created.
#[derive(Debug)]
pub struct NewUser {
    /// Our own id.
    pub id: UserId,
    /// The id that applications see.
    pub subject: String,
    /// Unique by its normalised form.
    pub email: Option<EmailAddress>,
    /// Unique by its normalised form.
    pub username: Option<Username>,
    /// The name to show.
    pub name: Option<String>,
    /// What the password is verified against.
    pub password_hash: PasswordHash,
    /// The state to begin in.
    pub state: AccountState,
    /// Names of what the person may do.
    pub permissions: Vec<String>,
    /// Small JSON object, written by administrators.
    pub metadata: serde_json::Value,
    /// Written with it.
    pub audit: AuditEvent,
}
