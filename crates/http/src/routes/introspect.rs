//! `POST /auth/introspect` (RFC 7662): what a token is worth now, for services, and for whoever has an access token about its session's own.
//!
//! **The rule**: asking changes nothing ([`Authority::introspect`](keyturn_core::service::Authority::introspect)). Who may not ask is 401
//! or 403; a token that is not good, or not the asker's to know of, is `{"active": false}` and nothing else.
//!
//! **The caveat**: a refresh token is active too, and is no proof to an application: look at `token_use`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use keyturn_core::model::Origin;
use keyturn_core::service::Viewer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problems::AskedOAuth;
use crate::answer::Answer;
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};
use crate::extract::{ClientCredentials, OriginOf, StrictForm};
use crate::shapes::{InactiveBody, IntrospectionBody, PresentedTokenForm};

pub(super) fn router() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(introspect))
}

/// What a token is worth (RFC 7662)
///
/// For services with the scope `introspect`, by HTTP Basic or in the form; and for who has an access token, as bearer, about the tokens
/// of its own session. Asking is no activity, and ends no session.
#[utoipa::path(
    post,
    path = "/auth/introspect",
    operation_id = "introspect",
    tag = "oauth",
    request_body(content = PresentedTokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What it is worth; without any field but `active` where it is not good", body = IntrospectionBody),
        AskedOAuth,
    ),
    security(("service" = []), ("bearer" = []), ("oauth2" = []))
)]
async fn introspect(
    State(edge): State<Edge>,
    OriginOf(origin): OriginOf,
    credentials: ClientCredentials,
    StrictForm(form): StrictForm<PresentedTokenForm>,
) -> Result<Response, Problem> {
    let client = (form.client_id, form.client_secret);
    let viewer = viewer(&edge, &origin, credentials, client).await?;
    let token = form.token.ok_or_else(lacks_token)?;
    Ok(match edge.authority.introspect(&token, viewer).await? {
        Some(found) => {
            let issuer = &edge.authority.policy().token.issuer;
            Answer(IntrospectionBody::new(&found, issuer)).into_response()
        }
        None => Answer(InactiveBody { active: false }).into_response(),
    })
}

pub(super) fn lacks_token() -> Problem {
    Problem::new(ProblemCode::InvalidFields).with_detail("token is missing.")
}

async fn viewer(
    edge: &Edge,
    origin: &Origin,
    credentials: ClientCredentials,
    (name, secret): (Option<String>, Option<String>),
) -> Result<Viewer, Problem> {
    let authority = &edge.authority;
    match (credentials, secret) {
        (ClientCredentials::Bearer(_), Some(_)) => Err(Problem::new(ProblemCode::AmbiguousCredentials)
            .with_detail("An access token came in the header and a client's secret in the form.")),
        (ClientCredentials::Bearer(token), None) => Ok(authority.viewing_session(&token).await?),
        (credentials, secret) => match credentials.or_form(name, secret)? {
            Some(client) => Ok(authority.viewing_service(&client.presented(origin)).await?),
            None => Err(Problem::new(ProblemCode::InvalidClient)
                .with_detail("Send the name and the secret of a service, or an access token as bearer.")),
        },
    }
}
