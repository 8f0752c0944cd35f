//! Ten thousand random operations of three people, each answer compared with what a plain model says: nobody sees another's task, none is lost,
//! and what is restored is what was deleted. The same operations on both engines.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use keyturn_tasks::Clock;
use serde_json::{Value, json};

use crate::harness::{Answer, Api, Dice, RETENTION};
use crate::places::{self, Place, block_on};

const OPERATIONS: usize = 10_000;
const PEOPLE: [&str; 3] = ["ann", "bob", "42"];
/// How often every list is walked.
const LOOK_EVERY: usize = 100;

#[test]
fn r5_2_r5_3_ten_thousand_operations_are_as_in_the_model_on_sqlite() {
    block_on(async { Walk::over(&places::sqlite().await).all().await });
}

#[test]
fn r5_2_r5_3_ten_thousand_operations_are_as_in_the_model_on_postgresql() {
    block_on(async { Walk::over(&places::postgres().await).all().await });
}

/// What one person should have: tasks by id, and deleted ones with the time until which they can be restored.
#[derive(Default)]
struct Own {
    live: BTreeMap<String, Value>,
    deleted: BTreeMap<String, (Value, Timestamp)>,
}

struct Walk {
    api: Api,
    dice: Dice,
    own: BTreeMap<&'static str, Own>,
    /// Every id that there ever was.
    ids: Vec<String>,
    /// How often each status came, to see that every case was met.
    met: BTreeMap<(&'static str, u16), usize>,
}

impl Walk {
    fn over(place: &Place) -> Self {
        Self {
            api: Api::over(place.store.clone()),
            dice: Dice::seeded(20_260_101),
            own: PEOPLE.map(|person| (person, Own::default())).into(),
            ids: vec!["019b0000-0000-7000-8000-000000000000".to_owned()],
            met: BTreeMap::new(),
        }
    }

    async fn all(mut self) {
        for number in 0..OPERATIONS {
            let person = PEOPLE[self.dice.below(PEOPLE.len())];
            match self.dice.below(100) {
                0..30 => self.create(person).await,
                30..50 => self.change(person).await,
                50..65 => self.delete(person).await,
                65..77 => self.restore(person).await,
                77..83 => self.remove(person).await,
                83..95 => self.read(person).await,
                95..99 => self.wait(),
                _ => drop(self.api.tasks.sweep().await.unwrap()),
            }
            if number % LOOK_EVERY == 0 {
                self.look().await;
            }
        }
        self.look().await;
        for case in [
            ("change", 200),
            ("change", 404),
            ("change", 412),
            ("delete", 200),
            ("delete", 404),
            ("delete", 412),
            ("restore", 200),
            ("restore", 404),
            ("remove", 204),
            ("remove", 404),
            ("read", 200),
            ("read", 404),
        ] {
            let met = self.met.get(&case).copied().unwrap_or_default();
            assert!(met >= 20, "{case:?} was met {met} times");
        }
    }

    async fn create(&mut self, person: &'static str) {
        let task = self.api.create(person, self.fields(true)).await;
        let id = task["id"].as_str().unwrap().to_owned();
        self.ids.push(id.clone());
        self.own(person).live.insert(id, task);
    }

    async fn change(&mut self, person: &'static str) {
        let (id, fields) = (self.some_id(person), self.fields(false));
        let had = self.own(person).live.get(&id).cloned();
        let version = had.as_ref().map_or(1, |task| task["version"].as_i64().unwrap());
        let (tag, stale) = match self.dice.below(4) {
            0 => ("*".to_owned(), false),
            1 => (format!("\"{}\"", version + 1), true),
            _ => (format!("\"{version}\""), false),
        };
        let asking = self.api.ask(Method::PATCH, &format!("/api/tasks/{id}"));
        let answer = asking
            .by(person)
            .header("if-match", &tag)
            .json(&fields)
            .send()
            .await;
        self.meet("change", &answer);
        let Some(had) = had else {
            return assert_eq!(answer.status, StatusCode::NOT_FOUND);
        };
        if stale {
            return assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
        }
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let mut now = had.clone();
        for (name, value) in fields.as_object().unwrap() {
            now[name] = value.clone();
        }
        if now != had {
            now["version"] = json!(version + 1);
            now["updated_at"] = json!(self.api.clock.now());
        }
        assert_eq!(answer.body, now);
        self.own(person).live.insert(id, now);
    }

    async fn delete(&mut self, person: &'static str) {
        let id = self.some_id(person);
        let had = self.own(person).live.get(&id).cloned();
        let stale = self.dice.below(4) == 0;
        let mut asking = self
            .api
            .ask(Method::DELETE, &format!("/api/tasks/{id}"))
            .by(person);
        if stale {
            asking = asking.header("if-match", "\"9999\"");
        }
        let answer = asking.send().await;
        self.meet("delete", &answer);
        let Some(had) = had else {
            return assert_eq!(answer.status, StatusCode::NOT_FOUND);
        };
        if stale {
            return assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
        }
        let now = self.api.clock.now();
        let until = now + RETENTION;
        let kept = json!({
            "original_task_id": id, "task_data": had, "deleted_by_user_id": person,
            "deleted_at": now, "restorable_until": until,
        });
        assert_eq!(answer.body, kept);
        let own = self.own(person);
        own.live.remove(&id);
        own.deleted.insert(id, (kept, until));
    }

    async fn restore(&mut self, person: &'static str) {
        let id = self.some_id(person);
        let asking = self
            .api
            .ask(Method::POST, &format!("/api/tasks/deleted/{id}/restore"));
        let answer = asking.by(person).send().await;
        self.meet("restore", &answer);
        match self.take_deleted(person, &id) {
            None => assert_eq!(answer.status, StatusCode::NOT_FOUND),
            Some(kept) => {
                assert_eq!(answer.body, kept["task_data"]);
                self.own(person).live.insert(id, answer.body);
            }
        }
    }

    async fn remove(&mut self, person: &'static str) {
        let id = self.some_id(person);
        let asking = self.api.ask(Method::DELETE, &format!("/api/tasks/deleted/{id}"));
        let answer = asking.by(person).send().await;
        self.meet("remove", &answer);
        let was_there = self.take_deleted(person, &id).is_some();
        let expected = if was_there {
            StatusCode::NO_CONTENT
        } else {
            StatusCode::NOT_FOUND
        };
        assert_eq!(answer.status, expected);
    }

    async fn read(&mut self, person: &'static str) {
        let id = self.some_id(person);
        let answer = self.api.get(&format!("/api/tasks/{id}")).by(person).send().await;
        self.meet("read", &answer);
        match self.own(person).live.get(&id) {
            None => assert_eq!(answer.status, StatusCode::NOT_FOUND),
            Some(task) => assert_eq!(answer.body, *task),
        }
    }

    fn wait(&self) {
        let minutes = i64::try_from(self.dice.below(240)).unwrap();
        self.api.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// Walks every list of everybody.
    async fn look(&mut self) {
        let now = self.api.clock.now();
        for person in PEOPLE {
            let live = self.pages(person, "/api/tasks?limit=37").await;
            let deleted = self.pages(person, "/api/tasks/deleted?limit=37").await;
            let own = self.own(person);
            let all: Vec<_> = own.live.values().rev().cloned().collect();
            assert_eq!(live, all, "{person}");
            own.deleted.retain(|_, (_, until)| now < *until);
            let mut kept: Vec<_> = own.deleted.values().map(|(kept, _)| kept.clone()).collect();
            let moment = |kept: &Value| kept["deleted_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
            kept.sort_by_key(|kept| {
                let id = kept["original_task_id"].as_str().unwrap().to_owned();
                std::cmp::Reverse((moment(kept), id))
            });
            assert_eq!(deleted, kept, "{person}");
        }
    }

    async fn pages(&self, person: &str, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let answer = self.api.get(&format!("{path}{cursor}")).by(person).send().await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            all.extend(answer.body["items"].as_array().unwrap().iter().cloned());
            match answer.body["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Mostly one of the person's own, live or deleted; else anybody's, or nobody's.
    fn some_id(&mut self, person: &'static str) -> String {
        let own = &self.own[person];
        let ids: Vec<_> = match self.dice.below(10) {
            0..4 => own.live.keys().collect(),
            4..7 => own.deleted.keys().collect(),
            _ => self.ids.iter().collect(),
        };
        match ids.len() {
            0 => self.ids[0].clone(),
            some => ids[self.dice.below(some)].clone(),
        }
    }

    fn fields(&self, whole: bool) -> Value {
        let number = self.dice.next();
        let mut fields = json!({});
        if whole || number & 1 > 0 {
            fields["title"] = json!(["Buy milk", "Ärger ’ 🦀", "\"quoted\" \\ 1e3", "t"][self.dice.below(4)]);
        }
        if number & 2 > 0 {
            fields["notes"] = json!(format!("line\r\n\t{}", self.dice.below(3)));
        }
        if number & 4 > 0 {
            fields["completed"] = json!(number & 8 > 0);
        }
        if number & 16 > 0 {
            let due = ["2030-01-01T00:00:00Z", "1999-12-31T23:59:59.000001Z"];
            fields["due_at"] = [json!(due[0]), json!(due[1]), Value::Null][self.dice.below(3)].clone();
        }
        fields
    }

    fn take_deleted(&mut self, person: &'static str, id: &str) -> Option<Value> {
        let now = self.api.clock.now();
        let (kept, until) = self.own(person).deleted.remove(id)?;
        (now < until).then_some(kept)
    }

    fn own(&mut self, person: &'static str) -> &mut Own {
        self.own.get_mut(person).unwrap()
    }

    fn meet(&mut self, what: &'static str, answer: &Answer) {
        *self.met.entry((what, answer.status.as_u16())).or_default() += 1;
    }
}
