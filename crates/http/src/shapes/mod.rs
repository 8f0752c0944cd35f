//! What travels as JSON. Field names are public API: more may join, none may change.

mod account;
mod admin;
mod audit;
mod changes;
mod export;
mod fields;
mod introspection;
mod jwk_set;
mod metadata;
mod names;
mod oauth;
mod problem;
mod requests;
mod session;
mod session_start;
mod token_answer;
mod token_pair;

pub(crate) use account::{AccountBody, ChangeEmailBody, ChangePasswordBody, ConfirmationBody, ProfileBody};
pub(crate) use admin::{
    AdminNewUserBody, AdminPasswordBody, AdminUserBody, AdminUserChangesBody, AdminUserPage, AdminUserQuery,
    AdminUserStateBody,
};
pub(crate) use audit::{AdminSessionQuery, AuditPage, AuditQuery, SessionStoryBody};
pub(crate) use changes::{ChangeBody, ChangePageBody, ReadyBody, SnapshotBody, VouchBody};
pub(crate) use export::ExportBody;
pub use export::ExportText;
pub(crate) use introspection::{InactiveBody, IntrospectionBody};
pub(crate) use jwk_set::JwkSetBody;
pub(crate) use metadata::MetadataBody;
pub(crate) use oauth::{OAuthErrorBody, PresentedTokenForm, TokenForm};
pub(crate) use problem::ProblemBody;
pub(crate) use requests::{
    ActivityBody, EmailLinkUsedBody, LinkUsedBody, LinkWantedBody, ListQuery, ListedState, RefreshBody,
    SignInBody, SignOutBody, SignUpBody, SweepQuery,
};
pub(crate) use session::{ContextBody, SessionBody, SessionPage, SessionWithTokens};
pub(crate) use session_start::{
    CodeSignInBody, SessionCodeBody, SessionStartBody, StartedAs, StartedSessionBody,
};
pub(crate) use token_answer::TokenAnswer;
pub(crate) use token_pair::{LoginBody, LogoutBody, NextPairBody, NextTokenPair, TokenPair};

use serde::Serialize;
use utoipa::ToSchema;

/// A CSRF token.
#[derive(Serialize, ToSchema)]
#[schema(as = CsrfToken)]
pub(crate) struct CsrfBody {
    /// To be sent back in `X-CSRF-Token`.
    pub(crate) csrf_token: String,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
#[schema(as = EndedSessions)]
pub(crate) struct EndedBody {
    /// Those that lived until now.
    pub(crate) ended: u64,
}

/// An account that waits for its activation.
#[derive(Serialize, ToSchema)]
#[schema(as = PendingAccount)]
pub(crate) struct PendingBody {
    /// Always `pending`; the same whether or not the email was free.
    pub(crate) state: &'static str,
}

/// A probe's answer.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthBody {
    /// Always `ok`.
    pub(crate) status: &'static str,
}
