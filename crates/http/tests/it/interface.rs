//! The web interface as it is served: its document, its files, and what browsers are told about them.

use axum::body::{Body, Bytes};
use axum::http::{Method, header};
use keyturn_http::{EdgeSettings, InterfaceFile, InterfaceSettings, PagesSettings, Texts};

use crate::harness::{Anonymous, Server, policy, request, settings};

const DOCUMENT: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<!--keyturn:head-->\n\
    <script type=\"module\" crossorigin src=\"./assets/index-1.js\"></script>\n</head>\n<body>\n<noscript>\n\
    <!--keyturn:noscript-->\n</noscript>\n</body>\n</html>\n";

fn file(path: &str, text: &'static str) -> InterfaceFile {
    InterfaceFile {
        path: path.to_owned(),
        bytes: Bytes::from_static(text.as_bytes()),
    }
}

fn with_interface(files: Vec<InterfaceFile>, pages: PagesSettings) -> Anonymous {
    let interface = InterfaceSettings {
        path: "/app".parse().unwrap(),
        files,
        tasks: false,
    };
    let pages = PagesSettings {
        interface: Some(interface),
        ..pages
    };
    let settings = EdgeSettings { pages, ..settings() };
    Server::with(settings, policy()).anonymous()
}

fn built() -> Vec<InterfaceFile> {
    vec![
        file("index.html", DOCUMENT),
        file("assets/index-1.js", "plain"),
        file("assets/index-1.js.br", "brotli"),
    ]
}

fn served() -> Anonymous {
    with_interface(built(), PagesSettings::default())
}

#[tokio::test]
async fn r5_5_every_address_below_the_interfaces_path_is_its_document() {
    let server = served();
    for path in ["/app", "/app/", "/app/signin?return_to=/x", "/app/admin/users/7"] {
        let answer = server.get(path).await.expect_status(200);
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path}"
        );
        assert!(
            answer.text.contains("src=\"/app/assets/index-1.js\""),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("<title>Keyturn</title>"));
    }
    server.get("/apps").await.expect_problem(404, "not-found");
    server
        .get("/app/assets/index-2.js")
        .await
        .expect_problem(404, "not-found");
}

#[tokio::test]
async fn the_document_lets_run_nothing_but_its_own_files() {
    let answer = served().get("/app/").await.expect_status(200);
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"),
        "{policy}"
    );
    for part in [
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{part}");
    }
    assert!(!policy.contains("unsafe"));
    let text = &answer.text;
    assert!(!text.contains("<style") && !text.contains(" style="), "{text}");
    assert_eq!(
        text.matches("<script").count(),
        text.matches(" src=\"/app/").count()
    );
}

#[tokio::test]
async fn what_is_configured_comes_with_the_document_and_stays_a_text() {
    let name = "A \"B\" & <script>alert(1)</script>";
    let pages = PagesSettings {
        name: name.to_owned(),
        lang: "de-CH".to_owned(),
        texts: Texts::with([("sign_in_title", "Anmelden")]).unwrap(),
        ..PagesSettings::default()
    };
    let answer = with_interface(built(), pages)
        .get("/app/")
        .await
        .expect_status(200);
    let text = answer.text.replace("&quot;", "\"").replace("&#39;", "'");
    assert!(text.contains("<html lang=\"de-CH\">"));
    assert!(!text.contains("<script>alert"), "{text}");
    let configured = answer
        .text
        .split("<meta name=\"keyturn\" content=\"")
        .nth(1)
        .unwrap();
    let configured = configured.split('"').next().unwrap();
    let configured = configured
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let configured: serde_json::Value = serde_json::from_str(&configured).unwrap();
    assert_eq!(configured["name"], name);
    assert_eq!(configured["base"], "/app");
    assert_eq!(
        configured["texts"],
        serde_json::json!({ "sign_in_title": "Anmelden" })
    );
    assert_eq!(configured["offers"]["tasks"], false);
    assert_eq!(configured["offers"]["sign_up"], true);
}

#[tokio::test]
async fn people_without_script_are_led_to_the_page_that_does_the_same() {
    let server = served();
    for (address, page) in [
        ("/app/reset?token=abc", "/reset?token=abc"),
        (
            "/app/signin?return_to=/x&reason=idle",
            "/signin?return_to=/x&amp;reason=idle",
        ),
        ("/app/sessions", "/account"),
    ] {
        let answer = server.get(address).await.expect_status(200);
        assert!(
            answer.text.contains(&format!("<a href=\"{page}\">")),
            "{address}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_file_is_sent_in_the_best_form_and_kept_for_ever_and_the_document_is_asked_about() {
    let server = served();
    let plain = server.get("/app/assets/index-1.js").await.expect_status(200);
    assert_eq!(
        (plain.text.as_str(), plain.header("content-encoding")),
        ("plain", None)
    );
    let kept = Some("public, max-age=31536000, immutable");
    assert_eq!(plain.header("cache-control"), kept);
    let asked = request(Method::GET, "/app/assets/index-1.js").header(header::ACCEPT_ENCODING, "gzip, br");
    let best = server.send(asked, Body::empty()).await.expect_status(200);
    assert_eq!(
        (best.text.as_str(), best.header("content-encoding")),
        ("brotli", Some("br"))
    );
    assert_eq!(best.header("vary"), Some("accept-encoding"));
    assert_ne!(plain.header("etag"), best.header("etag"));
    let document = server.get("/app/").await;
    assert_eq!(document.header("cache-control"), Some("no-cache"));
    let theme = document
        .text
        .split("<link rel=\"stylesheet\" href=\"")
        .nth(1)
        .unwrap();
    let theme = server
        .get(theme.split('"').next().unwrap())
        .await
        .expect_status(200);
    assert!(theme.text.contains("--kt-accent:#1a5fb4"));
    assert_eq!(theme.header("cache-control"), kept);
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again_and_keeps_its_policy() {
    let server = served();
    let first = server.get("/app/account").await.expect_status(200);
    let tag = first.header("etag").unwrap();
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let again = request(Method::GET, "/app/account").header(header::IF_NONE_MATCH, known);
        let again = server.send(again, Body::empty()).await.expect_status(304);
        assert_eq!(again.text, "");
        let header = "content-security-policy";
        assert_eq!(again.header(header), first.header(header));
    }
    let other = request(Method::GET, "/app/account").header(header::IF_NONE_MATCH, "\"other\"");
    server.send(other, Body::empty()).await.expect_status(200);
}

#[tokio::test]
async fn without_a_build_or_without_pages_there_is_no_interface() {
    let off = PagesSettings {
        enabled: false,
        ..PagesSettings::default()
    };
    for server in [
        with_interface(Vec::new(), PagesSettings::default()),
        with_interface(built(), off),
    ] {
        server.get("/app/").await.expect_problem(404, "not-found");
        server
            .get("/app/assets/index-1.js")
            .await
            .expect_problem(404, "not-found");
    }
}
