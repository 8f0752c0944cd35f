//! `keyturn audit list`: the audit log, for operators.

use keyturn_core::model::{AuditEvent, AuditKind, UserId};
use keyturn_core::ports::{AuditEntry, AuditFilter, Page};
use keyturn_core::service::Accounts;
use serde_json::Value;

use super::explain::{clock, event_json};
use super::output::{columns, print, print_json};
use super::user::find;
use crate::cli::{AuditCommand, AuditListArgs};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire;

pub(super) async fn run(config: &Config, command: AuditCommand) -> Result<(), Failure> {
    let AuditCommand::List(args) = command;
    let accounts = wire::accounts(config).await?;
    let filter = filter(&accounts, &args).await?;
    let page = Page {
        before: None,
        limit: args.limit,
    };
    let entries = accounts.audit(&filter, page).await?;
    if args.output.json {
        return print_json(&entries.iter().map(entry_json).collect::<Vec<_>>());
    }
    if entries.is_empty() {
        return print("nothing like that is recorded");
    }
    let rows: Vec<_> = entries.iter().map(row).collect();
    print(&columns(&["TIME", "WHAT", "ACCOUNT", "SESSION", "BY"], &rows))
}

async fn filter(accounts: &Accounts, args: &AuditListArgs) -> Result<AuditFilter, Failure> {
    Ok(AuditFilter {
        user_id: id_of(accounts, args.user.as_deref()).await?,
        session_id: parsed("--session", args.session.as_deref())?,
        request_id: parsed("--request", args.request.as_deref())?,
        kind: kind(args.kind.as_deref())?,
        by: id_of(accounts, args.by.as_deref()).await?,
        since: parsed("--since", args.since.as_deref())?,
        until: parsed("--until", args.until.as_deref())?,
    })
}

async fn id_of(accounts: &Accounts, who: Option<&str>) -> Result<Option<UserId>, Failure> {
    match who {
        Some(who) => Ok(Some(find(accounts, who).await?.account.id)),
        None => Ok(None),
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    flag: &str,
    text: Option<&str>,
) -> Result<Option<T>, Failure> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|error| Failure::Usage(format!("{flag}: {error}")))
}

fn kind(text: Option<&str>) -> Result<Option<AuditKind>, Failure> {
    let names: Vec<_> = AuditKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let kind = text.map(str::parse).transpose();
    kind.map_err(|error| Failure::Usage(format!("--kind: {error}: use one of {}", names.join(", "))))
}

fn row(entry: &AuditEntry) -> Vec<String> {
    let AuditEvent {
        at,
        kind,
        user_id,
        session_id,
        detail,
        origin,
    } = &entry.event;
    let own_id = || user_id.map(|id| id.to_string());
    vec![
        clock(*at),
        kind.words(detail),
        entry.subject.clone().or_else(own_id).unwrap_or_default(),
        session_id.map(|id| id.to_string()).unwrap_or_default(),
        origin.words(),
    ]
}

/// As `explain` shows an event, with its position and what applications call the account.
fn entry_json(entry: &AuditEntry) -> Value {
    let mut value = event_json(&entry.event);
    if let Value::Object(fields) = &mut value {
        let own_id = fields.insert("user_id".to_owned(), Value::from(entry.subject.clone()));
        fields.insert("account_id".to_owned(), own_id.unwrap_or_default());
        fields.insert(
            "actor_user_id".to_owned(),
            Value::from(entry.agent_subject.clone()),
        );
        fields.insert("id".to_owned(), Value::from(entry.position.0));
    }
    value
}
