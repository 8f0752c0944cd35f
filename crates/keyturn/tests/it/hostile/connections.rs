//! Who is slow, takes no answer, or comes with too many connections or requests at once.

use std::io::{ErrorKind, Write};

use super::{Reply, Target};

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
