//! Who administers: a request that is let in, of an account with the permission `admin` as the store has it at this moment.
//!
//! **The rule**: 401 for whoever is not signed in, 403 for whoever is and may not; both before the body is read.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use keyturn_core::service::{Accounts, Authenticated};

use super::Caller;
use crate::edge::Edge;
use crate::error::Problem;

/// An administrator, and the accounts on their behalf.
pub(crate) struct Administrator {
    pub(crate) caller: Authenticated,
    pub(crate) accounts: Accounts,
}

impl FromRequestParts<Edge> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let Caller(caller) = Caller::from_request_parts(parts, edge).await?;
        let accounts = edge.authority.administration(&caller).await?;
        Ok(Self { caller, accounts })
    }
}
