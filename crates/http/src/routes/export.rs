//! `GET /auth/account/export`: everything that is kept about the person, to take along.
//!
//! **The rule**: it is written while it is read, so that its size is nobody's memory.
//!
//! **The caveat**: a store that fails half-way breaks the connection off: a document without its end is not whole.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::{Common, Judged};
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::Caller;
use crate::shapes::{ExportBody, ExportText};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(export))
}

/// Export the account
///
/// The account, its sessions and what was written down about them, as one document. No credential is in it.
#[utoipa::path(
    get,
    path = "/auth/account/export",
    operation_id = "exportAccount",
    tag = "account",
    responses((status = 200, description = "Everything that is kept", body = ExportBody), Common, Judged),
    security(("bearer" = []), ("oauth2" = []), ("cookie" = []))
)]
async fn export(State(edge): State<Edge>, Caller(caller): Caller) -> Result<Response, Problem> {
    let export = edge.authority.export_own(&caller).await?;
    let access = edge.authority.policy().access;
    let text = ExportText::new(export, Some(caller.family.session.id), caller.now, access);
    let pieces = stream::try_unfold(text, |mut text| async move {
        let piece = text.next().await.inspect_err(|error| {
            tracing::warn!(%error, "an export broke off: {error}");
        })?;
        Ok::<_, keyturn_core::service::AuthError>(piece.map(|piece| (piece, text)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            r#"attachment; filename="account.json""#,
        ),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
