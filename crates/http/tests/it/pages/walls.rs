//! What protects the pages: both walls against CSRF, and what their answers say to browsers.

use axum::body::Body;
use axum::http::{Method, header};
use keyturn_core::model::EndReason;

use super::sign_in;
use crate::harness::{EMAIL, PASSWORD, Server, request, with_form};

#[tokio::test]
async fn r1_4_a_form_without_its_token_does_nothing() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    for path in ["/signout", "/account/sessions/end"] {
        for fields in [&[("which", "all")][..], &[("which", "all"), ("csrf", "made-up")]] {
            browser
                .post_form(path, fields)
                .await
                .expect_page(403, "Please send that again");
        }
    }
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn r1_4_a_sign_in_without_its_token_shows_the_form_again_and_can_be_sent_then() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    let page = browser
        .post_form("/signin", &fields)
        .await
        .expect_page(403, "cookies are switched off");
    assert!(page.text.contains("value=\"ann@example.com\""));
    assert_eq!(browser.jar().value("access"), None);
    browser
        .post_page("/signin", &fields)
        .await
        .expect_redirect("/account");
}

#[tokio::test]
async fn r1_4_a_token_of_another_session_is_not_taken() {
    let server = Server::new();
    server.ann().await;
    let (browser, other) = (server.browser(), server.browser());
    let session = browser.sign_in().await;
    other.sign_in().await;
    let foreign = other.cookie("csrf");
    browser.with_jar(|jar| jar.set("csrf", foreign.clone()));
    browser
        .post_form("/signout", &[("csrf", &foreign)])
        .await
        .expect_status(403);
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn r1_4_another_sites_page_is_refused_in_words() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    let builder = request(Method::POST, "/signout")
        .header(header::ORIGIN, "https://evil.example")
        .header(header::COOKIE, browser.jar().header().unwrap());
    let token = browser.cookie("csrf");
    let answer = browser.send(with_form(builder, &[("csrf", &token)])).await;
    answer.expect_page(403, "That came from another site");
    assert_eq!(server.end_reason(&session).await, None);
}

#[tokio::test]
async fn a_form_of_a_page_that_hides_its_address_is_taken() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.sign_in().await;
    let builder = request(Method::POST, "/signout")
        .header(header::ORIGIN, "null")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, browser.jar().header().unwrap());
    let token = browser.cookie("csrf");
    let answer = browser.send(with_form(builder, &[("csrf", &token)])).await;
    answer.expect_redirect("/signin?reason=signed_out");
}

#[tokio::test]
async fn an_authorization_header_lets_nobody_in_to_a_page() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    api.sign_in().await;
    api.get("/account")
        .await
        .expect_redirect("/signin?return_to=%2Faccount");
}

#[tokio::test]
async fn a_cookie_that_comes_twice_is_answered_in_words() {
    let server = Server::new();
    let builder = request(Method::GET, "/account")
        .header(header::COOKIE, "__Host-keyturn_access=a; __Host-keyturn_access=b");
    let answer = server.send(builder.body(Body::empty()).unwrap()).await;
    answer.expect_page(400, "A cookie came twice");
}

#[tokio::test]
async fn files_may_be_kept_for_ever_and_pages_not_at_all() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let page = browser.get("/account").await.expect_status(200);
    let style = page.text.split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
    let style = style.split('"').next().unwrap().replace("&#x2f;", "/");
    let answer = browser.get(&style).await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
    let kept = Some("public, max-age=31536000, immutable");
    assert_eq!(answer.header("cache-control"), kept);
    assert!(answer.text.contains("--kt-accent:#1a5fb4"));
    browser.get("/pages/icon.svg").await.expect_status(200);
    browser.get("/pages/logo").await.expect_problem(404, "not-found");
    assert!(page.header("x-csrf-token").is_none());
}

#[tokio::test]
async fn signing_in_by_a_page_replaces_the_session_that_the_browser_had() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let session = browser.sign_in().await;
    sign_in(&browser).await;
    assert_eq!(server.end_reason(&session).await, Some(EndReason::Replaced));
}
