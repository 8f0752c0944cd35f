//! The heartbeat, and activity that is known but not yet stored.

use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn r1_6_a_heartbeat_keeps_a_session_alive_by_what_the_person_did() {
    let server = Server::new();
    server.ann().await;
    let (active, idle) = (server.browser(), server.browser());
    active.sign_in().await;
    idle.sign_in().await;
    server.pass(20 * 60);
    let beat = active
        .post("/auth/activity", &json!({ "idle_seconds": 0 }))
        .await
        .expect_status(200);
    assert_eq!(beat.text_at("/last_activity"), "2026-01-01T00:20:00Z");
    assert_eq!(beat.text_at("/idle_ends_at"), "2026-01-01T01:20:00Z");
    let beat = idle
        .post("/auth/activity", &json!({ "idle_seconds": 20 * 60 }))
        .await
        .expect_status(200);
    assert_eq!(
        beat.text_at("/idle_ends_at"),
        "2026-01-01T01:00:00Z",
        "a heartbeat alone keeps nothing alive"
    );
    let earlier = active
        .post("/auth/activity", &json!({ "idle_seconds": 600 }))
        .await
        .expect_status(200);
    assert_eq!(
        earlier.text_at("/last_activity"),
        "2026-01-01T00:20:00Z",
        "activity never goes back"
    );
    server.pass(40 * 60);
    idle.refresh().await.expect_session_ended("idle");
    active.refresh().await.expect_status(200);
}

#[tokio::test]
async fn a_heartbeat_needs_a_session_and_a_sensible_body() {
    let server = Server::new();
    server.ann().await;
    let api = server.api();
    api.post("/auth/activity", &json!({}))
        .await
        .expect_problem(401, "credentials-missing");
    api.sign_in().await;
    api.post("/auth/activity", &json!({})).await.expect_status(200);
    for body in [
        json!({ "idle_seconds": -1 }),
        json!({ "idle_seconds": "now" }),
        json!({ "idle": 1 }),
    ] {
        api.post("/auth/activity", &body)
            .await
            .expect_problem(422, "invalid-fields");
    }
}

#[tokio::test]
async fn a_check_shows_activity_and_a_sign_out_elsewhere_at_once() {
    let server = Server::new();
    server.ann().await;
    let (here, there) = (server.api(), server.api());
    here.sign_in().await;
    there.sign_in().await;
    let session = there
        .get("/auth/session")
        .await
        .expect_status(200)
        .text_at("/session/id");
    server.pass(60);
    there.get("/auth/session").await.expect_status(200);
    let listed = here
        .get(&format!("/auth/sessions/{session}"))
        .await
        .expect_status(200);
    assert_eq!(
        listed.text_at("/last_activity"),
        "2026-01-01T00:01:00Z",
        "also what is not yet stored"
    );
    here.delete(&format!("/auth/sessions/{session}"))
        .await
        .expect_status(204);
    there
        .get("/auth/session")
        .await
        .expect_session_ended("signed_out_elsewhere");
}
