//! `/signup`: an account, and a session where accounts begin active.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::model::Delivery;
use keyturn_core::password::Password;
use keyturn_core::service::{SignUpRequest, SignedUp};
use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, destination, see_other};
use super::form::{PageForm, filled, typed};
use super::view::View;
use super::{ACCOUNT, SIGN_UP};
use crate::cookies::SetCookies;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::StrictQuery;
use crate::reply;
use crate::time_limit::HashingTime;

/// Where a person arrives whose account is not active yet.
const PENDING: &str = "/signup/pending";

pub(super) fn router() -> Router<Edge> {
    Router::new()
        .route(SIGN_UP, get(show).post(submit))
        .route(PENDING, get(pending))
}

#[derive(Deserialize)]
struct Query {
    return_to: Option<String>,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    name: String,
    password: Option<Password>,
    return_to: Option<String>,
}

#[derive(Default, Serialize)]
struct Shown {
    open: bool,
    email: String,
    username: String,
    name: String,
    return_to: Option<String>,
}

/// Who activates.
#[derive(Serialize)]
struct Pending {
    by_mail: bool,
}

async fn show(
    State(edge): State<Edge>,
    arrival: Arrival,
    StrictQuery(query): StrictQuery<Query>,
) -> Response {
    let shown = Shown {
        open: edge.authority.policy().sign_up.enabled,
        return_to: destination(&edge, query.return_to.as_deref()),
        ..Shown::default()
    };
    form(&edge, &arrival, shown).into_response()
}

async fn submit(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    form_sent: PageForm<Fields>,
) -> Result<Response, Problem> {
    hashing.allow();
    let fields = &form_sent.fields;
    let return_to = destination(&edge, fields.return_to.as_deref());
    let shown = Shown {
        open: edge.authority.policy().sign_up.enabled,
        email: fields.email.clone(),
        username: fields.username.clone(),
        name: fields.name.clone(),
        return_to: return_to.clone(),
    };
    match sign_up(&edge, &arrival, form_sent).await {
        Ok(Some(cookies)) => {
            let next = return_to.unwrap_or_else(|| edge.config.pages.address(ACCOUNT));
            Ok((cookies, see_other(&next)).into_response())
        }
        Ok(None) => Ok(see_other(&edge.config.pages.address(PENDING))),
        Err(problem) if problem.code.status().is_client_error() => Ok(form(&edge, &arrival, shown)
            .failed(problem, "email")
            .into_response()),
        Err(problem) => Err(problem),
    }
}

async fn pending(State(edge): State<Edge>) -> Response {
    let pages = &edge.config.pages;
    View::plain(
        pages,
        "pending.html",
        Pending {
            by_mail: pages.activates,
        },
    )
    .into_response()
}

/// The cookies of the new session; `None` where the account is not active yet.
async fn sign_up(
    edge: &Edge,
    arrival: &Arrival,
    form: PageForm<Fields>,
) -> Result<Option<SetCookies>, Problem> {
    form.check(edge, arrival)?;
    if !edge.authority.policy().sign_up.enabled {
        return Err(Problem::new(ProblemCode::SignUpClosed));
    }
    let request = SignUpRequest {
        email: form.fields.email.trim().to_owned(),
        password: typed(form.fields.password),
        username: filled(&form.fields.username),
        name: filled(&form.fields.name),
        delivery: Delivery::Cookie,
        remember: false,
        client: arrival.client.clone(),
        origin: arrival.origin.clone(),
        replaces: arrival.cookies.refresh_token(),
    };
    let signed_up = edge.carry_through(|authority| async move { authority.sign_up(request).await });
    Ok(match signed_up.await? {
        SignedUp::SignedIn(issued, _) => Some(reply::sign_in_cookies(edge, &issued).0),
        SignedUp::Pending => None,
    })
}

fn form<'a>(edge: &'a Edge, arrival: &Arrival, shown: Shown) -> View<'a> {
    let leads_to = shown.return_to.clone();
    View::new(edge, &arrival.cookies, "sign_up.html", shown).leading_to(leads_to.as_deref())
}
