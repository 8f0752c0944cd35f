//! `/account/profile`: the name to show, and the username, which asks for the password.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::password::Password;
use keyturn_core::service::{Authenticated, ChangeProfile, Confirmation};
use serde::{Deserialize, Serialize};

use super::account::Done;
use super::arrival::{Arrival, Halt};
use super::form::{PageForm, filled, given};
use super::sign_in::name_of;
use super::view::View;
use crate::edge::Edge;
use crate::time_limit::HashingTime;

const PROFILE: &str = "/account/profile";

pub(super) fn router() -> Router<Edge> {
    Router::new().route(PROFILE, get(show).post(submit))
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
    current_password: Option<Password>,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    username: String,
}

async fn show(State(edge): State<Edge>, arrival: Arrival) -> Result<Response, Halt> {
    let caller = arrival.reader(&edge).await?;
    let user = edge.authority.own_account(&caller).await?;
    let username = user.account.username.as_ref();
    let shown = Shown {
        name: user.name.unwrap_or_default(),
        username: username.map_or_else(String::new, |name| name.as_given().to_owned()),
    };
    Ok(form(&edge, &arrival, &caller, shown).into_response())
}

async fn submit(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    sent: PageForm<Fields>,
) -> Result<Response, Halt> {
    sent.check(&edge, &arrival)?;
    hashing.allow();
    let caller = arrival.sender(&edge, &edge.config.pages.address(PROFILE)).await?;
    let fields = sent.fields;
    let shown = Shown {
        name: fields.name.clone(),
        username: fields.username.clone(),
    };
    let view = form(&edge, &arrival, &caller, shown);
    let device = arrival.device(&edge);
    let change = ChangeProfile {
        username: Some(filled(&fields.username)),
        name: Some(filled(&fields.name)),
        confirmation: given(fields.current_password).map(|password| Confirmation { password, device }),
    };
    let changing =
        edge.carry_through(|authority| async move { authority.change_profile(&caller, change).await });
    match changing.await {
        Ok(_changed) => Ok(Done::Profile.go(&edge)),
        Err(error) => view.again(error, "current_password"),
    }
}

fn form<'a>(edge: &'a Edge, arrival: &Arrival, caller: &Authenticated, shown: Shown) -> View<'a> {
    View::new(edge, &arrival.cookies, "profile.html", shown).signed_in(name_of(caller))
}
