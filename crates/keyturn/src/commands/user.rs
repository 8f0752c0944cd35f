//! `keyturn user …`: accounts, for operators. A running server feels a change within a second.

use std::io::{self, IsTerminal};

use keyturn_core::lifetime::AccessPolicy;
use keyturn_core::model::account::Actor;
use keyturn_core::model::{AccountState, User};
use keyturn_core::password::Password;
use keyturn_core::ports::{Page, UserFilter, UserSearch};
use keyturn_core::service::{Accounts, AuthError, CreateUser};
use keyturn_http::ExportText;
use serde_json::{Value, json};

use super::output::{columns, print, print_json, write};
use super::{transfer, user_change, user_reset};
use crate::cli::{OutputArgs, PasswordArgs, UserCommand};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire;

pub(super) async fn run(config: &Config, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Create {
            email,
            username,
            name,
            admin,
            mut permissions,
            state,
            no_password,
            password,
            output,
        } => {
            if admin && !permissions.iter().any(|permission| permission == "admin") {
                permissions.push("admin".to_owned());
            }
            let state = parse_state(&state)?;
            let accounts = wire::accounts(config).await?;
            let password = if no_password {
                accounts.unknown_password()
            } else {
                read_password(&password)?
            };
            let user = accounts
                .create(CreateUser {
                    email,
                    username,
                    name,
                    password,
                    state,
                    permissions,
                    metadata: None,
                })
                .await?;
            show(&user, &output)
        }
        UserCommand::List {
            state,
            search,
            limit,
            output,
        } => {
            let filter = UserFilter {
                state: state.as_deref().map(parse_state).transpose()?,
                search: search.as_deref().and_then(UserSearch::new),
            };
            let accounts = wire::accounts(config).await?;
            let users = accounts.list(&filter, Page { before: None, limit }).await?;
            list(&users, filter != UserFilter::default(), &output)
        }
        UserCommand::Change(command) => user_change::run(config, command).await,
        UserCommand::Show { who, output } => {
            show(&find(&wire::accounts(config).await?, &who).await?, &output)
        }
        UserCommand::SetState {
            who,
            state,
            reason,
            force,
            output,
        } => {
            let accounts = for_change(config, force).await?;
            let to = parse_state(&state)?;
            let user = find(&accounts, &who).await?;
            show(
                &accounts
                    .set_state(user.account.id, to, Actor::Administrator, &reason)
                    .await?,
                &output,
            )
        }
        UserCommand::Import(args) => transfer::import(config, &args).await,
        UserCommand::Export(args) => transfer::export(config, &args).await,
        UserCommand::Delete {
            who,
            yes,
            force,
            output,
        } => {
            let accounts = for_change(config, force).await?;
            let user = find(&accounts, &who).await?;
            if !yes {
                return Err(Failure::Refused(format!(
                    "{} is gone for good once it is deleted: say --yes",
                    title(&user)
                )));
            }
            let ended = accounts.delete(user.account.id).await?;
            if output.json {
                return print_json(&json!({ "deleted": user.account.subject, "sessions_ended": ended }));
            }
            print(&format!(
                "{} is deleted, and {ended} sessions have ended",
                title(&user)
            ))
        }
        UserCommand::ExportData { who } => {
            let accounts = wire::accounts(config).await?;
            let user = find(&accounts, &who).await?;
            export_data(config, &accounts, user).await
        }
        UserCommand::SendReset { who, output } => user_reset::run(config, &who, &output).await,
        UserCommand::SetPassword {
            who,
            password,
            output,
        } => {
            let accounts = wire::accounts(config).await?;
            let user = find(&accounts, &who).await?;
            let user = accounts
                .set_password(user.account.id, read_password(&password)?)
                .await?;
            if output.json {
                return print_json(&to_json(&user));
            }
            print(&format!(
                "the password of {} is set, and all its sessions have ended",
                title(&user)
            ))
        }
    }
}

/// The accounts, for a change that may take the last administrator away only by force.
pub(super) async fn for_change(config: &Config, force: bool) -> Result<Accounts, Failure> {
    let accounts = wire::accounts(config).await?;
    Ok(if force { accounts.insisting() } else { accounts })
}

/// Writes everything that is kept about an account to standard output.
async fn export_data(config: &Config, accounts: &Accounts, user: User) -> Result<(), Failure> {
    let access = AccessPolicy {
        ttl: config.jwt.access_ttl.0,
    };
    let now = accounts.now();
    let mut text = ExportText::new(accounts.export(user), None, now, access);
    while let Some(piece) = text.next().await? {
        write(&piece)?;
    }
    Ok(())
}

/// Finds an account or says that there is none.
pub(super) async fn find(accounts: &Accounts, who: &str) -> Result<User, Failure> {
    accounts.find(who).await.map_err(|error| match error {
        AuthError::NotFound => Failure::Refused(format!(
            "there is no account `{who}`: give its email, username or id"
        )),
        other => other.into(),
    })
}

fn parse_state(text: &str) -> Result<AccountState, Failure> {
    let names: Vec<_> = AccountState::ALL.iter().map(|state| state.as_str()).collect();
    text.parse().map_err(|_| {
        Failure::Usage(format!(
            "`{text}` is no account state: use one of {}",
            names.join(", ")
        ))
    })
}

fn read_password(args: &PasswordArgs) -> Result<Password, Failure> {
    let trouble = |error: io::Error| Failure::Usage(format!("cannot read the password: {error}"));
    if args.password_stdin {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(trouble)?;
        return Ok(Password::new(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "there is no terminal to ask for the password: use --password-stdin".to_owned(),
        ));
    }
    let first = Password::new(rpassword::prompt_password("Password: ").map_err(trouble)?);
    let second = Password::new(rpassword::prompt_password("Once more: ").map_err(trouble)?);
    if first.expose() == second.expose() {
        Ok(first)
    } else {
        Err(Failure::Usage("the two passwords differ".to_owned()))
    }
}

pub(super) fn title(user: &User) -> &str {
    let email = user.account.email.as_ref().map(|email| email.as_given());
    let username = user.account.username.as_ref().map(|username| username.as_given());
    email.or(username).unwrap_or(&user.account.subject)
}

fn list(users: &[User], filtered: bool, output: &OutputArgs) -> Result<(), Failure> {
    if output.json {
        return print_json(&users.iter().map(to_json).collect::<Vec<_>>());
    }
    if users.is_empty() && filtered {
        return print("no accounts are like that");
    }
    if users.is_empty() {
        return print(
            "there are no accounts yet: make one with `keyturn user create --email you@example.org`",
        );
    }
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            let last = user
                .last_login_at
                .map_or_else(|| "never".to_owned(), |at| at.to_string());
            let account = &user.account;
            vec![
                title(user).to_owned(),
                account.state.to_string(),
                last,
                account.permissions.join(","),
                account.subject.clone(),
            ]
        })
        .collect();
    print(&columns(
        &["ACCOUNT", "STATE", "LAST SIGN-IN", "PERMISSIONS", "ID"],
        &rows,
    ))
}

pub(super) fn show(user: &User, output: &OutputArgs) -> Result<(), Failure> {
    if output.json {
        return print_json(&to_json(user));
    }
    let value = to_json(user);
    let fields = [
        "id",
        "email",
        "username",
        "name",
        "state",
        "permissions",
        "metadata",
        "created_at",
        "updated_at",
        "last_login",
    ];
    let rows: Vec<_> = fields
        .iter()
        .map(|&field| vec![field.to_owned(), cell(value.get(field))])
        .collect();
    print(&columns(&["FIELD", "VALUE"], &rows))
}

fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if !items.is_empty() => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        Some(Value::Object(fields)) if !fields.is_empty() => Value::Object(fields.clone()).to_string(),
        _ => "-".to_owned(),
    }
}

fn to_json(user: &User) -> Value {
    let account = &user.account;
    json!({
        "id": account.subject,
        "account_id": account.id,
        "email": account.email.as_ref().map(|email| email.as_given()),
        "username": account.username.as_ref().map(|username| username.as_given()),
        "name": user.name,
        "state": account.state,
        "is_active": account.state.is_active(),
        "permissions": account.permissions,
        "metadata": user.metadata,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "last_login": user.last_login_at,
    })
}
