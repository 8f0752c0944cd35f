//! Nodes that are cut off from their database: 503 with `Retry-After`, never "signed out", and everything as before once it is back.

use serde_json::json;

use crate::browser::Browser;
use crate::client::{Answer, Client};
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::proxy::{Proxy, Way};
use crate::server::Server;

const PASSWORD: &str = "nine lives of a patient cat";
/// Limits that a test need not wait long for.
const IMPATIENT: [&str; 6] = [
    "--set",
    "throttle.enabled=false",
    "--set",
    "store.connect_timeout=200ms",
    "--set",
    "store.statement_timeout=500ms",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i9_a_node_whose_database_is_gone_answers_503_and_goes_on_when_it_is_back() {
    for way in [Way::Cut, Way::Swallowing] {
        let place = Place::on(Engine::Postgres).await;
        let (proxy, through) = Proxy::before(place.url()).await;
        let server = Server::start(&place.node_at(0, &through), &IMPATIENT);
        let client = Client::to(server.url());
        let mut browser = Browser::open(&client).await.unwrap();
        let body = json!({ "email": "ann@example.org", "password": PASSWORD });
        browser
            .ask(&client, "/auth/signup", body.clone())
            .await
            .expect(201);

        proxy.set(way);
        // From memory for a second at most; then it is not known.
        let session = until(
            &client,
            |client| browser.get(client, "/auth/session"),
            |status| status != 200,
        )
        .await;
        is_unavailable(&session, way);
        is_unavailable(&browser.clone().refresh(&client).await, way);
        is_unavailable(&client.ask("/auth/signin", body).await, way);
        client.get("/livez").send().await.expect(200);
        client.get("/readyz").send().await.expect(503);

        proxy.set(Way::Open);
        let session = until(
            &client,
            |client| browser.get(client, "/auth/session"),
            |status| status != 503,
        )
        .await;
        session.expect(200);
        until(&client, |client| client.get("/readyz"), |status| status != 503)
            .await
            .expect(200);
        let refreshed = until(
            &client,
            |client| browser.post(client, "/auth/refresh"),
            |status| status != 503,
        )
        .await;
        browser.keep(&refreshed);
        assert_eq!(refreshed.expect(200).generation(), 1, "{way:?}");
        browser.session(&client).await.expect(200);
    }
}

/// What another node revokes while this one is cut off holds from the moment that it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i5_what_was_revoked_meanwhile_is_revoked_when_the_database_is_back() {
    let place = Place::on(Engine::Postgres).await;
    let (proxy, through) = Proxy::before(place.url()).await;
    let cut_off = Server::start(&place.node_at(0, &through), &IMPATIENT);
    let other = Server::start(&place.node(1), &IMPATIENT);
    let (here, there) = (Client::to(cut_off.url()), Client::to(other.url()));
    let body = json!({ "email": "ben@example.org", "password": PASSWORD });
    let signed_up = here.ask("/auth/signup", body).await.expect(201);
    let access = signed_up.field("access_token");
    let session = |client: &Client| client.get("/auth/session").bearer(access);
    proxy.set(Way::Cut);
    until(&here, session, |status| status == 503).await;
    let sign_out = json!({ "refresh_token": signed_up.field("refresh_token") });
    there.ask("/auth/signout", sign_out).await.expect(204);
    proxy.set(Way::Open);
    until(&here, session, |status| status != 503)
        .await
        .expect_ended("signed_out");
}

#[track_caller]
fn is_unavailable(answer: &Answer, way: Way) {
    assert_eq!(answer.status, 503, "{way:?}: {}", answer.text);
    assert!(
        answer.headers.contains_key("retry-after"),
        "{way:?}: {}",
        answer.text
    );
    assert_eq!(answer.cookies().count(), 0, "{way:?}: nothing is set or cleared");
}

/// Asks until an answer has such a status.
async fn until(
    client: &Client,
    request: impl Fn(&Client) -> crate::client::Request,
    wanted: impl Fn(u16) -> bool,
) -> Answer {
    for _ in patiently() {
        let answer = request(client).send().await;
        if wanted(answer.status) {
            return answer;
        }
    }
    panic!("no such answer came")
}
