//! Bodies that are bombs.

use super::Target;

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
