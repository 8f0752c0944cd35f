//! The limit of a session check: axum with one route that answers a short fixed JSON text, and nothing
//! around it.

use std::net::SocketAddr;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use axum::serve::ListenerExt;
use futures::future::join_all;
use tokio::net::TcpListener;

use super::drive::Bounds;
use super::wire::Wire;
use crate::stopwatch::{now, per_second};

/// Shorter than the answer to a session check, to the limit's advantage.
const BODY: &str = concat!(
    "{\"hello\":\"",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "\"}"
);

/// Listens on a free port of the loopback.
pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound port");
    (listener, address)
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener) {
    let hello = || async { ([(header::CONTENT_TYPE, "application/json")], BODY) };
    let router = Router::new().route("/hello", get(hello));
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a fresh connection"));
    axum::serve(listener, router).await.expect("serves");
}

/// So many connections in a closed loop; answers per second.
pub async fn drive(server: SocketAddr, connections: usize, bounds: Bounds) -> f64 {
    let wires = join_all((0..connections).map(|_| Wire::connect(server))).await;
    let begin = now();
    let loops = wires.into_iter().map(|wire| async move {
        let mut wire = wire.expect("the server listens");
        let mut count = 0;
        while count < bounds.each && begin.elapsed() < bounds.time {
            let answer = wire.ask(b"GET /hello HTTP/1.1\r\nHost: hello\r\n\r\n").await;
            assert_eq!(answer.expect("an answer").body, BODY);
            count += 1;
        }
        count
    });
    let answered = join_all(loops).await.into_iter().sum();
    per_second(answered, begin.elapsed())
}
