//! `/account/email`: another email. Without a token the form that asks for it; with one, which stands in the mailed link, the form that
//! confirms it at `/account/email/confirm`.
//!
//! **The rule**: opening the link changes nothing and asks for no session: it may be opened on another device.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use keyturn_core::password::Password;
use keyturn_core::service::{Authenticated, Confirmation, EmailChangeRequest, EmailLinkUse};
use serde::{Deserialize, Serialize};

use super::account::Done;
use super::arrival::{Arrival, Halt, see_other};
use super::form::{PageForm, typed};
use super::sign_in::name_of;
use super::view::View;
use crate::edge::Edge;
use crate::extract::StrictQuery;
use crate::time_limit::HashingTime;

const EMAIL: &str = "/account/email";
const CONFIRM: &str = "/account/email/confirm";
const CHANGED: &str = "/account/email/changed";

pub(super) fn router() -> Router<Edge> {
    Router::new()
        .route(EMAIL, get(show).post(ask))
        .route(CONFIRM, post(confirm))
        .route(CHANGED, get(changed))
}

#[derive(Deserialize)]
struct Query {
    token: Option<String>,
}

#[derive(Deserialize)]
struct Asking {
    #[serde(default)]
    email: String,
    current_password: Option<Password>,
}

#[derive(Deserialize)]
struct Using {
    #[serde(default)]
    token: String,
}

#[derive(Serialize)]
struct ShownAsking {
    email: String,
}

/// `None` once it is done.
#[derive(Serialize)]
struct ShownUsing {
    token: Option<String>,
}

async fn show(
    State(edge): State<Edge>,
    arrival: Arrival,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<Response, Halt> {
    if let Some(token) = query.token {
        return Ok(using(&edge, &arrival, token).into_response());
    }
    let caller = arrival.reader(&edge).await?;
    Ok(asking(&edge, &arrival, &caller, String::new()).into_response())
}

async fn ask(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    sent: PageForm<Asking>,
) -> Result<Response, Halt> {
    sent.check(&edge, &arrival)?;
    hashing.allow();
    let caller = arrival.sender(&edge, &edge.config.pages.address(EMAIL)).await?;
    let email = sent.fields.email.trim().to_owned();
    let view = asking(&edge, &arrival, &caller, email.clone());
    let confirmation = Confirmation {
        password: typed(sent.fields.current_password),
        device: arrival.device(&edge),
    };
    let request = EmailChangeRequest { email, confirmation };
    let asked =
        edge.carry_through(|authority| async move { authority.ask_email_change(&caller, request).await });
    match asked.await {
        Ok(()) => Ok(Done::Email.go(&edge)),
        Err(error) => view.again(error, "current_password"),
    }
}

async fn confirm(
    State(edge): State<Edge>,
    arrival: Arrival,
    sent: PageForm<Using>,
) -> Result<Response, Halt> {
    let view = using(&edge, &arrival, sent.fields.token.clone());
    if let Err(problem) = sent.check(&edge, &arrival) {
        return Ok(view.failed(problem, "confirm").into_response());
    }
    let link = EmailLinkUse {
        token: sent.fields.token,
        client: arrival.client.clone(),
        origin: arrival.origin.clone(),
    };
    let used = edge.carry_through(|authority| async move { authority.confirm_email_change(link).await });
    match used.await {
        Ok(()) => Ok(see_other(&edge.config.pages.address(CHANGED))),
        Err(error) => view.again(error, "confirm"),
    }
}

async fn changed(State(edge): State<Edge>) -> Response {
    let shown = ShownUsing { token: None };
    View::plain(&edge.config.pages, "email_link.html", shown).into_response()
}

fn asking<'a>(edge: &'a Edge, arrival: &Arrival, caller: &Authenticated, email: String) -> View<'a> {
    let shown = ShownAsking { email };
    View::new(edge, &arrival.cookies, "email.html", shown).signed_in(name_of(caller))
}

fn using<'a>(edge: &'a Edge, arrival: &Arrival, token: String) -> View<'a> {
    let shown = ShownUsing { token: Some(token) };
    View::new(edge, &arrival.cookies, "email_link.html", shown)
}
