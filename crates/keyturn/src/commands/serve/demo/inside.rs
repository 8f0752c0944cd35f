//! Requests to the product's own routes, without a socket: what programs and other people's browsers do in the demo.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::failure::Failure;

/// No answer of ours is longer.
const LONGEST: usize = 1024 * 1024;

/// Marks a request that does not come from outside.
#[derive(Clone, Copy)]
pub(super) struct FromInside;

/// The way to the routes.
pub(super) struct Inside {
    public_url: String,
    routes: OnceLock<watch::Receiver<Router>>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    /// Null where there is none.
    pub(super) body: Value,
}

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

impl Inside {
    pub(super) fn of(public_url: &str) -> Self {
        Self {
            public_url: public_url.to_owned(),
            routes: OnceLock::new(),
        }
    }

    /// As it is written in the address line.
    pub(super) fn public_url(&self) -> &str {
        &self.public_url
    }

    /// From now on these routes answer.
    pub(super) fn serve_by(&self, routes: watch::Receiver<Router>) {
        drop(self.routes.set(routes));
    }

    /// Asks, and reads the answer.
    ///
    /// # Errors
    /// There are no routes yet, or the request can't be made or its answer read.
    pub(super) async fn ask(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let routes = self.routes.get().ok_or_else(|| fault("nothing is served yet"))?;
        let routes = routes.borrow().clone();
        let request = self.request(call)?;
        let Ok(answer) = routes.oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, LONGEST)
            .await
            .map_err(|error| fault(&error.to_string()))?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        })
    }

    fn request(&self, call: Call<'_>) -> Result<Request<Body>, Failure> {
        let host = self.public_url.split_once("//").map_or("", |(_, host)| host);
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header(HOST, host);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let body = match call.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        request
            .extension(ConnectInfo(here))
            .extension(FromInside)
            .body(body)
            .map_err(|error| fault(&error.to_string()))
    }
}

impl Answer {
    /// A text in the body.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer)?.as_str()
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// It is not: the whole answer, without what it may hold of tokens.
    pub(super) fn must(&self, pointer: &str) -> Result<String, Failure> {
        let found = self.text(pointer).map(str::to_owned);
        found.ok_or_else(|| self.lacks(pointer))
    }

    /// A number that must be there.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn number(&self, pointer: &str) -> Result<u64, Failure> {
        let found = self.body.pointer(pointer).and_then(Value::as_u64);
        found.ok_or_else(|| self.lacks(pointer))
    }

    fn lacks(&self, pointer: &str) -> Failure {
        let code = self.text("/code").unwrap_or_default();
        fault(&format!("{} {code}: an answer lacks {pointer}", self.status))
    }

    /// A cookie that it sets, whose name ends like this: `name=value`.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(SET_COOKIE);
        all.iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|pair| pair.split('=').next().is_some_and(|found| found.ends_with(name)))
    }
}

fn fault(why: &str) -> Failure {
    Failure::Fault(format!("the demo: {why}"))
}
