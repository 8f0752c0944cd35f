//! `POST /auth/account/email`, `POST /auth/account/email/confirm` (R2.6): another email, by a link that goes to it.
//!
//! **The rule**: asking needs the current password and is answered alike, whether or not the address is taken. Nothing changes until the
//! link is used, which the address until now is told.

use axum::extract::State;
use axum::http::StatusCode;
use keyturn_core::service::{EmailChangeRequest, EmailLinkUse};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Body, Common, Counted, Judged, Unsafe};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{ClientOf, Confirming, OriginOf, StrictJson};
use crate::shapes::{ChangeEmailBody, EmailLinkUsedBody};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(ask)).routes(routes!(confirm))
}

/// Have a link mailed that changes the email
///
/// It goes to the new address and works once, for 15 minutes. Until it is used nothing changes.
#[utoipa::path(
    post,
    path = "/auth/account/email",
    operation_id = "changeEmail",
    tag = "account",
    request_body = ChangeEmailBody,
    responses((status = 202, description = "If the address is free, the link is mailed to it"), Common, Judged, Unsafe, Body, Counted),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = [], "csrf" = []))
)]
async fn ask(
    State(edge): State<Edge>,
    confirming: Confirming,
    StrictJson(body): StrictJson<ChangeEmailBody>,
) -> Result<StatusCode, Problem> {
    let (caller, confirmation) = confirming.with(body.current_password);
    let email = body.email;
    let request = EmailChangeRequest { email, confirmation };
    edge.carry_through(|authority| async move { authority.ask_email_change(&caller, request).await })
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Change the email by a mailed link
///
/// The address until now is told. Sessions stay; other mailed links of the account are dead. Signs nobody in.
#[utoipa::path(
    post,
    path = "/auth/account/email/confirm",
    operation_id = "confirmEmail",
    tag = "account",
    request_body = EmailLinkUsedBody,
    responses((status = 204, description = "The email is changed"), Common, Unsafe, Body, Counted),
    security((), ("csrf" = []))
)]
async fn confirm(
    State(edge): State<Edge>,
    ClientOf(client): ClientOf,
    OriginOf(origin): OriginOf,
    StrictJson(body): StrictJson<EmailLinkUsedBody>,
) -> Result<StatusCode, Problem> {
    let link = EmailLinkUse {
        token: body.token,
        client,
        origin,
    };
    let changed = edge.carry_through(|authority| async move { authority.confirm_email_change(link).await });
    changed.await?;
    Ok(StatusCode::NO_CONTENT)
}
