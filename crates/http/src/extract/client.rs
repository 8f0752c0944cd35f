//! Where a request comes from: what a sign-in's session keeps of it (R5.1), and what the audit log says. The core keeps the address
//! only where the configuration says so.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use keyturn_core::model::{Client, Origin};

use crate::client_address::client_address;
use crate::edge::Edge;
use crate::request_id::request_id;

/// Address and user agent of the client, for a session that begins.
pub(crate) struct ClientOf(pub(crate) Client);

/// Address of the client and id of the request, for the audit log.
pub(crate) struct OriginOf(pub(crate) Origin);

impl OriginOf {
    pub(crate) fn of(parts: &Parts, edge: &Edge) -> Self {
        Self(Origin::request(request_id(), address(parts, edge)))
    }
}

impl FromRequestParts<Edge> for ClientOf {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Infallible> {
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self(Client::new(address(parts, edge), user_agent.as_deref())))
    }
}

impl FromRequestParts<Edge> for OriginOf {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Infallible> {
        Ok(Self::of(parts, edge))
    }
}

fn address(parts: &Parts, edge: &Edge) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| client_address(peer.ip(), &parts.headers, &edge.config.trusted_proxies))
}
