//! `POST /auth/revoke` (RFC 7009): giving a token up.
//!
//! **The rule**: who has a token may end what it stands for. A refresh token of any generation, or an access token until it has been
//! expired for as long as it lived, ends its session; that is signing out, without a browser's cookies, which mean nothing here. A token
//! that is no one's, or whose session is over, is answered like any other (§2.2).
//!
//! **The caveat**: an access token alone can't be revoked and its session left alive: it is live-checked by its session (§2.1 leaves
//! that to the server).

use axum::extract::State;
use axum::http::StatusCode;
use keyturn_core::credential::{RefreshToken, ServiceSecret};
use keyturn_core::service::SignOutRequest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::introspect::lacks_token;
use super::problems::AskedOAuth;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{ClientCredentials, OriginOf, StrictForm};
use crate::shapes::PresentedTokenForm;

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(revoke))
}

/// Give a token up (RFC 7009)
///
/// The session of this token ends (`signed_out`), and with it every token of it. No credentials are needed beside it; a service may send its own.
#[utoipa::path(
    post,
    path = "/auth/revoke",
    operation_id = "revoke",
    tag = "oauth",
    request_body(content = PresentedTokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Whatever the token stood for is over"), AskedOAuth),
    security((), ("service" = []))
)]
async fn revoke(
    State(edge): State<Edge>,
    OriginOf(origin): OriginOf,
    credentials: ClientCredentials,
    StrictForm(form): StrictForm<PresentedTokenForm>,
) -> Result<StatusCode, Problem> {
    if let Some(client) = credentials.or_form(form.client_id, form.client_secret)? {
        client.service(&edge, &origin).await?;
    }
    let token = form.token.ok_or_else(lacks_token)?;
    if token.starts_with(ServiceSecret::PREFIX) {
        return Err(Problem::new(ProblemCode::UnsupportedTokenType));
    }
    let refresh_token = RefreshToken::parse(&token).ok();
    let request = SignOutRequest {
        access_token: refresh_token.is_none().then_some(token),
        refresh_token,
        origin,
    };
    edge.carry_through(|authority| async move { authority.sign_out(request).await })
        .await?;
    Ok(StatusCode::OK)
}
