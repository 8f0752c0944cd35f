//! The life of an account, from the person's side and from the operator's, through the real binary on both stores. By page it is told
//! in `e2e/account-life.spec.ts`.

use serde_json::{Value, json};

use crate::cli::{failed, keyturn};
use crate::client::{Answer, Client, Request};
use crate::mailbox::Mailbox;
use crate::patience::patiently;
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "a lantern behind nine doors";
const NEXT_PASSWORD: &str = "another lantern behind ten doors";

fn credentials(password: &str) -> Value {
    json!({ "email": EMAIL, "password": password })
}

fn confirmation(password: &str) -> Value {
    json!({ "current_password": password })
}

async fn access(client: &Client, password: &str) -> String {
    let signed_in = client.ask("/auth/signin", credentials(password)).await;
    signed_in.expect(200).field("access_token").to_owned()
}

async fn body(request: Request, status: u16) -> Value {
    request.send().await.expect(status).body
}

#[tokio::test]
async fn r2_6_r5_1_an_account_lives_changes_is_switched_off_and_on_and_is_deleted() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &UNTHROTTLED);
        let client = Client::to(server.url());
        let signed_up = client.ask("/auth/signup", credentials(PASSWORD)).await;
        let signed_up = signed_up.expect(201);
        let here = signed_up.field("access_token");
        let there = access(&client, PASSWORD).await;

        let profile = json!({ "username": "ann", "name": "Ann", "current_password": PASSWORD });
        let change = client.request(reqwest::Method::PATCH, "/auth/account");
        let changed = body(change.bearer(here).json(profile), 200).await;
        assert_eq!(
            (&changed["username"], &changed["name"]),
            (&json!("ann"), &json!("Ann"))
        );

        let passwords = json!({ "current_password": PASSWORD, "new_password": NEXT_PASSWORD });
        body(client.post("/auth/password").bearer(here).json(passwords), 204).await;
        let other = client.get("/auth/session").bearer(&there).send().await;
        other.expect_ended("password_changed");

        let exported = body(client.get("/auth/account/export").bearer(here), 200).await;
        assert_eq!(exported["account"]["email"], EMAIL, "{engine:?}");
        assert_eq!(exported["sessions"].as_array().unwrap().len(), 2);
        let by_command = server.command(&["user", "export-data", EMAIL], "").json();
        assert_eq!(by_command["account"], exported["account"]);
        assert_eq!(by_command["events"], exported["events"]);

        let off = client.post("/auth/account/deactivate").bearer(here);
        body(off.json(confirmation(NEXT_PASSWORD)), 204).await;
        let refused = client.ask("/auth/signin", credentials(NEXT_PASSWORD)).await;
        assert_eq!(refused.expect(403).field("account_state"), "inactive");
        server.command(&["user", "set-state", EMAIL, "active", "--json"], "");
        let again = access(&client, NEXT_PASSWORD).await;

        let delete = client.delete("/auth/account").bearer(&again);
        body(delete.json(confirmation(NEXT_PASSWORD)), 204).await;
        let over = client.get("/auth/account").bearer(&again).send().await;
        over.expect_ended("account_deleted");
        let gone = client.ask("/auth/signin", credentials(NEXT_PASSWORD)).await;
        gone.expect(401);
        let listed = server.command(&["user", "list", "--json"], "").json();
        assert_eq!(listed, json!([]), "{engine:?}");
        let sessions = server.command(&["session", "list", "--all", "--json"], "").json();
        let sessions = sessions.as_array().unwrap();
        assert_eq!(sessions.len(), 3, "{engine:?}");
        for session in sessions {
            assert_eq!(session["ip_address"], Value::Null, "{session}");
            assert_eq!(session["user_agent"], Value::Null, "{session}");
        }
        client
            .ask("/auth/signup", credentials(PASSWORD))
            .await
            .expect(201);
        server.stop();
    }
}

/// What is done by mail: activating, moving, forgetting, coming back.
#[tokio::test]
async fn r2_6_an_account_lives_by_api_with_everything_that_is_done_by_mail() {
    const MOVED: &str = "ann@example.net";
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let mailed = [&UNTHROTTLED[..], &["--set", "signup.activation=email"]].concat();
        let server = Server::start(&place.data_dir(), &mailed);
        let (client, mut mail) = (Client::to(server.url()), Mailbox::of(&place.data_dir()));
        let waits = client.ask("/auth/signup", credentials(PASSWORD)).await;
        assert_eq!(waits.expect(202).field("state"), "pending");
        let early = client.ask("/auth/signin", credentials(PASSWORD)).await;
        early.expect(401);
        let first = mail.with("/activate?token=");
        client
            .ask("/auth/activate/resend", json!({ "email": EMAIL }))
            .await
            .expect(202);
        let second = mail.with("/activate?token=");
        assert_eq!((first.to.as_str(), second.to.as_str()), (EMAIL, EMAIL));
        let activate = |token: &str| {
            let link = json!({ "token": token, "password": PASSWORD });
            client.post("/auth/activate").json(link).send()
        };
        activate(first.token()).await.expect(400);
        activate(second.token()).await.expect(204);

        let here = access(&client, PASSWORD).await;
        let wanted = json!({ "email": MOVED, "current_password": PASSWORD });
        body(client.post("/auth/account/email").bearer(&here).json(wanted), 202).await;
        let letter = mail.with("/account/email?token=");
        assert_eq!(letter.to, MOVED);
        let link = json!({ "token": letter.token() });
        client.ask("/auth/account/email/confirm", link).await.expect(204);
        assert_eq!(mail.with("has another email address now").to, EMAIL);
        let moved = body(client.get("/auth/account").bearer(&here), 200).await;
        assert_eq!(moved["email"], MOVED, "{engine:?}");

        let forgot = json!({ "email": MOVED });
        client
            .ask("/auth/password/forgot", forgot.clone())
            .await
            .expect(202);
        let link = json!({ "token": mail.with("/reset?token=").token(), "password": NEXT_PASSWORD });
        client.ask("/auth/password/reset", link).await.expect(204);
        let over = client.get("/auth/account").bearer(&here).send().await;
        over.expect_ended("password_changed");
        assert_eq!(mail.with("password").to, MOVED);

        let sign_in = |password: &str| {
            let body = json!({ "identifier": MOVED, "password": password });
            client.post("/auth/signin").json(body).send()
        };
        sign_in(PASSWORD).await.expect(401);
        let here = sign_in(NEXT_PASSWORD).await.expect(200);
        let off = client.post("/auth/account/deactivate");
        let off = off.bearer(here.field("access_token"));
        body(off.json(confirmation(NEXT_PASSWORD)), 204).await;
        sign_in(NEXT_PASSWORD).await.expect(403);
        client.ask("/auth/password/forgot", forgot).await.expect(202);
        let link = json!({ "token": mail.with("/reset?token=").token(), "password": PASSWORD });
        client.ask("/auth/password/reset", link).await.expect(204);
        let back = sign_in(PASSWORD).await.expect(200);

        let delete = client.delete("/auth/account").bearer(back.field("access_token"));
        body(delete.json(confirmation(PASSWORD)), 204).await;
        sign_in(PASSWORD).await.expect(401);
        let kinds = server.command(&["audit", "list", "--json"], "").json();
        let kinds: Vec<_> = kinds.as_array().unwrap().iter().rev().collect();
        for kind in [
            "user.created",
            "user.email_changed",
            "user.password_set",
            "user.state",
            "user.deleted",
        ] {
            assert!(
                kinds.iter().any(|event| event["kind"] == kind),
                "{kind} in {kinds:?}"
            );
        }
        server.stop();
    }
}

/// The same life run by an operator beside a server, which hears of each step.
#[tokio::test]
async fn r2_6_an_account_lives_by_the_command_line_beside_a_server() {
    const MOVED: &str = "ann@example.net";
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &UNTHROTTLED);
        let client = Client::to(server.url());
        let run = |args: &[&str], input: &str| server.command(&[args, &["--json"]].concat(), input).json();
        let until = |name: &'static str, password: &'static str, status: u16| {
            until_answered(&client, name, password, status)
        };
        let create = [
            "user",
            "create",
            "--email",
            EMAIL,
            "--state",
            "pending",
            "--password-stdin",
        ];
        let created = run(&create, PASSWORD);
        assert_eq!(created["state"], "pending", "{engine:?}");
        let refused = until(EMAIL, PASSWORD, 403).await;
        assert_eq!(refused.field("account_state"), "pending");
        run(&["user", "set-state", EMAIL, "active", "--reason", "paid"], "");
        let here = until(EMAIL, PASSWORD, 200).await;

        let names = [
            "user",
            "rename",
            EMAIL,
            "--email",
            MOVED,
            "--username",
            "ann",
            "--name",
            "Ann",
        ];
        let renamed = run(&names, "");
        assert_eq!(
            (&renamed["id"], &renamed["email"]),
            (&created["id"], &json!(MOVED))
        );
        until(EMAIL, PASSWORD, 401).await;
        until("ann", PASSWORD, 200).await;
        let granted = run(&["user", "grant", "ann", "reports"], "");
        assert_eq!(granted["permissions"], json!(["reports"]));
        run(&["user", "set-metadata", "ann", r#"{ "plan": "gold" }"#], "");
        let shown = run(&["user", "show", "ann"], "");
        assert_eq!(shown["metadata"], json!({ "plan": "gold" }));

        let session = here.body["session"]["id"].as_str().unwrap();
        run(&["session", "end", session], "");
        felt(&client, &here, "admin").await;
        let here = until(MOVED, PASSWORD, 200).await;
        run(
            &["user", "set-password", MOVED, "--password-stdin"],
            NEXT_PASSWORD,
        );
        felt(&client, &here, "password_changed").await;
        until(MOVED, PASSWORD, 401).await;
        let here = until(MOVED, NEXT_PASSWORD, 200).await;
        run(
            &["user", "set-state", MOVED, "suspended", "--reason", "unpaid"],
            "",
        );
        felt(&client, &here, "account_state").await;
        until(MOVED, NEXT_PASSWORD, 403).await;
        run(&["user", "set-state", MOVED, "active"], "");
        let here = until(MOVED, NEXT_PASSWORD, 200).await;

        let data = server.command(&["user", "export-data", MOVED], "").json();
        assert_eq!(data["account"]["permissions"], json!(["reports"]));
        let kinds = data["events"].as_array().unwrap().iter();
        let kinds: std::collections::BTreeSet<_> = kinds.filter_map(|event| event["kind"].as_str()).collect();
        for kind in [
            "user.created",
            "user.updated",
            "user.state",
            "user.password_set",
            "session.ended",
        ] {
            assert!(kinds.contains(kind), "{kind} in {kinds:?}");
        }
        run(&["user", "delete", MOVED, "--yes"], "");
        felt(&client, &here, "account_deleted").await;
        until(MOVED, NEXT_PASSWORD, 401).await;
        assert_eq!(run(&["user", "list"], ""), json!([]), "{engine:?}");
        server.stop();
    }
}

/// Signs in until the server has heard what makes its answer this one.
async fn until_answered(client: &Client, name: &str, password: &str, status: u16) -> Answer {
    for _ in patiently() {
        let body = json!({ "identifier": name, "password": password });
        let answer = client.ask("/auth/signin", body).await;
        if answer.status == status {
            return answer;
        }
    }
    panic!("{name} was never answered {status}");
}

/// Asks with this session's token until the server has heard that it is over, for this reason.
async fn felt(client: &Client, signed_in: &Answer, reason: &str) {
    for _ in patiently() {
        let check = client
            .get("/auth/session")
            .bearer(signed_in.field("access_token"));
        let answer = check.send().await;
        if answer.status != 200 {
            return answer.expect_ended(reason);
        }
    }
    panic!("the server never heard of it");
}

#[tokio::test]
async fn a_deletion_by_command_is_felt_by_the_server() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let server = Server::start(&place.data_dir(), &UNTHROTTLED);
        let client = Client::to(server.url());
        let signed_up = client.ask("/auth/signup", credentials(PASSWORD)).await;
        let signed_up = signed_up.expect(201);
        let check = client.get("/auth/session");
        let check = check.bearer(signed_up.field("access_token"));
        check.send().await.expect(200);
        let said = server
            .command(&["user", "delete", EMAIL, "--yes", "--json"], "")
            .json();
        assert_eq!(said["sessions_ended"], 1, "{engine:?}");
        felt(&client, &signed_up, "account_deleted").await;
        server.stop();
    }
}

#[test]
fn a_deletion_by_command_has_to_be_meant() {
    let folder = tempfile::TempDir::new().unwrap();
    crate::cli::done(keyturn(folder.path(), &["migrate"]));
    crate::cli::create(folder.path(), EMAIL);
    failed(&keyturn(folder.path(), &["user", "delete", EMAIL]), 1, "--yes");
    crate::cli::done(keyturn(folder.path(), &["user", "show", EMAIL]));
    crate::cli::done(keyturn(folder.path(), &["user", "delete", EMAIL, "--yes"]));
    for args in [
        &["user", "show", EMAIL][..],
        &["user", "delete", EMAIL, "--yes"],
        &["user", "export-data", EMAIL],
    ] {
        failed(&keyturn(folder.path(), args), 1, "there is no account");
    }
}
