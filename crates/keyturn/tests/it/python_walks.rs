//! Clients and applications from the registry, as their own documentation has them, against the real binary. The scripts in
//! `tests/python` hold what each of them sees; what is here starts the servers and reads what the scripts said.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use keyturn_token::{AccessClaims, SigningKey};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::python;
use crate::server::Server;

const PASSWORD: &str = "a heron that stands still";
const ISSUER: &str = "https://id.example.org";
const SECRET: &str = "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";

async fn ann(server: &Server) -> Value {
    let body = json!({ "email": "ann@example.org", "username": "ann", "password": PASSWORD });
    let client = Client::to(server.url());
    client.ask("/auth/signup", body).await.expect(201).body
}

#[tokio::test]
async fn r4_1_r4_2_r4_3_r4_4_requests_walks_the_documents_sequence_to_its_end() {
    let folder = TempDir::new().unwrap();
    let server = Server::start_with_virtual_clock(&folder.path().join("data"));
    ann(&server).await;
    let by_address = |url: &str| url.replace("localhost", "127.0.0.1");
    let (url, ops) = (by_address(server.url()), by_address(server.ops()));
    let said = python::run("walk_token_pairs.py", &[&url, &ops, PASSWORD]);
    assert_eq!(said, "json: walked\nform: walked\n");
}

#[tokio::test]
async fn r3_1_r3_4_authlib_signs_in_and_refreshes_by_itself() {
    let folder = TempDir::new().unwrap();
    // Authlib refreshes a minute before the end: here, with each request.
    let settings = [
        "jwt.algorithm=ES256",
        "jwt.access_ttl=45s",
        &format!("jwt.issuer={ISSUER}"),
    ];
    let flags = settings.map(|setting| ["--set", setting]).concat();
    let server = Server::start(&folder.path().join("data"), &flags);
    let ann = ann(&server).await;
    let url = server.url().replace("localhost", "127.0.0.1");
    let said = python::run("authlib_client.py", &[&url, ISSUER, PASSWORD]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["verified_subjects"], json!([ann["user_id"], ann["user_id"]]));
    assert_eq!(said["generations"], json!([1, 2, 3]), "one refresh a request");
}

/// A Flask application that trusts the shared secret.
struct Flask {
    child: Child,
    client: Client,
}

impl Flask {
    fn start() -> Self {
        let mut child = python::script("flask_application.py")
            .env("SECRET", SECRET)
            .env("ISSUER", ISSUER)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let client = Client::to(url.trim_end());
        Self { child, client }
    }

    async fn tasks(&self, token: &str) -> (u16, Value) {
        let answer = self.client.get("/tasks").bearer(token).send().await;
        (answer.status, answer.body)
    }
}

impl Drop for Flask {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[tokio::test]
async fn r4_2_r5_4_a_flask_application_takes_our_tokens_by_flask_jwt_extended() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("keyturn.toml");
    std::fs::write(
        &file,
        format!("[jwt]\nsecret = \"{SECRET}\"\nissuer = \"{ISSUER}\"\n"),
    )
    .unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    ann(&server).await;
    let client = Client::to(server.url());
    let body = json!({ "username": "ann", "password": PASSWORD });
    let pair = client.ask("/login", body).await.expect(200);
    let token = pair.field("access_token");

    let flask = Flask::start();
    let (status, tasks) = flask.tasks(token).await;
    assert_eq!(status, 200, "{tasks}");
    let session = client.get("/auth/session").bearer(token).send().await.expect(200);
    assert_eq!(tasks["user_id"], session.body["user_id"]);
    assert_eq!(tasks["email"], "ann@example.org");
    assert_eq!(tasks["session"], session.body["session"]["id"]);

    let claims: AccessClaims = serde_json::from_value(tasks["claims"].clone()).unwrap();
    let sign = |claims: &AccessClaims, secret: &str| {
        SigningKey::hs256(secret.as_bytes())
            .unwrap()
            .sign(claims)
            .unwrap()
    };
    let expired = AccessClaims {
        exp: claims.iat - 1,
        ..claims.clone()
    };
    assert_eq!(flask.tasks(&sign(&expired, SECRET)).await.0, 401, "expired");
    let strange = AccessClaims {
        iss: "http://localhost:1".to_owned(),
        ..claims.clone()
    };
    assert_eq!(
        flask.tasks(&sign(&strange, SECRET)).await.0,
        422,
        "of another issuer"
    );
    let forged = sign(&claims, &SECRET.replace("k3V9x", "k3V9y"));
    assert_eq!(flask.tasks(&forged).await.0, 422, "by another secret");
    assert_eq!(
        flask.client.get("/tasks").send().await.status,
        401,
        "without a token"
    );
    assert_eq!(
        flask.tasks(pair.field("refresh_token")).await.0,
        422,
        "a refresh token is none"
    );
}
