//! Strangers who break the rules of HTTP, or stretch them: each is answered clearly or closed upon, in time, and afterwards the
//! server is well and its store is what it was.
//!
//! Requests are written byte by byte on a socket, since no client library would send them. The tests go by what is wrong: the [`heads`],
//! the [`bodies`], or how long and how many the [`connections`] are.

mod bodies;
mod connections;
mod heads;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::client::Client;
use crate::server::Server;

/// Within this an answer or an end must come. The server's own limits are far shorter.
const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: &[&str] = &[
    "--set",
    "http.header_timeout=500ms",
    "--set",
    "http.body_timeout=500ms",
    "--set",
    "http.write_timeout=500ms",
    "--set",
    "http.idle_timeout=2s",
];

/// A server with one signed-in account, and what its store held before the strangers came.
struct Target {
    server: Server,
    access: String,
    before: [Value; 2],
    _folder: TempDir,
}

impl Target {
    async fn start(flags: &[&str]) -> Self {
        let folder = tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"), &[SHORT, flags].concat());
        let client = Client::to(server.url());
        let account = json!({ "email": "ann@example.org", "password": "a long and quiet phrase" });
        let access = client
            .ask("/auth/signup", account)
            .await
            .expect(201)
            .field("access_token")
            .to_owned();
        let before = stored(&server);
        Self {
            server,
            access,
            before,
            _folder: folder,
        }
    }

    fn connect(&self) -> TcpStream {
        let address = self.server.url().trim_start_matches("http://");
        let stream = TcpStream::connect(address.replace("localhost", "127.0.0.1")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends it and reads until the server closes.
    fn exchange(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connect();
        // The server may close while it is still being sent.
        let _cut_off = stream.write_all(bytes);
        Reply::read(&mut stream)
    }

    fn ask(&self, head: &str, body: &[u8]) -> Reply {
        let head = format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        self.exchange(&[head.as_bytes(), body].concat())
    }

    async fn expect_well(self) {
        // The connections of the client before may have been closed as idle.
        let client = Client::to(self.server.url());
        client.get("/readyz").send().await.expect(200);
        let session = client.get("/auth/session").bearer(&self.access).send().await;
        assert_eq!(session.expect(200).body["is_authenticated"], true);
        assert_eq!(stored(&self.server), self.before);
        self.server.stop();
    }
}

/// Activity and user agents aside, which belong to the asking.
fn stored(server: &Server) -> [Value; 2] {
    let users = server.command(&["user", "list", "--json"], "").json();
    let mut sessions = server.command(&["session", "list", "--all", "--json"], "").json();
    forget_activity(&mut sessions);
    [users, sessions]
}

fn forget_activity(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget_activity),
        Value::Object(fields) => {
            fields.remove("last_activity");
            fields.remove("idle_ends_at");
            fields.values_mut().for_each(forget_activity);
        }
        _ => {}
    }
}

/// All that came until the end.
struct Reply(String);

impl Reply {
    fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut part = [0; 16 * 1024];
        loop {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(length) => bytes.extend_from_slice(&part[..length]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    panic!("neither answered nor closed in time")
                }
                Err(_) => break,
            }
        }
        Self(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The status of the first answer; none where the connection was closed without.
    fn status(&self) -> Option<u16> {
        self.0.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()
    }

    #[track_caller]
    fn refused(&self, name: &str, statuses: &[u16]) {
        let status = self.status();
        assert!(
            status.is_none_or(|status| statuses.contains(&status)),
            "{name}: {}",
            self.0
        );
        assert!(!self.0.contains("is_authenticated"), "{name}: {}", self.0);
    }

    /// It must have been answered.
    #[track_caller]
    fn answered(&self, name: &str, status: u16) {
        assert_eq!(self.status(), Some(status), "{name}: {}", self.0);
    }
}
