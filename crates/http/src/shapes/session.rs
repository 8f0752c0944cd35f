//! Sessions and their tokens as the API shows them (R1.7, R2.5, R5.1). No value of a token is ever among them.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use keyturn_core::lifetime::{self, AccessPolicy, SessionState};
use keyturn_core::model::{AccountState, Delivery, EndReason, Session, SessionId};
use keyturn_core::ports::Family;
use keyturn_core::service::Authenticated;
use keyturn_core::token_state::{TokenRecord, TokenState, TokenType, token_records};
use serde::Serialize;
use utoipa::ToSchema;

use super::names;

/// One sign-in on one device.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody {
    #[schema(value_type = uuid::Uuid)]
    id: SessionId,
    /// The account as applications know it.
    user_id: String,
    /// `inactive`: past an end that is not recorded yet; refused all the same.
    #[schema(schema_with = names::session_state)]
    state: SessionState,
    is_active: bool,
    is_authenticated: bool,
    session_start: Timestamp,
    /// The sign-in that started it.
    last_login: Timestamp,
    last_activity: Timestamp,
    /// Minutes without activity after which it ends, rounded up.
    session_timeout: i64,
    /// When it ends if nothing happens.
    idle_ends_at: Timestamp,
    /// When it ends in any case.
    ends_at: Timestamp,
    /// Null before the first.
    #[schema(required = true)]
    last_refresh: Option<Timestamp>,
    /// When the next is due; null once the session is over.
    #[schema(required = true)]
    next_refresh: Option<Timestamp>,
    generation: u32,
    #[schema(schema_with = names::delivery)]
    delivery: Delivery,
    #[schema(value_type = Option<String>, required = true)]
    ip_address: Option<IpAddr>,
    #[schema(required = true)]
    user_agent: Option<String>,
    /// Whether this request belongs to it.
    current: bool,
    #[schema(required = true)]
    ended_at: Option<Timestamp>,
    #[schema(schema_with = names::nullable_reason, required = true)]
    end_reason: Option<EndReason>,
}

impl SessionBody {
    pub(crate) fn new(family: &Family, current: SessionId, now: Timestamp, access: &AccessPolicy) -> Self {
        let Family { session, account } = family;
        let state = lifetime::session_state(session, account, now);
        let is_active = state == SessionState::Active;
        Self {
            id: session.id,
            user_id: account.subject.clone(),
            state,
            is_active,
            is_authenticated: is_active,
            session_start: session.started_at,
            last_login: session.started_at,
            last_activity: session.last_activity_at,
            session_timeout: minutes_rounded_up(session.idle_timeout),
            idle_ends_at: session.idle_ends_at(),
            ends_at: session.ends_at,
            last_refresh: (session.head.generation > 0).then_some(session.head.handed_at),
            next_refresh: is_active.then(|| next_refresh(session, access)),
            generation: session.head.generation,
            delivery: session.delivery,
            ip_address: session.client.ip,
            user_agent: session.client.user_agent.clone(),
            current: session.id == current,
            ended_at: session.ended.map(|ended| ended.at),
            end_reason: session.ended.map(|ended| ended.reason),
        }
    }
}

/// A token without its value.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenBody {
    /// `<session>.<generation>`.
    id: String,
    #[schema(schema_with = names::token_type)]
    token_type: TokenType,
    #[schema(schema_with = names::token_state)]
    state: TokenState,
    user_id: String,
    /// When it was last handed out; null where that is no longer known.
    #[schema(required = true)]
    created_at: Option<Timestamp>,
    expires_at: Timestamp,
    is_active: bool,
    /// Whether a successor was issued.
    is_rotated: bool,
}

impl TokenBody {
    fn new(record: &TokenRecord, family: &Family) -> Self {
        Self {
            id: format!("{}.{}", family.session.id, record.generation),
            token_type: record.token_type,
            state: record.state,
            user_id: family.account.subject.clone(),
            created_at: record.created_at,
            expires_at: record.expires_at,
            is_active: record.state == TokenState::Active,
            is_rotated: record.is_rotated,
        }
    }

    fn all(family: &Family, now: Timestamp, access: &AccessPolicy) -> Vec<Self> {
        let records = token_records(&family.session, &family.account, now, access);
        records.iter().map(|record| Self::new(record, family)).collect()
    }
}

/// A session with the states of its tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionWithTokens {
    #[serde(flatten)]
    session: SessionBody,
    /// The current access and refresh token, and the refresh token before it.
    tokens: Vec<TokenBody>,
}

impl SessionWithTokens {
    pub(crate) fn new(family: &Family, current: SessionId, now: Timestamp, access: &AccessPolicy) -> Self {
        Self {
            session: SessionBody::new(family, current, now, access),
            tokens: TokenBody::all(family, now, access),
        }
    }
}

/// A page of sessions, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionPage {
    items: Vec<SessionWithTokens>,
    /// The next page's `cursor`; null on the last.
    #[schema(value_type = Option<uuid::Uuid>, required = true)]
    next: Option<SessionId>,
}

impl SessionPage {
    /// Of the sessions found, of which one more than `limit` was asked for.
    pub(crate) fn new(found: &[Family], limit: u32, caller: &Authenticated, access: &AccessPolicy) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown = found.get(..limit).unwrap_or(found);
        let last = shown.last().filter(|_| found.len() > limit);
        let current = caller.family.session.id;
        let item = |family| SessionWithTokens::new(family, current, caller.now, access);
        Self {
            items: shown.iter().map(item).collect(),
            next: last.map(|family| family.session.id),
        }
    }
}

/// Who is signed in (R2.5).
#[derive(Serialize, ToSchema)]
#[schema(as = SessionContext)]
pub(crate) struct ContextBody {
    /// The server's time, by which all other times of the answer go: a client makes spans of them and needs no right clock of its own.
    now: Timestamp,
    is_authenticated: bool,
    #[schema(required = true)]
    user_id: Option<String>,
    #[schema(required = true)]
    email: Option<String>,
    #[schema(required = true)]
    username: Option<String>,
    permissions: Vec<String>,
    #[schema(schema_with = names::nullable_account_state, required = true)]
    account_state: Option<AccountState>,
    #[schema(required = true)]
    session: Option<SessionBody>,
    tokens: Vec<TokenBody>,
}

impl ContextBody {
    /// Nobody is.
    pub(crate) const fn nobody(now: Timestamp) -> Self {
        Self {
            now,
            is_authenticated: false,
            user_id: None,
            email: None,
            username: None,
            permissions: Vec::new(),
            account_state: None,
            session: None,
            tokens: Vec::new(),
        }
    }

    pub(crate) fn new(family: &Family, now: Timestamp, access: &AccessPolicy) -> Self {
        let account = &family.account;
        Self {
            now,
            is_authenticated: true,
            user_id: Some(account.subject.clone()),
            email: account.email.as_ref().map(|email| email.as_given().to_owned()),
            username: account.username.as_ref().map(|name| name.as_given().to_owned()),
            permissions: account.permissions.clone(),
            account_state: Some(account.state),
            session: Some(SessionBody::new(family, family.session.id, now, access)),
            tokens: TokenBody::all(family, now, access),
        }
    }
}

/// By the access token that was last handed out.
fn next_refresh(session: &Session, access: &AccessPolicy) -> Timestamp {
    let handed_at = session.head.handed_at;
    lifetime::renewal_due_at(handed_at, lifetime::access_expires_at(session, handed_at, access))
}

const fn minutes_rounded_up(time: SignedDuration) -> i64 {
    let seconds = time.as_secs();
    let whole = if time.subsec_nanos() > 0 {
        seconds + 1
    } else {
        seconds
    };
    whole / 60 + (whole % 60 > 0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_7_a_timeout_is_told_in_minutes_rounded_up() {
        for (millis, minutes) in [(1, 1), (59_000, 1), (60_000, 1), (60_001, 2), (3_600_000, 60)] {
            assert_eq!(
                minutes_rounded_up(SignedDuration::from_millis(millis)),
                minutes,
                "{millis} ms"
            );
        }
    }
}
