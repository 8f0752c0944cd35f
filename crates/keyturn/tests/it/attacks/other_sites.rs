//! What another site's page does in a person's browser: signs it in as somebody else (login CSRF), sends forms, uses links, frames pages.

use serde_json::json;

use super::{ACTIVATED, ACTIVATION, ATTACKERS, PASSWORD, Target, VICTIM, credentials};
use crate::browser::Browser;
use crate::client::{ACCESS, Answer, CSRF, Client, DEVICE, REFRESH};
use crate::place::Engine;

const PAGES: &[&str] = &[
    "/signin",
    "/signup",
    "/signup/pending",
    "/forgot",
    "/forgot/sent",
    "/reset?token=kto_x",
    "/activate?token=kto_x",
    "/activate/resend",
    "/account/email?token=kto_x",
    "/account/email/changed",
];
const PAGES_OF_ANN: &[&str] = &[
    "/account",
    "/account/profile",
    "/account/password",
    "/account/email",
    "/account/deactivate",
    "/account/delete",
    "/signin",
];

/// What browsers say of a request that another site's page makes. A page on a sibling host is another site too.
const ELSEWHERE: &[&[(&str, &str)]] = &[
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ],
    &[("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    &[("origin", "null")],
];

/// How a page can send something without asking first.
enum Sent<'a> {
    Json(serde_json::Value),
    /// JSON in a form of the kind `text/plain`, which needs no preflight.
    Plain(serde_json::Value),
    Form(Vec<(&'a str, &'a str)>),
}

async fn send(
    client: &Client,
    path: &str,
    sent: &Sent<'_>,
    headers: &[(&'static str, &str)],
    cookies: &Browser,
) -> Answer {
    let cookie = format!("{CSRF}={}", cookies.cookie(CSRF));
    let request = client.post(path).header("cookie", cookie);
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, *value));
    let request = match sent {
        Sent::Json(body) => request.json(body.clone()),
        Sent::Plain(body) => request
            .untyped(body.to_string())
            .header("content-type", "text/plain"),
        Sent::Form(fields) => request.form(fields),
    };
    request.send().await
}

/// Login CSRF (Barth, Jackson and Mitchell, 2008): a person would go on in the attacker's account. The attacker's own CSRF token, planted
/// with its cookie, doesn't help.
#[tokio::test]
async fn r1_4_no_other_site_signs_a_browser_in_or_uses_its_links() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, ACTIVATED).await;
        target.sign_up("crow@example.org", ATTACKERS).await.expect(202);
        let token = target.mail.with(ACTIVATION).token().to_owned();
        target.activate(&token, ATTACKERS).await.expect(204);
        target.sign_up(VICTIM, PASSWORD).await.expect(202);
        let waiting = target.mail.with(ACTIVATION).token().to_owned();
        let reset = target.reset_token("crow@example.org").await;

        let planted = Browser::open(&target.client).await.unwrap();
        let csrf = planted.cookie(CSRF);
        let crow = credentials("crow@example.org", ATTACKERS);
        let form = |fields: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
            let own = [("csrf", csrf.to_owned())];
            let fields = fields.iter().map(|(name, text)| (*name, (*text).to_owned()));
            own.into_iter().chain(fields).collect()
        };
        let forms = [
            (
                "/signin",
                form(&[("identifier", "crow@example.org"), ("password", ATTACKERS)]),
            ),
            (
                "/signup",
                form(&[("email", "eve@example.org"), ("password", ATTACKERS)]),
            ),
            ("/forgot", form(&[("email", VICTIM)])),
            ("/reset", form(&[("token", &reset), ("password", PASSWORD)])),
            ("/activate", form(&[("token", &waiting), ("password", PASSWORD)])),
            ("/activate/resend", form(&[("email", VICTIM)])),
            ("/account/email/confirm", form(&[("token", "kto_x")])),
            ("/signout", form(&[])),
            (
                "/auth/token",
                form(&[
                    ("grant_type", "password"),
                    ("username", "crow@example.org"),
                    ("password", ATTACKERS),
                ]),
            ),
            (
                "/login",
                form(&[("username", "crow@example.org"), ("password", ATTACKERS)]),
            ),
        ];
        let login = json!({ "username": "crow@example.org", "password": ATTACKERS });
        let bodies = [
            ("/auth/signin", crow.clone()),
            ("/auth/signup", credentials("eve@example.org", ATTACKERS)),
            ("/auth/signin/code", json!({ "code": "kto_x" })),
            ("/auth/password/forgot", json!({ "email": VICTIM })),
            ("/auth/password/reset", super::link_used(&reset, PASSWORD)),
            ("/auth/activate", super::link_used(&waiting, PASSWORD)),
            ("/auth/activate/resend", json!({ "email": VICTIM })),
            ("/auth/account/email/confirm", json!({ "token": "kto_x" })),
            ("/login", login),
        ];
        for headers in ELSEWHERE {
            for (path, fields) in &forms {
                let fields = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
                let answer = send(&target.client, path, &Sent::Form(fields), headers, &planted).await;
                refused(&answer, path, headers);
            }
            for (path, body) in &bodies {
                for sent in [Sent::Json(body.clone()), Sent::Plain(body.clone())] {
                    let answer = send(&target.client, path, &sent, headers, &planted).await;
                    refused(&answer, path, headers);
                }
            }
        }
        // Nothing was done by any of it: the links are as good as before.
        target.activate(&waiting, PASSWORD).await.expect(204);
        target.reset(&reset, ATTACKERS).await.expect(204);
        let sessions = target
            .server
            .command(&["session", "list", "--all", "--json"], "")
            .json();
        assert_eq!(sessions, json!([]), "{engine:?}");
        assert!(target.links_left().is_empty());
    }
}

#[track_caller]
fn refused(answer: &Answer, path: &str, headers: &[(&str, &str)]) {
    assert_eq!(answer.status, 403, "{path} {headers:?}: {}", answer.text);
    for (name, value) in answer.cookies() {
        let theirs = [ACCESS, REFRESH, DEVICE].contains(&name);
        assert!(!theirs || value.is_empty(), "{path} {headers:?} sets {name}");
    }
}

/// Clickjacking (CWE-1021), and links that travel on: no page may be framed, kept, or tell other sites its address.
#[tokio::test]
async fn no_page_may_be_framed_kept_or_tell_its_address() {
    let target = Target::start(Engine::Sqlite, &[]).await;
    target.sign_up(VICTIM, PASSWORD).await.expect(201);
    let anonymous = Browser::open(&target.client).await.unwrap();
    let mut ann = anonymous.clone();
    ann.ask(&target.client, "/auth/signin", credentials(VICTIM, PASSWORD))
        .await
        .expect(200);
    let problems = ["/account/nothing", "/account/sessions/end"];
    let visits = PAGES.iter().map(|page| (&anonymous, page));
    let visits = visits.chain(PAGES_OF_ANN.iter().chain(&problems).map(|page| (&ann, page)));
    for (who, page) in visits {
        let answer = who.get(&target.client, page).send().await;
        let header = |name: &str| {
            let values: Vec<_> = answer.headers.get_all(name).iter().collect();
            assert_eq!(values.len(), 1, "{page}: {name}");
            values[0].to_str().unwrap().to_owned()
        };
        assert!(header("content-type").starts_with("text/html"), "{page}");
        let policy = header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{page}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{page}: {policy}");
        assert_eq!(header("cache-control"), "no-store", "{page}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{page}");
        assert_eq!(header("referrer-policy"), "strict-origin", "{page}");
    }
}
