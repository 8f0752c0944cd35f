//! `/account/deactivate`, `/account/delete`, `/account/export`: for a person who leaves, for a while or for good, or takes along what is
//! kept about them.
//!
//! **The rule**: both ways of leaving ask for the password and, done, take the cookies back.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::model::EndReason;
use keyturn_core::password::Password;
use keyturn_core::service::{Authenticated, Confirmation};
use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, Halt, see_other};
use super::form::{PageForm, typed};
use super::sign_in::name_of;
use super::sign_out::signed_out;
use super::view::View;
use crate::edge::Edge;
use crate::time_limit::HashingTime;

const DEACTIVATE: &str = "/account/deactivate";
const DELETE: &str = "/account/delete";
const EXPORT: &str = "/account/export";
/// The JSON route that answers the document.
const DOCUMENT: &str = "/auth/account/export";

pub(super) fn router() -> Router<Edge> {
    Router::new()
        .route(DEACTIVATE, get(show_deactivate).post(deactivate))
        .route(DELETE, get(show_delete).post(delete))
        .route(EXPORT, get(export))
}

#[derive(Deserialize)]
struct Fields {
    current_password: Option<Password>,
}

/// Which of the two ways.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Deactivate,
    Delete,
}

#[derive(Serialize)]
struct Shown {
    way: Way,
}

async fn show_deactivate(State(edge): State<Edge>, arrival: Arrival) -> Result<Response, Halt> {
    show(&edge, &arrival, Way::Deactivate).await
}

async fn show_delete(State(edge): State<Edge>, arrival: Arrival) -> Result<Response, Halt> {
    show(&edge, &arrival, Way::Delete).await
}

async fn deactivate(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    sent: PageForm<Fields>,
) -> Result<Response, Halt> {
    hashing.allow();
    leave(&edge, &arrival, sent, Way::Deactivate).await
}

async fn delete(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    sent: PageForm<Fields>,
) -> Result<Response, Halt> {
    hashing.allow();
    leave(&edge, &arrival, sent, Way::Delete).await
}

/// Renews, if that is needed, and leads to the document.
async fn export(State(edge): State<Edge>, arrival: Arrival) -> Result<Response, Halt> {
    let _signed_in = arrival.reader(&edge).await?;
    Ok(see_other(DOCUMENT))
}

async fn show(edge: &Edge, arrival: &Arrival, way: Way) -> Result<Response, Halt> {
    let caller = arrival.reader(edge).await?;
    Ok(form(edge, arrival, &caller, way).into_response())
}

async fn leave(edge: &Edge, arrival: &Arrival, sent: PageForm<Fields>, way: Way) -> Result<Response, Halt> {
    sent.check(edge, arrival)?;
    let page = match way {
        Way::Deactivate => DEACTIVATE,
        Way::Delete => DELETE,
    };
    let caller = arrival.sender(edge, &edge.config.pages.address(page)).await?;
    let view = form(edge, arrival, &caller, way);
    let confirmation = Confirmation {
        password: typed(sent.fields.current_password),
        device: arrival.device(edge),
    };
    let leaving = edge.carry_through(|authority| async move {
        match way {
            Way::Deactivate => authority.deactivate(&caller, confirmation).await,
            Way::Delete => authority.delete_account(&caller, confirmation).await,
        }
    });
    match leaving.await {
        Ok(()) if way == Way::Delete => Ok(signed_out(edge, EndReason::AccountDeleted, None)),
        Ok(()) => Ok(signed_out(edge, EndReason::AccountState, None)),
        Err(error) => view.again(error, "current_password"),
    }
}

fn form<'a>(edge: &'a Edge, arrival: &Arrival, caller: &Authenticated, way: Way) -> View<'a> {
    View::new(edge, &arrival.cookies, "leave.html", Shown { way }).signed_in(name_of(caller))
}
