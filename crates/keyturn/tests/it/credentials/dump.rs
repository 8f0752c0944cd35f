//! Everything that the database holds, presented as a credential of each kind. Nothing is accepted, and nobody is signed out.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyturn_core::credential::{RefreshToken, ServiceSecret, SessionCode};
use reqwest::header::HeaderValue;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tokio::task::JoinSet;

use super::tour::{ANN, ANNS_PASSWORD, Tour};
use crate::browser::Browser;
use crate::client::{ACCESS, Answer, DEVICE, REFRESH, Request};

/// Lengths that passwords may have, in characters.
const PASSWORD_LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

/// Presents each value of each column, in every way of writing it.
pub(crate) async fn present_everything(tour: &Tour) {
    let values = spellings(tour.data_dir());
    assert!(
        values.len() > 200,
        "a dump of all that happened: {}",
        values.len()
    );
    what_is_real_is_accepted(tour).await;
    for value in &values {
        refused(&tour.refresh_by_body(value, None).await, value);
        refused(
            &tour.refresh_by_body(value, Some("a key of somebody else")).await,
            value,
        );
        refused(&tour.exchange(value).await, value);
        if is_cookie_value(value) {
            present_in_header(tour, value).await;
        }
        if !value.is_empty() {
            present_in_form(tour, value).await;
        }
    }
    present_as_password(tour, &values).await;
    what_is_real_is_accepted(tour).await;
}

/// The same requests with real credentials: what is refused above is refused for its value, and has ended nothing.
async fn what_is_real_is_accepted(tour: &Tour) {
    let live = tour.live();
    bearer(tour, &live.access).await.expect(200);
    let asked = tour.introspect(&live.service, &live.access).await.expect(200);
    assert_eq!(asked.body["active"], true);
    for browser in [&live.browser, &live.hybrid] {
        tour.refresh_by_cookie(browser.cookie(REFRESH), browser.cookie(DEVICE))
            .await
            .expect(200);
    }
    access_cookie(tour, live.browser.cookie(ACCESS)).await.expect(200);
    sign_in(tour, ANNS_PASSWORD).send().await.expect(200);
    let code = tour.code().await;
    tour.exchange(&code).await.expect(200);
    refused(&tour.exchange(&code).await, &code);
}

async fn present_in_header(tour: &Tour, value: &str) {
    let device = tour.live().browser.cookie(DEVICE);
    refused(&tour.refresh_by_cookie(value, device).await, value);
    refused(&tour.refresh_by_cookie(value, value).await, value);
    refused(&bearer(tour, value).await, value);
    refused(&access_cookie(tour, value).await, value);
}

/// As a service's secret, and as a token that is asked about and given up.
async fn present_in_form(tour: &Tour, value: &str) {
    let live = tour.live();
    refused(&tour.introspect(value, &live.access).await, value);
    let asked = tour.introspect(&live.service, value).await.expect(200);
    assert_eq!(asked.body, json!({ "active": false }), "`{value}`");
    let status = if value.starts_with(ServiceSecret::PREFIX) {
        400
    } else {
        200
    };
    tour.revoke(value).await.expect(status);
}

/// Against one account, several at once: a hash takes its time.
async fn present_as_password(tour: &Tour, values: &BTreeSet<String>) {
    let possible: Vec<_> = values
        .iter()
        .filter(|value| PASSWORD_LENGTHS.contains(&value.chars().count()))
        .collect();
    for together in possible.chunks(8) {
        let mut presented = JoinSet::new();
        for value in together {
            let (request, value) = (sign_in(tour, value), (*value).clone());
            presented.spawn(async move { (request.send().await, value) });
        }
        presented
            .join_all()
            .await
            .iter()
            .for_each(|(answer, value)| refused(answer, value));
    }
}

async fn bearer(tour: &Tour, token: &str) -> Answer {
    tour.client().get("/auth/session").bearer(token).send().await
}

async fn access_cookie(tour: &Tour, token: &str) -> Answer {
    Browser::with_cookies(&[(ACCESS, token)])
        .get(tour.client(), "/auth/session")
        .send()
        .await
}

fn sign_in(tour: &Tour, password: &str) -> Request {
    tour.client()
        .post("/auth/signin")
        .json(json!({ "email": ANN, "password": password }))
}

#[track_caller]
fn refused(answer: &Answer, value: &str) {
    let code = answer.body["code"].as_str().unwrap_or_default();
    let by_its_value = matches!(
        code,
        "token-unknown"
            | "invalid-credentials"
            | "credentials-missing"
            | "invalid-fields"
            | "invalid-client"
            | "code-invalid"
    );
    assert!(
        by_its_value,
        "`{value}` was answered {} {}",
        answer.status, answer.text
    );
}

/// Whether it arrives as it was sent: separators and quotes would make another value of it.
fn is_cookie_value(value: &str) -> bool {
    !value.is_empty()
        && HeaderValue::from_str(value).is_ok()
        && !value.contains(|c: char| c.is_whitespace() || "\";,\\".contains(c))
}

/// Every value of every column of every table, as text and bytes can be written, with and without the prefix.
fn spellings(data_dir: &Path) -> BTreeSet<String> {
    let database =
        Connection::open_with_flags(data_dir.join("keyturn.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let tables: Vec<String> = rows(&database, "SELECT name FROM sqlite_schema WHERE type = 'table'")
        .into_iter()
        .map(|row| match row.as_slice() {
            [Value::Text(name)] => name.clone(),
            other => panic!("{other:?} is no table's name"),
        })
        .collect();
    assert!(
        tables.iter().any(|table| table == "sessions") && tables.iter().any(|table| table == "users"),
        "{tables:?}"
    );
    let values = tables
        .iter()
        .flat_map(|table| rows(&database, &format!("SELECT * FROM \"{table}\"")))
        .flatten();
    values.flat_map(|value| spelled(&value)).collect()
}

fn rows(database: &Connection, query: &str) -> Vec<Vec<Value>> {
    let mut statement = database.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn spelled(value: &Value) -> Vec<String> {
    let bytes = match value {
        Value::Null => return Vec::new(),
        Value::Integer(number) => number.to_string().into_bytes(),
        Value::Real(number) => number.to_string().into_bytes(),
        Value::Text(text) => text.clone().into_bytes(),
        Value::Blob(bytes) => bytes.clone(),
    };
    let encoded = URL_SAFE_NO_PAD.encode(&bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let prefixes = [RefreshToken::PREFIX, ServiceSecret::PREFIX, SessionCode::PREFIX];
    let prefixed = prefixes.map(|prefix| prefix.to_owned() + &encoded);
    let mut spellings = vec![encoded, hex];
    spellings.extend(prefixed);
    spellings.extend(String::from_utf8(bytes).ok());
    spellings
}
