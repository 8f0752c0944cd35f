//! The states of a session's tokens as the API shows them (R1.7): derived, since no token is stored.

use jiff::Timestamp;

use crate::lifetime::{self, AccessPolicy};
use crate::model::reason::named;
use crate::model::{Account, EndReason, Session};

named! {
    /// What a token is for.
    TokenType ("token type") {
        /// Presented with each request.
        Access = "access",
        /// Presented to get the next pair.
        Refresh = "refresh",
    }
}

named! {
    /// Whether a token is good.
    TokenState ("token state") {
        /// Valid and within its time.
        Active = "active",
        /// Its time is over.
        Expired = "expired",
        /// Invalidated before its time: rotated, signed out, or its session ended otherwise.
        Revoked = "revoked",
    }
}

/// One token of a session, without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRecord {
    /// What it is for.
    pub token_type: TokenType,
    /// Its generation.
    pub generation: u32,
    /// Whether it is good.
    pub state: TokenState,
    /// When it was last handed out; `None` where that is no longer known.
    pub created_at: Option<Timestamp>,
    /// When its time is over.
    pub expires_at: Timestamp,
    /// A successor has been issued.
    pub is_rotated: bool,
}

/// The current access token, the current refresh token, and the refresh token before it.
pub fn token_records(
    session: &Session,
    account: &Account,
    now: Timestamp,
    access: &AccessPolicy,
) -> Vec<TokenRecord> {
    let session_state = match lifetime::standing(session, account, now) {
        Ok(()) => TokenState::Active,
        Err(over) if matches!(over.reason, EndReason::Idle | EndReason::AbsoluteEnd) => TokenState::Expired,
        Err(_) => TokenState::Revoked,
    };
    let head = session.head;
    let access_ends = lifetime::access_expires_at(session, head.handed_at, access);
    let refresh_ends = session.idle_ends_at().min(session.ends_at);
    let access_state = if session_state == TokenState::Active && now >= access_ends {
        TokenState::Expired
    } else {
        session_state
    };
    let record = |token_type, generation, state, created_at, expires_at, is_rotated| TokenRecord {
        token_type,
        generation,
        state,
        created_at,
        expires_at,
        is_rotated,
    };
    let mut records = vec![
        record(
            TokenType::Access,
            head.generation,
            access_state,
            Some(head.handed_at),
            access_ends,
            false,
        ),
        record(
            TokenType::Refresh,
            head.generation,
            session_state,
            Some(head.handed_at),
            refresh_ends,
            false,
        ),
    ];
    if let Some(previous) = head.generation.checked_sub(1) {
        let created_at = (previous == 0).then_some(session.started_at);
        records.push(record(
            TokenType::Refresh,
            previous,
            TokenState::Revoked,
            created_at,
            refresh_ends,
            true,
        ));
    }
    records
}
