//! What travels on the token-pair routes (R4).

use jiff::Timestamp;
use keyturn_core::credential::RefreshToken;
use keyturn_core::password::Password;
use keyturn_core::service::Issued;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A log-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Login, example = json!({ "username": "ann@example.com", "password": "a long and quiet phrase" }))]
pub(crate) struct LoginBody {
    /// The account's username or email.
    pub(crate) username: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub(crate) password: Password,
}

/// A refresh token for the next pair.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GenerateTokens)]
pub(crate) struct NextPairBody {
    /// The one that was handed out last.
    pub(crate) refresh_token: String,
}

/// A log-out. May be left out where the access token comes in `Authorization`.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Logout)]
pub(crate) struct LogoutBody {
    /// Of any generation.
    pub(crate) refresh_token: Option<String>,
}

/// The first pair.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenPair {
    access_token: String,
    refresh_token: String,
    #[serde(flatten)]
    life: PairLife,
}

impl TokenPair {
    /// `None` where the tokens of this session do not travel in bodies.
    pub(crate) fn new(issued: &Issued) -> Option<Self> {
        Some(Self {
            access_token: issued.access_token.clone(),
            refresh_token: issued.refresh_token.as_ref().map(RefreshToken::reveal)?,
            life: PairLife::new(issued),
        })
    }
}

/// The next pair; the one before is good no longer.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextTokenPair {
    new_access_token: String,
    new_refresh_token: String,
    #[serde(flatten)]
    life: PairLife,
}

impl NextTokenPair {
    /// `None` where the tokens of this session do not travel in bodies.
    pub(crate) fn new(issued: &Issued) -> Option<Self> {
        let TokenPair {
            access_token,
            refresh_token,
            life,
        } = TokenPair::new(issued)?;
        Some(Self {
            new_access_token: access_token,
            new_refresh_token: refresh_token,
            life,
        })
    }
}

/// How long a pair lives, and when to come back (R1.2).
#[derive(Serialize, ToSchema)]
struct PairLife {
    /// Always `bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// Seconds until the refresh token expires, if nothing happens.
    refresh_expires_in: i64,
    /// When the next refresh is due.
    next_refresh: Timestamp,
}

impl PairLife {
    fn new(issued: &Issued) -> Self {
        let now = issued.issued_at;
        let seconds_until = |then: Timestamp| (then.as_second() - now.as_second()).max(0);
        Self {
            token_type: "bearer",
            expires_in: seconds_until(issued.access_expires_at),
            refresh_expires_in: seconds_until(issued.refresh_expires_at),
            next_refresh: issued.next_refresh,
        }
    }
}
