//! An application of this process, served behind the walls that the rest has: one origin, one cookie, one way to say no.
//!
//! **The rule**: a request reaches it only with an access token that is good and whose session lives, by `Authorization` or by cookie; asking is
//! activity, unless it says otherwise. What comes by cookie is protected against forgery by the first wall, and by the second where it is
//! asked for. Its bodies have arrived whole.
//!
//! **The caveat**: it knows who asks by what [`Application::introduce`] puts into the request, and nothing else of ours.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::Extensions;
use keyturn_core::ports::StoreError;
use keyturn_core::service::{AuthError, Authenticated};

use crate::csrf::TokenWall;
use crate::edge::Edge;
use crate::error::Problem;
use crate::extract::{Caller, read_body};

/// Which walls stand before an application, for what comes by cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationCsrf {
    /// The request comes from our own origin, a trusted one, or no browser.
    Origin,
    /// It brings the signed CSRF token, too.
    Token,
}

/// Whether an application can serve, once that is known.
pub type Checking = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send>>;

type Introduce = Arc<dyn Fn(&Authenticated, &mut Extensions) + Send + Sync>;

/// Routes of an application, and what is needed to serve them.
#[derive(Clone)]
pub struct Application {
    routes: Router,
    csrf: ApplicationCsrf,
    introduce: Introduce,
    check: Option<Arc<dyn Fn() -> Checking + Send + Sync>>,
}

impl Application {
    /// These routes. `introduce` tells them who asks.
    pub fn new(
        routes: Router,
        csrf: ApplicationCsrf,
        introduce: impl Fn(&Authenticated, &mut Extensions) + Send + Sync + 'static,
    ) -> Self {
        Self {
            routes,
            csrf,
            introduce: Arc::new(introduce),
            check: None,
        }
    }

    /// Says whether it can serve, for the probes.
    #[must_use]
    pub fn checked_by(self, check: impl Fn() -> Checking + Send + Sync + 'static) -> Self {
        Self {
            check: Some(Arc::new(check)),
            ..self
        }
    }

    /// Whether it can serve.
    pub(crate) async fn check(&self) -> Result<(), AuthError> {
        let Some(check) = &self.check else { return Ok(()) };
        check()
            .await
            .map_err(|error| StoreError::Unavailable(error).into())
    }

    /// Its routes behind the walls.
    pub(crate) fn walled(&self, edge: &Edge) -> Router<Edge> {
        let routes = self.routes.clone().with_state::<Edge>(());
        let admitted = routes.layer(from_fn_with_state(
            (edge.clone(), Arc::clone(&self.introduce)),
            admit,
        ));
        match self.csrf {
            ApplicationCsrf::Origin => admitted,
            ApplicationCsrf::Token => admitted.layer(TokenWall(edge.clone())),
        }
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("csrf", &self.csrf)
            .finish_non_exhaustive()
    }
}

async fn admit(State((edge, introduce)): State<(Edge, Introduce)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let admitted = async {
        let Caller(caller) = Caller::from_request_parts(&mut parts, &edge).await?;
        introduce(&caller, &mut parts.extensions);
        read_body(&parts, body).await
    };
    match admitted.await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(problem) => Problem::into_response(problem),
    }
}
