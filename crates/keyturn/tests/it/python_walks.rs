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
    let said = python::run("walk_token_pairs.py", &[&url, &ops, PASSWORD], &[]);
    assert_eq!(said, "json: walked\nform: walked\n");
}

#[tokio::test]
async fn r3_1_r3_3_r3_4_authlib_signs_in_refreshes_by_itself_introspects_and_revokes() {
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
    let added = ["service", "add", "reports", "--scope", "introspect", "--json"];
    let secret = server.command(&added, "").json()["secret"].take();
    let args = [&url, ISSUER, PASSWORD, "reports"];
    let said = python::run(
        "authlib_client.py",
        &args,
        &[("SECRET", secret.as_str().unwrap())],
    );
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["verified_subjects"], json!([ann["user_id"], ann["user_id"]]));
    assert_eq!(said["generations"], json!([1, 2, 3]), "one refresh a request");
}

/// An application that trusts the shared secret, and serves `/tasks`.
struct Application {
    child: Child,
    client: Client,
}

impl Application {
    fn start(script: &str, keyturn: &Server) -> Self {
        let mut child = python::script(script)
            .env("SECRET", SECRET)
            .env("ISSUER", ISSUER)
            .env("KEYTURN", keyturn.url())
            .stdout(Stdio::piped())
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

    /// Takes a token of Keyturn's as it is, and no other; answers an expired one by 401 and any other by `refusal`.
    async fn takes_only(&self, token: &str, keyturn: &Client, refusal: u16) {
        let (status, tasks) = self.tasks(token).await;
        assert_eq!(status, 200, "{tasks}");
        let session = keyturn
            .get("/auth/session")
            .bearer(token)
            .send()
            .await
            .expect(200);
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
        assert_eq!(self.tasks(&sign(&expired, SECRET)).await.0, 401, "expired");
        let strange = AccessClaims {
            iss: "http://localhost:1".to_owned(),
            ..claims.clone()
        };
        assert_eq!(
            self.tasks(&sign(&strange, SECRET)).await.0,
            refusal,
            "of another issuer"
        );
        let forged = sign(&claims, &SECRET.replace("k3V9x", "k3V9y"));
        assert_eq!(self.tasks(&forged).await.0, refusal, "by another secret");
        assert_eq!(
            self.client.get("/tasks").send().await.status,
            401,
            "without a token"
        );
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A server whose signing secret the applications know.
fn sharing_its_secret(folder: &TempDir) -> Server {
    let file = folder.path().join("keyturn.toml");
    std::fs::write(
        &file,
        format!("[jwt]\nsecret = \"{SECRET}\"\nissuer = \"{ISSUER}\"\n"),
    )
    .unwrap();
    Server::start(&folder.path().join("data"), &[])
}

#[tokio::test]
async fn r4_2_r5_4_a_flask_application_takes_our_tokens_by_flask_jwt_extended() {
    let folder = TempDir::new().unwrap();
    let server = sharing_its_secret(&folder);
    ann(&server).await;
    let client = Client::to(server.url());
    let body = json!({ "username": "ann", "password": PASSWORD });
    let pair = client.ask("/login", body).await.expect(200);
    let flask = Application::start("flask_application.py", &server);
    flask.takes_only(pair.field("access_token"), &client, 422).await;
    assert_eq!(
        flask.tasks(pair.field("refresh_token")).await.0,
        422,
        "a refresh token is none"
    );
}

#[tokio::test]
async fn r3_1_r4_2_r5_4_a_fastapi_application_takes_our_tokens_by_its_password_bearer() {
    let folder = TempDir::new().unwrap();
    let server = sharing_its_secret(&folder);
    ann(&server).await;
    let client = Client::to(server.url());
    let fastapi = Application::start("fastapi_application.py", &server);
    // Whoever reads the application's description finds the way to the token.
    let described = fastapi.client.get("/openapi.json").send().await.expect(200).body;
    let flow = &described["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"];
    let path = flow["tokenUrl"]
        .as_str()
        .unwrap()
        .strip_prefix(server.url())
        .unwrap();
    let form = format!(
        "grant_type=password&username=ann&password={}",
        PASSWORD.replace(' ', "+")
    );
    let asked = client
        .post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .untyped(form);
    let token = asked.send().await.expect(200);
    fastapi
        .takes_only(token.field("access_token"), &client, 401)
        .await;
}
