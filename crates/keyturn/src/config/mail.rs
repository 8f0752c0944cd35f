//! The section of mail.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::Secret;
use super::{Activation, Config, is_loopback_url};

/// How Keyturn sends mail: links to activate accounts, to set passwords and to confirm addresses, and notices. Without a host, and while people reach Keyturn on
/// this machine alone, mail goes to the folder `outbox` in `data_dir`; elsewhere none is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MailConfig {
    /// The SMTP server that takes mail for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<String>,
    /// Its port; left out, the one that `tls` goes with: 465, 587 or 25.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    /// How the way to it is protected.
    pub(crate) tls: MailTls,
    /// The user to sign in as, where the server wants one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// Its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<Secret>,
    /// The sender, like `Example <accounts@example.org>`. Needed with `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Where answers go, if not to the sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// A folder of templates that take the place of the built-in ones of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) templates: Option<PathBuf>,
    /// Tell owners when they, or somebody in their name, changed their password.
    pub(crate) notice_password_changed: bool,
    /// Tell the address until now when an account got another one.
    pub(crate) notice_email_changed: bool,
    /// Tell owners of a sign-in by password from a device that their account does not know. One an hour at most.
    pub(crate) notice_new_device: bool,
    /// Tell owners of a session that ended since its refresh token was used by somebody who should not have had it. One an hour at most.
    pub(crate) notice_token_reuse: bool,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            host: None,
            port: None,
            tls: MailTls::Tls,
            user: None,
            password: None,
            from: None,
            reply_to: None,
            templates: None,
            notice_password_changed: true,
            notice_email_changed: true,
            notice_new_device: true,
            notice_token_reuse: true,
        }
    }
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailTls {
    /// From the first byte on (RFC 8314).
    Tls,
    /// The connection begins in the clear, and goes no further unless it is protected (RFC 3207).
    Starttls,
    /// Not at all: for a server on this machine.
    None,
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailWay {
    /// To the SMTP server.
    Smtp,
    /// To a folder, for development.
    Outbox,
    /// Nowhere.
    Off,
}

impl MailConfig {
    /// Where mail goes under this configuration.
    pub(crate) fn way(config: &Config) -> MailWay {
        let local = config.http.public_url.as_deref().is_none_or(is_loopback_url);
        match &config.mail.host {
            Some(_) => MailWay::Smtp,
            None if local => MailWay::Outbox,
            None => MailWay::Off,
        }
    }
}

/// What would send no mail, or passwords in the clear.
pub(super) fn check(config: &Config, wrong: &mut Vec<String>) {
    let mail = &config.mail;
    if config.signup.activation == Activation::Email && MailConfig::way(config) == MailWay::Off {
        wrong.push("signup.activation is email, and no mail is sent: set mail.host and mail.from".to_owned());
    }
    if mail.host.is_some() && mail.from.is_none() {
        wrong.push("mail.host is set: set mail.from to the sender, like accounts@example.org".to_owned());
    }
    for (name, address) in [("from", &mail.from), ("reply_to", &mail.reply_to)] {
        if let Some(text) = address
            && text.parse::<lettre::message::Mailbox>().is_err()
        {
            wrong.push(format!(
                "mail.{name} ({text}) is no address: write accounts@example.org or Example <accounts@example.org>"
            ));
        }
    }
    if mail.user.is_some() != mail.password.is_some() {
        wrong.push("mail.user and mail.password go together: set both or neither".to_owned());
    }
    let remote = mail
        .host
        .as_deref()
        .is_some_and(|host| !is_loopback_url(&format!("http://{host}")));
    if mail.tls == MailTls::None && remote {
        wrong.push("mail.tls is none: links would travel in the clear; use tls or starttls".to_owned());
    }
}
