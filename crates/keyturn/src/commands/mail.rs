//! `keyturn mail`: whether mail can be sent.

use super::output;
use crate::adapters::mail::{Post, outbox_folder};
use crate::adapters::metrics::MailMetrics;
use crate::cli::MailCommand;
use crate::config::{Config, MailConfig, MailWay};
use crate::failure::Failure;

pub(super) async fn run(config: &Config, command: &MailCommand) -> Result<(), Failure> {
    let MailCommand::Test { address } = command;
    let post = Post::open(config, MailMetrics::default())?;
    post.send_test(address).await?;
    output::print(&match MailConfig::way(config) {
        MailWay::Outbox => format!(
            "written to {}: mail.host is not set",
            outbox_folder(config).display()
        ),
        MailWay::Smtp | MailWay::Off => format!("the mail server took it, for {address}"),
    })
}
