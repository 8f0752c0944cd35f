//! SIGHUP: what can change does, what is wrong changes nothing.

use std::fs;

use tempfile::tempdir;

use crate::client::Client;
use crate::patience::patiently;
use crate::server::Server;

const ORIGIN: &str = "https://app.example.org";

#[tokio::test]
async fn a_hang_up_applies_new_origins_and_keeps_the_old_ones_of_a_wrong_file() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("keyturn.toml");
    fs::write(&file, "").unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let client = Client::to(server.url());
    assert!(!is_trusted(&client).await);

    fs::write(
        &file,
        format!("http.allowed_origins = [\"{ORIGIN}\"]\nhttp.max_requests = 7\n"),
    )
    .unwrap();
    server.hang_up();
    logged(&server, &client, "a restart is needed for http.max_requests").await;
    assert!(is_trusted(&client).await);

    fs::write(&file, "http.allowed_origins = [\"nonsense\"]\n").unwrap();
    server.hang_up();
    logged(&server, &client, "the old one stays").await;
    assert!(is_trusted(&client).await);
    server.stop();
}

#[tokio::test]
async fn a_hang_up_says_that_changed_mail_waits_for_a_restart_and_mails_as_before() {
    let folder = tempdir().unwrap();
    let (file, data_dir) = (folder.path().join("keyturn.toml"), folder.path().join("data"));
    fs::write(&file, "").unwrap();
    let server = Server::start(&data_dir, &[]);
    let client = Client::to(server.url());
    let account =
        serde_json::json!({ "email": "ann@example.org", "password": "a lantern behind nine doors" });
    client.ask("/auth/signup", account).await.expect(201);
    let mail = "[mail]\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\nfrom = \"a@example.org\"\nnotice_password_changed = false\n";
    fs::write(&file, mail).unwrap();
    server.hang_up();
    logged(&server, &client, "a restart is needed for mail.").await;
    let log = server.logs();
    for name in ["mail.host", "mail.from", "mail.notice_password_changed"] {
        assert!(log.contains(name), "{name}: {log}");
    }
    let forgot = serde_json::json!({ "email": "ann@example.org" });
    client.ask("/auth/password/forgot", forgot).await.expect(202);
    let outbox = data_dir.join("outbox");
    for _ in patiently() {
        if fs::read_dir(&outbox).is_ok_and(|mut folder| folder.next().is_some()) {
            server.stop();
            return;
        }
        client.get("/livez").send().await.expect(200);
    }
    panic!("nothing was written to the outbox");
}

async fn is_trusted(client: &Client) -> bool {
    let body = serde_json::json!({ "idle_seconds": 0 });
    let request = client.post("/auth/activity").header("origin", ORIGIN).json(body);
    request.send().await.body["code"] != "csrf-origin"
}

async fn logged(server: &Server, client: &Client, text: &str) {
    for _ in patiently() {
        if server.logs().contains(text) {
            return;
        }
        client.get("/livez").send().await.expect(200);
    }
    panic!("never logged: {text}");
}
