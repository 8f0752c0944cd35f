//! Probes and the API's description.

use crate::harness::Server;

#[tokio::test]
async fn liveness_needs_nothing_and_readiness_needs_storage() {
    let server = Server::new();
    for path in ["/livez", "/readyz", "/healthz"] {
        assert_eq!(
            server.anonymous().get(path).await.expect_status(200).body["status"],
            "ok"
        );
    }
    server.store.set_down(true);
    server.anonymous().get("/livez").await.expect_status(200);
    for path in ["/readyz", "/healthz"] {
        server
            .anonymous()
            .get(path)
            .await
            .expect_problem(503, "store-unavailable");
    }
    server.store.set_down(false);
    server.readiness.drain();
    server.anonymous().get("/livez").await.expect_status(200);
    server
        .anonymous()
        .get("/readyz")
        .await
        .expect_problem(503, "draining");
    server.anonymous().get("/auth/session").await.expect_status(200);
}

#[tokio::test]
async fn the_description_is_served_as_it_is_generated() {
    let answer = Server::new()
        .anonymous()
        .get("/openapi.json")
        .await
        .expect_status(200);
    assert_eq!(
        answer.body,
        serde_json::to_value(keyturn_http::openapi()).unwrap()
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let operations: Vec<_> = answer.body["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| {
                    let statuses: Vec<_> = operation["responses"]
                        .as_object()
                        .unwrap()
                        .keys()
                        .cloned()
                        .collect();
                    format!("{method} {path}: {}", statuses.join(" "))
                })
        })
        .collect();
    insta::assert_json_snapshot!(operations);
}

#[tokio::test]
async fn the_documentation_is_served_from_the_binary_alone() {
    let server = Server::new();
    let page = server.anonymous().get("/docs/").await.expect_status(200);
    assert!(page.text.contains("swagger-ui"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("https:"));
    assert!(
        !page.text.contains("<script>"),
        "scripts are files, as the policy wants"
    );
    let start = server
        .anonymous()
        .get("/docs/swagger-initializer.js")
        .await
        .expect_status(200);
    assert!(start.text.contains("/openapi.json"));
    server.anonymous().get("/docs").await.expect_status(303);
}
