//! Strangers who break the rules of HTTP, or stretch them: each is answered clearly or closed upon, in time, and afterwards the
//! server is well and its store is what it was.
//!
//! Requests are written byte by byte on a socket, since no client library would send them.

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

#[tokio::test]
async fn half_a_request_is_closed_upon_in_time() {
    let target = Target::start(&[]).await;
    for head in [
        "",
        "G",
        "GET /auth/session HTTP/1.1\r\n",
        "GET /auth/session HTTP/1.1\r\nHost: localhost\r\nX-Long: aaa",
        "PRI * HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        target.exchange(head.as_bytes()).refused(head, &[400, 408]);
    }
    let head = "POST /auth/signin HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100";
    let reply = target.ask(head, b"{\"email\":");
    reply.answered("half a body", 408);
    assert!(reply.0.contains("body-timed-out"), "{}", reply.0);
    let head = "POST /auth/signin HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked";
    target.ask(head, b"5\r\n{\"ema").answered("half a chunk", 408);
    target.expect_well().await;
}

#[tokio::test]
async fn who_takes_no_answer_is_closed_upon() {
    let target = Target::start(&[]).await;
    let requests = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
    let mut stream = target.connect();
    // Nothing is read: what both systems keep for the connection fills up, the server can write no more, and gives up.
    let closed = (0..1_000).find_map(|_| stream.write_all(requests.as_bytes()).err());
    let kind = closed.map(|error| error.kind());
    assert!(
        matches!(kind, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)),
        "{kind:?}"
    );
    target.expect_well().await;
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let target = Target::start(&[]).await;
    let token = "a".repeat(1 << 20);
    let many = "X-One: more\r\n".repeat(5_000);
    for (name, head) in [
        (
            "bearer",
            format!("GET /auth/session HTTP/1.1\r\nAuthorization: Bearer {token}"),
        ),
        (
            "cookie",
            format!("GET /auth/session HTTP/1.1\r\nCookie: __Host-keyturn_access={token}"),
        ),
        ("many", format!("GET /auth/session HTTP/1.1\r\n{many}X-Last: one")),
        ("path", format!("GET /{token} HTTP/1.1")),
        ("query", format!("GET /auth/session?{token} HTTP/1.1")),
    ] {
        target.ask(&head, b"").refused(name, &[414, 431]);
    }
    let few = "X-One: more\r\n".repeat(200);
    target
        .ask(&format!("GET /auth/session HTTP/1.1\r\n{few}X-Last: one"), b"")
        .answered("200 headers", 431);
    let medium = "a".repeat(40_000);
    target
        .ask(
            &format!("GET /auth/session HTTP/1.1\r\nAuthorization: Bearer {medium}"),
            b"",
        )
        .answered("40 kB of a header", 431);
    target.expect_well().await;
}

#[tokio::test]
async fn tricks_with_methods_and_paths_reach_no_other_route() {
    let target = Target::start(&[]).await;
    for method in ["get", "TRACE", "TRACK", "CONNECT", "DELETE", "FOO", "PROPFIND"] {
        let reply = target.ask(&format!("{method} /auth/session HTTP/1.1"), b"");
        reply.refused(method, &[400, 404, 405]);
    }
    let bearer = format!("Authorization: Bearer {}", target.access);
    for name in ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"] {
        let head = format!("GET /auth/sessions?all=true HTTP/1.1\r\n{name}: DELETE\r\n{bearer}");
        let reply = target.ask(&head, b"");
        assert!(
            matches!(reply.status(), Some(200 | 400 | 422)),
            "{name}: {}",
            reply.0
        );
    }
    for path in [
        "//auth/session",
        "/auth//session",
        "/auth/../auth/session",
        "/x/../auth/session",
        "/%2e%2e/auth/session",
        "/auth/%2e/session",
        "/auth%2fsession",
        "/auth%2Fsession",
        "/auth\\session",
        "/auth/session.",
        "/auth/session/",
        "/auth/session/..",
        "/auth/session;a=b",
        "/auth/session%00",
        "/auth/session%20",
        "/AUTH/session",
        "/auth/./session",
    ] {
        let reply = target.ask(&format!("GET {path} HTTP/1.1\r\n{bearer}"), b"");
        reply.refused(path, &[400, 404]);
        assert!(reply.status().is_some(), "{path}");
    }
    target.expect_well().await;
}

#[tokio::test]
async fn ambiguous_and_unreadable_requests_are_refused() {
    let target = Target::start(&[]).await;
    let post = "POST /auth/signin HTTP/1.1\r\nContent-Type: application/json";
    let both = "0\r\n\r\nGET /auth/session HTTP/1.1\r\nX: ";
    for (name, lines, body) in [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3", "{}x"),
        ("a list of lengths", "Content-Length: 2, 3", "{}x"),
        ("a signed length", "Content-Length: +2", "{}"),
        ("a negative length", "Content-Length: -1", "{}"),
        (
            "length and chunks",
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            both,
        ),
        ("unknown coding", "Transfer-Encoding: xchunked", "0\r\n\r\n"),
        (
            "chunked first",
            "Transfer-Encoding: chunked, identity",
            "0\r\n\r\n",
        ),
        (
            "a bad chunk",
            "Transfer-Encoding: chunked",
            "zz\r\n{}\r\n0\r\n\r\n",
        ),
        ("space before the colon", "Content-Length : 2", "{}"),
        ("folded", "X-Folded: a\r\n b: c\r\nContent-Length: 2", "{}"),
        ("a bare return", "X-Bare: a\rb\r\nContent-Length: 2", "{}"),
        ("not JSON", "Content-Length: 3", "{\u{fffd}"),
    ] {
        let reply = target.ask(&format!("{post}\r\n{lines}"), body.as_bytes());
        reply.refused(name, &[400, 408, 422]);
        assert!(reply.0.matches("HTTP/1.1 ").count() <= 1, "{name}: {}", reply.0);
    }
    let pair = "__Host-keyturn_access=a";
    for (name, line, statuses) in [
        ("duplicate cookies", format!("Cookie: {pair}; {pair}"), [400, 401]),
        (
            "two cookie headers",
            format!("Cookie: {pair}\r\nCookie: {pair}"),
            [400, 401],
        ),
        ("basic", "Authorization: Basic YTpi".to_owned(), [400, 401]),
        ("no scheme", "Authorization: token".to_owned(), [400, 401]),
        ("no token", "Authorization: Bearer".to_owned(), [400, 401]),
        ("two tokens", "Authorization: Bearer a b".to_owned(), [400, 401]),
        (
            "two headers",
            format!(
                "Authorization: Bearer a\r\nAuthorization: Bearer {}",
                target.access
            ),
            [400, 401],
        ),
    ] {
        let reply = target.ask(&format!("GET /auth/session HTTP/1.1\r\n{line}"), b"");
        reply.refused(name, &statuses);
        assert!(reply.status().is_some(), "{name}");
    }
    let planted = format!(
        "GET /auth/session HTTP/1.1\r\nCookie: \u{2000}__Host-keyturn_access={}",
        target.access
    );
    let reply = target.ask(&planted, b"");
    assert!(reply.0.contains("\"is_authenticated\":false"), "{}", reply.0);
    let not_text = b"GET /auth/session HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n";
    target.exchange(not_text).refused("not text", &[400, 401]);
    target.expect_well().await;
}

#[tokio::test]
async fn bodies_that_are_bombs_are_refused() {
    let target = Target::start(&[]).await;
    let deep = |open: &str, count: usize| format!("{{\"email\":{}", open.repeat(count)).into_bytes();
    for (name, body, status) in [
        ("deep arrays", deep("[", 60_000), 422),
        ("deep objects", deep("{\"a\":", 12_000), 422),
        (
            "not UTF-8",
            b"{\"email\":\"\xff\xfe\",\"password\":\"x\"}".to_vec(),
            400,
        ),
        ("one byte over", vec![b' '; 64 * 1024 + 1], 413),
        ("nothing but space", vec![b' '; 64 * 1024], 400),
    ] {
        let head = format!(
            "POST /auth/signin HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}",
            body.len()
        );
        let reply = target.ask(&head, &body);
        reply.refused(name, &[status, 400]);
        assert!(reply.status().is_some() || status == 413, "{name}");
    }
    for path in ["/auth/refresh", "/auth/signout"] {
        for (name, body, status) in [
            (
                "1 MiB of a token",
                format!("{{\"refresh_token\":\"{}\"}}", "a".repeat(1 << 20)),
                413,
            ),
            (
                "a token twice",
                r#"{"refresh_token":"a","refresh_token":"b"}"#.to_owned(),
                422,
            ),
            ("a field that nobody knows", r#"{"surprise":1}"#.to_owned(), 422),
        ] {
            let length = body.len();
            let head =
                format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}");
            let reply = target.ask(&head, body.as_bytes());
            reply.refused(name, &[status]);
            assert!(reply.status().is_some() || status == 413, "{path}: {name}");
        }
    }
    target.expect_well().await;
}

#[tokio::test]
async fn further_connections_wait_and_further_requests_are_refused() {
    let target = Target::start(&["--set", "http.max_connections=24", "--set", "http.max_requests=1"]).await;
    let idle: Vec<_> = (0..64).map(|_| target.connect()).collect();
    target
        .ask("GET /livez HTTP/1.1", b"")
        .answered("served once the idle ones are closed", 200);
    drop(idle);

    let request = "GET /auth/session HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    let answers = target.exchange(request.as_bytes()).0;
    assert_eq!(
        answers.matches("HTTP/1.1 200").count(),
        50,
        "pipelined: {answers}"
    );

    // Whoever comes first has the only place: until it is the slow one, it is tried again.
    let refused = (0..50).find_map(|_| refused_beside_a_slow_one(&target));
    let refused = refused.expect("a second request at once is refused").0;
    assert!(refused.to_lowercase().contains("retry-after: 1"), "{refused}");
    assert!(refused.contains("\"busy\""), "{refused}");
    target.expect_well().await;
}

/// Begins a request whose body never comes, and asks beside it until that is refused. `None` where the slow one was refused itself.
fn refused_beside_a_slow_one(target: &Target) -> Option<Reply> {
    let head = "POST /auth/signin HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n";
    let mut slow = target.connect();
    slow.write_all(head.as_bytes()).unwrap();
    let refused = (0..20)
        .map(|_| target.ask("GET /auth/session HTTP/1.1", b""))
        .find(|reply| reply.status() == Some(503));
    refused.filter(|_| Reply::read(&mut slow).status() == Some(408))
}
