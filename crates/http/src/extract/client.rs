//! Where a sign-in comes from (R5.1). The core keeps it only where the configuration says so.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use keyturn_core::model::Client;

use crate::client_address::client_address;
use crate::edge::Edge;

/// Address and user agent of the client.
pub(crate) struct ClientOf(pub(crate) Client);

impl FromRequestParts<Edge> for ClientOf {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ip = peer
            .map(|ConnectInfo(peer)| client_address(peer.ip(), &parts.headers, &edge.config.trusted_proxies));
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self(Client::new(ip, user_agent.as_deref())))
    }
}
