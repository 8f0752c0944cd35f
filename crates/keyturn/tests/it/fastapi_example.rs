//! `examples/fastapi`, as its README starts it: uvicorn beside the real binary, with a user who was taken over by integer id.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::client::Client;
use crate::python;
use crate::server::{Server, UNTHROTTLED};

const SECRET: &str = "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";
const PASSWORD: &str = "correct horse battery staple";

/// The application, gone when this is dropped.
struct Application {
    child: Child,
    url: String,
}

impl Application {
    fn start(keyturn: &str, folder: &Path) -> Self {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/fastapi");
        let mut child = python::module("uvicorn")
            .args(["main:app", "--port", "0", "--app-dir", example])
            .env("KEYTURN_URL", keyturn)
            .env("ISSUER", "http://localhost")
            .env("JWT_SECRET", SECRET)
            .env("DATABASE", folder.join("items.db"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let line = said
            .find(|line| line.contains("Uvicorn running on "))
            .expect("it starts");
        let (_, url) = line.split_once("running on ").unwrap();
        let url = url.split(' ').next().unwrap().to_owned();
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, url }
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

async fn token(client: &Client, name: &str) -> String {
    let form = [
        ("grant_type", "password"),
        ("username", name),
        ("password", PASSWORD),
    ];
    let answer = client.post("/auth/token").form(&form).send().await.expect(200);
    answer.field("access_token").to_owned()
}

#[tokio::test]
async fn r3_1_r5_4_the_fastapi_example_serves_users_by_their_integer_ids() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("keyturn.toml"),
        format!("[jwt]\nsecret = \"{SECRET}\"\n"),
    )
    .unwrap();
    let server = Server::start_with_virtual_clock_and(&folder.path().join("data"), &UNTHROTTLED);
    let client = Client::to(server.url());
    let rows = "id,email\n42,ann@example.org\n7,bob@example.org\n";
    server.command(&["user", "import", "-", "--format", "csv", "--json"], rows);
    for name in ["ann@example.org", "bob@example.org"] {
        server.command(&["user", "set-password", name, "--password-stdin"], PASSWORD);
    }
    let application = Application::start(server.url(), folder.path());
    let items = Client::to(&application.url);

    let ann = token(&client, "ann@example.org").await;
    let me = items.get("/users/me").bearer(&ann).send().await.expect(200);
    assert_eq!(
        (&me.body["id"], &me.body["email"]),
        (&json!(42), &json!("ann@example.org"))
    );
    let added = items
        .post("/items")
        .bearer(&ann)
        .json(json!({ "name": "lantern" }))
        .send()
        .await;
    assert_eq!(
        added.expect(201).body,
        json!({ "id": 1, "owner_id": 42, "name": "lantern" })
    );
    let bob = token(&client, "bob@example.org").await;
    let none = items.get("/items").bearer(&bob).send().await.expect(200);
    assert_eq!(none.body, json!([]));

    items.get("/items").send().await.expect(401);
    let forged = format!("{}x", &ann[..ann.len() - 1]);
    let unknown = items.get("/items").bearer(&forged).send().await.expect(401);
    assert_eq!(unknown.body["detail"]["code"], "token-unknown");
    // Somebody who signed up at Keyturn has no integer.
    let body = json!({ "email": "cleo@example.org", "password": PASSWORD });
    let cleo: Value = client.ask("/auth/signup", body).await.expect(201).body;
    let stranger = items
        .get("/items")
        .bearer(cleo["access_token"].as_str().unwrap())
        .send()
        .await;
    stranger.expect(403);
}
