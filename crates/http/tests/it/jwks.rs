//! `GET /.well-known/jwks.json`.

use crate::harness::Server;

#[tokio::test]
async fn r5_4_the_public_keys_are_for_everybody_and_may_be_kept() {
    let answer = Server::new()
        .anonymous()
        .get("/.well-known/jwks.json")
        .await
        .expect_status(200);
    assert_eq!(
        answer.body,
        serde_json::json!({ "keys": [] }),
        "nothing of a secret is shown"
    );
    let kept = format!("public, max-age={}", keyturn_http::JWKS_MAX_AGE);
    assert_eq!(answer.headers["cache-control"], kept);
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
}
