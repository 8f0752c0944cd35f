//! `/forgot`, `/reset`, `/activate` and `/activate/resend`: links by mail, asked for and used.
//!
//! **The rule**: opening a link changes nothing, since scanners of mail open them too: the form behind it does. What is answered to
//! whoever asks for a link is the same for every address.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::password::Password;
use keyturn_core::service::{AuthError, LinkRequest, LinkUse};
use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, Halt, see_other};
use super::form::{PageForm, typed};
use super::view::View;
use super::{ACTIVATE, FORGOT, RESET, SIGN_IN};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::StrictQuery;
use crate::time_limit::HashingTime;

const SENT: &str = "/forgot/sent";
const RESEND: &str = "/activate/resend";

pub(super) fn router() -> Router<Edge> {
    Router::new()
        .route(FORGOT, get(show_forgot).post(forgot))
        .route(SENT, get(sent))
        .route(RESEND, get(show_resend).post(resend))
        .route(RESET, get(show_reset).post(reset))
        .route(ACTIVATE, get(show_activate).post(activate))
}

#[derive(Deserialize)]
struct Asking {
    #[serde(default)]
    email: String,
}

#[derive(Deserialize)]
struct Using {
    #[serde(default)]
    token: String,
    password: Option<Password>,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    token: String,
}

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Purpose {
    Reset,
    Activate,
}

#[derive(Serialize)]
struct ShownAsking {
    purpose: Purpose,
    email: String,
}

#[derive(Serialize)]
struct ShownUsing {
    purpose: Purpose,
    token: String,
}

async fn show_forgot(State(edge): State<Edge>, arrival: Arrival) -> Response {
    asking(&edge, &arrival, Purpose::Reset, String::new()).into_response()
}

async fn show_resend(State(edge): State<Edge>, arrival: Arrival) -> Response {
    asking(&edge, &arrival, Purpose::Activate, String::new()).into_response()
}

async fn forgot(
    State(edge): State<Edge>,
    arrival: Arrival,
    form: PageForm<Asking>,
) -> Result<Response, Halt> {
    ask(&edge, &arrival, form, Purpose::Reset).await
}

async fn resend(
    State(edge): State<Edge>,
    arrival: Arrival,
    form: PageForm<Asking>,
) -> Result<Response, Halt> {
    ask(&edge, &arrival, form, Purpose::Activate).await
}

async fn sent(State(edge): State<Edge>) -> Response {
    View::plain(&edge.config.pages, "sent.html", ()).into_response()
}

async fn show_reset(
    State(edge): State<Edge>,
    arrival: Arrival,
    StrictQuery(query): StrictQuery<Query>,
) -> Response {
    using(&edge, &arrival, Purpose::Reset, query.token).into_response()
}

async fn show_activate(
    State(edge): State<Edge>,
    arrival: Arrival,
    StrictQuery(query): StrictQuery<Query>,
) -> Response {
    using(&edge, &arrival, Purpose::Activate, query.token).into_response()
}

async fn reset(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    form: PageForm<Using>,
) -> Result<Response, Halt> {
    hashing.allow();
    use_link(&edge, &arrival, form, Purpose::Reset).await
}

async fn activate(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    form: PageForm<Using>,
) -> Result<Response, Halt> {
    hashing.allow();
    use_link(&edge, &arrival, form, Purpose::Activate).await
}

/// Has a link mailed, if there is anybody to mail it to.
async fn ask(
    edge: &Edge,
    arrival: &Arrival,
    form: PageForm<Asking>,
    purpose: Purpose,
) -> Result<Response, Halt> {
    let email = form.fields.email.trim().to_owned();
    let view = asking(edge, arrival, purpose, email.clone());
    if let Err(problem) = form.check(edge, arrival) {
        return Ok(view.failed(problem, "email").into_response());
    }
    let request = LinkRequest {
        email,
        client: arrival.client.clone(),
        origin: arrival.origin.clone(),
    };
    let asked = edge.carry_through(|authority| async move {
        match purpose {
            Purpose::Reset => authority.forgot_password(request).await,
            Purpose::Activate => authority.resend_activation(request).await,
        }
    });
    match asked.await {
        Ok(()) => Ok(see_other(&edge.config.pages.address(SENT))),
        Err(error) => view.again(error, "email"),
    }
}

/// Does what the link is for, and leads to the sign-in.
async fn use_link(
    edge: &Edge,
    arrival: &Arrival,
    form: PageForm<Using>,
    purpose: Purpose,
) -> Result<Response, Halt> {
    let view = using(edge, arrival, purpose, form.fields.token.clone());
    if let Err(problem) = form.check(edge, arrival) {
        return Ok(view.failed(problem, "password").into_response());
    }
    let link = LinkUse {
        token: form.fields.token,
        password: typed(form.fields.password),
        client: arrival.client.clone(),
        origin: arrival.origin.clone(),
    };
    let used = edge.carry_through(|authority| async move {
        match purpose {
            Purpose::Reset => authority.reset_password(link).await,
            Purpose::Activate => authority.activate(link).await,
        }
    });
    let sign_in = edge.config.pages.address(SIGN_IN);
    match used.await {
        Ok(()) if purpose == Purpose::Reset => Ok(see_other(&format!("{sign_in}?done=reset"))),
        Ok(()) => Ok(see_other(&format!("{sign_in}?done=activated"))),
        // Here it is the password of the sign-up that is wrong, and the link stays good.
        Err(error @ AuthError::InvalidCredentials) => {
            Ok(view.failed(Problem::from(error), "password").into_response())
        }
        Err(error) => view.again(error, "password"),
    }
}

fn asking<'a>(edge: &'a Edge, arrival: &Arrival, purpose: Purpose, email: String) -> View<'a> {
    let shown = ShownAsking { purpose, email };
    View::new(edge, &arrival.cookies, "forgot.html", shown)
}

fn using<'a>(edge: &'a Edge, arrival: &Arrival, purpose: Purpose, token: String) -> View<'a> {
    let shown = ShownUsing { purpose, token };
    View::new(edge, &arrival.cookies, "link.html", shown)
}
