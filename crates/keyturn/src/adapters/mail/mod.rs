//! The mailer: letters become messages, and messages travel in the background, with retries.
//!
//! **The rule**: whoever asks waits for nothing and learns nothing of it. As many letters are under way as [`UNDER_WAY`]; what comes on top
//! is dropped and counted. A letter is never logged: neither its address nor its text, which may hold a link that works. What is looked up
//! after an answer begins after a pause by chance ([`PUT_OFF`]): who asks again at once must not feel it (CWE-208).
//!
//! **The caveat**: letters are kept in memory alone. One that could not be delivered before the process ends, or within its tries, is
//! lost; its link can be asked for again.

mod outbox;
mod templates;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use keyturn_core::model::ids::uuid_v7;
use keyturn_core::ports::{Background, Clock, Entropy, Letter, Mailer};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{HeaderName, HeaderValue};
use tokio::sync::Semaphore;

pub(crate) use self::outbox::folder as outbox_folder;
use self::templates::{Rendered, Templates};
use self::transport::Transport;
use super::clock::SystemClock;
use super::entropy::SystemEntropy;
use super::metrics::MailMetrics;
use crate::config::Config;
use crate::failure::Failure;

/// Letters under way at most.
const UNDER_WAY: u32 = 256;

/// Requests whose mail is not yet looked up at most.
const PUT_OFF_AT_ONCE: u32 = 2048;

/// What no answer waits for begins within this time, by chance. For an address that has an account there is more of it to do, and right after
/// the answer it would hold up the next request by that much.
const PUT_OFF: Duration = Duration::from_secs(1);

/// Pauses before the second try and those after it.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(2),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(240),
];

/// How long a stopping process waits for letters under way.
const DRAIN: Duration = Duration::from_secs(5);

/// The mailer of a process.
pub(crate) struct Post {
    letters: Arc<Semaphore>,
    work: Arc<Semaphore>,
    sorting: Arc<Sorting>,
    metrics: MailMetrics,
}

/// What turns letters into messages, and carries them.
struct Sorting {
    templates: Templates,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    transport: Transport,
}

impl Post {
    /// The mailer that is configured. Its templates are tried here, every one.
    pub(crate) fn open(config: &Config, metrics: MailMetrics) -> Result<Self, Failure> {
        let permits = |count: u32| usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self {
            letters: Arc::new(Semaphore::new(permits(UNDER_WAY))),
            work: Arc::new(Semaphore::new(permits(PUT_OFF_AT_ONCE))),
            sorting: Arc::new(Sorting::open(config)?),
            metrics,
        })
    }

    /// Waits until nothing is under way, for a while.
    pub(crate) async fn drain(&self) {
        let all = async {
            // Looking up comes before sending. Neither is ever closed.
            drop(self.work.acquire_many(PUT_OFF_AT_ONCE).await);
            drop(self.letters.acquire_many(UNDER_WAY).await);
        };
        if tokio::time::timeout(DRAIN, all).await.is_err() {
            tracing::warn!("stopping with letters that were not delivered");
        }
    }

    /// Sends a letter, once, and says what became of it.
    pub(crate) async fn deliver(&self, letter: &Letter) -> Result<(), Failure> {
        let message = self.sorting.written(letter)?;
        self.sorting.transport.deliver(&message).await
    }

    /// Sends a letter for the operator to see, once, and says what became of it.
    pub(crate) async fn send_test(&self, to: &str) -> Result<(), Failure> {
        let address: Mailbox = to
            .parse()
            .map_err(|_| Failure::Usage(format!("{to}: not an email address")))?;
        let rendered = self.sorting.templates.test()?;
        let message = self.sorting.message(address, rendered)?;
        self.sorting.transport.deliver(&message).await
    }
}

impl Mailer for Post {
    fn send(&self, letter: Letter) {
        let Ok(permit) = Arc::clone(&self.letters).try_acquire_owned() else {
            self.metrics.dropped();
            tracing::error!(letter = %letter.kind, "a letter was dropped: too many are under way");
            return;
        };
        let (sorting, metrics) = (Arc::clone(&self.sorting), self.metrics.clone());
        tokio::spawn(async move {
            let delivered = sorting.send(&letter).await;
            match delivered {
                Ok(()) => metrics.sent(),
                Err(error) => {
                    metrics.failed();
                    tracing::error!(letter = %letter.kind, error = %error, "a letter was not delivered: {error}");
                }
            }
            drop(permit);
        });
    }
}

impl Background for Post {
    #[expect(
        clippy::disallowed_methods,
        reason = "the pause is the purpose: there is no event to wait for"
    )]
    fn run(&self, work: BoxFuture<'static, ()>) {
        let Ok(permit) = Arc::clone(&self.work).try_acquire_owned() else {
            self.metrics.dropped();
            tracing::error!("a link that was asked for is not looked up: too many are");
            return;
        };
        let mut chance = [0; 2];
        SystemEntropy.fill(&mut chance);
        tokio::spawn(async move {
            tokio::time::sleep(pause(u16::from_be_bytes(chance))).await;
            work.await;
            drop(permit);
        });
    }
}

impl Sorting {
    fn open(config: &Config) -> Result<Self, Failure> {
        let mail = &config.mail;
        let mailbox = |name: &str, text: &str| {
            text.parse::<Mailbox>()
                .map_err(|error| Failure::Config(format!("mail.{name}: {error}")))
        };
        let from = mail.from.as_deref().unwrap_or("Keyturn <keyturn@localhost>");
        let reply_to = mail.reply_to.as_deref();
        Ok(Self {
            templates: Templates::open(mail.templates.as_deref(), &config.ui.name)?,
            from: mailbox("from", from)?,
            reply_to: reply_to.map(|text| mailbox("reply_to", text)).transpose()?,
            transport: Transport::open(config)?,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a mail server does not say when it will take mail again"
    )]
    async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let message = self.written(letter)?;
        for pause in PAUSES {
            match self.transport.deliver(&message).await {
                Err(error) if transport::is_passing(&error) => {
                    tracing::warn!(letter = %letter.kind, error = %error, "a letter waits to be sent again: {error}");
                    tokio::time::sleep(pause).await;
                }
                settled => return settled,
            }
        }
        self.transport.deliver(&message).await
    }

    fn written(&self, letter: &Letter) -> Result<Message, Failure> {
        let to = letter.to.as_given().parse::<Mailbox>();
        let to = to.map_err(|error| Failure::Fault(format!("an address that no mail can go to: {error}")))?;
        self.message(to, self.templates.render(letter)?)
    }

    fn message(&self, to: Mailbox, rendered: Rendered) -> Result<Message, Failure> {
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(rendered.subject);
        let builder = match &self.reply_to {
            Some(reply_to) => builder.reply_to(reply_to.clone()),
            None => builder,
        };
        let id = uuid_v7(SystemClock.now(), &SystemEntropy);
        let builder = builder
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(automatic());
        let body = lettre::message::MultiPart::alternative_plain_html(rendered.text, rendered.html);
        builder
            .multipart(body)
            .map_err(|error| Failure::Fault(format!("a message can't be made: {error}")))
    }
}

/// That no person wrote it, so that no absence note answers it (RFC 3834 §5).
fn automatic() -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    HeaderValue::new(name, "auto-generated".to_owned())
}

/// From nothing to [`PUT_OFF`], by chance.
fn pause(chance: u16) -> Duration {
    PUT_OFF * u32::from(chance) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_takes_every_length_up_to_the_longest() {
        for (chance, milliseconds) in [(0, 0), (u16::MAX / 4, 249), (u16::MAX / 2, 499), (u16::MAX, 1000)] {
            assert_eq!(pause(chance).as_millis(), milliseconds, "{chance}");
        }
    }

    /// Stopping waits for what was put off.
    #[test]
    fn a_pause_is_shorter_than_the_wait_of_a_stop() {
        assert!(pause(u16::MAX) < DRAIN);
    }
}
