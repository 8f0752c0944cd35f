//! The paths, walked to their ends.

use serde_json::json;

use super::{PASSWORD, Way, session_of};
use crate::browser::Browser;
use crate::client::{Client, REFRESH};
use crate::server::Server;

/// Walks one path to its end. Answers the session that ended.
pub(super) async fn walk(server: &Server, way: Way) -> String {
    let (client, clock) = (Client::to(server.url()), Client::to(server.ops()));
    let pass = |time: &'static str| clock.advance(time);
    if matches!(way, Way::SignInAgain | Way::ReuseWithoutProof) {
        return walk_in_browser(&client, way).await;
    }
    let signed_up = client.ask("/auth/signup", way.body()).await.expect(201);
    let id = session_of(&signed_up);
    let (access, refresh) = (signed_up.field("access_token"), signed_up.field("refresh_token"));
    let last = |request: crate::client::Request| request.header("x-request-id", way.name()).send();
    let renew = |token: &str| {
        client
            .post("/auth/refresh")
            .json(json!({ "refresh_token": token }))
    };
    let own = format!("/auth/sessions/{id}");
    match way {
        Way::SignOut => {
            let body = json!({ "refresh_token": refresh });
            last(client.post("/auth/signout").json(body)).await.expect(204);
        }
        Way::SignOutByAccessToken => {
            last(client.post("/auth/signout").bearer(access))
                .await
                .expect(204);
        }
        Way::LogOutOfPair => {
            let body = json!({ "refresh_token": refresh });
            last(client.post("/logout").json(body)).await.expect(204);
        }
        Way::Revoke => {
            let form = client.post("/auth/revoke").form(&[("token", refresh)]);
            last(form).await.expect(200);
        }
        Way::RevokeByAccessToken => {
            let form = client.post("/auth/revoke").form(&[("token", access)]);
            last(form).await.expect(200);
        }
        Way::EndOwn => {
            last(client.delete(&own).bearer(access)).await.expect(204);
        }
        Way::EndOther | Way::EndOthers => {
            let other = client.ask("/auth/signin", way.body()).await.expect(200);
            let (path, status) = if way == Way::EndOther {
                (own.as_str(), 204)
            } else {
                ("/auth/sessions", 200)
            };
            let request = client.delete(path).bearer(other.field("access_token"));
            last(request).await.expect(status);
        }
        Way::EndAll => {
            last(client.delete("/auth/sessions?all=true").bearer(access))
                .await
                .expect(200);
        }
        Way::ChangePassword => {
            let other = client.ask("/auth/signin", way.body()).await.expect(200);
            let body = json!({ "current_password": PASSWORD.trim_end(), "new_password": "another lantern behind ten doors" });
            let change = client
                .post("/auth/password")
                .bearer(other.field("access_token"))
                .json(body);
            last(change).await.expect(204);
        }
        Way::Deactivate | Way::DeleteAccount => {
            let request = if way == Way::Deactivate {
                client.post("/auth/account/deactivate")
            } else {
                client.delete("/auth/account")
            };
            let body = json!({ "current_password": PASSWORD.trim_end() });
            last(request.bearer(access).json(body)).await.expect(204);
        }
        Way::IdleAtRefresh => {
            pass("61m").await;
            last(renew(refresh)).await.expect_ended("idle");
        }
        Way::IdleAtCheck => {
            pass("61m").await;
            let check = client.get("/auth/session").bearer(access);
            last(check).await.expect_ended("idle");
        }
        Way::AbsoluteEnd => {
            let mut token = refresh.to_owned();
            for _ in 0..3 {
                pass("45m").await;
                token = renew(&token)
                    .send()
                    .await
                    .expect(200)
                    .field("refresh_token")
                    .to_owned();
            }
            pass("20m").await;
            last(renew(&token)).await.expect_ended("absolute_end");
        }
        Way::ReuseOfOldGeneration => {
            let next = renew(refresh).send().await.expect(200);
            renew(next.field("refresh_token")).send().await.expect(200);
            last(renew(refresh)).await.expect_ended("token_reuse");
        }
        Way::ReuseLate => {
            let again = || renew(refresh).header("idempotency-key", "one-and-the-same-attempt");
            let next = again().send().await.expect(200);
            let seen = client.get("/auth/session").bearer(next.field("access_token"));
            seen.send().await.expect(200);
            pass("1m").await;
            last(again()).await.expect_ended("token_reuse");
        }
        Way::ReuseUnproven => {
            renew(refresh).send().await.expect(200);
            last(renew(refresh)).await.expect_ended("token_reuse");
        }
        Way::ReuseOfPair => {
            let next = || {
                client
                    .post("/generateTokens")
                    .json(json!({ "refresh_token": refresh }))
            };
            next().send().await.expect(200);
            let refused = last(next()).await.expect(403);
            assert_eq!(refused.field("reason"), "token_reuse");
        }
        Way::ReuseOfGrant => {
            let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
            let next = || client.post("/auth/token").form(&grant);
            next().send().await.expect(200);
            let refused = last(next()).await.expect(400);
            assert_eq!(refused.field("error"), "invalid_grant");
            assert_eq!(refused.field("reason"), "token_reuse");
        }
        Way::SetPassword => {
            let args = ["user", "set-password", &way.email(), "--password-stdin", "--json"];
            let said = server.command(&args, "another lantern behind ten doors\n").json();
            assert_eq!(said["email"], way.email());
        }
        Way::Suspend => {
            let args = ["user", "set-state", &way.email(), "suspended", "--json"];
            assert_eq!(server.command(&args, "").json()["state"], "suspended");
        }
        Way::DeleteUser => {
            let args = ["user", "delete", &way.email(), "--yes", "--json"];
            assert_eq!(server.command(&args, "").json()["sessions_ended"], 1);
        }
        Way::AdminEnd => {
            let said = server.command(&["session", "end", &id, "--json"], "").json();
            assert_eq!(said["ended"], 1);
        }
        Way::AdminEndAll => {
            let args = ["session", "end", "--user", &way.email(), "--json"];
            assert_eq!(server.command(&args, "").json()["ended"], 1);
        }
        Way::SignInAgain | Way::ReuseWithoutProof | Way::Limit | Way::Restore => {
            panic!("{way:?} is walked elsewhere")
        }
    }
    id
}

async fn walk_in_browser(client: &Client, way: Way) -> String {
    let mut browser = Browser::open(client).await.unwrap();
    let signed_up = browser.ask(client, "/auth/signup", way.body()).await.expect(201);
    let id = session_of(&signed_up);
    if way == Way::SignInAgain {
        let again = browser.post(client, "/auth/signin").json(way.body());
        let again = again.header("x-request-id", way.name());
        browser.send(again).await.expect(200);
    } else {
        let body = json!({ "refresh_token": browser.cookie(REFRESH) });
        let stolen = client
            .post("/auth/refresh")
            .json(body)
            .header("x-request-id", way.name());
        stolen.send().await.expect_ended("token_reuse");
    }
    id
}
