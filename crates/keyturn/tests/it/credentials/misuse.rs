//! Credentials where they do not belong, mistyped, made up, stolen or forged: what must be refused without a trace of it.

use serde_json::{Value, json};

use super::tour::{ANN, ANNS_PASSWORD, Live, Tour, ben};
use crate::browser::Browser;
use crate::client::{ACCESS, Answer, CSRF, DEVICE, REFRESH, Request};

/// All of it. Nothing of it may end a session of Ann's.
pub(super) async fn all(tour: &Tour) {
    wrong_passwords(tour).await;
    unreadable_passwords(tour).await;
    weak_passwords(tour).await;
    bad_refresh_tokens(tour).await;
    bad_access_tokens(tour).await;
    unreadable_refreshes(tour).await;
    forged_requests(tour).await;
}

async fn wrong_passwords(tour: &Tour) {
    for (name, password) in [
        (ANN, "nine lives of an angry cat"),
        ("nobody@example.org", "nobody knows this phrase"),
        (ANNS_PASSWORD, "typed in the wrong order"),
    ] {
        let body = json!({ "identifier": name, "password": password });
        tour.client().ask("/auth/signin", body).await.expect(401);
    }
}

/// Bodies that break off in the middle of a password, or hold one where another thing belongs.
async fn unreadable_passwords(tour: &Tour) {
    for body in [
        json!({ "email": ANN, "password": ANNS_PASSWORD, "pasword": ANNS_PASSWORD }),
        json!({ "email": ANN, "password": ANNS_PASSWORD, ANNS_PASSWORD: true }),
        json!({ "email": ANN, "password": [ANNS_PASSWORD] }),
        json!({ "email": ANN, "password": ANNS_PASSWORD, "delivery": ANNS_PASSWORD }),
        json!({ "email": ANN, "password": ANNS_PASSWORD, "remember": ANNS_PASSWORD }),
    ] {
        refused(tour.client().post("/auth/signin").json(body)).await;
    }
    for body in [
        format!(r#"{{"email":"{ANN}","password":"{ANNS_PASSWORD}"#),
        format!(r#"{{"email":"{ANN}","password":"{ANNS_PASSWORD}","password":"{ANNS_PASSWORD}"}}"#),
        format!(r#""{ANNS_PASSWORD}""#),
        format!("email={ANN}&password={ANNS_PASSWORD}"),
    ] {
        refused(tour.client().post("/auth/signin").raw_json(body.clone())).await;
        refused(tour.client().post("/auth/signin").untyped(body)).await;
    }
}

async fn weak_passwords(tour: &Tour) {
    let taken = json!({ "email": ANN, "password": "one more good long phrase" });
    tour.client().ask("/auth/signup", taken).await.expect(409);
    for body in [
        json!({ "email": "weak@example.org", "password": "password1234" }),
        json!({ "email": ANNS_PASSWORD, "password": ANNS_PASSWORD }),
        json!({ "email": "x@example.org", "password": "long and longer ".repeat(20), "username": ANNS_PASSWORD }),
    ] {
        refused(tour.client().post("/auth/signup").json(body)).await;
    }
}

async fn bad_refresh_tokens(tour: &Tour) {
    let Live { access, browser, .. } = tour.live();
    let (device, csrf) = (browser.cookie(DEVICE), browser.cookie(CSRF));
    let forged = Forged::of(tour.live());
    for token in forged.all().into_iter().chain([access, device, csrf]) {
        tour.ledger().enter(token);
        is_refused(&tour.refresh_by_body(token, None).await);
        is_refused(&tour.refresh_by_cookie(token, device).await);
        is_refused(&tour.refresh_by_cookie(token, token).await);
    }
    for token in forged.all() {
        let body = json!({ "refresh_token": token });
        tour.client().ask("/auth/signout", body).await.expect(204);
        let by_access = tour.client().post("/auth/signout").bearer(token);
        by_access.send().await.expect(204);
    }
}

/// In the places where an access token is looked for, and in some where none is.
async fn bad_access_tokens(tour: &Tour) {
    let Live {
        access,
        refresh,
        browser,
        ..
    } = tour.live();
    let (device, csrf) = (browser.cookie(DEVICE), browser.cookie(CSRF));
    let forged = Forged::of(tour.live());
    let session = || tour.client().get("/auth/session");
    for token in forged.all().into_iter().chain([refresh.as_str(), device, csrf]) {
        refused(session().bearer(token)).await;
        refused(session().header("authorization", format!("Basic {token}"))).await;
        refused(session().header("authorization", token)).await;
        let cookie = Browser::with_cookies(&[(ACCESS, token)]);
        refused(cookie.get(tour.client(), "/auth/session")).await;
    }
    for token in forged
        .all()
        .into_iter()
        .chain([access.as_str(), refresh, device, csrf])
    {
        let in_query = format!("/auth/session?access_token={token}");
        let stranger = tour.client().get(&in_query).send().await.expect(200);
        assert_eq!(stranger.body["is_authenticated"], false);
        let in_query = format!("/auth/refresh?refresh_token={token}");
        refused(tour.client().post(&in_query)).await;
        let in_path = tour.client().get(&format!("/auth/sessions/{token}"));
        in_path.bearer(access).send().await.expect(404);
        tour.client().get(&format!("/{token}")).send().await.expect(404);
    }
}

async fn unreadable_refreshes(tour: &Tour) {
    let Live { refresh, browser, .. } = tour.live();
    for key in ["too short a key", &"a key that never ends ".repeat(20)] {
        is_refused(&tour.refresh_by_body(refresh, Some(key)).await);
    }
    let twice = format!("{REFRESH}={refresh}; {REFRESH}={refresh}");
    refused(tour.client().post("/auth/refresh").header("cookie", twice)).await;
    let body = json!({ "refresh_token": refresh });
    refused(browser.post(tour.client(), "/auth/refresh").json(body)).await;
    let broken_off = format!(r#"{{"refresh_token":"{refresh}"#);
    refused(tour.client().post("/auth/refresh").raw_json(broken_off)).await;
    let unknown_field = json!({ "refresh_token": refresh, refresh: Value::Null });
    refused(tour.client().post("/auth/refresh").json(unknown_field)).await;
}

/// Both walls against CSRF.
async fn forged_requests(tour: &Tour) {
    let browser = &tour.live().browser;
    let stranger = tour.browser(ben()).await;
    let (refresh, device) = (browser.cookie(REFRESH), browser.cookie(DEVICE));
    for csrf in [stranger.cookie(CSRF), "not-a-token-of-ours", device, ""] {
        let forged = Browser::with_cookies(&[(REFRESH, refresh), (DEVICE, device), (CSRF, csrf)]);
        let forged = forged.post(tour.client(), "/auth/signout");
        forged.send().await.expect(403);
    }
    let elsewhere = tour.client().post("/auth/signout");
    let elsewhere = elsewhere.header("origin", "https://evil.example");
    let with_cookie = elsewhere.header("cookie", format!("{REFRESH}={refresh}"));
    let with_token = with_cookie.header("x-csrf-token", browser.cookie(CSRF));
    with_token.send().await.expect(403);
}

/// Tokens that nobody was ever given, made up or made from real ones.
struct Forged {
    made_up: String,
    truncated: String,
    altered: String,
    altered_jwt: String,
}

impl Forged {
    fn of(live: &Live) -> Self {
        let Live { access, refresh, .. } = live;
        let (signed, signature) = access.rsplit_once('.').unwrap();
        let (head, tail) = refresh.split_at(refresh.len() - 16);
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        Self {
            made_up: format!("ktr_{}", "Zm9yZ2VkIGJ5IGhhbmQgYW5kIG5vIG9uZSdz".repeat(2)),
            truncated: head.to_owned(),
            altered: head.to_owned() + &backwards(tail),
            altered_jwt: format!("{signed}.{}", backwards(signature)),
        }
    }

    fn all(&self) -> [&str; 4] {
        [&self.made_up, &self.truncated, &self.altered, &self.altered_jwt]
    }
}

async fn refused(request: Request) {
    is_refused(&request.send().await);
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert!(
        [400, 401, 415, 422].contains(&answer.status),
        "{} {}",
        answer.status,
        answer.text
    );
}
