//! `GET /auth/changes`: which sessions end and what becomes of accounts, for services that follow.
//!
//! **The rule**: a service is told what its scopes name. As a stream it is told from its position on, or begins with a snapshot where the position leads
//! nowhere; nothing between is left out. No cookie means anything here.
//!
//! **The caveat**: a stream is no request at work: it has a place among the followers instead, and its own end.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use keyturn_core::feed::{Beginning, Position, Topics};
use keyturn_core::model::Origin;
use keyturn_core::service::Following;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Common, Followed};
use crate::answer::Answer;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{ClientCredentials, NameAndSecret, OriginOf, StrictQuery};
use crate::feed::{Follower, Heading, Opened};
use crate::shapes::{ChangeBody, ChangePageBody};

/// Where a follower that lost its stream goes on (HTML, "Server-sent events").
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Proxies that gather answers would make a stream late.
const UNBUFFERED: [(HeaderName, HeaderValue); 1] = [(
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
)];

/// Changes in one answer as JSON.
const PAGE: u32 = 256;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(changes))
}

/// Where to begin, and with what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// The position up to which everything has been read; `Last-Event-ID` counts before it.
    #[param(example = "20260101T000000Z-0:7")]
    after: Option<String>,
    /// `sessions`, `accounts`, or both with a comma between them; without it, all that the service may follow.
    #[param(example = "sessions")]
    topics: Option<String>,
}

/// Follow which sessions end and what becomes of accounts
///
/// For services with the scopes `changes:sessions` or `changes:accounts`, their secret as bearer. A stream of server-sent events; with
/// `Accept: application/json` one piece of it. Events of a stream are the changes, by their `kind`, and `snapshot` (what follows begins anew), `ready`
/// (everything is told) and `heartbeat` (everything still is).
#[utoipa::path(
    get,
    path = "/auth/changes",
    operation_id = "followChanges",
    tag = "oauth",
    params(
        ChangesQuery,
        ("last-event-id" = Option<String>, Header, description = "The id of the last event that was read"),
    ),
    responses(
        (status = 200, description = "The changes after the position", content((ChangePageBody = "application/json"), (String = "text/event-stream"))),
        Common, Followed,
    ),
    security(("service" = []), ("bearer" = []))
)]
async fn changes(
    State(edge): State<Edge>,
    OriginOf(origin): OriginOf,
    credentials: ClientCredentials,
    StrictQuery(query): StrictQuery<ChangesQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let arrived = Instant::now();
    let following = following(&edge, &origin, credentials, query.topics.as_deref()).await?;
    let asked = position(&headers, query.after.as_deref())?;
    let heading = heading(&edge)?;
    let authority = &edge.authority;
    let beginning = authority
        .begin_following(asked.as_ref(), &heading.history, heading.told)
        .await?;
    if wants_json(&headers) {
        return page(&edge, &following, &heading, beginning).await;
    }
    let feed = edge.config.feed();
    let Some(seat) = feed.seat() else {
        return Err(Problem::new(ProblemCode::Busy).with_detail("Too many services follow changes already."));
    };
    let opened = Opened {
        at: arrived,
        heading,
        beginning,
    };
    let follower = Follower::new(authority.clone(), feed, seat, following, opened);
    Ok((UNBUFFERED, Sse::new(follower.events())).into_response())
}

async fn following(
    edge: &Edge,
    origin: &Origin,
    credentials: ClientCredentials,
    topics: Option<&str>,
) -> Result<Following, Problem> {
    let wanted = topics.map(wanted).transpose()?;
    let client = match credentials {
        ClientCredentials::Bearer(secret) => Some(NameAndSecret { name: None, secret }),
        credentials => credentials.or_form(None, None)?,
    };
    let Some(client) = client else {
        return Err(
            Problem::new(ProblemCode::InvalidClient).with_detail("Send a service's secret as bearer.")
        );
    };
    Ok(edge.authority.follower(&client.presented(origin), wanted).await?)
}

fn wanted(text: &str) -> Result<Topics, Problem> {
    let mut wanted = Topics::default();
    for topic in text.split(',') {
        match topic {
            "sessions" => wanted.sessions = true,
            "accounts" => wanted.accounts = true,
            _ => {
                return Err(Problem::new(ProblemCode::InvalidRequest)
                    .with_detail("topics: `sessions`, `accounts`, or both with a comma between them."));
            }
        }
    }
    Ok(wanted)
}

/// What has been read, as the header says, or else the query. An empty one is none: so clients begin that keep a text.
fn position(headers: &HeaderMap, after: Option<&str>) -> Result<Option<Position>, Problem> {
    let refused = |what: &str| {
        let detail = format!("{what}: a position is the id of an event, or `next` of a page.");
        Problem::new(ProblemCode::InvalidRequest).with_detail(detail)
    };
    let (what, text) = match headers.get(LAST_EVENT_ID) {
        Some(value) => (
            "Last-Event-ID",
            Some(value.to_str().map_err(|_| refused("Last-Event-ID"))?),
        ),
        None => ("after", after),
    };
    text.filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(|_| refused(what)))
        .transpose()
}

/// Where this node stands.
fn heading(edge: &Edge) -> Result<Heading, Problem> {
    let feed = &edge.config.feed;
    if feed.is_closed() {
        return Err(Problem::new(ProblemCode::Draining));
    }
    feed.heading()
        .ok_or_else(|| Problem::new(ProblemCode::StoreUnavailable))
}

/// A stream is what is asked for, unless nothing but JSON is taken.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = |wanted: &str| {
        let values = headers.get_all(header::ACCEPT).iter();
        values
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.to_ascii_lowercase().contains(wanted))
    };
    accepted("application/json") && !accepted("text/event-stream")
}

/// One piece, from where a stream would begin.
async fn page(
    edge: &Edge,
    following: &Following,
    heading: &Heading,
    beginning: Beginning,
) -> Result<Response, Problem> {
    let (authority, topics) = (&edge.authority, following.topics);
    let (snapshot, after) = match beginning {
        Beginning::After(seq) => (false, seq),
        Beginning::Snapshot => (true, authority.snapshot_after(topics, heading.told).await?),
    };
    let read = authority.changes_after(after, PAGE).await?;
    let mut items = Vec::new();
    for change in &read {
        if let Some(told) = authority.told_change(change, topics).await? {
            items.push(ChangeBody::new(&told));
        }
    }
    let next = Position {
        history: heading.history.to_string(),
        seq: read.last().map_or(after, |change| change.seq),
    };
    Ok(Answer(ChangePageBody {
        snapshot,
        items,
        next: next.to_string(),
        more: read.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX),
    })
    .into_response())
}
