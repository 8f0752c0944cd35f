//! How cookies look.

use crate::harness::{Answer, Browser, Server, policy, settings, sign_in_body};

/// Name and attributes, without the value.
fn forms(answer: &Answer) -> Vec<String> {
    let form = |cookie: &&str| {
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        format!("{}; {attributes}", pair.split('=').next().unwrap())
    };
    answer.set_cookies().iter().map(form).collect()
}

#[tokio::test]
async fn r1_1_token_cookies_are_host_only_http_only_secure_and_lax() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let signed_in = browser.sign_in_with(&sign_in_body()).await;
    let (seven_days_and_one, four_hundred_days) = (8 * 86_400, 400 * 86_400);
    let http_only =
        |name, age| format!("__Host-keyturn_{name}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age={age}");
    let csrf = format!("__Host-keyturn_csrf; SameSite=Lax; Secure; Path=/; Max-Age={four_hundred_days}");
    assert_eq!(
        forms(&signed_in),
        [
            http_only("access", seven_days_and_one),
            http_only("refresh", seven_days_and_one),
            http_only("device", four_hundred_days),
            csrf,
        ]
    );
    server.pass(600);
    let refreshed = browser.refresh().await.expect_status(200);
    assert_eq!(
        forms(&refreshed),
        [
            http_only("access", seven_days_and_one - 600),
            http_only("refresh", seven_days_and_one - 600),
            http_only("device", four_hundred_days),
        ]
    );
}

#[tokio::test]
async fn development_cookies_drop_prefix_and_secure_and_nothing_else() {
    let mut settings = settings();
    settings.public_url = Some("http://localhost:8080".to_owned());
    settings.dev_cookies = true;
    let server = Server::with(settings, policy());
    server.ann().await;
    let csrf = server.anonymous().get("/auth/csrf").await;
    let age = 400 * 86_400;
    assert_eq!(
        forms(&csrf),
        [format!("keyturn_csrf; SameSite=Lax; Path=/; Max-Age={age}")]
    );
    let token = csrf.text_at("/csrf_token");
    let page = Browser::new(server.clone(), "http://localhost:8080");
    let builder = page
        .request(axum::http::Method::POST, "/auth/signin")
        .header("cookie", format!("keyturn_csrf={token}"))
        .header("x-csrf-token", token);
    let answer = page
        .send(crate::harness::with_json(builder, &sign_in_body()))
        .await
        .expect_status(200);
    assert_eq!(
        answer.cookie_names(),
        [
            "keyturn_access",
            "keyturn_refresh",
            "keyturn_device",
            "keyturn_csrf"
        ]
    );
    assert!(answer.set_cookies()[0].contains("; HttpOnly; SameSite=Lax; Path=/;"));
}

#[tokio::test]
async fn other_applications_cookies_are_passed_over() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let builder = browser
        .request(axum::http::Method::GET, "/auth/session")
        .header("cookie", "theme=dark; theme=light; keyturn_access=x; =; ;; odd")
        .header(
            "cookie",
            axum::http::HeaderValue::from_bytes(b"name=\xc3\xa4\xff").unwrap(),
        );
    let answer = browser
        .send(builder.body(axum::body::Body::empty()).unwrap())
        .await;
    answer.expect_status(200);
}
