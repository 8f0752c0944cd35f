//! What handlers take from a request, each refusing what it cannot accept before anything is done.

mod account_id;
mod administrator;
mod asker;
mod caller;
mod client;
mod client_credentials;
mod confirming;
mod cookies;
mod form;
mod hint;
mod idempotency_key;
mod json;
mod query;
mod session_id;
mod starting_service;

pub(crate) use account_id::PathAccountId;
pub(crate) use administrator::Administrator;
pub(crate) use asker::Asker;
pub(crate) use caller::{AccessCredential, Caller};
pub(crate) use client::{ClientOf, OriginOf};
pub(crate) use client_credentials::{ClientCredentials, NameAndSecret};
pub(crate) use confirming::Confirming;
pub(crate) use cookies::Cookies;
pub(crate) use form::{JsonOrForm, OptionalJsonOrForm, StrictForm};
pub(crate) use hint::{KEYTURN_PASSIVE, Passive};
pub(crate) use idempotency_key::{IDEMPOTENCY_KEY, IdempotencyKey};
pub(crate) use json::{BodyTimeout, OptionalJson, StrictJson, parse as parse_json, read as read_body};
pub(crate) use query::StrictQuery;
pub(crate) use session_id::PathSessionId;
pub(crate) use starting_service::StartingService;
