//! `keyturn session …`: sessions, for operators.

use keyturn_core::lifetime::session_state;
use keyturn_core::model::SessionId;
use keyturn_core::ports::{Clock, Family, Page, SessionFilter};
use keyturn_core::service::AuthError;
use serde_json::{Value, json};

use super::output::{columns, counted, print, print_json};
use super::user::find;
use crate::adapters::clock::SystemClock;
use crate::cli::{OutputArgs, SessionCommand};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire;

pub(super) async fn run(config: &Config, command: SessionCommand) -> Result<(), Failure> {
    let accounts = wire::accounts(config).await?;
    match command {
        SessionCommand::List {
            user,
            all,
            limit,
            output,
        } => {
            let user_id = match user {
                Some(who) => Some(find(&accounts, &who).await?.account.id),
                None => None,
            };
            let filter = if all {
                SessionFilter::All
            } else {
                SessionFilter::Live
            };
            list(
                &accounts
                    .sessions(user_id, filter, Page { before: None, limit })
                    .await?,
                &output,
            )
        }
        SessionCommand::End {
            id: None,
            user,
            output,
        } => {
            let user = find(&accounts, user.as_deref().unwrap_or_default()).await?;
            let ended = accounts.end_all_sessions(user.account.id).await?;
            said(
                &output,
                json!({ "ended": ended }),
                &format!("{} ended", counted(ended, "session")),
            )
        }
        SessionCommand::End {
            id: Some(id), output, ..
        } => {
            let unknown =
                || Failure::Refused(format!("there is no session `{id}`: see `keyturn session list`"));
            let session_id: SessionId = id.parse().map_err(|_| unknown())?;
            match accounts.end_session(session_id).await {
                Ok(true) => said(&output, json!({ "ended": 1 }), &format!("session {id} ended")),
                Ok(false) => said(
                    &output,
                    json!({ "ended": 0 }),
                    &format!("session {id} had ended before; nothing was changed"),
                ),
                Err(AuthError::NotFound) => Err(unknown()),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// For scripts or for people.
fn said(output: &OutputArgs, value: Value, text: &str) -> Result<(), Failure> {
    if output.json {
        print_json(&value)
    } else {
        print(text)
    }
}

fn list(families: &[Family], output: &OutputArgs) -> Result<(), Failure> {
    let rows: Vec<Value> = families.iter().map(to_json).collect();
    if output.json {
        return print_json(&rows);
    }
    if rows.is_empty() {
        return print("there are no sessions; --all shows ended ones too");
    }
    let fields = [
        "id",
        "account",
        "state",
        "end_reason",
        "last_activity",
        "delivery",
        "ip_address",
    ];
    let cell = |row: &Value, field: &str| row.get(field).and_then(Value::as_str).unwrap_or("-").to_owned();
    let cells: Vec<_> = rows
        .iter()
        .map(|row| fields.iter().map(|field| cell(row, field)).collect())
        .collect();
    print(&columns(
        &[
            "ID",
            "ACCOUNT",
            "STATE",
            "ENDED BY",
            "LAST ACTIVITY",
            "DELIVERY",
            "ADDRESS",
        ],
        &cells,
    ))
}

fn to_json(family: &Family) -> Value {
    let Family { session, account } = family;
    let email = account.email.as_ref().map(|email| email.as_given());
    json!({
        "id": session.id,
        "user_id": account.subject,
        "account": email.or(account.username.as_ref().map(|username| username.as_given())),
        "state": session_state(session, account, SystemClock.now()),
        "session_start": session.started_at,
        "last_activity": session.last_activity_at,
        "idle_ends_at": session.idle_ends_at(),
        "ends_at": session.ends_at,
        "generation": session.head.generation,
        "delivery": session.delivery,
        "ip_address": session.client.ip,
        "user_agent": session.client.user_agent,
        "ended_at": session.ended.map(|ended| ended.at),
        "end_reason": session.ended.map(|ended| ended.reason),
    })
}
