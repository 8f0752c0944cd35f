//! `/admin/users`: finding, creating and changing accounts.

use keyturn_core::model::{AuditActor, AuditEvent, AuditKind, EndReason};
use keyturn_core::ports::AuditStore;
use serde_json::{Value, json};

use crate::harness::{ADMIN_EMAIL, Answer, Api, EMAIL, PASSWORD, Server};

fn emails(page: &Answer) -> Vec<&str> {
    let items = page.body["items"].as_array().unwrap();
    items.iter().map(|item| item["email"].as_str().unwrap()).collect()
}

/// The id of whoever has this email.
async fn id_of(admin: &Api, email: &str) -> String {
    let page = admin
        .get(&format!("/admin/users?q={email}"))
        .await
        .expect_status(200);
    page.text_at("/items/0/id")
}

/// The events of the request that was answered so.
async fn events(server: &Server, answer: &Answer) -> Vec<AuditEvent> {
    let id = answer.header("x-request-id").unwrap().parse().unwrap();
    server.store.request_audit(&id, 10).await.unwrap()
}

#[tokio::test]
async fn r2_6_accounts_are_listed_searched_and_paged() {
    let server = Server::new();
    let admin = server.admin().await;
    for name in ["ann", "bob", "cyn"] {
        server.pass(1);
        let body = json!({ "email": format!("{name}@example.com"), "name": format!("{name} O'Hara") });
        admin.post("/admin/users", &body).await.expect_status(201);
    }
    let all = [
        "cyn@example.com",
        "bob@example.com",
        "ann@example.com",
        ADMIN_EMAIL,
    ];
    assert_eq!(emails(&admin.get("/admin/users").await), all);
    assert_eq!(
        emails(&admin.get("/admin/users?q=O%27hara&state=active").await),
        all[..3]
    );
    assert_eq!(emails(&admin.get("/admin/users?q=BOB").await), all[1..2]);
    assert!(emails(&admin.get("/admin/users?state=suspended").await).is_empty());
    let mut paged: Vec<String> = Vec::new();
    let mut next = String::new();
    loop {
        let page = admin
            .get(&format!("/admin/users?limit=3{next}"))
            .await
            .expect_status(200);
        paged.extend(emails(&page).iter().map(|&email| email.to_owned()));
        match page.body["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let page = admin.get("/admin/users?q=ann").await;
    insta::assert_json_snapshot!(page.snapshot());
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused() {
    let server = Server::new();
    let admin = server.admin().await;
    let long = format!("q={}", "x".repeat(255));
    for query in [
        "limit=0",
        "limit=101",
        "state=dead",
        "cursor=x",
        "q=",
        "q=%20%20",
        "q=%00",
        "q=a%0ab",
        "query=a",
        "q=a&q=b",
        &long,
    ] {
        let answer = admin.get(&format!("/admin/users?{query}")).await;
        answer.expect_problem(400, "invalid-request");
    }
}

#[tokio::test]
async fn r2_6_an_account_is_created_with_its_permissions_and_nobody_is_signed_in() {
    let server = Server::new();
    let admin = server.admin().await;
    let body = json!({
        "email": EMAIL,
        "username": "ann",
        "name": "Ann",
        "password": PASSWORD,
        "permissions": ["tasks:write", "reports", "reports"],
    });
    let created = admin.post("/admin/users", &body).await.expect_status(201);
    insta::assert_json_snapshot!(created.snapshot());
    let [event] = &events(&server, &created).await[..] else {
        panic!("one event")
    };
    assert_eq!(
        (event.kind, event.origin.actor),
        (AuditKind::UserCreated, AuditActor::Administrator)
    );
    let ann = server.api_of(EMAIL).await;
    let context = ann.get("/auth/session").await;
    assert_eq!(context.body["permissions"], json!(["reports", "tasks:write"]));
}

#[tokio::test]
async fn an_account_without_a_password_lets_nobody_in_until_one_is_set() {
    let server = Server::new();
    let admin = server.admin().await;
    let created = admin
        .post("/admin/users", &json!({ "email": EMAIL }))
        .await
        .expect_status(201);
    let api = server.api();
    for guess in ["", "null", PASSWORD] {
        let body = json!({ "email": EMAIL, "password": guess });
        api.post("/auth/signin", &body)
            .await
            .expect_problem(401, "invalid-credentials");
    }
    let path = format!("/admin/users/{}/password", created.text_at("/id"));
    admin
        .post(&path, &json!({ "password": "short" }))
        .await
        .expect_problem(422, "invalid-fields");
    admin
        .post(&path, &json!({ "password": PASSWORD }))
        .await
        .expect_status(204);
    server.api_of(EMAIL).await;
}

#[tokio::test]
async fn what_cannot_be_accepted_is_named_field_by_field() {
    let server = Server::new();
    let admin = server.admin().await;
    let id = id_of(&admin, ADMIN_EMAIL).await;
    let body = json!({ "email": "no", "username": "a b", "name": "a\nb", "permissions": ["a b"] });
    let refused = admin
        .post("/admin/users", &body)
        .await
        .expect_problem(422, "invalid-fields");
    insta::assert_json_snapshot!("create_refused", refused.snapshot());
    let body = json!({ "email": "no", "username": "a b", "name": "a\nb", "permissions": ["a,b"], "metadata": { "a": "\u{0}" } });
    let refused = admin
        .patch(&format!("/admin/users/{id}"), &body)
        .await
        .expect_problem(422, "invalid-fields");
    insta::assert_json_snapshot!("change_refused", refused.snapshot());
    for (body, why) in [
        (json!({}), "an account needs a name"),
        (json!({ "email": EMAIL, "state": "dead" }), "an unknown state"),
        (
            json!({ "email": EMAIL, "state": { "active": null } }),
            "a state that is no name",
        ),
        (json!({ "email": EMAIL, "id": "mine" }), "an unknown field"),
        (
            json!({ "email": EMAIL, "permissions": vec!["a"; 1000].join("a") }),
            "no list",
        ),
    ] {
        let answer = admin.post("/admin/users", &body).await;
        assert_eq!(answer.body["code"], "invalid-fields", "{why}");
    }
    for body in [
        json!({ "permissions": null }),
        json!({ "metadata": null }),
        json!({ "metadata": [] }),
        json!({ "metadata": { "a": "x".repeat(9000) } }),
        json!({ "email": null }),
        json!({ "state": "active" }),
        json!({ "subject": "other" }),
        json!({ "password": PASSWORD }),
    ] {
        let answer = admin.patch(&format!("/admin/users/{id}"), &body).await;
        assert_eq!(answer.body["code"], "invalid-fields", "{body}");
    }
    assert!(!server.has_account(EMAIL).await);
}

#[tokio::test]
async fn r2_6_an_account_is_changed_field_by_field() {
    let server = Server::new();
    let admin = server.admin().await;
    server.ann().await;
    let path = format!("/admin/users/{}", id_of(&admin, EMAIL).await);
    server.pass(60);
    let body = json!({ "name": "Ann", "metadata": { "plan": "gold" }, "permissions": ["tasks:write"] });
    let changed = admin.patch(&path, &body).await.expect_status(200);
    insta::assert_json_snapshot!(changed.snapshot());
    let [event] = &events(&server, &changed).await[..] else {
        panic!("one event")
    };
    assert_eq!(
        (event.kind, event.origin.actor),
        (AuditKind::UserUpdated, AuditActor::Administrator)
    );
    assert_eq!(event.detail, "name, metadata, permissions +tasks:write");
    let body = json!({ "username": null, "name": null, "email": "Ann@New.example" });
    let changed = admin.patch(&path, &body).await.expect_status(200).body;
    assert_eq!(
        (&changed["username"], &changed["name"], &changed["email"]),
        (&Value::Null, &Value::Null, &json!("Ann@New.example"))
    );
    assert_eq!(changed["permissions"], json!(["tasks:write"]));
    assert_eq!(admin.get(&path).await.body, changed);
    let nothing = admin.patch(&path, &json!({})).await.expect_status(200);
    assert_eq!(nothing.body, changed);
    assert_eq!(events(&server, &nothing).await, []);
    server.api_of("ann@new.example").await;
}

#[tokio::test]
async fn names_of_others_are_refused() {
    let server = Server::new();
    let admin = server.admin().await;
    server.ann().await;
    let body = json!({ "email": "ANN@example.com" });
    admin
        .post("/admin/users", &body)
        .await
        .expect_problem(409, "email-taken");
    let body = json!({ "username": "ANN" });
    admin
        .post("/admin/users", &body)
        .await
        .expect_problem(409, "username-taken");
    let path = format!("/admin/users/{}", id_of(&admin, ADMIN_EMAIL).await);
    admin
        .patch(&path, &json!({ "email": EMAIL }))
        .await
        .expect_problem(409, "email-taken");
    admin
        .patch(&path, &json!({ "username": "ann" }))
        .await
        .expect_problem(409, "username-taken");
}

#[tokio::test]
async fn r1_3_r2_6_a_suspended_account_is_signed_out_at_once() {
    let server = Server::new();
    let admin = server.admin().await;
    server.ann().await;
    let ann = server.api();
    let (session, refresh) = ann.sign_in().await;
    let path = format!("/admin/users/{}/state", id_of(&admin, EMAIL).await);
    let body = json!({ "state": "suspended", "reason": "unpaid" });
    let suspended = admin.post(&path, &body).await.expect_status(200);
    assert_eq!(
        (&suspended.body["state"], &suspended.body["is_active"]),
        (&json!("suspended"), &json!(false))
    );
    assert_eq!(server.end_reason(&session).await, Some(EndReason::AccountState));
    ann.refresh(&refresh).await.expect_session_ended("account_state");
    ann.get("/auth/session")
        .await
        .expect_session_ended("account_state");
    let written = events(&server, &suspended).await;
    assert_eq!(written[0].kind, AuditKind::UserState);
    assert!(written[0].detail.ends_with(": unpaid"), "{}", written[0].detail);
    assert!(
        written
            .iter()
            .all(|event| event.origin.actor == AuditActor::Administrator)
    );
    let again = admin.post(&path, &body).await;
    again.expect_problem(409, "transition-refused");
    for reason in ["", "a\nb"] {
        let body = json!({ "state": "active", "reason": reason });
        admin
            .post(&path, &body)
            .await
            .expect_problem(422, "invalid-fields");
    }
    let body = json!({ "state": "active", "reason": "paid" });
    admin.post(&path, &body).await.expect_status(200);
    server.api_of(EMAIL).await;
}

#[tokio::test]
async fn r2_6_the_last_administrator_can_neither_be_suspended_nor_demoted() {
    let server = Server::new();
    let admin = server.admin().await;
    let path = format!("/admin/users/{}", id_of(&admin, ADMIN_EMAIL).await);
    let state = format!("{path}/state");
    let suspend = json!({ "state": "suspended", "reason": "a mistake" });
    let deactivate = json!({ "state": "inactive", "reason": "a mistake" });
    let demote = json!({ "permissions": ["tasks:write"] });
    admin
        .post(&state, &suspend)
        .await
        .expect_problem(409, "last-administrator");
    admin
        .post(&state, &deactivate)
        .await
        .expect_problem(409, "last-administrator");
    admin
        .patch(&path, &demote)
        .await
        .expect_problem(409, "last-administrator");
    admin
        .patch(&path, &json!({ "permissions": ["admin", "more"] }))
        .await
        .expect_status(200);
    let body = json!({ "email": "second@example.com", "password": PASSWORD, "permissions": ["admin"], "state": "suspended" });
    let second = admin
        .post("/admin/users", &body)
        .await
        .expect_status(201)
        .text_at("/id");
    admin
        .patch(&path, &demote)
        .await
        .expect_problem(409, "last-administrator");
    let body = json!({ "state": "active", "reason": "two of us" });
    admin
        .post(&format!("/admin/users/{second}/state"), &body)
        .await
        .expect_status(200);
    admin.patch(&path, &demote).await.expect_status(200);
    admin
        .get("/admin/users")
        .await
        .expect_problem(403, "permission-missing");
}

#[tokio::test]
async fn all_sessions_of_an_account_end() {
    let server = Server::new();
    let admin = server.admin().await;
    server.ann().await;
    let (browser, api) = (server.browser(), server.api());
    let session = browser.sign_in().await;
    api.sign_in().await;
    let path = format!("/admin/users/{}/sessions", id_of(&admin, EMAIL).await);
    let ended = admin.delete(&path).await.expect_status(200);
    assert_eq!(ended.body, json!({ "ended": 3 }), "with the one from sign-up");
    assert_eq!(server.end_reason(&session).await, Some(EndReason::Admin));
    browser.get("/auth/session").await.expect_session_ended("admin");
    api.get("/auth/session").await.expect_session_ended("admin");
    let actors = events(&server, &ended).await;
    assert!(
        actors
            .iter()
            .all(|event| event.origin.actor == AuditActor::Administrator)
    );
    assert_eq!(actors.len(), 3);
    assert_eq!(admin.delete(&path).await.body, json!({ "ended": 0 }));
}
