//! Tokens of the real server, verified by another service with `keyturn-verifier`.

use std::sync::Arc;

use keyturn_verifier::{HttpJwks, Introspection, JwksPolicy, Refusal, Session, Verifier};
use serde_json::{Value, json};

use crate::client::Client;
use crate::patience::patiently;
use crate::server::Server;

const ISSUER: &str = "https://id.example.org";
const PASSWORD: &str = "nine lives of a patient cat";

/// A server whose tokens name permissions, and Ann's sign-in there.
async fn signed_in(data: &std::path::Path, flags: &[&str]) -> (Server, Client, Value) {
    let named = [
        "--set",
        "jwt.issuer=https://id.example.org",
        "--set",
        "jwt.permissions_claim=true",
    ];
    let server = Server::start(data, &[&named[..], flags].concat());
    let client = Client::to(server.url());
    let ann = json!({ "email": "ann@example.org", "password": PASSWORD });
    client.ask("/auth/signup", ann.clone()).await.expect(201);
    server
        .command(&["user", "grant", "ann@example.org", "tasks:read", "--json"], "")
        .json();
    let signed_in = client.ask("/auth/signin", ann).await.expect(200).body;
    (server, client, signed_in)
}

fn is_ann(session: &Session, signed_in: &Value) {
    assert_eq!(session.user_id, signed_in["user_id"]);
    assert_eq!(session.email.as_deref(), Some("ann@example.org"));
    assert_eq!(session.permissions, ["tasks:read"]);
    assert_eq!(session.session_id.to_string(), signed_in["session"]["id"]);
}

#[tokio::test]
async fn r2_4_r2_5_another_service_verifies_by_the_published_keys() {
    for algorithm in ["EdDSA", "ES256"] {
        let folder = tempfile::tempdir().unwrap();
        let setting = format!("jwt.algorithm={algorithm}");
        let (server, _client, signed_in) = signed_in(&folder.path().join("data"), &["--set", &setting]).await;
        let address = server.url().replace("//localhost", "//127.0.0.1");
        let keys = HttpJwks::new(&format!("{address}/.well-known/jwks.json")).unwrap();
        let verifier = Verifier::builder(ISSUER)
            .jwks(keys, JwksPolicy::default())
            .build();
        let token = signed_in["access_token"].as_str().unwrap();
        is_ann(&verifier.verify(token).await.unwrap(), &signed_in);

        // Keys that are known are good without the server; nobody is signed out by its absence.
        server.stop();
        is_ann(&verifier.verify(token).await.unwrap(), &signed_in);
        let too_late = Verifier::builder(ISSUER)
            .jwks(
                HttpJwks::new(&format!("{address}/.well-known/jwks.json")).unwrap(),
                JwksPolicy::default(),
            )
            .build();
        assert_eq!(too_late.verify(token).await, Err(Refusal::Unavailable));
    }
}

#[tokio::test]
async fn r2_4_r2_5_another_service_verifies_by_the_shared_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secret = "a secret that both sides have, 32 bytes or more";
    let file = folder.path().join("keyturn.toml");
    std::fs::write(&file, format!("[jwt]\nsecret = \"{secret}\"\n")).unwrap();
    let (server, _client, signed_in) = signed_in(&folder.path().join("data"), &[]).await;
    let token = signed_in["access_token"].as_str().unwrap();
    let by = |issuer: &str, secret: &str| {
        let builder = Verifier::builder(issuer).shared_secret(secret.as_bytes());
        builder.unwrap().build()
    };
    is_ann(&by(ISSUER, secret).verify(token).await.unwrap(), &signed_in);
    for (issuer, secret) in [
        (server.url(), secret),
        (ISSUER, "another secret, which neither of them has ever had"),
    ] {
        let refused = by(issuer, secret).verify(token).await;
        assert!(matches!(refused, Err(Refusal::TokenUnknown(_))), "{refused:?}");
    }
    server.stop();
}

#[tokio::test]
async fn r2_4_a_service_that_asks_feels_a_sign_out_and_a_permission_at_the_next_request() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, client, signed_in) = signed_in(&data, &["--set", "jwt.algorithm=EdDSA"]).await;
    let address = server.url().replace("//localhost", "//127.0.0.1");
    let added = server
        .command(
            &["service", "add", "tasks", "--scope", "introspect", "--json"],
            "",
        )
        .json();
    let keys = || HttpJwks::new(&format!("{address}/.well-known/jwks.json")).unwrap();
    let asking = |secret: &str| {
        let asks = Introspection::new(&format!("{address}/auth/introspect"), "tasks", secret).unwrap();
        Verifier::builder(ISSUER)
            .jwks(keys(), JwksPolicy::default())
            .liveness(Arc::new(asks))
            .build()
    };
    let verifier = asking(added["secret"].as_str().unwrap());
    let token = signed_in["access_token"].as_str().unwrap();
    is_ann(&verifier.verify(token).await.unwrap(), &signed_in);
    let stranger = asking("kts_of_nobody").verify(token).await;
    assert_eq!(
        stranger,
        Err(Refusal::Unavailable),
        "the service's fault, not Ann's"
    );

    server
        .command(&["user", "revoke", "ann@example.org", "tasks:read", "--json"], "")
        .json();
    // The server hears of the command within a moment, which no clock of this test measures.
    let mut permissions = Vec::new();
    for _ in patiently() {
        permissions = verifier.verify(token).await.unwrap().permissions;
        if permissions.is_empty() {
            break;
        }
    }
    assert_eq!(permissions, Vec::<String>::new());
    client
        .post("/auth/signout")
        .bearer(token)
        .send()
        .await
        .expect(204);
    assert_eq!(
        verifier.verify(token).await,
        Err(Refusal::TokenExpired),
        "a refresh tells why"
    );
    server.stop();
    assert_eq!(verifier.verify(token).await, Err(Refusal::Unavailable));
}
