//! `/account`: what is known of the person, and where they are signed in.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use keyturn_core::ports::{Page, SessionFilter};
use keyturn_core::service::Authenticated;
use serde::{Deserialize, Serialize};

use super::ACCOUNT;
use super::arrival::{Arrival, Halt, see_other};
use super::sessions::{EndedRow, LiveRow};
use super::sign_in::name_of;
use super::view::View;
use crate::edge::Edge;
use crate::extract::StrictQuery;

/// How many live sessions are shown, and among how many of the latest those that ended are looked for.
const LIVE_MAX: u32 = 100;
const LATEST: u32 = 30;
/// How many that ended are shown.
const ENDED_MAX: usize = 10;

pub(super) fn router() -> Router<Edge> {
    Router::new().route(ACCOUNT, get(show))
}

#[derive(Deserialize)]
struct Query {
    done: Option<Done>,
}

/// What a form of this page has just done.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Done {
    Session,
    Sessions,
    Profile,
    Password,
    Email,
}

impl Done {
    /// The name of the text that says so.
    const fn text(self) -> &'static str {
        match self {
            Self::Session => "session_ended_done",
            Self::Sessions => "sessions_ended_done",
            Self::Profile => "profile_done",
            Self::Password => "password_done",
            Self::Email => "email_asked",
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Sessions => "sessions",
            Self::Profile => "profile",
            Self::Password => "password",
            Self::Email => "email",
        }
    }

    /// Back to the account, which says so.
    pub(super) fn go(self, edge: &Edge) -> Response {
        let account = edge.config.pages.address(ACCOUNT);
        see_other(&format!("{account}?done={}", self.code()))
    }
}

#[derive(Serialize)]
struct Shown {
    name: Option<String>,
    email: Option<String>,
    username: Option<String>,
    live: Vec<LiveRow>,
    ended: Vec<EndedRow>,
}

async fn show(
    State(edge): State<Edge>,
    arrival: Arrival,
    StrictQuery(query): StrictQuery<Query>,
) -> Result<Response, Halt> {
    let caller = arrival.reader(&edge).await?;
    let shown = shown(&edge, &caller).await?;
    let notice = query
        .done
        .map(|done| edge.config.pages.texts.text(done.text()).to_owned());
    let view = View::new(&edge, &arrival.cookies, "account.html", shown)
        .signed_in(name_of(&caller))
        .with_notice(notice);
    Ok(view.into_response())
}

async fn shown(edge: &Edge, caller: &Authenticated) -> Result<Shown, Halt> {
    let page = |limit| Page { before: None, limit };
    let authority = &edge.authority;
    let live = authority
        .own_sessions(caller, SessionFilter::Live, page(LIVE_MAX))
        .await?;
    let latest = authority
        .own_sessions(caller, SessionFilter::All, page(LATEST))
        .await?;
    let texts = &edge.config.pages.texts;
    let user = authority.own_account(caller).await?;
    let account = &user.account;
    let mut live: Vec<_> = live
        .iter()
        .filter_map(|family| LiveRow::new(family, caller, texts))
        .collect();
    live.sort_by_key(|row| !row.current);
    Ok(Shown {
        name: user.name.clone(),
        email: account.email.as_ref().map(|email| email.as_given().to_owned()),
        username: account.username.as_ref().map(|name| name.as_given().to_owned()),
        live,
        ended: latest
            .iter()
            .filter_map(|family| EndedRow::new(family, caller, texts))
            .take(ENDED_MAX)
            .collect(),
    })
}
