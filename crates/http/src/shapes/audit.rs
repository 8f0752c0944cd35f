//! The audit log and the stories of sessions, as administrators read them.

use std::net::IpAddr;

use jiff::Timestamp;
use keyturn_core::lifetime::AccessPolicy;
use keyturn_core::model::{
    Agent, AuditActor, AuditKind, EndReason, Ended, RequestId, ReuseKind, SessionId, UserId,
};
use keyturn_core::ports::AuditEntry;
use keyturn_core::service::Authenticated;
use keyturn_core::story::{Moment, Story};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::requests::ListedState;
use super::{SessionWithTokens, names};

/// A page of the list of everybody's sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminSessionQuery {
    /// Only those of this account: its `id` or `account_id`.
    pub(crate) user: Option<String>,
    /// `all` lists ended sessions too.
    #[serde(default)]
    #[param(inline)]
    pub(crate) state: ListedState,
    /// `next` of the page before.
    #[param(value_type = Option<uuid::Uuid>)]
    pub(crate) cursor: Option<SessionId>,
    /// How many, 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
}

/// A page of the audit log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only what concerns this account: its `id` or `account_id`.
    pub(crate) user: Option<String>,
    /// Only what this administrator did: the account's `id` or `account_id`.
    pub(crate) by: Option<String>,
    /// Only what concerns this session.
    #[param(value_type = Option<uuid::Uuid>)]
    pub(crate) session: Option<SessionId>,
    /// Only what this request did: its `X-Request-Id`.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    pub(crate) request: Option<String>,
    /// Only events of this kind.
    #[param(schema_with = names::audit_kind, required = false)]
    pub(crate) kind: Option<AuditKind>,
    /// Not before this time (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) since: Option<Timestamp>,
    /// Before this time (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) until: Option<Timestamp>,
    /// `next` of the page before.
    pub(crate) cursor: Option<i64>,
    /// How many, 1 to 100; 50 where it is left out.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<u32>,
}

/// One line of the audit log.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct AuditEventBody {
    /// Its position: later ones are higher.
    id: i64,
    at: Timestamp,
    #[schema(schema_with = names::audit_kind)]
    kind: AuditKind,
    /// More, in fixed words: a reason, a state, a lane.
    detail: String,
    /// What happened, in words.
    text: String,
    /// The account that it concerns, as applications know it; null where there is none, or none any more.
    #[schema(required = true)]
    user_id: Option<String>,
    /// Our own id of that account.
    #[schema(value_type = Option<uuid::Uuid>, required = true)]
    account_id: Option<UserId>,
    #[schema(value_type = Option<uuid::Uuid>, required = true)]
    session_id: Option<SessionId>,
    /// Who did it.
    #[schema(schema_with = names::audit_actor)]
    actor: AuditActor,
    /// The administrator who did it, as applications know them; null where it was nobody of that kind, or the account is gone.
    #[schema(required = true)]
    actor_user_id: Option<String>,
    /// Our own id of that administrator's account.
    #[schema(value_type = Option<uuid::Uuid>, required = true)]
    actor_account_id: Option<UserId>,
    /// The service that did it.
    #[schema(required = true)]
    actor_service: Option<String>,
    #[schema(required = true)]
    request_id: Option<String>,
    #[schema(value_type = Option<String>, required = true)]
    ip_address: Option<IpAddr>,
}

impl From<AuditEntry> for AuditEventBody {
    fn from(entry: AuditEntry) -> Self {
        let event = entry.event;
        let origin = event.origin;
        let agent = origin.agent.as_ref();
        Self {
            id: entry.position.0,
            at: event.at,
            kind: event.kind,
            text: event.kind.words(&event.detail),
            detail: event.detail,
            user_id: entry.subject,
            account_id: event.user_id,
            session_id: event.session_id,
            actor: origin.actor,
            actor_user_id: entry.agent_subject,
            actor_account_id: agent.and_then(Agent::account),
            actor_service: agent.and_then(Agent::service).map(ToString::to_string),
            request_id: origin.request_id.as_ref().map(RequestId::to_string),
            ip_address: origin.ip,
        }
    }
}

/// A page of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    items: Vec<AuditEventBody>,
    /// The next page's `cursor`; null on the last.
    #[schema(required = true)]
    next: Option<i64>,
}

impl AuditPage {
    /// Of the events found, of which one more than `limit` was asked for.
    pub(crate) fn new(mut found: Vec<AuditEntry>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        Self {
            next: last.map(|entry| entry.position.0),
            items: found.into_iter().map(AuditEventBody::from).collect(),
        }
    }
}

/// A session and what happened to it.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionStory)]
pub(crate) struct SessionStoryBody {
    session: SessionWithTokens,
    /// Null while it lives.
    #[schema(required = true)]
    end: Option<StoryEnd>,
    /// In order of time.
    timeline: Vec<StoryMoment>,
}

/// How a session ended.
#[derive(Serialize, ToSchema)]
struct StoryEnd {
    at: Timestamp,
    #[schema(schema_with = names::reason)]
    reason: EndReason,
    /// How a reuse was recognised; null for every other reason.
    #[schema(schema_with = names::nullable_reuse_kind, required = true)]
    reuse_kind: Option<ReuseKind>,
    /// Whether it is recorded already; it is over all the same.
    recorded: bool,
    /// What happened, for you.
    meaning: &'static str,
    /// What the person reads.
    sentence: &'static str,
    /// What the person can do.
    advice: &'static str,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
struct StoryMoment {
    at: Timestamp,
    /// What.
    text: String,
    /// By whom, from where and through which request, as far as it was recorded.
    #[schema(required = true)]
    by: Option<String>,
}

impl SessionStoryBody {
    pub(crate) fn new(story: &Story, caller: &Authenticated, access: &AccessPolicy) -> Self {
        let current = caller.family.session.id;
        let recorded = story.family.session.ended.is_some();
        Self {
            session: SessionWithTokens::new(&story.family, current, caller.now, access),
            end: story.end(caller.now).map(|end| StoryEnd::new(end, recorded)),
            timeline: story.timeline().into_iter().map(StoryMoment::from).collect(),
        }
    }
}

impl StoryEnd {
    const fn new(end: Ended, recorded: bool) -> Self {
        Self {
            at: end.at,
            reason: end.reason,
            reuse_kind: end.kind,
            recorded,
            meaning: end.reason.meaning(),
            sentence: end.reason.sentence(),
            advice: end.reason.advice(),
        }
    }
}

impl From<Moment> for StoryMoment {
    fn from(moment: Moment) -> Self {
        Self {
            at: moment.at,
            text: moment.text,
            by: moment.origin.as_ref().map(|origin| origin.words()),
        }
    }
}
