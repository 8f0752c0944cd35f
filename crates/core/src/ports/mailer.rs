//! Mail: what is to be said to whom. How it reads and how it travels is the adapter's.
//!
//! **The rule**: links are made of the configured address alone, never of what a request said of itself (ASVS 5.0, 6.4.3). A link with
//! its token is a credential: it can't be printed or copied, and leaves only in the mail.

use std::fmt;
use std::net::IpAddr;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::credential::OneTimeToken;
use crate::model::EmailAddress;
use crate::model::reason::named;

/// A link that does something once, for whoever has it.
pub struct MailedLink(Zeroizing<String>);

impl MailedLink {
    /// To this page below `base`, with this token.
    pub fn new(base: &str, page: &str, token: &OneTimeToken) -> Self {
        let token = Zeroizing::new(token.reveal());
        Self(Zeroizing::new(format!("{base}{page}?token={}", token.as_str())))
    }

    /// The address. For the mail alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailedLink(…)")
    }
}

named! {
    /// Which letter.
    LetterKind ("letter") {
        /// A sign-up, or a pending account, is to be activated.
        Activation = "activation",
        /// Somebody wanted an address for an account that has one: by signing up, or for another account.
        AlreadyRegistered = "already_registered",
        /// A forgotten password is to be set anew.
        Reset = "reset",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// An address is to be confirmed as an account's new one.
        EmailChange = "email_change",
        /// To the address until now: the account has another one.
        EmailChanged = "email_changed",
        /// Somebody signed in from a device that the account does not know.
        NewDevice = "new_device",
        /// A session ended since its refresh token was used by somebody who should not have had it.
        TokenReuse = "token_reuse",
    }
}

/// A letter to one address.
#[derive(Debug)]
pub struct Letter {
    /// To whom: an address as it is stored.
    pub to: EmailAddress,
    /// Which.
    pub kind: LetterKind,
    /// What it asks to open, and how long that works.
    pub link: Option<(MailedLink, SignedDuration)>,
    /// What it tells of, where it is a notice of something that happened.
    pub happening: Option<Happening>,
}

/// What a notice tells of. No part of it is a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// The device in words, where it is recorded: of the sign-in, or of the session that ended.
    pub device: Option<String>,
    /// The address that the request came from, where it is recorded.
    pub address: Option<IpAddr>,
    /// The page of the account, where the person looks after it.
    pub page: String,
}

/// Takes letters.
pub trait Mailer: Send + Sync {
    /// Takes this letter, to be sent soon. Waits for nothing; what can't be sent is the adapter's to report.
    fn send(&self, letter: Letter);
}

/// Runs what no answer waits for.
pub trait Background: Send + Sync {
    /// Runs this, soon and beside everything else.
    fn run(&self, work: BoxFuture<'static, ()>);
}

/// Nobody mails: letters are dropped, and so is the work that would write them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unmailed;

impl Mailer for Unmailed {
    fn send(&self, _letter: Letter) {}
}

impl Background for Unmailed {
    fn run(&self, _work: BoxFuture<'static, ()>) {}
}
