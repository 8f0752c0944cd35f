//! SIGTERM: what was begun is answered, nothing new is taken, and nobody who is silent holds it up.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use tempfile::tempdir;

use crate::client::Client;
use crate::patience::patiently;
use crate::server::Server;

/// Within this what is waited for must come.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_request_in_flight_at_the_signal_is_answered_and_no_other_is_taken() {
    let folder = tempdir().unwrap();
    let flags = ["--set", "http.header_timeout=1s", "--set", "http.idle_timeout=2s"];
    let server = Server::start(&folder.path().join("data"), &flags);
    let body = json!({ "email": "ann@example.org", "password": "a long and quiet phrase" });
    Client::to(server.url())
        .ask("/auth/signup", body.clone())
        .await
        .expect(201);

    let mut begun = connect(&server).unwrap();
    let head = "POST /auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue";
    let body = body.to_string();
    write!(begun, "{head}\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
    let mut asked_for = [0; 25];
    begun.read_exact(&mut asked_for).unwrap();
    assert_eq!(
        &asked_for, b"HTTP/1.1 100 Continue\r\n\r\n",
        "it waits for the body"
    );
    let silent = connect(&server).unwrap();
    let mut half = connect(&server).unwrap();
    half.write_all(b"GET /livez HTTP/1.1\r\nHos").unwrap();

    server.ask_to_stop();
    // Who comes in the moment in which the listener closes is reset, and refused from then on.
    let is_refused = |()| connect(&server).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused);
    assert!(patiently().any(is_refused));

    begun.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"access_token\""), "{answer}");
    assert_eq!(server.stopped(), "");
    drop((silent, half));
}

fn connect(server: &Server) -> std::io::Result<TcpStream> {
    let address = server.url().trim_start_matches("http://");
    let stream = TcpStream::connect(address.replace("localhost", "127.0.0.1"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}
