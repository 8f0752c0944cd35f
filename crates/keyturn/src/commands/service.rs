//! `keyturn service …`: programs of the operator's that ask about tokens, or start sessions. Works beside running servers, which look a
//! secret up each time it comes: a change is felt at the next request.

use jiff::Timestamp;
use keyturn_core::model::{Origin, Service, ServiceName, ServiceScope, ServiceScopes};
use keyturn_core::ports::Store;
use keyturn_core::service::Services;
use keyturn_store::OpenMode;
use serde_json::{Value, json};

use super::output::{columns, print, print_json};
use crate::adapters::entropy::SystemEntropy;
use crate::cli::{OutputArgs, ServiceCommand};
use crate::config::Config;
use crate::failure::Failure;
use crate::wire::store::{self, Clocks, Hearers};

pub(super) async fn run(config: &Config, command: ServiceCommand) -> Result<(), Failure> {
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let store: &dyn Store = &*store;
    let services = Services::new(store, &SystemEntropy);
    let now = clocks.time.now();
    match command {
        ServiceCommand::Add { name, scopes, output } => add(&services, &name, &scopes, &output, now).await,
        ServiceCommand::List { output } => list(&services.list().await?, &output),
        ServiceCommand::Remove { name, output } => {
            services
                .remove(parse_name(&name)?, &Origin::COMMAND_LINE, now)
                .await?;
            if output.json {
                return print_json(&json!({ "removed": name }));
            }
            print(&format!("{name} is removed; its secret is no longer good"))
        }
    }
}

async fn add(
    services: &Services<'_>,
    name: &str,
    scopes: &[String],
    output: &OutputArgs,
    now: Timestamp,
) -> Result<(), Failure> {
    let (name, scopes) = (parse_name(name)?, parse_scopes(scopes)?);
    let (service, secret) = services.add(name, scopes, &Origin::COMMAND_LINE, now).await?;
    if output.json {
        let mut described = described(&service);
        if let Some(fields) = described.as_object_mut() {
            fields.insert("secret".to_owned(), json!(*secret.reveal()));
        }
        return print_json(&described);
    }
    print(&format!(
        "{}\n\nThis is the secret of {}, for: {}. Keep it where the service finds it; it is not shown again.",
        *secret.reveal(),
        service.name,
        service.scopes,
    ))
}

fn list(services: &[Service], output: &OutputArgs) -> Result<(), Failure> {
    if output.json {
        return print_json(&services.iter().map(described).collect::<Vec<_>>());
    }
    if services.is_empty() {
        return print("there are no services: see `keyturn service add --help`");
    }
    let row = |service: &Service| {
        let since = service.created_at.strftime("%Y-%m-%d %H:%M UTC");
        vec![
            service.name.to_string(),
            service.scopes.to_string(),
            since.to_string(),
        ]
    };
    let rows: Vec<_> = services.iter().map(row).collect();
    print(&columns(&["NAME", "SCOPES", "SINCE"], &rows))
}

fn described(service: &Service) -> Value {
    json!({
        "name": service.name.as_str(),
        "scopes": service.scopes.iter().collect::<Vec<_>>(),
        "created_at": service.created_at,
    })
}

fn parse_name(text: &str) -> Result<ServiceName, Failure> {
    text.parse()
        .map_err(|wrong| Failure::Usage(format!("`{text}` is no name: {wrong}")))
}

fn parse_scopes(scopes: &[String]) -> Result<ServiceScopes, Failure> {
    let parse = |text: &String| {
        text.parse::<ServiceScope>().map_err(|_| {
            let known: Vec<_> = ServiceScope::ALL.iter().map(|scope| scope.as_str()).collect();
            Failure::Usage(format!("`{text}` is no scope: {}", known.join(" or ")))
        })
    };
    scopes.iter().map(parse).collect()
}
