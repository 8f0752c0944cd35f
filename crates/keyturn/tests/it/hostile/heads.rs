//! Heads that are too large, that name another route by a trick, or that could be read in two ways.

use super::Target;

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
