//! `keyturn user send-reset`: a link to set a new password, mailed by the command line beside a server.

use std::fs;

use serde_json::json;

use crate::cli::{create, done, failed, keyturn, keyturn_with};
use crate::client::Client;
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "a lantern behind nine doors";
const NEXT_PASSWORD: &str = "another lantern behind ten doors";

#[tokio::test]
async fn r2_6_a_link_that_the_command_line_mails_sets_a_password() {
    for engine in Engine::ALL {
        let place = Place::on(engine).await;
        let data_dir = place.data_dir();
        let server = Server::start(&data_dir, &UNTHROTTLED);
        let client = Client::to(server.url());
        let account = json!({ "email": EMAIL, "password": PASSWORD });
        client.ask("/auth/signup", account).await.expect(201);
        let said = server
            .command(&["user", "send-reset", EMAIL, "--json"], "")
            .json();
        assert_eq!(said["sent_to"], EMAIL, "{engine:?}");
        let folder = fs::read_dir(data_dir.join("outbox")).unwrap();
        let paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        let [path] = paths.as_slice() else {
            panic!("one letter: {paths:?}")
        };
        // As quoted-printable writes it.
        let message = fs::read_to_string(path).unwrap();
        let message = message.replace("=\r\n", "").replace("=3D", "=");
        let (_, link) = message.split_once("/reset?token=").unwrap();
        let token = link.split_whitespace().next().unwrap();
        let used = json!({ "token": token, "password": NEXT_PASSWORD });
        client.ask("/auth/password/reset", used).await.expect(204);
        let next = json!({ "email": EMAIL, "password": NEXT_PASSWORD });
        client.ask("/auth/signin", next).await.expect(200);
        let log = server.command(&["audit", "list", "--kind", "user.reset_sent", "--json"], "");
        assert_eq!(log.json()[0]["actor"], "command_line", "{engine:?}");
        server.stop();
    }
}

#[test]
fn r2_6_the_command_line_says_why_no_link_is_sent() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |args: &[&str]| keyturn(folder.path(), args);
    done(run(&["migrate"]));
    create(folder.path(), EMAIL);
    let suspend = ["user", "set-state", EMAIL, "suspended"];
    done(run(&suspend));
    failed(
        &run(&["user", "send-reset", EMAIL]),
        1,
        "the account is suspended",
    );
    done(run(&["user", "set-state", EMAIL, "active"]));
    let public = [("KEYTURN_HTTP__PUBLIC_URL", "https://id.example.org")];
    let silent = keyturn_with(folder.path(), &public, "", &["user", "send-reset", EMAIL]);
    failed(&silent, 1, "no mail is sent: mail.host is not set");
    failed(&run(&["user", "send-reset", "nobody"]), 1, "there is no account");
    assert!(!folder.path().join("keyturn-data").join("outbox").exists());
}
