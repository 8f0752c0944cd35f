//! What an observer hears: each outcome once, when it stands, and never what was refused.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use keyturn_tasks::{Observer, TaskEffect};
use serde_json::{Value, json};

use crate::harness::{Api, RETENTION};
use crate::memory::MemoryTasks;
use crate::places::block_on;

/// Counts by word.
#[derive(Default)]
struct Counted(Mutex<BTreeMap<&'static str, u64>>);

impl Counted {
    fn add(&self, word: &'static str, by: u64) {
        *self.0.lock().unwrap().entry(word).or_default() += by;
    }

    /// What was heard since the last time this was asked; what is zero is left out.
    fn heard(&self) -> Vec<(&'static str, u64)> {
        let heard = std::mem::take(&mut *self.0.lock().unwrap());
        heard.into_iter().filter(|(_, times)| *times > 0).collect()
    }
}

impl Observer for Counted {
    fn became(&self, effect: TaskEffect, tasks: u64) {
        self.add(effect.as_str(), tasks);
    }

    fn refused(&self, code: &'static str) {
        self.add(code, 1);
    }
}

async fn ask(api: &Api, who: &str, method: Method, path: &str) -> StatusCode {
    api.ask(method, path).by(who).send().await.status
}

#[test]
fn what_becomes_of_tasks_and_what_is_refused_is_counted_once() {
    block_on(async {
        let counted = Arc::new(Counted::default());
        let api = Api::observed_by(counted.clone(), Arc::new(MemoryTasks::default()));
        let id = |task: &Value| task["id"].as_str().unwrap().to_owned();
        let ids = [
            id(&api.create("ann", json!({ "title": "one" })).await),
            id(&api.create("ann", json!({ "title": "two" })).await),
        ];
        assert_eq!(counted.heard(), [("created", 2)]);
        for id in &ids {
            ask(&api, "ann", Method::DELETE, &format!("/api/tasks/{id}")).await;
        }
        let (kept, lost) = (&ids[0], &ids[1]);
        ask(
            &api,
            "ann",
            Method::POST,
            &format!("/api/tasks/deleted/{kept}/restore"),
        )
        .await;
        ask(&api, "ann", Method::DELETE, &format!("/api/tasks/deleted/{lost}")).await;
        assert_eq!(counted.heard(), [("deleted", 2), ("removed", 1), ("restored", 1)]);
        for method in [Method::GET, Method::DELETE] {
            let refused = ask(&api, "bob", method, &format!("/api/tasks/{kept}")).await;
            assert_eq!(refused, StatusCode::NOT_FOUND);
        }
        api.ask(Method::POST, "/api/tasks")
            .by("ann")
            .json(&json!({}))
            .send()
            .await;
        assert_eq!(counted.heard(), [("invalid-fields", 1), ("not-found", 2)]);
        ask(&api, "ann", Method::DELETE, &format!("/api/tasks/{kept}")).await;
        api.clock.advance(RETENTION + SignedDuration::from_secs(1));
        assert_eq!(counted.heard(), [("deleted", 1)]);
        assert_eq!(api.tasks.sweep().await.unwrap(), 1);
        assert_eq!(api.tasks.sweep().await.unwrap(), 0);
        assert_eq!(counted.heard(), [("swept", 1)]);
    });
}
