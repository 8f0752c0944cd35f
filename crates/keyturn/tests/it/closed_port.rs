//! A port that nobody listens on: bound, so that it is given to no other process as a free one, and open to whoever asks for it by its number.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// Closed until this is dropped, or somebody listens there on purpose.
pub(crate) struct ClosedPort {
    address: SocketAddr,
    _bound: TcpSocket,
}

impl ClosedPort {
    /// Any that is free.
    pub(crate) fn any() -> Self {
        let bound = TcpSocket::new_v4().unwrap();
        bound.set_reuseaddr(true).unwrap();
        bound.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self {
            address: bound.local_addr().unwrap(),
            _bound: bound,
        }
    }

    /// Its number.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What would be asked if somebody served there.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
