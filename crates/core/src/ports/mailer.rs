//! Mail: what is to be said to whom. How it reads and how it travels is the adapter's.
//!
//! **The rule**: links are made of the configured address alone, never of what a request said of itself (ASVS 5.0, 6.4.3). A link with
//! its token is a credential: it can't be printed or copied, and leaves only in the mail.

use std::fmt;

use futures::future::BoxFuture;
use jiff::SignedDuration;
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
