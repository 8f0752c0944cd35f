//! One-time tokens as they are kept: whose, what for, until when (R2.6).
//!
//! A sign-up that waits for its activation has no account: everything that will make one is in its token, with a password hash of its
//! own. So two people can wait under one address at once, nobody keeps an address from its owner by signing up with it first, and what
//! nobody activates is gone with its token.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::reason::named;
use super::{Account, AccountState, EmailAddress, OneTimeTokenId, ServiceName, UserId, Username};
use crate::credential::OneTimeHash;
use crate::password::PasswordHash;

named! {
    /// What a one-time token can be used for, and for nothing else.
    OneTimePurpose ("one-time purpose") {
        /// To make an account of a sign-up, or let a pending one in.
        Activation = "activation",
        /// To set a new password.
        Reset = "reset",
        /// To confirm an account's new address.
        EmailChange = "email_change",
        /// To take over a session that a service prepared.
        SessionStart = "session_start",
    }
}

/// Someone who signed up and has yet to show that the address is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignUp {
    /// The address, not yet confirmed.
    pub email: EmailAddress,
    /// Free when it was asked for; not kept free.
    pub username: Option<Username>,
    /// The name to show.
    pub name: Option<String>,
    /// Of the password that this sign-up gave.
    pub password_hash: PasswordHash,
}

/// A session that a service prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedSession {
    /// Who vouches for the person.
    pub service: ServiceName,
    /// The account's epoch at that time.
    pub epoch: i64,
}

/// What bringing the code of a prepared session means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeVerdict {
    /// The session starts.
    LetIn,
    /// Not while the account is in this state.
    NotActive(AccountState),
    /// All sessions of the account were ended since: this one too, before it began.
    Void,
}

impl PreparedSession {
    /// What bringing its code means for an account as it is now.
    pub const fn judge(&self, account: &Account) -> CodeVerdict {
        if !account.state.is_active() {
            CodeVerdict::NotActive(account.state)
        } else if account.session_epoch != self.epoch {
            CodeVerdict::Void
        } else {
            CodeVerdict::LetIn
        }
    }
}

/// What a one-time token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// An account is to be made of a sign-up.
    SignUp(Box<PendingSignUp>),
    /// A pending account is to be let in.
    Activation(UserId),
    /// An account is to get a new password.
    Reset(UserId),
    /// An account is to get this address.
    EmailChange(UserId, EmailAddress),
    /// A session is to be started for an account.
    SessionStart(UserId, PreparedSession),
}

/// Who can have a few outstanding tokens of each purpose, and not more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// An account.
    Account(UserId),
    /// An address that no account has yet, by its key.
    Address(String),
}

/// A one-time token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOneTimeToken {
    /// Its own id: tells nothing of the token.
    pub id: OneTimeTokenId,
    /// Of the token that was mailed.
    pub hash: OneTimeHash,
    /// What it stands for.
    pub errand: Errand,
    /// When it was issued.
    pub created_at: Timestamp,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
}

impl Errand {
    /// What it is for.
    pub const fn purpose(&self) -> OneTimePurpose {
        match self {
            Self::SignUp(_) | Self::Activation(_) => OneTimePurpose::Activation,
            Self::Reset(_) => OneTimePurpose::Reset,
            Self::EmailChange(..) => OneTimePurpose::EmailChange,
            Self::SessionStart(..) => OneTimePurpose::SessionStart,
        }
    }

    /// Whose it is.
    pub fn holder(&self) -> Holder {
        match self {
            Self::SignUp(sign_up) => Holder::Address(sign_up.email.key().to_owned()),
            Self::Activation(id) | Self::Reset(id) | Self::EmailChange(id, _) | Self::SessionStart(id, _) => {
                Holder::Account(*id)
            }
        }
    }

    /// What a store keeps beside purpose and holder: a JSON object.
    pub fn data(&self) -> Value {
        match self {
            Self::SignUp(sign_up) => json!({
                "email": sign_up.email.as_given(),
                "username": sign_up.username.as_ref().map(Username::as_given),
                "name": sign_up.name,
                "password_hash": sign_up.password_hash.as_str(),
            }),
            Self::EmailChange(_, email) => json!({ "email": email.as_given() }),
            Self::SessionStart(_, prepared) => {
                json!({ "service": prepared.service.as_str(), "epoch": prepared.epoch })
            }
            Self::Activation(_) | Self::Reset(_) => Value::Object(Map::new()),
        }
    }

    /// From what a store kept.
    ///
    /// # Errors
    /// [`ErrandError`] for what [`Errand::data`] never makes.
    pub fn from_parts(
        purpose: OneTimePurpose,
        account: Option<UserId>,
        data: &Value,
    ) -> Result<Self, ErrandError> {
        match (purpose, account) {
            (OneTimePurpose::Activation, None) => Ok(Self::SignUp(Box::new(pending_sign_up(data)?))),
            (OneTimePurpose::Activation, Some(id)) => Ok(Self::Activation(id)),
            (OneTimePurpose::Reset, Some(id)) => Ok(Self::Reset(id)),
            (OneTimePurpose::EmailChange, Some(id)) => Ok(Self::EmailChange(id, email(data)?)),
            (OneTimePurpose::SessionStart, Some(id)) => Ok(Self::SessionStart(id, prepared(data)?)),
            (_, None) => Err(ErrandError),
        }
    }
}

/// A row that this program never writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("purpose, account and data do not belong together")]
pub struct ErrandError;

fn pending_sign_up(data: &Value) -> Result<PendingSignUp, ErrandError> {
    let username = text(data, "username").map(Username::parse).transpose();
    let hash = text(data, "password_hash").ok_or(ErrandError)?;
    Ok(PendingSignUp {
        email: email(data)?,
        username: username.map_err(|_| ErrandError)?,
        name: text(data, "name").map(str::to_owned),
        password_hash: PasswordHash::from_stored(hash.to_owned()),
    })
}

fn prepared(data: &Value) -> Result<PreparedSession, ErrandError> {
    let service = text(data, "service").ok_or(ErrandError)?;
    Ok(PreparedSession {
        service: service.parse().map_err(|_| ErrandError)?,
        epoch: data.get("epoch").and_then(Value::as_i64).ok_or(ErrandError)?,
    })
}

fn email(data: &Value) -> Result<EmailAddress, ErrandError> {
    let text = text(data, "email").ok_or(ErrandError)?;
    EmailAddress::parse(text).map_err(|_| ErrandError)
}

fn text<'a>(data: &'a Value, field: &str) -> Option<&'a str> {
    data.get(field).and_then(Value::as_str)
}
