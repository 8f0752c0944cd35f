//! `serve --demo`: each of its buttons, and that nobody else can press them.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::Browser;
use crate::client::Client;
use crate::server::Server;

/// A demo, and a browser in which Ann is signed in.
struct Stage {
    server: Server,
    client: Client,
    browser: Browser,
    _folder: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let folder = TempDir::new().unwrap();
        let server = Server::start(&folder.path().join("data"), &["--demo"]);
        let client = Client::to(server.url());
        let facts = client.get("/demo/facts").send().await.expect(200).body;
        let mut browser = Browser::open(&client).await.unwrap();
        let ann = json!({ "email": facts["email"], "password": facts["password"] });
        browser.ask(&client, "/auth/signin", ann).await.expect(200);
        Self {
            server,
            client,
            browser,
            _folder: folder,
        }
    }

    /// Presses a button of the page.
    async fn press(&self, path: &str, body: Value) -> Value {
        let request = self.browser.post(&self.client, path);
        request.json(body).send().await.expect(200).body
    }
}

#[tokio::test]
async fn the_thief_ends_the_session_and_both_are_told_why() {
    let mut stage = Stage::set().await;
    let thief = stage.press("/demo/thief", Value::Null).await;
    assert_eq!(
        (&thief["status"], &thief["body"]["reason"]),
        (&json!(401), &json!("token_reuse"))
    );
    let refreshed = stage.browser.refresh(&stage.client).await;
    refreshed.expect_ended("token_reuse");
}

#[tokio::test]
async fn a_reply_is_lost_and_the_same_successor_comes_again() {
    let mut stage = Stage::set().await;
    let armed = stage.browser.post(&stage.client, "/demo/lost-reply");
    armed.send().await.expect(204);
    let lost = stage
        .browser
        .post(&stage.client, "/auth/refresh")
        .try_send()
        .await;
    assert!(lost.is_err(), "an answer came");
    let again = stage.browser.refresh(&stage.client).await.expect(200);
    assert_eq!(again.generation(), 1);
}

#[tokio::test]
async fn after_lunch_the_session_is_idle_and_the_story_says_so() {
    let mut stage = Stage::set().await;
    let id = stage.browser.session(&stage.client).await.expect(200).body["session"]["id"].clone();
    stage.press("/demo/clock", json!({ "advance": "60m" })).await;
    stage.browser.refresh(&stage.client).await.expect_ended("idle");
    let story = format!("/demo/sessions/{}/story", id.as_str().unwrap());
    let story = stage.client.get(&story).send().await.expect(200).body;
    assert_eq!(story["end"]["reason"], "idle");
    let back = stage.browser.post(&stage.client, "/demo/clock");
    back.json(json!({ "advance": "-1m" })).send().await.expect(400);
}

#[tokio::test]
async fn the_phone_renews_itself_until_it_is_signed_out() {
    let mut stage = Stage::set().await;
    stage.press("/demo/clock", json!({ "advance": "31m" })).await;
    let call = stage.press("/demo/phone/call", Value::Null).await;
    assert_eq!((&call["status"], &call["refreshed"]), (&json!(200), &json!(true)));
    stage.browser.refresh(&stage.client).await.expect(200);
    let sessions = stage
        .browser
        .get(&stage.client, "/auth/sessions")
        .send()
        .await
        .expect(200);
    assert_eq!(
        sessions.body["items"].as_array().unwrap().len(),
        3,
        "a laptop, a phone, this browser"
    );
    let facts = stage.client.get("/demo/facts").send().await.expect(200);
    let phone = format!("/auth/sessions/{}", facts.field("phone_session_id"));
    stage
        .browser
        .delete(&stage.client, &phone)
        .send()
        .await
        .expect(204);
    let call = stage.press("/demo/phone/call", Value::Null).await;
    assert_eq!(
        (&call["status"], &call["body"]["reason"]),
        (&json!(401), &json!("signed_out_elsewhere"))
    );
    stage.press("/demo/phone/signin", Value::Null).await;
    assert_eq!(stage.press("/demo/phone/call", Value::Null).await["status"], 200);
}

#[tokio::test]
async fn the_demo_answers_no_other_site_and_leaves_nothing_behind() {
    let stage = Stage::set().await;
    let elsewhere = stage.client.post("/demo/lost-reply");
    elsewhere
        .header("origin", "http://evil.example")
        .send()
        .await
        .expect(403);
    let rebound = stage.client.get("/demo/facts");
    rebound
        .header("host", "evil.example:8080")
        .send()
        .await
        .expect(403);
    let nobody = stage.client.post("/demo/thief").json(Value::Null).send().await;
    nobody.expect(409);
    let data = stage.server.greeting()[1]
        .strip_prefix("Data:       ")
        .unwrap()
        .to_owned();
    assert!(Path::new(&data).exists());
    stage.server.stop();
    assert!(
        !Path::new(&data).parent().unwrap().exists(),
        "{data} is still there"
    );
}

/// What the server printed after its greeting, the empty lines at its end aside.
fn invitation(stage: Stage) -> String {
    stage.server.stop().trim_end().to_owned()
}

#[tokio::test]
async fn the_address_of_the_page_stands_last_after_who_can_sign_in_and_that_nothing_is_kept() {
    let stage = Stage::set().await;
    let page = format!("{}/demo", stage.server.url());
    let facts = stage.client.get("/demo/facts").send().await.expect(200);
    let password = facts.field("password").to_owned();
    stage.client.get("/demo").send().await.expect(200);
    let told = invitation(stage);
    assert!(told.ends_with(&format!("\n\n    {page}")), "{told}");
    assert!(
        told.contains(&password) && told.contains("nothing is kept"),
        "{told}"
    );
}

#[tokio::test]
async fn without_an_interface_the_address_leads_to_a_page_that_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let off = ["--demo", "--set", "ui.app=false"];
    let server = Server::start(&folder.path().join("data"), &off);
    let client = Client::to(server.url());
    let page = client.get("/demo").send().await.expect(200);
    assert!(page.text.contains("make run"), "{}", page.text);
    assert!(page.text.contains(&format!("{}/demo/clock", server.url())));
    client.get("/demo/notice.css").send().await.expect(200);
}

#[tokio::test]
async fn a_server_for_people_has_none_of_it() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(&folder.path().join("data"), &["--virtual-clock"]);
    let client = Client::to(server.url());
    client.get("/demo").send().await.expect(404);
    client.get("/demo/facts").send().await.expect(404);
    client
        .post("/demo/thief")
        .json(Value::Null)
        .send()
        .await
        .expect(404);
}
