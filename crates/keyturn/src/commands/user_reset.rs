//! `keyturn user send-reset`: a link to set a new password, mailed to an account's owner.

use std::sync::{Arc, Mutex, PoisonError};

use keyturn_core::ports::{Letter, Mailer};
use keyturn_core::service::Mailing;
use serde_json::json;

use super::output::{print, print_json};
use super::user::{find, title};
use crate::adapters::mail::Post;
use crate::adapters::metrics::MailMetrics;
use crate::cli::OutputArgs;
use crate::config::Config;
use crate::failure::Failure;
use crate::wire;

/// Keeps letters until the command sends them itself, to say what became of them.
#[derive(Default)]
struct Tray(Mutex<Vec<Letter>>);

impl Mailer for Tray {
    fn send(&self, letter: Letter) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
    }
}

impl Tray {
    fn emptied(&self) -> Vec<Letter> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) async fn run(config: &Config, who: &str, output: &OutputArgs) -> Result<(), Failure> {
    let post = Arc::new(Post::open(config, MailMetrics::default())?);
    let tray = Arc::new(Tray::default());
    let mailing = Mailing {
        mailer: tray.clone(),
        ..wire::mailing(config, post.clone())
    };
    let accounts = wire::accounts(config).await?;
    let user = find(&accounts, who).await?;
    accounts.send_reset(&mailing, user.account.id).await?;
    for letter in tray.emptied() {
        post.deliver(&letter).await?;
    }
    if output.json {
        return print_json(&json!({ "sent_to": user.account.email.as_ref().map(|email| email.as_given()) }));
    }
    print(&format!(
        "a link to set a new password is mailed to {}",
        title(&user)
    ))
}
