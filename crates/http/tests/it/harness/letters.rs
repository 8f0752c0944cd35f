//! The letters that a server sent, and what was to run beside its answers: run before the answer goes out, so that a test sees it.

use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use futures::future::BoxFuture;
use keyturn_core::ports::{Background, Letter, LetterKind, Mailer};
use keyturn_core::service::Mailing;

use super::{PUBLIC_URL, Server, policy, settings};

/// Letters in the order in which they were sent.
#[derive(Default)]
pub(crate) struct Letters(Mutex<Vec<Letter>>);

impl Mailer for Letters {
    fn send(&self, letter: Letter) {
        self.0.lock().unwrap().push(letter);
    }
}

impl Background for Letters {
    fn run(&self, work: BoxFuture<'static, ()>) {
        block_on(work);
    }
}

impl Letters {
    /// A server that mails links, and notices of what is changed; `activates`: sign-ups wait for a link.
    pub(crate) fn of_server(activates: bool) -> (Arc<Server>, Arc<Self>) {
        Self::of_server_telling(activates, false)
    }

    /// A server that tells of devices and of reuse too.
    pub(crate) fn of_watchful_server() -> (Arc<Server>, Arc<Self>) {
        Self::of_server_telling(false, true)
    }

    fn of_server_telling(activates: bool, watchful: bool) -> (Arc<Server>, Arc<Self>) {
        let letters = Arc::new(Self::default());
        let mailing = Mailing {
            mailer: letters.clone(),
            background: letters.clone(),
            link_base: PUBLIC_URL.to_owned(),
            activates,
            tells_password_changed: true,
            tells_email_changed: true,
            tells_new_device: watchful,
            tells_token_reuse: watchful,
            sends: true,
        };
        (
            Server::mailing(settings(), policy(), |ports| ports, mailing),
            letters,
        )
    }

    /// The kinds and addresses of what was sent since this was last asked.
    pub(crate) fn sent(&self) -> Vec<(LetterKind, String)> {
        let told = |letter: Letter| (letter.kind, letter.to.as_given().to_owned());
        self.taken().into_iter().map(told).collect()
    }

    /// The letters that were sent since.
    pub(crate) fn taken(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The token in the one letter that was sent since, which is of this kind.
    pub(crate) fn token(&self, kind: LetterKind, page: &str) -> String {
        let mut taken = self.taken();
        assert_eq!(taken.len(), 1, "one letter: {taken:?}");
        let letter = taken.remove(0);
        assert_eq!(letter.kind, kind);
        let (link, _) = letter.link.expect("a link");
        let begins = format!("{PUBLIC_URL}{page}?token=");
        let token = link.reveal().strip_prefix(&begins);
        token.expect("a link to our own address").to_owned()
    }
}
