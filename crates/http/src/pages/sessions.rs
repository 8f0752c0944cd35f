//! `/account/sessions/…`: ends one of the person's sessions, all others, or all.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use keyturn_core::lifetime;
use keyturn_core::model::EndReason;
use keyturn_core::ports::Family;
use keyturn_core::service::Authenticated;
use keyturn_core::words;
use serde::{Deserialize, Serialize};

use super::account::Done;
use super::arrival::{Arrival, Halt};
use super::form::{Button, PageForm};
use super::sign_out::signed_out;
use super::when::When;
use super::{ACCOUNT, Texts};
use crate::edge::Edge;
use crate::extract::PathSessionId;

const ONE: &str = "/account/sessions/{id}/end";
const SEVERAL: &str = "/account/sessions/end";

pub(super) fn router() -> Router<Edge> {
    Router::new()
        .route(SEVERAL, post(end_several))
        .route(ONE, post(end_one))
}

#[derive(Deserialize)]
struct Which {
    which: Scope,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Others,
    All,
}

async fn end_one(
    State(edge): State<Edge>,
    arrival: Arrival,
    PathSessionId(id): PathSessionId,
    form: PageForm<Button>,
) -> Result<Response, Halt> {
    form.check(&edge, &arrival)?;
    let account = edge.config.pages.address(ACCOUNT);
    let caller = arrival.sender(&edge, &account).await?;
    let is_current = caller.family.session.id == id;
    edge.carry_through(|authority| async move { authority.end_own_session(&caller, id).await })
        .await?;
    Ok(if is_current {
        signed_out(&edge, EndReason::SignedOut, None)
    } else {
        Done::Session.go(&edge)
    })
}

async fn end_several(
    State(edge): State<Edge>,
    arrival: Arrival,
    form: PageForm<Which>,
) -> Result<Response, Halt> {
    form.check(&edge, &arrival)?;
    let account = edge.config.pages.address(ACCOUNT);
    let caller = arrival.sender(&edge, &account).await?;
    let all = form.fields.which == Scope::All;
    edge.carry_through(|authority| async move { authority.end_own_sessions(&caller, all).await })
        .await?;
    Ok(if all {
        signed_out(&edge, EndReason::SignedOut, None)
    } else {
        Done::Sessions.go(&edge)
    })
}

/// A session that lives.
#[derive(Serialize)]
pub(super) struct LiveRow {
    id: String,
    device: String,
    address: String,
    started: When,
    active: When,
    ends: When,
    pub(super) current: bool,
}

impl LiveRow {
    /// `None` for one that is over, recorded or not.
    pub(super) fn new(family: &Family, caller: &Authenticated, texts: &Texts) -> Option<Self> {
        let session = &family.session;
        lifetime::standing(session, &family.account, caller.now).ok()?;
        Some(Self {
            id: session.id.to_string(),
            device: device(family),
            address: address(family, texts),
            started: When::exactly(session.started_at),
            active: When::ago(session.last_activity_at, caller.now),
            ends: When::exactly(session.ends_at),
            current: session.id == caller.family.session.id,
        })
    }
}

/// A session that is over.
#[derive(Serialize)]
pub(super) struct EndedRow {
    device: String,
    started: When,
    ended: When,
    reason: String,
}

impl EndedRow {
    /// `None` for one that lives.
    pub(super) fn new(family: &Family, caller: &Authenticated, texts: &Texts) -> Option<Self> {
        let session = &family.session;
        let end = lifetime::standing(session, &family.account, caller.now).err()?;
        Some(Self {
            device: device(family),
            started: When::exactly(session.started_at),
            ended: When::exactly(end.at),
            reason: texts.reason(end.reason).to_owned(),
        })
    }
}

fn device(family: &Family) -> String {
    let agent = family.session.client.user_agent.as_deref();
    words::device(agent.unwrap_or_default())
}

fn address(family: &Family, texts: &Texts) -> String {
    let ip = family.session.client.ip;
    ip.map_or_else(|| texts.text("unknown_address").to_owned(), |ip| ip.to_string())
}
