//! `/signin`: a name and a password for a session, and the way back to where the person came from.
//!
//! **The caveat**: who is signed in already is shown so, with a link that goes on, and not sent on unasked: an application that does not
//! believe the session would send them back here for ever. Only who comes with an expired access token, renewed here, is sent on.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::model::{Delivery, EndReason};
use keyturn_core::password::Password;
use keyturn_core::service::{Authenticated, SignInRequest, parse_sign_in_name};
use serde::{Deserialize, Serialize};

use super::arrival::{Arrival, Halt, Visitor, destination, see_other};
use super::form::{PageForm, typed};
use super::view::View;
use super::{ACCOUNT, SIGN_IN};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::StrictQuery;
use crate::reply;
use crate::time_limit::HashingTime;

pub(super) fn router() -> Router<Edge> {
    Router::new().route(SIGN_IN, get(show).post(submit))
}

#[derive(Deserialize)]
struct Query {
    return_to: Option<String>,
    reason: Option<String>,
    done: Option<Done>,
}

/// What a link by mail has just done.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Done {
    Reset,
    Activated,
}

impl Done {
    /// The name of the text that says so.
    const fn text(self) -> &'static str {
        match self {
            Self::Reset => "reset_done",
            Self::Activated => "activated_done",
        }
    }
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    identifier: String,
    password: Option<Password>,
    remember: Option<String>,
    return_to: Option<String>,
}

/// The form.
#[derive(Serialize)]
struct Shown {
    identifier: String,
    remember: bool,
    can_remember: bool,
    can_sign_up: bool,
    can_reset: bool,
    return_to: Option<String>,
}

/// Instead of it, for a person who is signed in.
#[derive(Serialize)]
struct Already {
    go_on: String,
    return_to: Option<String>,
}

async fn show(
    State(edge): State<Edge>,
    arrival: Arrival,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<Response, Halt> {
    let return_to = destination(&edge, query.return_to.as_deref());
    let go_on = return_to
        .clone()
        .unwrap_or_else(|| edge.config.pages.address(ACCOUNT));
    let reason = match arrival.visitor(&edge).await? {
        Visitor::Known(known) => {
            let already = Already { go_on, return_to };
            let view = View::new(&edge, &arrival.cookies, "signed_in.html", already);
            return Ok(view.signed_in(name_of(&known)).into_response());
        }
        Visitor::Renewed(cookies) => return Err(Halt::Redirect(cookies, go_on)),
        Visitor::Stranger(reason) => reason,
    };
    let told = query.reason.and_then(|code| code.parse().ok());
    let reason: Option<EndReason> = told.or(reason);
    let texts = &edge.config.pages.texts;
    let done = query.done.map(|done| texts.text(done.text()).to_owned());
    let notice = done.or_else(|| reason.map(|reason| texts.reason(reason).to_owned()));
    let view = form(&edge, &arrival, Shown::new(&edge, return_to));
    Ok(view.with_notice(notice).into_response())
}

async fn submit(
    State(edge): State<Edge>,
    arrival: Arrival,
    hashing: HashingTime,
    form_sent: PageForm<Fields>,
) -> Result<Response, Problem> {
    hashing.allow();
    let return_to = destination(&edge, form_sent.fields.return_to.as_deref());
    let shown = Shown {
        identifier: form_sent.fields.identifier.clone(),
        remember: form_sent.fields.remember.is_some(),
        ..Shown::new(&edge, return_to.clone())
    };
    match sign_in(&edge, &arrival, form_sent).await {
        Ok(response) => {
            let next = return_to.unwrap_or_else(|| edge.config.pages.address(ACCOUNT));
            Ok((response, see_other(&next)).into_response())
        }
        Err(problem) if problem.code.status().is_client_error() => {
            let view = form(&edge, &arrival, shown).failed(problem, "identifier");
            Ok(view.into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The cookies of the new session.
async fn sign_in(
    edge: &Edge,
    arrival: &Arrival,
    form: PageForm<Fields>,
) -> Result<crate::cookies::SetCookies, Problem> {
    form.check(edge, arrival)?;
    let request = SignInRequest {
        name: parse_sign_in_name(form.fields.identifier.trim()),
        password: typed(form.fields.password),
        delivery: Delivery::Cookie,
        remember: form.fields.remember.is_some(),
        client: arrival.client.clone(),
        origin: arrival.origin.clone(),
        replaces: arrival.cookies.refresh_token(),
        device: arrival.device(edge),
    };
    let issued = edge.carry_through(|authority| async move { authority.sign_in(request).await });
    Ok(reply::sign_in_cookies(edge, &issued.await?).0)
}

fn form<'a>(edge: &'a Edge, arrival: &Arrival, shown: Shown) -> View<'a> {
    let leads_to = shown.return_to.clone();
    View::new(edge, &arrival.cookies, "sign_in.html", shown).leading_to(leads_to.as_deref())
}

impl Shown {
    fn new(edge: &Edge, return_to: Option<String>) -> Self {
        let policy = edge.authority.policy();
        Self {
            identifier: String::new(),
            remember: false,
            can_remember: policy.session.remember.is_some(),
            can_sign_up: policy.sign_up.enabled,
            can_reset: edge.config.pages.mails,
            return_to,
        }
    }
}

/// What a person knows their account by.
pub(super) fn name_of(known: &Authenticated) -> String {
    let account = &known.family.account;
    let email = account.email.as_ref().map(|email| email.as_given());
    let username = account.username.as_ref().map(|name| name.as_given());
    email.or(username).unwrap_or(&account.subject).to_owned()
}
