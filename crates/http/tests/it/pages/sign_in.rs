//! `/signin` and `/signout`.

use keyturn_core::model::{AccountState, EndReason};
use keyturn_http::{PageLinks, PagesSettings, Texts};

use super::{sign_in, with_pages};
use crate::harness::{APP_ORIGIN, EMAIL, PASSWORD, Server, policy};

#[tokio::test]
async fn a_person_signs_in_by_a_form_and_out_again() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    browser.get("/signin").await.expect_page(200, "<h1>Sign in</h1>");
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    let answer = browser
        .post_page("/signin", &fields)
        .await
        .expect_redirect("/account");
    insta::assert_json_snapshot!(answer.cookie_names());
    let page = browser.get("/account").await.expect_page(200, "ann@example.com");
    assert!(page.text.contains("This device"));
    browser
        .post_page("/signout", &[])
        .await
        .expect_redirect("/signin?reason=signed_out");
    assert_eq!(browser.jar().value("access"), None);
    assert_eq!(browser.jar().value("refresh"), None);
    browser
        .get("/signin?reason=signed_out")
        .await
        .expect_page(200, "You signed out.");
    browser
        .get("/account")
        .await
        .expect_redirect("/signin?return_to=%2Faccount");
}

#[tokio::test]
async fn the_form_comes_back_with_what_was_typed_but_never_the_password() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    let fields = [
        ("identifier", "ann@example.com"),
        ("password", "hunter2hunter2"),
        ("return_to", "/tasks"),
    ];
    let page = browser
        .post_page("/signin", &fields)
        .await
        .expect_page(401, "The sign-in name or the password is wrong.");
    assert!(page.text.contains(r#"value="ann@example.com""#));
    assert!(
        page.text.contains(r#"name="return_to" value="&#x2f;tasks""#),
        "{}",
        page.text
    );
    assert!(!page.text.contains("hunter2"));
    assert!(page.text.contains("<title>Error: "));
    assert!(page.text.contains(r##"<a href="#identifier">"##));
    assert!(page.text.contains(r#"aria-invalid="true""#));
    assert!(page.cookie_names().iter().all(|name| name.ends_with("csrf")));
}

#[tokio::test]
async fn r2_6_an_account_that_is_not_let_in_says_so_in_words() {
    let server = Server::new();
    server.ann().await;
    server.set_state(AccountState::Suspended).await;
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    server
        .browser()
        .post_page("/signin", &fields)
        .await
        .expect_page(403, "this account is suspended");
}

#[tokio::test]
async fn people_come_back_to_where_they_were_and_nowhere_else() {
    let server = Server::new();
    server.ann().await;
    for (asked, next) in [
        ("/tasks?open=1", "/tasks?open=1"),
        ("https://app.example/tasks", "https://app.example/tasks"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/%5cevil.example", "/"),
        ("capacitor://localhost/", "/"),
        ("", "/account"),
    ] {
        let fields = [
            ("identifier", EMAIL),
            ("password", PASSWORD),
            ("return_to", &asked.replace('%', "%25").replace('&', "%26")),
        ];
        let browser = server.browser();
        browser.post_page("/signin", &fields).await.expect_redirect(next);
    }
}

#[tokio::test]
async fn a_form_may_end_at_the_listed_application_that_it_leads_back_to() {
    let server = Server::new();
    let browser = server.browser();
    let page = browser
        .get(&format!("/signin?return_to={APP_ORIGIN}/tasks"))
        .await;
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.contains("form-action 'self' https://app.example;"),
        "{policy}"
    );
    let page = browser.get("/signin?return_to=https://evil.example/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");
}

#[tokio::test]
async fn r1_6_a_dead_cookie_tells_why_its_session_ended() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    server.pass(3_601);
    browser
        .get("/account")
        .await
        .expect_redirect("/signin?reason=idle&return_to=%2Faccount");
    browser
        .get("/signin")
        .await
        .expect_page(200, EndReason::Idle.sentence());
}

#[tokio::test]
async fn only_reasons_that_exist_are_told() {
    let server = Server::new();
    for code in ["nonsense", "%3Cb%3E", ""] {
        let page = server.browser().get(&format!("/signin?reason={code}")).await;
        assert!(
            !page.expect_status(200).text.contains("class=\"notice\""),
            "{code}"
        );
    }
}

#[tokio::test]
async fn who_is_signed_in_already_is_not_sent_on_unasked() {
    let server = Server::new();
    server.ann().await;
    let browser = server.browser();
    sign_in(&browser).await;
    let page = browser
        .get("/signin?return_to=https://app.example/tasks")
        .await
        .expect_page(200, "You are signed in as ann@example.com.");
    let fields = [("return_to", "https://app.example/tasks")];
    let target = "%3A%2F%2Fapp%2Eexample%2Ftasks";
    let answer = browser.copy().post_page("/signout", &fields).await;
    answer.expect_redirect(&format!("/signin?reason=signed_out&return_to=https{target}"));
    assert!(
        page.text
            .contains("href=\"https:&#x2f;&#x2f;app.example&#x2f;tasks\""),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn too_many_attempts_say_how_long_to_wait() {
    let mut policy = policy();
    policy.throttle.account.burst = std::num::NonZero::<u32>::MIN;
    let server = Server::with(crate::harness::settings(), policy);
    server.ann().await;
    let fields = [("identifier", EMAIL), ("password", "wrong-password")];
    let browser = server.browser();
    browser.post_page("/signin", &fields).await.expect_status(401);
    browser
        .post_page("/signin", &fields)
        .await
        .expect_page(429, "Too many attempts. Try again in ");
}

#[tokio::test]
async fn the_pages_say_what_is_configured_and_lie_where_it_is() {
    let pages = PagesSettings {
        path: "/id".parse().unwrap(),
        name: "Ann & Söhne".to_owned(),
        lang: "de".to_owned(),
        texts: Texts::with([("sign_in_title", "Anmelden")]).unwrap(),
        links: PageLinks {
            imprint: Some("https://example.com/imprint".to_owned()),
            ..PageLinks::default()
        },
        ..PagesSettings::default()
    };
    let server = Server::with(with_pages(pages), policy());
    server.ann().await;
    let browser = server.browser();
    browser.get("/signin").await.expect_problem(404, "not-found");
    let page = browser
        .get("/id/signin")
        .await
        .expect_page(200, "<h1>Anmelden</h1>");
    for part in [
        "lang=\"de\"",
        "Ann &amp; Söhne",
        "action=\"&#x2f;id/signin\"",
        "Imprint",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let fields = [("identifier", EMAIL), ("password", PASSWORD)];
    browser
        .post_page("/id/signin", &fields)
        .await
        .expect_redirect("/id/account");
    browser
        .get("/id/account")
        .await
        .expect_page(200, "&#x2f;id/signout");
    browser.get("/id/nothing").await.expect_problem(404, "not-found");
    browser
        .get("/id/account/nothing")
        .await
        .expect_page(404, "There is nothing here");
}

#[tokio::test]
async fn pages_that_are_switched_off_are_not_there() {
    let pages = PagesSettings {
        enabled: false,
        ..PagesSettings::default()
    };
    let server = Server::with(with_pages(pages), policy());
    for path in ["/signin", "/account", "/pages/style.css"] {
        server.browser().get(path).await.expect_problem(404, "not-found");
    }
}
