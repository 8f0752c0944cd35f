//! The answer that issues tokens (R2.2), shaped by its session's delivery.

use jiff::Timestamp;
use keyturn_core::model::Delivery;
use keyturn_core::service::{Issued, Policy};
use serde::Serialize;
use utoipa::ToSchema;

use super::SessionBody;

/// Tokens, and when to come back (R1.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenAnswer<'a> {
    /// The server's time, by which all other times of the answer go.
    now: Timestamp,
    /// Not in `cookie` delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    access_token: Option<&'a str>,
    /// Always `bearer`.
    token_type: &'static str,
    /// Empty, on `/auth/token`, where scopes were asked for: none are granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    scope: Option<&'static str>,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// In `body` delivery alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    refresh_token: Option<String>,
    /// Seconds until the refresh token expires, if nothing happens.
    refresh_expires_in: i64,
    /// Seconds until the next refresh is due.
    refresh_in: i64,
    /// When it is due.
    next_refresh: Timestamp,
    /// Seconds within which several refreshes by one browser are one.
    concurrent_window: i64,
    user_id: &'a str,
    #[schema(required = true)]
    email: Option<&'a str>,
    #[schema(required = true)]
    username: Option<&'a str>,
    /// As the store has them now; a token's claims may be older.
    permissions: &'a [String],
    session: SessionBody,
}

impl<'a> TokenAnswer<'a> {
    pub(crate) fn new(issued: &'a Issued, policy: &Policy) -> Self {
        let family = &issued.family;
        let delivery = family.session.delivery;
        let now = issued.issued_at;
        // In whole seconds of the clock, as `exp` and `iat` of the token are.
        let seconds_until = |then: Timestamp| (then.as_second() - now.as_second()).max(0);
        let access_token = (delivery != Delivery::Cookie).then_some(issued.access_token.as_str());
        let refresh_token = issued
            .refresh_token
            .as_ref()
            .filter(|_| delivery == Delivery::Body);
        Self {
            now,
            access_token,
            token_type: "bearer",
            scope: None,
            expires_in: seconds_until(issued.access_expires_at),
            refresh_token: refresh_token.map(|token| token.reveal()),
            refresh_expires_in: seconds_until(issued.refresh_expires_at),
            refresh_in: seconds_until(issued.next_refresh),
            next_refresh: issued.next_refresh,
            concurrent_window: policy.rotation.concurrent_window.as_secs(),
            user_id: &family.account.subject,
            email: family.account.email.as_ref().map(|email| email.as_given()),
            username: family.account.username.as_ref().map(|name| name.as_given()),
            permissions: &family.account.permissions,
            session: SessionBody::new(family, family.session.id, now, &policy.access),
        }
    }

    /// Says which scopes were granted (RFC 6749 §5.1).
    pub(crate) fn with_scope(self, scope: Option<&'static str>) -> Self {
        Self { scope, ..self }
    }
}
