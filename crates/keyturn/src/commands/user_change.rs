//! `keyturn user grant|revoke|rename|set-metadata`: changes of one account.

use std::io::{self, Read};

use keyturn_core::service::{AccountChanges, PermissionChange};
use serde_json::Value;

use super::user::{find, for_change, show};
use crate::cli::{MetadataArgs, OutputArgs, PermissionArgs, RenameArgs, UserChangeCommand};
use crate::config::Config;
use crate::failure::Failure;

/// Metadata is at most 8 KiB without blanks; a file of it that is larger than this is something else.
const INPUT_MAX: u64 = 256 * 1024;

pub(super) async fn run(config: &Config, command: UserChangeCommand) -> Result<(), Failure> {
    match command {
        UserChangeCommand::Grant(args) => permission(config, args, PermissionChange::Grant).await,
        UserChangeCommand::Revoke(args) => permission(config, args, PermissionChange::Revoke).await,
        UserChangeCommand::Rename(args) => rename(config, args).await,
        UserChangeCommand::SetMetadata(args) => set_metadata(config, args).await,
    }
}

async fn permission(
    config: &Config,
    args: PermissionArgs,
    change: fn(String) -> PermissionChange,
) -> Result<(), Failure> {
    let changes = AccountChanges {
        permissions: Some(change(args.permission)),
        ..AccountChanges::default()
    };
    apply(config, &args.who, changes, args.force, &args.output).await
}

async fn rename(config: &Config, args: RenameArgs) -> Result<(), Failure> {
    let given = |text: Option<String>| text.map(|text| (!text.is_empty()).then_some(text));
    let changes = AccountChanges {
        email: given(args.email),
        username: given(args.username),
        name: given(args.name),
        ..AccountChanges::default()
    };
    apply(config, &args.who, changes, false, &args.output).await
}

async fn set_metadata(config: &Config, args: MetadataArgs) -> Result<(), Failure> {
    let text = match args.metadata.as_str() {
        "-" => read_input()?,
        _ => args.metadata,
    };
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Usage(format!("the metadata is no JSON: {error}")))?;
    let changes = AccountChanges {
        metadata: Some(metadata),
        ..AccountChanges::default()
    };
    apply(config, &args.who, changes, false, &args.output).await
}

async fn apply(
    config: &Config,
    who: &str,
    changes: AccountChanges,
    force: bool,
    output: &OutputArgs,
) -> Result<(), Failure> {
    let accounts = for_change(config, force).await?;
    let user = find(&accounts, who).await?;
    show(&accounts.update(user.account.id, changes).await?, output)
}

fn read_input() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(INPUT_MAX).read_to_string(&mut text);
    read.map_err(|error| Failure::Usage(format!("cannot read the metadata: {error}")))?;
    Ok(text)
}
