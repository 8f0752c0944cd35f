//! `/account/password`: another password. This session stays, the account's others end.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::password::Password;
use keyturn_core::service::{Authenticated, Confirmation};
use serde::Deserialize;

use super::account::Done;
use super::arrival::{Arrival, Halt};
use super::form::{PageForm, typed};
use super::sign_in::name_of;
use super::view::View;
use crate::edge::Edge;
use crate::time_limit::HashingTime;

const PASSWORD: &str = "/account/password";

pub(super) fn router() -> Router<Edge> {
    Router::new().route(PASSWORD, get(show).post(submit))
}

#[derive(Deserialize)]
struct Fields {
    current_password: Option<Password>,
    new_password: Option<Password>,
}

async fn show(State(edge): State<Edge>, arrival: Arrival) -> Result<Response, Halt> {
    let caller = arrival.reader(&edge).await?;
    Ok(form(&edge, &arrival, &caller).into_response())
}

async fn submit(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    sent: PageForm<Fields>,
) -> Result<Response, Halt> {
    sent.check(&edge, &arrival)?;
    hashing.allow();
    let caller = arrival
        .sender(&edge, &edge.config.pages.address(PASSWORD))
        .await?;
    let view = form(&edge, &arrival, &caller);
    let confirmation = Confirmation {
        password: typed(sent.fields.current_password),
        device: arrival.device(&edge),
    };
    let new = typed(sent.fields.new_password);
    let changing =
        edge.carry_through(
            |authority| async move { authority.change_password(&caller, confirmation, new).await },
        );
    match changing.await {
        Ok(()) => Ok(Done::Password.go(&edge)),
        Err(error) => view.again(error, "current_password"),
    }
}

fn form<'a>(edge: &'a Edge, arrival: &Arrival, caller: &Authenticated) -> View<'a> {
    View::new(edge, &arrival.cookies, "password.html", ()).signed_in(name_of(caller))
}
