//! `GET /.well-known/oauth-authorization-server`, and what `/openapi.json` says of a server as it is configured.

use axum::body::Body;
use axum::http::Method;
use keyturn_http::{EdgeSettings, TokenPairSettings};
use serde_json::Value;

use crate::harness::{PUBLIC_URL, Server, policy, request, settings};

#[tokio::test]
async fn the_metadata_says_what_is_there() {
    let server = Server::new();
    let answer = server
        .anonymous()
        .get("/.well-known/oauth-authorization-server")
        .await
        .expect_status(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    insta::assert_json_snapshot!(answer.body);
    for (name, method) in [
        ("token_endpoint", Method::POST),
        ("introspection_endpoint", Method::POST),
        ("revocation_endpoint", Method::POST),
        ("jwks_uri", Method::GET),
        ("service_documentation", Method::GET),
    ] {
        let url = answer.text_at(&format!("/{name}"));
        let path = url.strip_prefix(PUBLIC_URL).unwrap();
        let found = server
            .send(request(method, path).body(Body::empty()).unwrap())
            .await;
        assert!(
            ![404, 405].contains(&found.status.as_u16()),
            "{name} is at {url}: {}",
            found.status
        );
    }
}

#[tokio::test]
async fn the_description_shows_the_token_pair_where_it_is() {
    for (enabled, prefix, shown) in [
        (
            true,
            "",
            &["/generateTokens", "/login", "/logout", "/refresh"][..],
        ),
        (
            true,
            "/legacy",
            &[
                "/legacy/generateTokens",
                "/legacy/login",
                "/legacy/logout",
                "/legacy/refresh",
            ],
        ),
        (false, "", &[]),
        (false, "/legacy", &[]),
    ] {
        let settings = EdgeSettings {
            token_pair: TokenPairSettings {
                enabled,
                prefix: prefix.parse().unwrap(),
                browsers: false,
            },
            ..settings()
        };
        let server = Server::with(settings, policy());
        let described = server
            .anonymous()
            .get("/openapi.json")
            .await
            .expect_status(200)
            .body;
        let pair = |path: &&String| {
            ["/login", "/generateTokens", "/refresh", "/logout"]
                .iter()
                .any(|name| path.ends_with(name) && !path.starts_with("/auth/"))
        };
        let mut found: Vec<_> = described["paths"]
            .as_object()
            .unwrap()
            .keys()
            .filter(pair)
            .collect();
        found.sort();
        assert_eq!(found, shown, "{enabled} {prefix}");
        if let Some(path) = shown.get(2) {
            let required = &described["paths"][*path]["post"]["requestBody"]["required"];
            assert_eq!(required, &Value::Bool(false));
        }
    }
}
