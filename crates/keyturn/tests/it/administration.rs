//! Running accounts: by the command line beside a server, and by HTTP as the administrator that it made; on both stores.

use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{done, failed, keyturn, keyturn_with};
use crate::client::{Answer, Client, Request};
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{self, Server};

const PASSWORD: &str = "nine lives of a patient cat";
const ROOT: &str = "root@example.org";

/// Somebody who is signed in.
struct Person {
    client: Client,
    token: String,
}

impl Person {
    async fn sign_in(client: &Client, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = client.ask("/auth/signin", body).await.expect(200);
        Self {
            client: client.clone(),
            token: answer.field("access_token").to_owned(),
        }
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let bearer = format!("Bearer {}", self.token);
        self.client.request(method, path).header("authorization", bearer)
    }

    async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        self.request(method, path).json(body).send().await
    }

    /// Asks until the answer is this, as that of somebody who was told of another process's change.
    async fn until(&self, path: &str, status: u16) {
        for _ in patiently() {
            if self.get(path).await.status == status {
                return;
            }
        }
        panic!("{path} never answered {status}");
    }
}

#[tokio::test]
async fn r2_6_the_first_administrator_is_made_by_the_command_line_and_runs_accounts_by_http() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let data_dir = place.data_dir();
        let server = Server::start(&data_dir, &[]);
        let greeting = server.greeting().join("\n");
        assert!(
            greeting.contains("keyturn user create --email you@example.org --admin"),
            "{greeting}"
        );
        let create = ["user", "create", "--email", ROOT, "--admin", "--password-stdin"];
        server.command(&create, PASSWORD);
        let client = Client::to(server.url());
        let root = Person::sign_in(&client, ROOT).await;

        let new = json!({ "email": "ann@example.org", "password": PASSWORD, "permissions": ["tasks:write"] });
        let ann = root.ask(Method::POST, "/admin/users", new).await.expect(201);
        let path = format!("/admin/users/{}", ann.field("id"));
        let ann = Person::sign_in(&client, "ann@example.org").await;
        ann.get("/admin/users").await.expect(403);
        let found = root.get("/admin/users?q=ANN%40").await.expect(200);
        assert_eq!(found.body["items"][0]["permissions"], json!(["tasks:write"]));
        let metadata = json!({ "metadata": { "plan": "gold", "of": [1, 2.5, null] }, "name": "Ann" });
        let changed = root.ask(Method::PATCH, &path, metadata.clone()).await.expect(200);
        assert_eq!(changed.body["metadata"], metadata["metadata"]);
        assert_eq!(root.get(&path).await.expect(200).body, changed.body);

        let state = json!({ "state": "suspended", "reason": "unpaid" });
        root.ask(Method::POST, &format!("{path}/state"), state.clone())
            .await
            .expect(200);
        ann.get("/auth/session").await.expect_ended("account_state");
        let state = json!({ "state": "active", "reason": "paid" });
        root.ask(Method::POST, &format!("{path}/state"), state)
            .await
            .expect(200);
        let ann = Person::sign_in(&client, "ann@example.org").await;
        let sessions = root.get("/admin/sessions?limit=1").await.expect(200);
        let session = sessions.body["items"][0]["id"].as_str().unwrap().to_owned();
        root.ask(Method::DELETE, &format!("/admin/sessions/{session}"), json!({}))
            .await
            .expect(204);
        ann.get("/auth/session").await.expect_ended("admin");
        let story = root.get(&format!("/admin/sessions/{session}")).await.expect(200);
        assert_eq!(story.body["end"]["reason"], "admin");
        let audit = root
            .get(&format!("/admin/audit?session={session}"))
            .await
            .expect(200);
        assert_eq!(audit.body["items"][0]["actor"], "administrator");

        let last = json!({ "permissions": [] });
        let id = root.get(&format!("/admin/users?q={ROOT}")).await.expect(200);
        let own = format!("/admin/users/{}", id.body["items"][0]["id"].as_str().unwrap());
        root.ask(Method::PATCH, &own, last).await.expect(409);
        server.command(&["user", "revoke", ROOT, "admin", "--force"], "");
        root.until("/admin/users", 403).await;
        server.stop();
        let greeting = Server::start(&data_dir, &[]).greeting().join("\n");
        assert!(greeting.contains("nobody can administer yet"), "{greeting}");
    }
}

#[tokio::test]
async fn r2_6_the_command_line_does_the_same_on_both_stores() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let data_dir = place.data_dir();
        server::command(&data_dir, &["migrate"], "");
        let run = |args: &[&str]| -> Value {
            let args = [args, &["--json"]].concat();
            server::command(&data_dir, &args, PASSWORD).json()
        };
        run(&["user", "create", "--email", "ann@example.org", "--no-password"]);
        run(&[
            "user",
            "create",
            "--username",
            "bob",
            "--password-stdin",
            "--permission",
            "a",
        ]);
        let granted = run(&["user", "grant", "ann@example.org", "reports"]);
        assert_eq!(granted["permissions"], json!(["reports"]));
        assert_eq!(run(&["user", "grant", "ann@example.org", "reports"]), granted);
        assert_eq!(run(&["user", "revoke", "bob", "a"])["permissions"], json!([]));
        let metadata = r#"{ "plan": "gold" }"#;
        let changed = run(&["user", "set-metadata", "bob", metadata]);
        assert_eq!(changed["metadata"], json!({ "plan": "gold" }));
        let renamed = [
            "user",
            "rename",
            "bob",
            "--email",
            "bob@example.org",
            "--username",
            "",
            "--name",
            "Bob",
        ];
        let renamed = run(&renamed);
        assert_eq!(
            (&renamed["email"], &renamed["username"], &renamed["name"]),
            (&json!("bob@example.org"), &Value::Null, &json!("Bob"))
        );
        let found = run(&["user", "list", "--search", "BOB"]);
        assert_eq!(found, json!([renamed]));
        assert_eq!(
            run(&["user", "show", renamed["account_id"].as_str().unwrap()]),
            renamed
        );
        let audit = run(&["audit", "list", "--user", "bob@example.org"]);
        let kinds: Vec<_> = audit
            .as_array()
            .unwrap()
            .iter()
            .map(|event| &event["kind"])
            .collect();
        assert_eq!(
            kinds,
            ["user.updated", "user.updated", "user.updated", "user.created"]
        );
        assert_eq!(audit[0]["detail"], "email, username, name");
        assert_eq!(
            (&audit[0]["actor"], &audit[0]["user_id"]),
            (&json!("command_line"), &renamed["id"])
        );
        let since = audit[1]["at"].as_str().unwrap();
        let later = run(&[
            "audit",
            "list",
            "--user",
            "bob@example.org",
            "--since",
            since,
            "--kind",
            "user.updated",
        ]);
        assert_eq!(later.as_array().map(Vec::len), Some(2));
        assert_eq!(
            run(&["audit", "list", "--until", "2020-01-01T00:00:00Z"]),
            json!([])
        );
    }
}

#[test]
fn the_command_line_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    done(keyturn(folder, &["migrate"]));
    let create = ["user", "create", "--email", ROOT, "--admin", "--password-stdin"];
    done(keyturn_with(folder, &[], PASSWORD, &create));
    for (args, code, part) in [
        (&["user", "revoke", ROOT, "admin"][..], 1, "--force"),
        (&["user", "set-state", ROOT, "suspended"], 1, "--force"),
        (&["user", "grant", ROOT, "a b"], 1, "permissions: a permission is"),
        (&["user", "grant", "nobody", "a"], 1, "there is no account"),
        (
            &["user", "set-metadata", ROOT, "[]"],
            1,
            "metadata is a JSON object",
        ),
        (&["user", "set-metadata", ROOT, "plan"], 64, "no JSON"),
        (
            &["user", "rename", ROOT, "--email", ""],
            1,
            "an account needs an email or a username",
        ),
        (&["user", "rename", ROOT, "--email", "x"], 1, "email: "),
        (
            &["audit", "list", "--kind", "nothing"],
            64,
            "use one of user.created",
        ),
        (&["audit", "list", "--since", "yesterday"], 64, "--since"),
        (&["audit", "list", "--session", "x"], 64, "--session"),
        (&["audit", "list", "--user", "nobody"], 1, "there is no account"),
    ] {
        failed(&keyturn(folder, args), code, part);
    }
    assert_eq!(keyturn(folder, &["user", "rename", ROOT]).code, Some(64));
    assert!(
        done(keyturn(folder, &["user", "list", "--search", "nobody"])).contains("no accounts are like that")
    );
    assert!(done(keyturn(folder, &["audit", "list", "--request", "none"])).contains("nothing like that"));
    let listed = done(keyturn(folder, &["audit", "list"]));
    assert!(listed.contains("account created, active"), "{listed}");
    let forced = done(keyturn(
        folder,
        &["user", "set-state", ROOT, "suspended", "--force"],
    ));
    assert!(forced.contains("suspended"), "{forced}");
    let piped = keyturn_with(folder, &[], r#"{"a":1}"#, &["user", "set-metadata", ROOT, "-"]);
    assert!(done(piped).contains(r#"{"a":1}"#));
}
