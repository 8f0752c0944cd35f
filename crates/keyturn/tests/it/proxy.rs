//! The way to a database, which a test can cut or have swallow everything.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// They go through.
    Open,
    /// They are closed, and new ones at once.
    Cut,
    /// Nothing arrives and nothing is said: a network that drops packets.
    Swallowing,
}

/// A proxy on the loopback that ends with the test.
pub(crate) struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
    upstream: watch::Sender<SocketAddr>,
}

impl Proxy {
    /// Leads to this address.
    pub(crate) async fn to(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (way, _) = watch::channel(Way::Open);
        let ways = way.clone();
        let (upstream, upstreams) = watch::channel(upstream);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let upstream = *upstreams.borrow();
                tokio::spawn(carry(connection, upstream, ways.subscribe()));
            }
        });
        Self {
            address,
            way,
            upstream,
        }
    }

    /// Where it is reached by HTTP.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on leads new connections there.
    pub(crate) fn lead_to(&self, upstream: SocketAddr) {
        self.upstream.send_replace(upstream);
    }

    /// Leads to the host of a database's URL. Answers the proxy and the URL through it.
    pub(crate) async fn before(url: &str) -> (Self, String) {
        let (before, rest) = url.rsplit_once('@').expect("a URL with a user");
        let (host, path) = rest.split_once('/').expect("a URL with a database");
        let proxy = Self::to(host.parse().expect("an address with a port")).await;
        let through = format!("{before}@{}/{path}", proxy.address);
        (proxy, through)
    }

    /// From now on.
    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn carry(mut connection: TcpStream, upstream: SocketAddr, mut way: watch::Receiver<Way>) {
    let mut kept = None;
    if *way.borrow_and_update() == Way::Open {
        let Ok(mut other) = TcpStream::connect(upstream).await else {
            return;
        };
        tokio::select! {
            _closed = copy_bidirectional(&mut connection, &mut other) => return,
            _changed = way.wait_for(|way| *way != Way::Open) => kept = Some(other),
        }
    }
    // Both ends stay open and unread for as long as everything is swallowed.
    let _changed = way.wait_for(|way| *way != Way::Swallowing).await;
    drop((connection, kept));
}
