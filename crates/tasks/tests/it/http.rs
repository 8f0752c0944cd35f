//! The routes: whose tasks, which versions, what is refused and how.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, RETENTION};
use crate::memory::MemoryTasks;
use crate::places::block_on;

fn api() -> Api {
    Api::over(Arc::new(MemoryTasks::default()))
}

fn path(task: &Value) -> String {
    format!("/api/tasks/{}", task["id"].as_str().unwrap())
}

fn refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["type"], format!("/problems/{code}"));
    assert_eq!(answer.body["status"], status.as_u16());
    assert_eq!(answer.body["instance"], "req-1");
}

/// Every route that names a task, by method.
const NAMED: [(Method, &str); 5] = [
    (Method::GET, "/api/tasks/{id}"),
    (Method::PATCH, "/api/tasks/{id}"),
    (Method::DELETE, "/api/tasks/{id}"),
    (Method::POST, "/api/tasks/deleted/{id}/restore"),
    (Method::DELETE, "/api/tasks/deleted/{id}"),
];

#[test]
fn r5_2_another_persons_task_is_answered_as_none_on_every_route() {
    block_on(async {
        let api = api();
        let live = api.create("ann", json!({ "title": "Ann's secret" })).await;
        let gone = api.create("ann", json!({ "title": "Ann's other" })).await;
        api.ask(Method::DELETE, &path(&gone)).by("ann").send().await;
        for (method, route) in NAMED {
            let absent = json!("019b0000-0000-7000-8000-000000000000");
            for id in [&live["id"], &gone["id"], &absent, &json!("no-id")] {
                let path = route.replace("{id}", id.as_str().unwrap());
                let mut asking = api.ask(method.clone(), &path).by("bob");
                if method == Method::PATCH {
                    asking = asking.header("if-match", "*").json(&json!({ "title": "Bob's" }));
                }
                let answer = asking.send().await;
                refused(&answer, StatusCode::NOT_FOUND, "not-found");
                // Not a word of it tells whether it exists.
                let none = json!({ "type": "/problems/not-found", "title": "There is nothing here", "status": 404,
                    "code": "not-found", "instance": "req-1" });
                assert_eq!(answer.body, none, "{method} {path}");
            }
        }
        for list in ["/api/tasks", "/api/tasks?q=secret", "/api/tasks/deleted"] {
            let answer = api.get(list).by("bob").send().await;
            assert_eq!(answer.body, json!({ "items": [], "next": null }));
        }
        assert_eq!(api.get(&path(&live)).by("ann").send().await.body, live);
    });
}

/// The table above has every route that the description has, so that a new one can't be forgotten.
#[test]
fn r5_2_the_walk_over_routes_leaves_none_out() {
    let described = serde_json::to_value(keyturn_tasks::openapi()).unwrap();
    let mut named = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if path.contains("{id}") {
                named.push((method.to_uppercase(), path.clone()));
            } else {
                assert!(["get", "post"].contains(&method.as_str()), "{method} {path}");
            }
        }
    }
    let mut walked = NAMED.map(|(method, path)| (method.to_string(), path.to_owned()));
    walked.sort();
    named.sort();
    assert_eq!(named, walked);
}

#[test]
fn who_is_not_signed_in_is_told_so_on_every_route() {
    block_on(async {
        let api = api();
        let lists = [
            (Method::GET, "/api/tasks"),
            (Method::POST, "/api/tasks"),
            (Method::GET, "/api/tasks/deleted"),
        ];
        for (method, path) in NAMED.into_iter().chain(lists) {
            let answer = api.ask(method, path).send().await;
            refused(&answer, StatusCode::UNAUTHORIZED, "credentials-missing");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    });
}

#[test]
fn a_task_has_a_version_and_only_that_one_is_changed() {
    block_on(async {
        let api = api();
        let task = json!({ "title": " Buy milk ", "due_at": "2026-01-02T13:00:00+01:00" });
        let task = api.create("ann", task).await;
        assert_eq!(
            (&task["title"], &task["version"]),
            (&json!("Buy milk"), &json!(1))
        );
        assert_eq!(task["due_at"], "2026-01-02T12:00:00Z");
        let change = |tag: Option<&str>, body: Value| {
            let asking = api.ask(Method::PATCH, &path(&task)).by("ann").json(&body);
            match tag {
                Some(tag) => asking.header("if-match", tag).send(),
                None => asking.send(),
            }
        };
        let done = json!({ "completed": true });
        let unsaid = change(None, done.clone()).await;
        refused(
            &unsaid,
            StatusCode::PRECONDITION_REQUIRED,
            "precondition-required",
        );
        api.clock.advance(SignedDuration::from_secs(5));
        let changed = change(Some("\"1\""), done.clone()).await;
        assert_eq!((changed.status, changed.etag()), (StatusCode::OK, "\"2\""));
        assert_ne!(changed.body["updated_at"], task["updated_at"]);
        let stale = change(Some("\"1\""), json!({ "title": "Buy tea" })).await;
        refused(&stale, StatusCode::PRECONDITION_FAILED, "precondition-failed");
        let weak = change(Some("W/\"2\""), json!({ "title": "Buy tea" })).await;
        refused(&weak, StatusCode::PRECONDITION_FAILED, "precondition-failed");
        let nothing = change(Some("\"2\""), done).await;
        assert_eq!((nothing.etag(), &nothing.body), ("\"2\"", &changed.body));
        let cleared = change(Some("*"), json!({ "due_at": null })).await;
        assert_eq!((cleared.etag(), &cleared.body["due_at"]), ("\"3\"", &Value::Null));
        let malformed = change(Some("3"), json!({})).await;
        refused(&malformed, StatusCode::BAD_REQUEST, "invalid-request");
        let stale = api
            .ask(Method::DELETE, &path(&task))
            .by("ann")
            .header("if-match", "\"2\"");
        refused(
            &stale.send().await,
            StatusCode::PRECONDITION_FAILED,
            "precondition-failed",
        );
        let read = api.get(&path(&task)).by("ann").send().await;
        assert_eq!((read.etag(), &read.body), ("\"3\"", &cleared.body));
    });
}

#[test]
fn r5_3_a_deleted_task_is_restored_until_its_time_and_not_after() {
    block_on(async {
        let api = api();
        let task = api
            .create("ann", json!({ "title": "t", "notes": "n", "completed": true }))
            .await;
        let id = task["id"].as_str().unwrap();
        let deleted = api.ask(Method::DELETE, &path(&task)).by("ann").send().await;
        assert_eq!(deleted.status, StatusCode::OK);
        assert_eq!(deleted.body["task_data"], task);
        assert_eq!(deleted.body["deleted_by_user_id"], "ann");
        assert_eq!(deleted.body["original_task_id"], task["id"]);
        let listed = api.get("/api/tasks/deleted").by("ann").send().await;
        assert_eq!(listed.body["items"], json!([deleted.body]));
        let restore = format!("/api/tasks/deleted/{id}/restore");
        api.clock.advance(RETENTION - SignedDuration::from_micros(1));
        let restored = api.ask(Method::POST, &restore).by("ann").send().await;
        assert_eq!(
            (restored.status, restored.etag(), &restored.body),
            (StatusCode::OK, "\"1\"", &task)
        );

        api.ask(Method::DELETE, &path(&task)).by("ann").send().await;
        api.clock.advance(RETENTION);
        let late = api.ask(Method::POST, &restore).by("ann").send().await;
        refused(&late, StatusCode::NOT_FOUND, "not-found");
        assert_eq!(api.tasks.sweep().await.unwrap(), 1);
        assert_eq!(api.tasks.sweep().await.unwrap(), 0);
    });
}

#[test]
fn what_is_no_task_is_refused_by_field() {
    block_on(async {
        let api = api();
        let create = |body: &str| api.ask(Method::POST, "/api/tasks").by("ann").body(body).send();
        for (body, status, code) in [
            ("", 400, "malformed-json"),
            ("[]", 400, "malformed-json"),
            (r#"{"title":"t""#, 400, "malformed-json"),
            ("{}", 422, "invalid-fields"),
            (r#"{"title":1}"#, 422, "invalid-fields"),
            (r#"{"title":"t","user_id":"bob"}"#, 422, "invalid-fields"),
            (r#"{"title":"t","title":"u"}"#, 422, "invalid-fields"),
            (r#"{"title":"t","due_at":"tomorrow"}"#, 422, "invalid-fields"),
        ] {
            let answer = create(body).await;
            refused(&answer, StatusCode::from_u16(status).unwrap(), code);
        }
        let answer = create(r#"{"title":" ","notes":"\u0000","due_at":"1960-01-01T00:00:00Z"}"#).await;
        refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields");
        let fields = answer.body["errors"].as_array().unwrap().iter();
        let fields: Vec<_> = fields.map(|error| error["field"].clone()).collect();
        assert_eq!(fields, ["title", "notes", "due_at"]);
        let long = format!(r#"{{"title":"t","notes":"{}"}}"#, "a".repeat(65_536));
        refused(
            &create(&long).await,
            StatusCode::PAYLOAD_TOO_LARGE,
            "body-too-large",
        );
        let typed = api.ask(Method::POST, "/api/tasks").by("ann");
        let untyped = typed.send().await;
        refused(
            &untyped,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
        );
        // A field that has no `null` is not cleared by it.
        let task = api.create("ann", json!({ "title": "t" })).await;
        let cleared = api
            .ask(Method::PATCH, &path(&task))
            .by("ann")
            .header("if-match", "*");
        let cleared = cleared.json(&json!({ "title": null })).send().await;
        refused(&cleared, StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields");
    });
}

#[test]
fn lists_are_filtered_and_paged() {
    block_on(async {
        let api = api();
        for (title, completed) in [("Buy MILK", false), ("Read", true), ("Drink milk", true)] {
            api.create("ann", json!({ "title": title, "completed": completed }))
                .await;
            api.clock.advance(SignedDuration::from_millis(1));
        }
        for (query, found) in [
            ("", &["Drink milk", "Read", "Buy MILK"][..]),
            ("?completed=true", &["Drink milk", "Read"]),
            ("?q=Milk", &["Drink milk", "Buy MILK"]),
            ("?q=milk&completed=false", &["Buy MILK"]),
            ("?limit=1", &["Drink milk"]),
        ] {
            let answer = api.get(&format!("/api/tasks{query}")).by("ann").send().await;
            let items = answer.body["items"].as_array().unwrap().iter();
            let titles: Vec<_> = items.map(|task| task["title"].as_str().unwrap()).collect();
            assert_eq!(titles, found, "{query}");
        }
        for wrong in [
            "?limit=0",
            "?limit=101",
            "?q=",
            "?cursor=x",
            "?completed=1",
            "?user_id=bob",
            "/deleted?cursor=x",
            "/deleted?q=x",
        ] {
            let answer = api.get(&format!("/api/tasks{wrong}")).by("ann").send().await;
            refused(&answer, StatusCode::BAD_REQUEST, "invalid-request");
        }
    });
}

#[test]
fn who_is_gone_is_told_that_the_account_is() {
    block_on(async {
        let store = Arc::new(MemoryTasks::default());
        let api = Api::over(store.clone());
        let now = keyturn_tasks::Clock::now(&*api.clock);
        keyturn_tasks::Upkeep::forget(&*store, &keyturn_tasks::UserId("ann".to_owned()), now)
            .await
            .unwrap();
        let late = api
            .ask(Method::POST, "/api/tasks")
            .by("ann")
            .json(&json!({ "title": "t" }))
            .send()
            .await;
        refused(&late, StatusCode::UNAUTHORIZED, "session-ended");
        assert_eq!(late.body["reason"], "account_deleted");
        // The mark goes once no request of theirs can be underway any more.
        api.clock.advance(SignedDuration::from_hours(24));
        api.tasks.sweep().await.unwrap();
        api.create("ann", json!({ "title": "t" })).await;
    });
}
