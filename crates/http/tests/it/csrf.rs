//! Both walls against cross-site request forgery.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use crate::harness::{
    APP_ORIGIN, Answer, Browser, PUBLIC_URL, Server, policy, request, settings, sign_in_body, with_json,
};

/// Every route under `/auth` and `/admin` that changes something.
fn unsafe_routes(session: &str) -> Vec<(Method, String)> {
    let route = |method, path: &str| (method, path.to_owned());
    vec![
        route(Method::POST, "/auth/signup"),
        route(Method::POST, "/auth/signin"),
        route(Method::POST, "/auth/signin/code"),
        route(Method::POST, "/auth/refresh"),
        route(Method::POST, "/auth/signout"),
        route(Method::POST, "/auth/activity"),
        route(Method::DELETE, "/auth/sessions"),
        (Method::DELETE, format!("/auth/sessions/{session}")),
        route(Method::PATCH, "/auth/account"),
        route(Method::DELETE, "/auth/account"),
        route(Method::POST, "/auth/account/deactivate"),
        route(Method::POST, "/auth/account/email"),
        route(Method::POST, "/auth/account/email/confirm"),
        route(Method::POST, "/auth/password"),
        route(Method::POST, "/auth/password/forgot"),
        route(Method::POST, "/auth/password/reset"),
        route(Method::POST, "/auth/activate"),
        route(Method::POST, "/auth/activate/resend"),
        route(Method::POST, "/admin/users"),
        route(Method::PATCH, "/admin/users/x"),
        route(Method::POST, "/admin/users/x/state"),
        route(Method::POST, "/admin/users/x/password"),
        route(Method::POST, "/admin/users/x/reset"),
        route(Method::DELETE, "/admin/users/x"),
        route(Method::DELETE, "/admin/users/x/sessions"),
        (Method::DELETE, format!("/admin/sessions/{session}")),
    ]
}

/// Routes of clients that can't send the token or have no cookies: there the first wall stands alone. They are tried in files of their
/// own.
const FIRST_WALL_ALONE: [&str; 8] = [
    "/auth/token",
    "/auth/introspect",
    "/auth/revoke",
    "/admin/users/{id}/sessions",
    "/login",
    "/generateTokens",
    "/refresh",
    "/logout",
];

#[tokio::test]
async fn r1_4_the_list_of_unsafe_routes_is_complete() {
    let described = serde_json::to_value(keyturn_http::openapi()).unwrap();
    let unsafe_operations = |path: &serde_json::Value| {
        let operations = path.as_object().unwrap().keys();
        operations
            .filter(|method| !["get", "head", "options", "parameters"].contains(&method.as_str()))
            .count()
    };
    let paths = described["paths"].as_object().unwrap();
    let count: usize = paths.values().map(unsafe_operations).sum();
    assert_eq!(count, unsafe_routes("x").len() + FIRST_WALL_ALONE.len());
    for path in FIRST_WALL_ALONE {
        assert!(paths.contains_key(path), "{path}");
    }
}

#[tokio::test]
async fn r1_4_every_unsafe_route_refuses_cookies_without_a_good_csrf_token() {
    let server = Server::new();
    server.ann().await;
    let (browser, stranger) = (server.browser(), server.browser());
    let session = browser.sign_in().await;
    stranger.sign_in().await;
    let unbound = server.browser();
    unbound.get("/auth/csrf").await;
    let before = browser.jar();
    for (method, path) in unsafe_routes(&session) {
        for (header, cookie) in [
            (None, Some(browser.cookie("csrf"))),
            (Some(browser.cookie("csrf")), None),
            (Some("nonsense".to_owned()), Some("nonsense".to_owned())),
            (Some(browser.cookie("csrf")), Some(stranger.cookie("csrf"))),
            (Some(stranger.cookie("csrf")), Some(stranger.cookie("csrf"))),
            (Some(unbound.cookie("csrf")), Some(unbound.cookie("csrf"))),
        ] {
            let forged = browser.copy();
            forged.with_jar(|jar| match cookie {
                Some(value) => jar.set("csrf", value),
                None => jar.remove("csrf"),
            });
            let mut builder = forged.request(method.clone(), &path);
            if let Some(header) = header {
                builder = builder.header("x-csrf-token", header);
            }
            let answer = forged.send(with_json(builder, &sign_in_body())).await;
            let answer = answer.expect_problem(403, "csrf-invalid");
            assert_eq!(answer.cookie_names(), Vec::<&str>::new());
        }
    }
    assert_eq!(browser.jar(), before);
    let next = browser.refresh().await.expect_status(200);
    assert_eq!(
        next.body["session"]["generation"], 1,
        "a refused request consumes nothing"
    );
}

#[tokio::test]
async fn r1_4_each_token_cookie_alone_asks_for_the_token() {
    let server = Server::new();
    server.ann().await;
    for kept in ["access", "refresh", "device"] {
        let browser = server.browser();
        browser.sign_in().await;
        let cookie = format!("__Host-keyturn_{kept}={}", browser.cookie(kept));
        // Sent by no browser: it is the cookie that matters.
        let builder = request(Method::POST, "/auth/signout").header("cookie", cookie);
        server
            .send(with_json(builder, &json!({})))
            .await
            .expect_problem(403, "csrf-invalid");
    }
}

#[tokio::test]
async fn r1_4_a_browsers_sign_in_and_sign_up_need_a_token_before_any_cookie_exists() {
    let server = Server::new();
    server.ann().await;
    for path in ["/auth/signin", "/auth/signin/code", "/auth/signup"] {
        let builder = server.browser().request(Method::POST, path);
        let answer = server.send(with_json(builder, &sign_in_body())).await;
        answer.expect_problem(403, "csrf-invalid");
    }
}

#[tokio::test]
async fn an_authorization_header_does_not_switch_csrf_off() {
    let server = Server::new();
    server.ann().await;
    let (browser, api) = (server.browser(), server.api());
    let session = browser.sign_in().await;
    api.sign_in().await;
    for header in [
        format!("Bearer {}", api.access()),
        "Bearer nonsense".to_owned(),
        "Basic YTpi".to_owned(),
    ] {
        let builder = browser
            .request(Method::DELETE, "/auth/sessions")
            .header("authorization", header);
        let answer = browser.send(builder.body(Body::empty()).unwrap()).await;
        answer.expect_problem(403, "csrf-invalid");
    }
    assert_eq!(server.end_reason(&session).await, None);
    // Without cookies there is nothing to forge with.
    api.delete("/auth/sessions").await.expect_status(200);
}

async fn sign_out_from(server: &Server, browser: &Browser, headers: &[(&str, &str)]) -> Answer {
    let mut builder = request(Method::POST, "/auth/signout")
        .header("cookie", browser.jar().header().unwrap())
        .header("x-csrf-token", browser.cookie("csrf"));
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    server.send(with_json(builder, &json!({}))).await
}

#[tokio::test]
async fn r1_4_only_trusted_origins_pass_the_first_wall() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost:5173")],
        &[("origin", "http://app.example")],
        &[("origin", "https://app.example.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[("origin", PUBLIC_URL), ("origin", "https://evil.example")],
    ] {
        let answer = sign_out_from(&server, &browser, headers)
            .await
            .expect_problem(403, "csrf-origin");
        assert_eq!(answer.cookie_names(), Vec::<&str>::new());
    }
    browser.get("/auth/session").await.expect_status(200);
    for headers in [
        &[][..],
        &[("origin", PUBLIC_URL), ("sec-fetch-site", "same-origin")],
        &[("origin", APP_ORIGIN), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        sign_out_from(&server, &browser, headers).await.expect_status(204);
    }
}

#[tokio::test]
async fn loopback_origins_pass_while_the_public_url_is_unset() {
    let mut settings = settings();
    settings.public_url = None;
    let server = Server::with(settings, policy());
    server.ann().await;
    let page = Browser::new(server.clone(), "http://localhost:5173");
    let answer = page.sign_in_with(&sign_in_body()).await;
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("http://localhost:5173")
    );
    let evil = Browser::new(server.clone(), "https://evil.example");
    evil.get("/auth/csrf").await;
    evil.post("/auth/signin", &sign_in_body())
        .await
        .expect_problem(403, "csrf-origin");
}

#[tokio::test]
async fn the_servers_own_host_needs_no_configuration() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let builder = axum::http::Request::builder()
        .method(Method::POST)
        .uri("/auth/signout")
        .header("host", "elsewhere.example:8443")
        .header("origin", "https://elsewhere.example:8443")
        .header("cookie", browser.jar().header().unwrap())
        .header("x-csrf-token", browser.cookie("csrf"));
    server
        .send(with_json(builder, &json!({})))
        .await
        .expect_status(204);
}

#[tokio::test]
async fn a_websocket_upgrade_from_another_origin_is_refused() {
    let server = Server::new();
    for (origin, status) in [("https://evil.example", 403), (PUBLIC_URL, 404)] {
        let builder = request(Method::GET, "/socket")
            .header("origin", origin)
            .header("connection", "Upgrade")
            .header("upgrade", "WebSocket");
        server
            .anonymous()
            .send(builder, Body::empty())
            .await
            .expect_status(status);
    }
}

#[tokio::test]
async fn r1_4_a_csrf_token_is_issued_and_given_again_while_it_is_good() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let first = browser.get("/auth/csrf").await.expect_status(200);
    insta::assert_json_snapshot!(first.snapshot());
    assert_eq!(
        first.header("x-csrf-token"),
        Some(first.text_at("/csrf_token").as_str())
    );
    assert_eq!(browser.cookie("csrf"), first.text_at("/csrf_token"));
    let again = browser.get("/auth/csrf").await;
    assert_eq!(
        again.text_at("/csrf_token"),
        first.text_at("/csrf_token"),
        "other tabs keep theirs"
    );
    browser.with_jar(|jar| jar.set("csrf", "nonsense"));
    let fresh = browser.get("/auth/csrf").await.text_at("/csrf_token");
    assert!(
        fresh != "nonsense" && fresh != first.text_at("/csrf_token"),
        "{fresh}"
    );
    assert_eq!(browser.cookie("csrf"), fresh);
}

#[tokio::test]
async fn r1_4_signing_in_and_out_hand_out_the_token_of_the_new_state() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let signed_in = browser.sign_in_with(&sign_in_body()).await;
    assert_eq!(
        signed_in.header("x-csrf-token"),
        Some(browser.cookie("csrf").as_str())
    );
    let bound = browser.cookie("csrf");
    assert_eq!(browser.get("/auth/csrf").await.text_at("/csrf_token"), bound);
    let signed_out = browser.sign_out().await.expect_status(204);
    assert_eq!(
        signed_out.header("x-csrf-token"),
        Some(browser.cookie("csrf").as_str())
    );
    assert_ne!(browser.cookie("csrf"), bound);
    browser.with_jar(|jar| jar.set("csrf", bound));
    browser
        .post("/auth/signin", &sign_in_body())
        .await
        .expect_problem(403, "csrf-invalid");
}

#[tokio::test]
async fn where_no_refresh_cookie_names_a_session_the_access_cookie_does_even_expired() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    browser.with_jar(|jar| jar.remove("refresh"));
    server.pass(100_000);
    browser.sign_out().await.expect_status(204);
}

#[tokio::test]
async fn a_cookie_that_comes_twice_is_refused_and_changes_nothing() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    for name in ["access", "refresh", "device", "csrf"] {
        for value in [browser.cookie(name), "planted".to_owned()] {
            let planted = format!(
                "{}; __Host-keyturn_{name}={value}",
                browser.jar().header().unwrap()
            );
            let builder = request(Method::POST, "/auth/refresh")
                .header("origin", PUBLIC_URL)
                .header("cookie", planted)
                .header("x-csrf-token", browser.cookie("csrf"));
            let answer = server.send(with_json(builder, &json!({}))).await;
            answer.expect_problem(400, "duplicate-cookies");
        }
    }
    let split = browser
        .request(Method::GET, "/auth/session")
        .header("cookie", "__Host-keyturn_access=planted");
    browser
        .send(split.body(Body::empty()).unwrap())
        .await
        .expect_problem(400, "duplicate-cookies");
    let next = browser.refresh().await.expect_status(200);
    assert_eq!(next.body["session"]["generation"], 1);
}
