//! R5.4: what applications verify with takes our tokens as it is: PyJWT and python-jose, from a pinned environment.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use keyturn_token::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::patience::patiently;
use crate::python;
use crate::server::Server;

const SECRET: &str = "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";

/// A Python process that verifies token after token.
struct Application {
    child: Child,
    tokens: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Application {
    fn start(args: &[&str]) -> Self {
        let mut child = python::script("verify_tokens.py")
            .args(args)
            .env("SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            tokens: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn verify(&mut self, token: &str) -> Value {
        writeln!(self.tokens, "{token}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    /// The account that each library read from the token.
    fn accounts(&mut self, token: &str) -> Vec<String> {
        let answer = self.verify(token);
        let claims = answer["claims"].as_array().unwrap_or_else(|| panic!("{answer}"));
        claims
            .iter()
            .map(|claims| claims["sub"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

async fn signed_up(client: &Client, name: &str) -> (String, String) {
    let body = json!({ "email": format!("{name}@example.org"), "password": "a heron that stands still" });
    let answer = client.ask("/auth/signup", body).await.expect(201);
    (
        answer.field("access_token").to_owned(),
        answer.field("user_id").to_owned(),
    )
}

#[tokio::test]
async fn r5_4_applications_decode_our_tokens_with_the_shared_secret() {
    let mut application = Application::start(&["secret"]);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("keyturn.toml");
    std::fs::write(&file, format!("[jwt]\nsecret = \"{SECRET}\"\n")).unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let client = Client::to(server.url());
    let (token, account) = signed_up(&client, "ann").await;
    assert_eq!(application.accounts(&token), [account.clone(), account]);

    // The application can sign as well; that opens nothing of Keyturn's.
    let claims: keyturn_token::AccessClaims = {
        let answer = application.verify(&token);
        serde_json::from_value(answer["claims"][0].clone()).unwrap()
    };
    let forged = keyturn_token::AccessClaims { kt: None, ..claims };
    let forged = SigningKey::hs256(SECRET.as_bytes())
        .unwrap()
        .sign(&forged)
        .unwrap();
    assert_eq!(application.accounts(&forged).len(), 2);
    let refused = client
        .get("/auth/session")
        .bearer(&forged)
        .send()
        .await
        .expect(401);
    assert_eq!(refused.field("code"), "token-unknown");
    client
        .get("/auth/session")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    // By another key, in another's name, cut short: no library takes it.
    let (strange, _) = forged.rsplit_once('.').unwrap();
    assert!(application.verify(strange)["error"].is_string());
}

#[tokio::test]
async fn r5_4_applications_verify_our_tokens_by_the_public_keys_before_and_after_a_rotation() {
    for algorithm in ["EdDSA", "ES256"] {
        let folder = TempDir::new().unwrap();
        let setting = format!("jwt.algorithm={algorithm}");
        let server = Server::start(&folder.path().join("data"), &["--set", &setting]);
        let client = Client::to(server.url());
        let url = format!(
            "{}/.well-known/jwks.json",
            server.url().replace("localhost", "127.0.0.1")
        );
        let mut application = Application::start(&["jwks", algorithm, &url]);
        let (old, ann) = signed_up(&client, "ann").await;
        let ann = [ann];
        assert_eq!(application.accounts(&old), ann);

        server.command(&["--set", &setting, "key", "rotate", "--now"], "");
        let mut shown = 0;
        for _ in patiently() {
            let keys = client.get("/.well-known/jwks.json").send().await.body;
            shown = keys["keys"].as_array().unwrap().len();
            if shown == 2 {
                break;
            }
        }
        assert_eq!(shown, 2);
        let (new, bob) = signed_up(&client, "bob").await;
        assert_eq!(application.accounts(&old), ann, "by the set that it keeps");
        // PyJWT asks for unknown keys once in thirty seconds only: hence the publish period. One that starts now has both.
        let mut application = Application::start(&["jwks", algorithm, &url]);
        assert_eq!(application.accounts(&new), [bob]);
        assert_eq!(application.accounts(&old), ann);
        assert!(application.verify(&new[..new.len() - 8])["error"].is_string());
    }
}
