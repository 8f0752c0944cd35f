//! Nodes go by the database's clock: a server whose own clock disagrees by hours issues and ends by the database's time.
//!
//! The database's clock is set by a function of its name, which stands in front of the engine's own.

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use keyturn_testkit::postgres::Database;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::patience::patiently;
use crate::place::Place;
use crate::server::Server;

const PASSWORD: &str = "nine lives of a patient cat";
/// What requests and measurements of one test may take.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

/// Puts the database's clock so many hours ahead of the machine's.
async fn set_ahead(database: &Database, hours: u32) {
    let ahead = format!(
        "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
            AS 'SELECT pg_catalog.clock_timestamp() + interval ''{hours} hours''';
         ALTER DATABASE {} SET search_path = public, pg_catalog",
        database.name()
    );
    database.connect().await.batch_execute(&ahead).await.unwrap();
}

/// The machine's time when it answered.
fn machine_time(answer: &Answer) -> Timestamp {
    let date = answer.headers["date"].to_str().unwrap();
    rfc2822::parse(date).unwrap().timestamp()
}

fn ahead_of_machine(answer: &Answer, time: &str) -> SignedDuration {
    let time: Timestamp = time.parse().unwrap();
    time.duration_since(machine_time(answer))
}

#[tokio::test]
async fn r1_6_a_node_issues_and_ends_by_the_databases_clock() {
    let database = Database::empty().await;
    set_ahead(&database, 5).await;
    let place = Place::at(database.url());
    let server = Server::start(&place.data_dir(), &[]);
    let client = Client::to(server.url());

    let body = json!({ "email": "ann@example.org", "password": PASSWORD });
    let ann = client.ask("/auth/signup", body).await.expect(201);
    let began = ann.body["session"]["session_start"].as_str().unwrap();
    let ahead = ahead_of_machine(&ann, began);
    assert!(
        (ahead - SignedDuration::from_hours(5)).abs() < SLACK,
        "began {ahead:#} ahead"
    );
    let check = || {
        client
            .get("/auth/session")
            .bearer(ann.field("access_token"))
            .send()
    };
    check().await.expect(200);

    // Two hours later by the database's clock: longer than anybody may be idle. The machine's has hardly moved.
    set_ahead(&database, 7).await;
    for _ in patiently() {
        let answer = check().await;
        if answer.status != 200 {
            return answer.expect_ended("idle");
        }
    }
    panic!("the node never followed the database's clock");
}
