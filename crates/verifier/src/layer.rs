//! Layers for tower: one finds out who is signed in, one lets in who has a permission.
//!
//! **The rule**: [`SessionLayer`] lets requests without credentials pass, as anonymous; credentials that are no good are refused before
//! anything behind it sees them. Ask for a session by the extractor, or by [`SessionLayer::required`].

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::bearer;
use crate::context::SessionContext;
use crate::refusal::Refusal;
use crate::verifier::Verifier;

type Answering<R, E> = Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>>;

/// Puts the [`SessionContext`] of each request into its extensions.
#[derive(Clone)]
pub struct SessionLayer {
    verifier: Verifier,
    required: bool,
}

impl SessionLayer {
    /// Lets requests without credentials pass, as anonymous.
    pub const fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            required: false,
        }
    }

    /// Answers requests without credentials 401, too.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    async fn context(&self, token: Result<Option<String>, Refusal>) -> Result<SessionContext, Refusal> {
        let context = self.verifier.context(token?.as_deref()).await?;
        if self.required {
            context.require_session()?;
        }
        Ok(context)
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService {
            layer: self.clone(),
            inner,
        }
    }
}

/// What [`SessionLayer`] makes of a service.
#[derive(Clone)]
pub struct SessionService<S> {
    layer: SessionLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for SessionService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answering<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let layer = self.layer.clone();
        // The one that was asked whether it is ready answers; the copy is asked again.
        let copy = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, copy);
        Box::pin(async move {
            let token = bearer::token(request.headers()).map(|token| token.map(str::to_owned));
            match layer.context(token).await {
                Ok(context) => {
                    request.extensions_mut().insert(context);
                    inner.call(request).await
                }
                Err(refusal) => Ok(refusal.to_response()),
            }
        })
    }
}

/// Lets in who has a permission; put it inside of [`SessionLayer`].
#[derive(Clone, Debug)]
pub struct RequirePermission {
    permission: Arc<str>,
}

impl RequirePermission {
    /// The permission that is needed, letter for letter.
    pub fn new(permission: impl Into<Arc<str>>) -> Self {
        Self {
            permission: permission.into(),
        }
    }

    fn check(&self, context: Option<&SessionContext>) -> Result<(), Refusal> {
        let context = context.ok_or(Refusal::NoContext)?;
        context.require(&self.permission).map(|_session| ())
    }
}

impl<S> Layer<S> for RequirePermission {
    type Service = PermissionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        PermissionService {
            guard: self.clone(),
            inner,
        }
    }
}

/// What [`RequirePermission`] makes of a service.
#[derive(Clone, Debug)]
pub struct PermissionService<S> {
    guard: RequirePermission,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for PermissionService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: From<String> + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answering<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.guard.check(request.extensions().get()) {
            Ok(()) => Box::pin(self.inner.call(request)),
            Err(refusal) => Box::pin(std::future::ready(Ok(refusal.to_response()))),
        }
    }
}
