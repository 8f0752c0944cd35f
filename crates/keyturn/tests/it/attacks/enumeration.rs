//! Who has an account here: no public route tells, by status, headers or body (CWE-204; ASVS 5.0, 6.3.8). How long the answers take is
//! measured, by `keyturn-load timing`.

use reqwest::header::SET_COOKIE;
use serde_json::json;

use super::{ACTIVATED, ACTIVATION, ATTACKERS, PASSWORD, Target, credentials};
use crate::browser::Browser;
use crate::client::{Answer, CSRF};
use crate::place::Engine;

/// Who is asked about. Their addresses are of one length, so that those of the answers can be compared.
const UNKNOWN: &str = "unkn";
const PEOPLE: [&str; 6] = ["actv", "susp", "pend", "inac", "dele", "wait"];

/// A route that takes a name, and how it is asked.
#[derive(Clone, Copy, Debug)]
enum Asked {
    SignIn(&'static str),
    TokenForm,
    TokenPair,
    SignInPage,
    Json(&'static str),
    Page(&'static str),
    SignUp,
    SignUpPage,
}

const ALL: [Asked; 12] = [
    Asked::SignIn("email"),
    Asked::SignIn("username"),
    Asked::SignIn("identifier"),
    Asked::TokenForm,
    Asked::TokenPair,
    Asked::SignInPage,
    Asked::Json("/auth/password/forgot"),
    Asked::Json("/auth/activate/resend"),
    Asked::Page("/forgot"),
    Asked::Page("/activate/resend"),
    Asked::SignUp,
    Asked::SignUpPage,
];

fn address(who: &str) -> String {
    format!("{who}@example.org")
}

/// One account in each state, one that was deleted, and a sign-up that waits for its link. All of them have this password.
async fn people(target: &mut Target) {
    for (who, state) in [
        ("actv", "active"),
        ("susp", "suspended"),
        ("pend", "pending"),
        ("inac", "inactive"),
        ("dele", "active"),
    ] {
        let create = [
            "user",
            "create",
            "--email",
            &address(who),
            "--username",
            who,
            "--state",
            state,
            "--password-stdin",
        ];
        target.server.command(&create, PASSWORD);
    }
    target
        .server
        .command(&["user", "delete", &address("dele"), "--yes"], "");
    target.sign_up(&address("wait"), PASSWORD).await.expect(202);
    target.mail.with(ACTIVATION);
}

impl Asked {
    /// Asks about somebody with a password that nobody has.
    async fn about(self, target: &Target, who: &str) -> Answer {
        let (client, email) = (&target.client, address(who));
        match self {
            Self::SignIn(field) => {
                let name = if field == "username" { who } else { &email };
                let body = json!({ field: name, "password": ATTACKERS });
                client.ask("/auth/signin", body).await
            }
            Self::TokenForm => {
                let fields = [
                    ("grant_type", "password"),
                    ("username", &email),
                    ("password", ATTACKERS),
                ];
                client.post("/auth/token").form(&fields).send().await
            }
            Self::TokenPair => {
                let body = json!({ "username": email, "password": ATTACKERS });
                client.ask("/login", body).await
            }
            Self::SignInPage => {
                submit(
                    target,
                    "/signin",
                    &[("identifier", &email), ("password", ATTACKERS)],
                )
                .await
            }
            Self::Json(path) => client.ask(path, json!({ "email": email })).await,
            Self::Page(path) => submit(target, path, &[("email", &email)]).await,
            Self::SignUp => client.ask("/auth/signup", credentials(&email, ATTACKERS)).await,
            Self::SignUpPage => {
                submit(target, "/signup", &[("email", &email), ("password", ATTACKERS)]).await
            }
        }
    }
}

/// Sends a page's form from a browser of its own.
async fn submit(target: &Target, path: &str, fields: &[(&str, &str)]) -> Answer {
    let browser = Browser::open(&target.client).await.unwrap();
    let fields = [&[("csrf", browser.cookie(CSRF))], fields].concat();
    let answer = browser.post(&target.client, path).form(&fields).send().await;
    Answer {
        text: answer.text.replace(browser.cookie(CSRF), "CSRF"),
        ..answer
    }
}

/// Everything that a stranger can tell of an answer: what differs from request to request by its nature is named instead of shown.
fn told(answer: &Answer, who: &str) -> (u16, Vec<(String, String)>, String) {
    let id = answer.headers["x-request-id"].to_str().unwrap();
    let hidden = |text: &str| text.replace(id, "REQUEST").replace(&address(who), "WHO");
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap();
        let value = match name.as_str() {
            "date" | "x-csrf-token" => String::new(),
            name if name == SET_COOKIE.as_str() => value.split_once('=').unwrap().0.to_owned(),
            _ => hidden(value),
        };
        (name.to_string(), value)
    });
    (answer.status, headers.collect(), hidden(&answer.text))
}

#[tokio::test]
async fn r2_6_no_public_route_tells_who_has_an_account() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, ACTIVATED).await;
        people(&mut target).await;
        for asked in ALL {
            let stranger = told(&asked.about(&target, UNKNOWN).await, UNKNOWN);
            for who in PEOPLE {
                let answer = asked.about(&target, who).await;
                assert_eq!(told(&answer, who), stranger, "{asked:?} about {who}");
            }
        }
        // The old password of somebody who is gone is as wrong as any.
        let mut answers = Vec::new();
        for who in ["dele", UNKNOWN] {
            let answer = target
                .ask("/auth/signin", credentials(&address(who), PASSWORD))
                .await;
            answers.push(told(&answer.expect(401), who));
        }
        assert_eq!(answers[0], answers[1]);
    }
}

/// With the right password, an account that is not let in is told why, by its owner's password alone: a stranger with another learns
/// nothing. Everybody else's answers above are of one kind, so this shows that the people of the test are what they are called.
#[tokio::test]
async fn r2_6_the_owner_is_told_what_the_stranger_is_not() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, ACTIVATED).await;
        people(&mut target).await;
        for (who, status, state) in [
            ("actv", 200, None),
            ("susp", 403, Some("suspended")),
            ("pend", 403, Some("pending")),
            ("inac", 403, Some("inactive")),
            ("dele", 401, None),
            ("wait", 401, None),
        ] {
            let answer = target
                .ask("/auth/signin", credentials(&address(who), PASSWORD))
                .await;
            assert_eq!(answer.status, status, "{who}: {}", answer.text);
            assert_eq!(answer.body["account_state"].as_str(), state, "{who}");
        }
    }
}
