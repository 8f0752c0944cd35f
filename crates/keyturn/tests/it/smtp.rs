//! R2.6: mail by SMTP, received from the real binary by a mail server of another make (`tests/python/smtp_server.py`).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::closed_port::ClosedPort;
use crate::mailbox::Letter;
use crate::patience::patiently;
use crate::python;
use crate::server::Server;

const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "a lantern behind nine doors";
const LOGIN: &str = "keyturn@mail.example:a quiet word at the gate";
const ACTIVATED: &[&str] = &["--set", "signup.activation=email"];

/// A mail server that is gone when this is dropped.
struct MailServer {
    child: Child,
    says: BufReader<ChildStdout>,
    port: u16,
}

impl MailServer {
    fn start(args: &[&str]) -> Self {
        let mut child = python::script("smtp_server.py")
            .args(args)
            .stdout(Stdio::piped())
            // It tells of every client that thinks better of it.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            says: BufReader::new(child.stdout.take().unwrap()),
            child,
            port: 0,
        };
        server.port = u16::try_from(server.next()["port"].as_u64().unwrap()).unwrap();
        server
    }

    /// The next thing that came to it.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Flags of a server that sends to this port.
fn sending_to(port: u16, tls: &str) -> Vec<String> {
    let port = format!("mail.port={port}");
    let tls = format!("mail.tls={tls}");
    let from = "mail.from=Keys <keys@example.org>";
    let settings = ["mail.host=localhost", &port, &tls, from];
    let flags = settings.iter().flat_map(|setting| ["--set", *setting]);
    flags
        .chain(ACTIVATED.iter().copied())
        .map(str::to_owned)
        .collect()
}

fn start(folder: &TempDir, flags: &[String], environment: &[(&str, &str)]) -> Server {
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    Server::start_told(&folder.path().join("data"), &flags, environment)
}

async fn sign_up(client: &Client, email: &str) -> Answer {
    client
        .ask("/auth/signup", json!({ "email": email, "password": PASSWORD }))
        .await
}

/// Waits until so many letters have come to this end.
async fn counted(server: &Server, result: &str, letters: u64) {
    let ops = Client::to(server.ops());
    let sample = format!("keyturn_mail_letters_total{{result=\"{result}\"}} {letters}\n");
    for _ in patiently() {
        if ops
            .get("/metrics")
            .send()
            .await
            .expect(200)
            .text
            .contains(&sample)
        {
            return;
        }
    }
    panic!("no {sample}");
}

/// Waits until a server has logged this.
fn until_logged(server: &Server, part: &str) {
    for _ in patiently() {
        if server.logs().contains(part) {
            return;
        }
    }
    panic!("{part} was never logged");
}

/// A certificate for `localhost` that signs itself, and its key.
fn certificate(folder: &Path) -> [String; 2] {
    let files = ["mail.crt", "mail.key"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let curve = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ];
    let made = Command::new("openssl")
        .args(curve)
        .args(["-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-out", &files[0], "-keyout", &files[1]])
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    files
}

#[tokio::test]
async fn r2_6_a_sign_up_is_activated_by_a_mail_that_came_protected_and_signed_in() {
    let folder = TempDir::new().unwrap();
    let [certificate, key] = certificate(folder.path());
    let mut mail = MailServer::start(&["--certificate", &certificate, "--key", &key, "--login", LOGIN]);
    let (user, password) = LOGIN.split_once(':').unwrap();
    let user = format!("mail.user={user}");
    let flags = [sending_to(mail.port, "starttls"), vec!["--set".to_owned(), user]].concat();
    let environment = [
        ("SSL_CERT_FILE", certificate.as_str()),
        ("KEYTURN_MAIL__PASSWORD", password),
    ];
    let server = start(&folder, &flags, &environment);
    let client = Client::to(server.url());
    sign_up(&client, EMAIL).await.expect(202);

    let came = mail.next();
    assert_eq!(came["from"], "keys@example.org");
    assert_eq!(came["to"], json!([EMAIL]));
    assert_eq!(came["login"], "keyturn@mail.example");
    assert_eq!(came["protected"], true);
    let letter = Letter::parse(came["message"].as_str().unwrap());
    assert_eq!(letter.to, EMAIL);
    let link = json!({ "token": letter.token(), "password": PASSWORD });
    client.ask("/auth/activate", link).await.expect(204);
    counted(&server, "sent", 1).await;
    let logs = server.logs();
    for secret in [EMAIL, letter.token(), password] {
        assert!(!logs.contains(secret), "{secret} in the log");
    }
}

/// A certificate that nobody vouches for, or a server that protects nothing, gets no letter.
#[tokio::test]
async fn no_letter_goes_to_a_server_that_is_not_who_it_says() {
    let folder = TempDir::new().unwrap();
    let [certificate, key] = certificate(folder.path());
    let strange = MailServer::start(&["--certificate", &certificate, "--key", &key]);
    let plain = MailServer::start(&[]);
    for (mut server, what) in [(strange, "an unknown certificate"), (plain, "no STARTTLS")] {
        let folder = TempDir::new().unwrap();
        let authority = start(&folder, &sending_to(server.port, "starttls"), &[]);
        let client = Client::to(authority.url());
        sign_up(&client, EMAIL).await.expect(202);
        until_logged(&authority, "a letter w");
        drop(authority);
        server.child.kill().unwrap();
        let mut rest = String::new();
        server.says.read_line(&mut rest).unwrap();
        assert_eq!(rest, "", "{what}");
    }
}

#[tokio::test]
async fn r2_6_a_recipient_that_is_refused_is_counted_and_tells_the_requester_nothing() {
    let folder = TempDir::new().unwrap();
    let mut mail = MailServer::start(&["--refuse", "nobody@example.org"]);
    let server = start(&folder, &sending_to(mail.port, "none"), &[]);
    let client = Client::to(server.url());
    let refused = sign_up(&client, "nobody@example.org").await.expect(202);
    assert_eq!(mail.next(), json!({ "refused": "nobody@example.org" }));
    counted(&server, "failed", 1).await;
    let taken = sign_up(&client, EMAIL).await.expect(202);
    assert_eq!(refused.body, taken.body);
    assert_eq!(mail.next()["to"], json!([EMAIL]));
    counted(&server, "sent", 1).await;
    server.stop();
}

/// Two seconds later it is tried again.
#[tokio::test]
async fn r2_6_a_letter_that_is_turned_away_for_now_is_sent_again() {
    let folder = TempDir::new().unwrap();
    let mut mail = MailServer::start(&["--defer", "1"]);
    let server = start(&folder, &sending_to(mail.port, "none"), &[]);
    let client = Client::to(server.url());
    sign_up(&client, EMAIL).await.expect(202);
    assert_eq!(mail.next(), json!({ "deferred": EMAIL }));
    assert_eq!(mail.next()["to"], json!([EMAIL]));
    counted(&server, "sent", 1).await;
    counted(&server, "failed", 0).await;
}

/// Sign-ups are answered while the mail server is away, and their letters wait for it.
#[tokio::test]
async fn r2_6_a_mail_server_that_is_away_holds_up_no_answer() {
    let folder = TempDir::new().unwrap();
    let away = ClosedPort::any();
    let port = away.port();
    let server = start(&folder, &sending_to(port, "none"), &[]);
    let client = Client::to(server.url());
    sign_up(&client, EMAIL).await.expect(202);
    until_logged(&server, "a letter waits to be sent again");
    let mut mail = MailServer::start(&["--port", &port.to_string()]);
    let came = mail.next();
    let letter = Letter::parse(came["message"].as_str().unwrap());
    let link = json!({ "token": letter.token(), "password": PASSWORD });
    client.ask("/auth/activate", link).await.expect(204);
    server.stop();
}
