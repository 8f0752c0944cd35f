//! How a message leaves: by SMTP, into a folder, or not at all.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::outbox::Outbox;
use crate::config::{Config, MailConfig, MailTls, MailWay};
use crate::failure::Failure;

/// One command of the conversation may take as long.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where messages go.
pub(super) enum Transport {
    /// To the server.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    /// To a folder.
    Outbox(Outbox),
    /// Nowhere, which is said at start.
    Off,
}

impl Transport {
    /// As configured. Connects to nothing yet.
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        match MailConfig::way(config) {
            MailWay::Smtp => Ok(Self::Smtp(Box::new(smtp(&config.mail)?))),
            MailWay::Outbox => Ok(Self::Outbox(Outbox::new(config))),
            MailWay::Off => Ok(Self::Off),
        }
    }

    /// Hands a message over: once it answers, the server or the disk has it.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] may pass.
    pub(super) async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        match self {
            Self::Smtp(smtp) => match smtp.send(message.clone()).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => {
                    Err(Failure::Fault(format!("the mail server refuses it: {error}")))
                }
                Err(error) => Err(Failure::Unavailable(format!("the mail server: {error}"))),
            },
            Self::Outbox(outbox) => outbox.put(message),
            Self::Off => Err(Failure::Config(
                "no mail is sent: set mail.host and mail.from".to_owned(),
            )),
        }
    }
}

/// Whether trying again may help.
pub(super) const fn is_passing(failure: &Failure) -> bool {
    matches!(failure, Failure::Unavailable(_))
}

fn smtp(mail: &MailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
    let host = mail.host.as_deref().unwrap_or_default();
    let builder = match mail.tls {
        MailTls::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
        MailTls::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
        MailTls::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
    };
    let mut builder = builder
        .map_err(|error| Failure::Config(format!("mail.host: {error}")))?
        .timeout(Some(TIMEOUT));
    if let Some(port) = mail.port {
        builder = builder.port(port);
    }
    if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
    }
    Ok(builder.build())
}
