//! What each path leaves behind: one end, one event, one change, and its story as `explain` tells it.

use keyturn_core::model::EndReason;
use tempfile::TempDir;

use super::walk::walk;
use super::{WAYS, Way, session_of};
use crate::client::Client;
use crate::server::{Server, command};

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

const fn by_command(way: Way) -> bool {
    matches!(
        way,
        Way::SetPassword | Way::Suspend | Way::DeleteUser | Way::AdminEnd | Way::AdminEndAll | Way::Restore
    )
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
