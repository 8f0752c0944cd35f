//! A service that may start sessions, by HTTP Basic.
//!
//! **The rule**: 401 for whoever is no service, 403 for one without the scope `session:start`; both before the body is read. A person's
//! token opens nothing here, an administrator's neither, and no cookie is read.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use keyturn_core::model::{Service, ServiceScope};

use super::{ClientCredentials, OriginOf};
use crate::edge::Edge;
use crate::error::{Problem, ProblemCode};

/// The service.
pub(crate) struct StartingService(pub(crate) Service);

impl FromRequestParts<Edge> for StartingService {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let Ok(credentials) = ClientCredentials::from_request_parts(parts, edge).await;
        let Some(client) = credentials.or_form(None, None)? else {
            return Err(Problem::new(ProblemCode::InvalidClient)
                .with_detail("Send the name and the secret of a service by HTTP Basic."));
        };
        let (OriginOf(origin), scope) = (OriginOf::of(parts, edge), ServiceScope::SessionStart);
        let presented = client.presented(&origin);
        Ok(Self(
            edge.authority.authenticate_service(&presented, scope).await?,
        ))
    }
}
