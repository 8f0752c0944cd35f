//! A new master secret: sessions of the old one go on until it is retired.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tempfile::TempDir;

use crate::cli::{Ran, done, failed, keyturn, keyturn_with};
use crate::client::Client;
use crate::server::Server;

fn run(data: &Path, args: &[&str]) -> Ran {
    let folder = ["--data-dir", data.to_str().unwrap()];
    keyturn(data.parent().unwrap(), &[&folder, args].concat())
}

/// Refreshes on a server that is started for it, and answers the next refresh token where there is one.
async fn refresh(data: &Path, token: &str, status: u16) -> Option<String> {
    let server = Server::start(data, &[]);
    let body = json!({ "refresh_token": token });
    let answer = Client::to(server.url())
        .ask("/auth/refresh", body)
        .await
        .expect(status);
    server.stop();
    (status == 200).then(|| answer.field("refresh_token").to_owned())
}

#[tokio::test]
async fn sessions_outlive_a_rotation_and_end_when_the_old_secret_is_retired() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    let body = json!({ "email": "ann@example.org", "password": "a heron that stands still" });
    let signed_up = Client::to(server.url())
        .ask("/auth/signup", body)
        .await
        .expect(201);
    server.stop();
    let old = fs::read(data.join("master.secret")).unwrap();
    assert!(done(run(&data, &["secret", "rotate"])).contains("restart the server"));
    assert_ne!(fs::read(data.join("master.secret")).unwrap(), old);
    assert_eq!(fs::read(data.join("master.secret.previous")).unwrap(), old);
    let token = refresh(&data, signed_up.field("refresh_token"), 200)
        .await
        .unwrap();

    failed(&run(&data, &["secret", "rotate"]), 1, "can live until");
    failed(&run(&data, &["secret", "retire"]), 1, "can live until");
    let long_ago = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let present = fs::File::options()
        .write(true)
        .open(data.join("master.secret"))
        .unwrap();
    present.set_modified(long_ago).unwrap();
    done(run(&data, &["secret", "retire"]));
    assert!(!data.join("master.secret.previous").exists());
    failed(&run(&data, &["secret", "retire"]), 1, "nothing to retire");
    refresh(&data, &token, 401).await;
}

#[test]
fn a_secret_of_the_configuration_is_rotated_there() {
    let folder = TempDir::new().unwrap();
    failed(&keyturn(folder.path(), &["secret", "rotate"]), 1, "keyturn serve");
    let configured = [(
        "KEYTURN_MASTER_SECRET",
        "k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65",
    )];
    let refused = keyturn_with(folder.path(), &configured, "", &["secret", "rotate"]);
    failed(&refused, 1, "previous_master_secret");
}

#[test]
fn a_start_removes_what_a_dead_process_left_half_made() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    Server::start(&data, &[]).stop();
    let (dead, ours) = (
        data.join("master.new-2147483647"),
        data.join(format!("master.new-{}", std::process::id())),
    );
    for leftover in [&dead, &ours] {
        fs::write(leftover, "half").unwrap();
    }
    Server::start(&data, &[]).stop();
    assert!(!dead.exists() && ours.exists());
}
