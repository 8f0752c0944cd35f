//! Every path that ends a session, through the real binary: each has exactly one reason, recorded once, with one event in the audit
//! log and one change; and `explain` tells each story in words.

use keyturn_core::model::EndReason;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Browser, Client, REFRESH};
use crate::server::{Server, command};

const PASSWORD: &str = "a lantern behind nine doors\n";

/// Every path, and the reason that it gives. Commands have the system's clock: they come before the server's is moved ahead of it.
const WAYS: &[(Way, EndReason)] = &[
    (Way::SignOut, EndReason::SignedOut),
    (Way::SignOutByAccessToken, EndReason::SignedOut),
    (Way::LogOutOfPair, EndReason::SignedOut),
    (Way::Revoke, EndReason::SignedOut),
    (Way::RevokeByAccessToken, EndReason::SignedOut),
    (Way::EndOwn, EndReason::SignedOut),
    (Way::EndOther, EndReason::SignedOutElsewhere),
    (Way::EndOthers, EndReason::SignedOutElsewhere),
    (Way::EndAll, EndReason::SignedOut),
    (Way::SignInAgain, EndReason::Replaced),
    (Way::ChangePassword, EndReason::PasswordChanged),
    (Way::Deactivate, EndReason::AccountState),
    (Way::DeleteAccount, EndReason::AccountDeleted),
    (Way::SetPassword, EndReason::PasswordChanged),
    (Way::Suspend, EndReason::AccountState),
    (Way::DeleteUser, EndReason::AccountDeleted),
    (Way::AdminEnd, EndReason::Admin),
    (Way::AdminEndAll, EndReason::Admin),
    (Way::IdleAtRefresh, EndReason::Idle),
    (Way::IdleAtCheck, EndReason::Idle),
    (Way::AbsoluteEnd, EndReason::AbsoluteEnd),
    (Way::ReuseWithoutProof, EndReason::TokenReuse),
    (Way::ReuseOfOldGeneration, EndReason::TokenReuse),
    (Way::ReuseLate, EndReason::TokenReuse),
    (Way::ReuseUnproven, EndReason::TokenReuse),
    (Way::ReuseOfPair, EndReason::TokenReuse),
    (Way::ReuseOfGrant, EndReason::TokenReuse),
    (Way::Limit, EndReason::SessionLimit),
    (Way::Restore, EndReason::Admin),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    SignOut,
    SignOutByAccessToken,
    LogOutOfPair,
    Revoke,
    RevokeByAccessToken,
    EndOwn,
    EndOther,
    EndOthers,
    EndAll,
    SignInAgain,
    IdleAtRefresh,
    IdleAtCheck,
    AbsoluteEnd,
    ReuseWithoutProof,
    ReuseOfOldGeneration,
    ReuseLate,
    ReuseUnproven,
    ReuseOfPair,
    ReuseOfGrant,
    ChangePassword,
    Deactivate,
    DeleteAccount,
    SetPassword,
    Suspend,
    DeleteUser,
    AdminEnd,
    AdminEndAll,
    Limit,
    Restore,
}

impl Way {
    /// The account that walks it, and the request in which it ends where that is one.
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn email(self) -> String {
        format!("{}@example.org", self.name())
    }

    fn body(self) -> Value {
        json!({ "email": self.email(), "password": PASSWORD.trim_end() })
    }
}

#[test]
fn every_reason_has_a_path() {
    for reason in EndReason::ALL {
        let reached = WAYS.iter().any(|(_, given)| given == reason);
        assert!(reached, "{reason}");
    }
}

#[tokio::test]
async fn every_path_gives_one_reason_once_and_its_story_is_told() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let mut ended = Vec::new();
    // The sweep is a way of its own, and must not come before the others.
    let limits = [
        "--set",
        "session.absolute_timeout=150m",
        "--set",
        "retention.every=7d",
    ];
    let clock = ["--virtual-clock", "--set", "ops.listen=127.0.0.1:0"];
    let server = Server::start(
        &data_dir,
        &[&clock[..], &limits, &crate::server::UNTHROTTLED].concat(),
    );
    for (way, reason) in WAYS {
        if !matches!(way, Way::Limit | Way::Restore) {
            ended.push((walk(&server, *way).await, *way, *reason));
        }
    }
    server.stop();

    let server = Server::start(&data_dir, &["--set", "session.per_account_limit=1"]);
    let client = Client::to(server.url());
    let first = session_of(&client.ask("/auth/signup", Way::Limit.body()).await.expect(201));
    client
        .post("/auth/signin")
        .json(Way::Limit.body())
        .header("x-request-id", Way::Limit.name())
        .send()
        .await
        .expect(200);
    ended.push((first, Way::Limit, EndReason::SessionLimit));
    let restored = session_of(&client.ask("/auth/signup", Way::Restore.body()).await.expect(201));
    let copy = folder.path().join("copy.db");
    server.command(&["backup", copy.to_str().unwrap()], "");
    server.stop();
    command(&data_dir, &["restore", copy.to_str().unwrap(), "--force"], "");
    ended.push((restored, Way::Restore, EndReason::Admin));

    let database = rusqlite::Connection::open(data_dir.join("keyturn.db")).unwrap();
    let mut stories = String::new();
    for (id, way, reason) in &ended {
        let again = command(&data_dir, &["session", "end", id, "--json"], "").json();
        assert_eq!(again["ended"], 0, "{way:?}: one end is enough");
        let story = command(&data_dir, &["explain", id, "--json"], "").json();
        assert_eq!(story["end"]["reason"], reason.as_str(), "{way:?}: {story}");
        assert_eq!(story["recorded"], true, "{way:?}");
        let events = story["events"].as_array().unwrap();
        let kinds: Vec<&str> = events.iter().filter_map(|event| event["kind"].as_str()).collect();
        let ends = kinds
            .iter()
            .filter(|kind| ["session.ended", "session.token_reuse"].contains(kind))
            .count();
        assert_eq!(ends, 1, "{way:?}: {kinds:?}");
        assert_eq!(kinds[0], "session.started", "{way:?}");
        let changes: i64 = database
            .query_row(
                "SELECT count(*) FROM changes WHERE kind = 'session.ended' AND reason = ?1 AND lower(hex(id)) = ?2",
                [reason.as_str(), &id.replace('-', "")],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(changes, 1, "{way:?}");
        if !by_command(*way) {
            let request = command(&data_dir, &["explain", &way.name(), "--json"], "").json();
            let named = request["sessions"].as_array().unwrap().iter();
            assert!(
                named.clone().any(|story| story["session_id"] == **id),
                "{way:?}: {request}"
            );
        }
        let told = command(&data_dir, &["explain", id], "").stdout;
        stories.push_str(&format!("== {way:?}\n{}\n", without_what_varies(&told, id)));
    }
    insta::assert_snapshot!(stories);
}

#[tokio::test]
async fn a_request_is_explained_by_its_id_and_a_name_that_is_nobodys_is_kept_nowhere() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let server = Server::start(&data_dir, &[]);
    let client = Client::to(server.url());
    let sign_in = |identifier: &str, id: &'static str| {
        let body = json!({ "identifier": identifier, "password": "a guess that is wrong" });
        client.post("/auth/signin").json(body).header("x-request-id", id)
    };
    client.ask("/auth/signup", Way::SignOut.body()).await.expect(201);
    let typed = "my-own-password-typed-as-a-name";
    sign_in(typed, "unknown-1").send().await.expect(401);
    sign_in(&Way::SignOut.email(), "wrong-1").send().await.expect(401);
    let explained = |id: &str| server.command(&["explain", id, "--json"], "").json();
    let (unknown, wrong) = (explained("unknown-1"), explained("wrong-1"));
    assert_eq!(unknown["events"][0]["detail"], "unknown_account", "{unknown}");
    assert_eq!(unknown["events"][0]["user_id"], Value::Null);
    assert_eq!(wrong["events"][0]["detail"], "wrong_password", "{wrong}");
    assert!(wrong["events"][0]["user_id"].is_string());
    assert_eq!(wrong["events"][0]["ip_address"], "127.0.0.1");
    let told = server.command(&["explain", "wrong-1"], "").stdout;
    assert!(told.contains("the password was wrong"), "{told}");
    for file in ["keyturn.db", "keyturn.db-wal"] {
        let bytes = std::fs::read(data_dir.join(file)).unwrap();
        let found = bytes
            .windows(typed.len())
            .any(|window| window == typed.as_bytes());
        assert!(!found, "{file}");
    }
}

#[test]
fn what_is_not_known_can_not_be_explained() {
    let folder = TempDir::new().unwrap();
    crate::cli::done(crate::cli::keyturn(folder.path(), &["migrate"]));
    let explain = |id: &str| crate::cli::keyturn(folder.path(), &["explain", id]);
    let nobody = "00000000-0000-7000-8000-000000000000";
    crate::cli::failed(&explain(nobody), 1, "nothing is recorded");
    crate::cli::failed(&explain("no such id"), 64, "no id of a session or a request");
}

const fn by_command(way: Way) -> bool {
    matches!(
        way,
        Way::SetPassword | Way::Suspend | Way::DeleteUser | Way::AdminEnd | Way::AdminEndAll | Way::Restore
    )
}

/// Walks one path to its end. Answers the session that ended.
async fn walk(server: &Server, way: Way) -> String {
    let (client, clock) = (Client::to(server.url()), Client::to(server.ops()));
    let pass = |time: &'static str| clock.advance(time);
    if matches!(way, Way::SignInAgain | Way::ReuseWithoutProof) {
        return walk_in_browser(&client, way).await;
    }
    let signed_up = client.ask("/auth/signup", way.body()).await.expect(201);
    let id = session_of(&signed_up);
    let (access, refresh) = (signed_up.field("access_token"), signed_up.field("refresh_token"));
    let last = |request: crate::client::Request| request.header("x-request-id", way.name()).send();
    let renew = |token: &str| {
        client
            .post("/auth/refresh")
            .json(json!({ "refresh_token": token }))
    };
    let own = format!("/auth/sessions/{id}");
    match way {
        Way::SignOut => {
            let body = json!({ "refresh_token": refresh });
            last(client.post("/auth/signout").json(body)).await.expect(204);
        }
        Way::SignOutByAccessToken => {
            last(client.post("/auth/signout").bearer(access))
                .await
                .expect(204);
        }
        Way::LogOutOfPair => {
            let body = json!({ "refresh_token": refresh });
            last(client.post("/logout").json(body)).await.expect(204);
        }
        Way::Revoke => {
            let form = client.post("/auth/revoke").form(&[("token", refresh)]);
            last(form).await.expect(200);
        }
        Way::RevokeByAccessToken => {
            let form = client.post("/auth/revoke").form(&[("token", access)]);
            last(form).await.expect(200);
        }
        Way::EndOwn => {
            last(client.delete(&own).bearer(access)).await.expect(204);
        }
        Way::EndOther | Way::EndOthers => {
            let other = client.ask("/auth/signin", way.body()).await.expect(200);
            let (path, status) = if way == Way::EndOther {
                (own.as_str(), 204)
            } else {
                ("/auth/sessions", 200)
            };
            let request = client.delete(path).bearer(other.field("access_token"));
            last(request).await.expect(status);
        }
        Way::EndAll => {
            last(client.delete("/auth/sessions?all=true").bearer(access))
                .await
                .expect(200);
        }
        Way::ChangePassword => {
            let other = client.ask("/auth/signin", way.body()).await.expect(200);
            let body = json!({ "current_password": PASSWORD.trim_end(), "new_password": "another lantern behind ten doors" });
            let change = client
                .post("/auth/password")
                .bearer(other.field("access_token"))
                .json(body);
            last(change).await.expect(204);
        }
        Way::Deactivate | Way::DeleteAccount => {
            let request = if way == Way::Deactivate {
                client.post("/auth/account/deactivate")
            } else {
                client.delete("/auth/account")
            };
            let body = json!({ "current_password": PASSWORD.trim_end() });
            last(request.bearer(access).json(body)).await.expect(204);
        }
        Way::IdleAtRefresh => {
            pass("61m").await;
            last(renew(refresh)).await.expect_ended("idle");
        }
        Way::IdleAtCheck => {
            pass("61m").await;
            let check = client.get("/auth/session").bearer(access);
            last(check).await.expect_ended("idle");
        }
        Way::AbsoluteEnd => {
            let mut token = refresh.to_owned();
            for _ in 0..3 {
                pass("45m").await;
                token = renew(&token)
                    .send()
                    .await
                    .expect(200)
                    .field("refresh_token")
                    .to_owned();
            }
            pass("20m").await;
            last(renew(&token)).await.expect_ended("absolute_end");
        }
        Way::ReuseOfOldGeneration => {
            let next = renew(refresh).send().await.expect(200);
            renew(next.field("refresh_token")).send().await.expect(200);
            last(renew(refresh)).await.expect_ended("token_reuse");
        }
        Way::ReuseLate => {
            let again = || renew(refresh).header("idempotency-key", "one-and-the-same-attempt");
            let next = again().send().await.expect(200);
            let seen = client.get("/auth/session").bearer(next.field("access_token"));
            seen.send().await.expect(200);
            pass("1m").await;
            last(again()).await.expect_ended("token_reuse");
        }
        Way::ReuseUnproven => {
            renew(refresh).send().await.expect(200);
            last(renew(refresh)).await.expect_ended("token_reuse");
        }
        Way::ReuseOfPair => {
            let next = || {
                client
                    .post("/generateTokens")
                    .json(json!({ "refresh_token": refresh }))
            };
            next().send().await.expect(200);
            let refused = last(next()).await.expect(403);
            assert_eq!(refused.field("reason"), "token_reuse");
        }
        Way::ReuseOfGrant => {
            let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
            let next = || client.post("/auth/token").form(&grant);
            next().send().await.expect(200);
            let refused = last(next()).await.expect(400);
            assert_eq!(refused.field("error"), "invalid_grant");
            assert_eq!(refused.field("reason"), "token_reuse");
        }
        Way::SetPassword => {
            let args = ["user", "set-password", &way.email(), "--password-stdin", "--json"];
            let said = server.command(&args, "another lantern behind ten doors\n").json();
            assert_eq!(said["email"], way.email());
        }
        Way::Suspend => {
            let args = ["user", "set-state", &way.email(), "suspended", "--json"];
            assert_eq!(server.command(&args, "").json()["state"], "suspended");
        }
        Way::DeleteUser => {
            let args = ["user", "delete", &way.email(), "--yes", "--json"];
            assert_eq!(server.command(&args, "").json()["sessions_ended"], 1);
        }
        Way::AdminEnd => {
            let said = server.command(&["session", "end", &id, "--json"], "").json();
            assert_eq!(said["ended"], 1);
        }
        Way::AdminEndAll => {
            let args = ["session", "end", "--user", &way.email(), "--json"];
            assert_eq!(server.command(&args, "").json()["ended"], 1);
        }
        Way::SignInAgain | Way::ReuseWithoutProof | Way::Limit | Way::Restore => {
            panic!("{way:?} is walked elsewhere")
        }
    }
    id
}

async fn walk_in_browser(client: &Client, way: Way) -> String {
    let mut browser = Browser::open(client).await.unwrap();
    let signed_up = browser.ask(client, "/auth/signup", way.body()).await.expect(201);
    let id = session_of(&signed_up);
    if way == Way::SignInAgain {
        let again = browser.post(client, "/auth/signin").json(way.body());
        let again = again.header("x-request-id", way.name());
        browser.send(again).await.expect(200);
    } else {
        let body = json!({ "refresh_token": browser.cookie(REFRESH) });
        let stolen = client
            .post("/auth/refresh")
            .json(body)
            .header("x-request-id", way.name());
        stolen.send().await.expect_ended("token_reuse");
    }
    id
}

fn session_of(answer: &Answer) -> String {
    answer.body["session"]["id"].as_str().unwrap().to_owned()
}

/// Ids of requests that no test chose are left out with the session's own and the times.
fn without_what_varies(told: &str, id: &str) -> String {
    let lines = told.replace(id, "<session>");
    let lines = lines.lines().map(|line| {
        let mut line = line.to_owned();
        while let Some(end) = line.find(" UTC") {
            line.replace_range(end - "2026-01-01 00:00:00".len()..end + " UTC".len(), "<time>");
        }
        // Of a deleted account nothing but its id is left.
        if let Some((before, whose)) = line.split_once(" of ")
            && before == "Session <session>"
            && whose.len() == session_id_length()
        {
            line = format!("{before} of <account>");
        }
        match line.split_once(", request ") {
            Some((before, id)) if id.len() == session_id_length() => format!("{before}, request <id>"),
            _ => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

const fn session_id_length() -> usize {
    "00000000-0000-7000-8000-000000000000".len()
}
