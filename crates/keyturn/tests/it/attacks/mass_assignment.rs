//! Fields that nobody asked for (CWE-915): what an account may do, is called by others, or is in, is not the person's to say.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ATTACKERS, PASSWORD, Target, VICTIM};
use crate::browser::Browser;
use crate::client::CSRF;
use crate::place::Engine;

/// Ours and those of frameworks that applications come from.
fn planted() -> Vec<(&'static str, Value)> {
    vec![
        ("id", json!("01900000-0000-7000-8000-000000000001")),
        ("account_id", json!("01900000-0000-7000-8000-000000000001")),
        ("user_id", json!("1")),
        ("subject", json!("1")),
        ("sub", json!("1")),
        ("state", json!("active")),
        ("is_active", json!(true)),
        ("permissions", json!(["admin"])),
        ("metadata", json!({ "plan": "gold" })),
        ("session_epoch", json!(7)),
        ("password_hash", json!("$2b$12$abcdefghijklmnopqrstuv")),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("last_login", json!("2020-01-01T00:00:00Z")),
        ("email_verified", json!(true)),
        ("is_admin", json!(true)),
        ("is_staff", json!(true)),
        ("is_superuser", json!(true)),
        ("role", json!("admin")),
        ("roles", json!(["admin"])),
        ("__proto__", json!({ "permissions": ["admin"] })),
        ("constructor", json!({ "prototype": {} })),
        ("$set", json!({ "permissions": ["admin"] })),
    ]
}

fn with(body: &Value, name: &str, value: &Value) -> Value {
    let mut body = body.clone();
    body[name] = value.clone();
    body
}

#[tokio::test]
async fn r2_1_r2_6_no_field_of_a_request_makes_an_account_more_than_it_is() {
    for engine in Engine::ALL {
        let target = Target::start(engine, &[]).await;
        let sign_up = json!({ "email": "crow@example.org", "password": ATTACKERS });
        for (name, value) in planted() {
            let answer = target.ask("/auth/signup", with(&sign_up, name, &value)).await;
            assert_eq!(answer.expect(422).field("code"), "invalid-fields", "{name}");
        }
        assert_eq!(target.signs_in("crow@example.org", ATTACKERS).await, 401);

        let ann = target.sign_up(VICTIM, PASSWORD).await.expect(201);
        let access = ann.field("access_token");
        let before = target
            .server
            .command(&["user", "show", VICTIM, "--json"], "")
            .json();
        let own = |method: Method, path: &'static str, body: Value| {
            let request = target.client.request(method, path).bearer(access);
            request.json(body).send()
        };
        let further = [
            ("email", json!("crow@example.org")),
            ("password", json!(ATTACKERS)),
        ];
        for (name, value) in planted().into_iter().chain(further) {
            for (method, path, body) in [
                (
                    Method::PATCH,
                    "/auth/account",
                    json!({ "name": "Ann", "current_password": PASSWORD }),
                ),
                (
                    Method::POST,
                    "/auth/password",
                    json!({ "current_password": PASSWORD, "new_password": ATTACKERS }),
                ),
                (
                    Method::POST,
                    "/auth/account/email",
                    json!({ "email": "ann@example.net", "current_password": PASSWORD }),
                ),
                (
                    Method::POST,
                    "/auth/account/deactivate",
                    json!({ "current_password": PASSWORD }),
                ),
                (
                    Method::DELETE,
                    "/auth/account",
                    json!({ "current_password": PASSWORD }),
                ),
            ] {
                if path == "/auth/account/email" && name == "email" {
                    continue;
                }
                let answer = own(method, path, with(&body, name, &value)).await;
                assert_eq!(
                    answer.expect(422).field("code"),
                    "invalid-fields",
                    "{path}: {name}"
                );
            }
        }
        let after = target
            .server
            .command(&["user", "show", VICTIM, "--json"], "")
            .json();
        assert_eq!(after, before, "{engine:?}");
    }
}

/// A form may bring more fields than its page has: they are nobody's.
#[tokio::test]
async fn r2_1_r2_6_no_field_of_a_form_makes_an_account_more_than_it_is() {
    for engine in Engine::ALL {
        let target = Target::start(engine, &[]).await;
        let mut browser = Browser::open(&target.client).await.unwrap();
        let texts: Vec<(&str, String)> = planted()
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        let extra: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        for (path, own) in [
            ("/signup", &[("email", VICTIM), ("password", PASSWORD)][..]),
            ("/account/profile", &[("name", "Ann")]),
        ] {
            let csrf = browser.cookie(CSRF).to_owned();
            let fields = [&[("csrf", csrf.as_str())], own, &extra].concat();
            let sent = browser.post(&target.client, path).form(&fields);
            browser.send(sent).await.expect(303);
        }
        let shown = target
            .server
            .command(&["user", "show", VICTIM, "--json"], "")
            .json();
        assert_eq!(shown["permissions"], json!([]), "{shown}");
        assert_eq!(
            (&shown["state"], &shown["name"]),
            (&json!("active"), &json!("Ann"))
        );
        assert_eq!(shown["metadata"], json!({}));
        assert_eq!(
            shown["id"], shown["account_id"],
            "its subject is its own: {shown}"
        );
    }
}
