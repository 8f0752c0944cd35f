//! An account that another application had before.

use jiff::Timestamp;
use uuid::{Uuid, Version};

use super::{Account, AccountState, EmailAddress, User, UserId, Username};
use crate::password::PasswordHash;
use crate::ports::Entropy;

/// An account to take over.
#[derive(Debug, Clone)]
pub struct ImportedUser {
    /// Our own id, of [`ImportedUser::id_for`].
    pub id: UserId,
    /// The id that the application has given it, verbatim.
    pub subject: String,
    /// Unique by its normalised form.
    pub email: Option<EmailAddress>,
    /// Unique by its normalised form.
    pub username: Option<Username>,
    /// The name to show.
    pub name: Option<String>,
    /// A JSON object.
    pub metadata: serde_json::Value,
    /// What the password is verified against.
    pub password_hash: PasswordHash,
    /// The state to begin in.
    pub state: AccountState,
    /// Names of what the person may do.
    pub permissions: Vec<String>,
    /// When the application created it.
    pub created_at: Timestamp,
    /// When somebody last signed in to it.
    pub last_login_at: Option<Timestamp>,
}

impl ImportedUser {
    /// Our own id for an account of this subject. One that Keyturn gave before (an export's) is given back; any other account lies in
    /// the order of creation.
    pub fn id_for(subject: &str, created_at: Timestamp, entropy: &dyn Entropy) -> UserId {
        let given = Uuid::parse_str(subject).ok();
        given
            .filter(|id| id.get_version() == Some(Version::SortRand) && id.to_string() == subject)
            .map_or_else(|| UserId::generate(created_at, entropy), UserId)
    }

    /// The account as it is once it was taken over, at `now`.
    pub fn into_stored(self, now: Timestamp) -> (User, PasswordHash) {
        let account = Account {
            id: self.id,
            subject: self.subject,
            email: self.email,
            username: self.username,
            state: self.state,
            permissions: self.permissions,
            session_epoch: 0,
            epoch_reason: None,
        };
        let user = User {
            account,
            name: self.name,
            metadata: self.metadata,
            created_at: self.created_at,
            updated_at: now,
            last_login_at: self.last_login_at,
        };
        (user, self.password_hash)
    }
}
