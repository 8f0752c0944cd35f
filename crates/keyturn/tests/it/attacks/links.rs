//! Mailed links: addresses that were signed up with before their owner came, programs that open links, links used twice, late, together,
//! or for something else, and requests that would have them lead elsewhere.

use reqwest::Method;
use serde_json::json;

use super::{
    ACTIVATED, ACTIVATION, ATTACKERS, EMAIL_CHANGE, NEXT_PASSWORD, PASSWORD, RESET, Target, VICTIM,
    credentials, expect_dead, link_used,
};
use crate::browser::Browser;
use crate::client::Client;
use crate::mailbox::Letter;
use crate::place::Engine;
use crate::server::Server;

/// Pre-hijacking (Sudhodanan and Paverd, USENIX Security 2022): the attacker was there first, the owner follows the mail.
#[tokio::test]
async fn r2_6_an_address_signed_up_before_its_owner_came_gives_the_attacker_nothing() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, ACTIVATED).await;
        let planted = json!({ "email": VICTIM, "username": "ann", "name": "Ann", "password": ATTACKERS });
        target.ask("/auth/signup", planted).await.expect(202);
        let letter = target.mail.with(ACTIVATION);
        assert_eq!(letter.to, VICTIM);
        // The owner opens the link and types a password of their own, as they would for their own sign-up.
        let opened = target.activate(letter.token(), PASSWORD).await;
        assert_eq!(opened.expect(401).field("code"), "invalid-credentials");
        assert_eq!(
            target.signs_in(VICTIM, ATTACKERS).await,
            401,
            "there is no account"
        );

        target.sign_up(VICTIM, PASSWORD).await.expect(202);
        let own = target.mail.with(ACTIVATION);
        target.activate(own.token(), PASSWORD).await.expect(204);
        assert_eq!(target.signs_in(VICTIM, PASSWORD).await, 200);
        assert_eq!(target.signs_in(VICTIM, ATTACKERS).await, 401);
        expect_dead(target.activate(letter.token(), ATTACKERS).await);
        let shown = target
            .server
            .command(&["user", "show", VICTIM, "--json"], "")
            .json();
        assert_eq!(
            shown["username"],
            serde_json::Value::Null,
            "nothing of the planted one"
        );
        assert!(target.links_left().is_empty());
    }
}

/// Where sign-ups are not confirmed, the attacker can have the account first. The owner's reset takes everything from them: the password,
/// the open session (the "unexpired session"), the link that would give the account another address (the "unexpired email change").
#[tokio::test]
async fn r2_6_a_reset_takes_an_account_back_with_everything_that_was_left_in_it() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, &[]).await;
        let planted = target.sign_up(VICTIM, ATTACKERS).await.expect(201);
        let access = planted.field("access_token");
        let change = json!({ "email": "crow@example.org", "current_password": ATTACKERS });
        let asked = target
            .client
            .post("/auth/account/email")
            .bearer(access)
            .json(change);
        asked.send().await.expect(202);
        let waiting = target.mail.with(EMAIL_CHANGE);
        assert_eq!(waiting.to, "crow@example.org");
        let other = target.reset_token(VICTIM).await;
        let token = target.reset_token(VICTIM).await;

        target.reset(&token, PASSWORD).await.expect(204);
        target.session(access).await.expect_ended("password_changed");
        let refresh = json!({ "refresh_token": planted.field("refresh_token") });
        let refused = target.ask("/auth/refresh", refresh).await;
        refused.expect_ended("password_changed");
        let confirm = json!({ "token": waiting.token() });
        expect_dead(target.ask("/auth/account/email/confirm", confirm).await);
        expect_dead(target.reset(&other, ATTACKERS).await);
        assert_eq!(target.signs_in(VICTIM, ATTACKERS).await, 401);
        assert_eq!(target.signs_in(VICTIM, PASSWORD).await, 200);
    }
}

/// Programs that guard mailboxes open every link, by GET or HEAD, some of them with a browser's headers.
#[tokio::test]
async fn r2_6_a_program_that_opens_every_link_of_a_mail_changes_nothing() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, ACTIVATED).await;
        target.sign_up(VICTIM, PASSWORD).await.expect(202);
        let activation = target.mail.with(ACTIVATION);
        open_all_links(&target, &activation).await;
        assert_eq!(target.signs_in(VICTIM, PASSWORD).await, 401, "not activated");
        target.activate(activation.token(), PASSWORD).await.expect(204);

        let signed_in = target.ask("/auth/signin", credentials(VICTIM, PASSWORD)).await;
        let signed_in = signed_in.expect(200);
        let access = signed_in.field("access_token");
        let change = json!({ "email": "ann@example.net", "current_password": PASSWORD });
        let asked = target
            .client
            .post("/auth/account/email")
            .bearer(access)
            .json(change);
        asked.send().await.expect(202);
        let confirmation = target.mail.with(EMAIL_CHANGE);
        open_all_links(&target, &confirmation).await;
        let account = target.client.get("/auth/account").bearer(access).send().await;
        assert_eq!(account.expect(200).field("email"), VICTIM);

        let token = target.reset_token(VICTIM).await;
        let page = format!("{}/reset?token={token}", target.server.url());
        open(&target.client, &page).await;
        target.session(access).await.expect(200);
        assert_eq!(target.signs_in(VICTIM, PASSWORD).await, 200);

        let confirm = json!({ "token": confirmation.token() });
        target
            .ask("/auth/account/email/confirm", confirm)
            .await
            .expect(204);
        expect_dead(target.reset(&token, NEXT_PASSWORD).await);
    }
}

async fn open_all_links(target: &Target, letter: &Letter) {
    for link in letter.links() {
        open(&target.client, link).await;
    }
}

async fn open(client: &Client, link: &str) {
    let path = path_of(link);
    for method in [Method::HEAD, Method::GET, Method::GET] {
        let plain = client.request(method.clone(), path);
        plain.send().await.expect(200);
        let as_browser = client.request(method, path).header("sec-fetch-site", "none");
        as_browser.send().await.expect(200);
    }
    let page = Browser::open(client).await.unwrap();
    page.get(client, path).send().await.expect(200);
}

/// The address without its origin.
fn path_of(link: &str) -> &str {
    let (_, rest) = link.split_once("://").expect("a whole address");
    &rest[rest.find('/').expect("a path")..]
}

#[tokio::test]
async fn r2_6_of_many_resets_by_one_link_one_wins_on_every_node() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, &[]).await;
        let access = target.sign_up(VICTIM, PASSWORD).await.expect(201);
        let access = access.field("access_token").to_owned();
        let second = (engine == Engine::Postgres)
            .then(|| Server::start_with_virtual_clock(&target.place.node(1)))
            .map(|node| (Client::to(node.url()), node));
        let token = target.reset_token(VICTIM).await;
        let passwords: Vec<_> = (0..8)
            .map(|number| format!("{number} lanterns behind ten doors"))
            .collect();
        let resets = passwords.iter().enumerate().map(|(number, password)| {
            let client = match &second {
                Some((client, _)) if number % 2 == 1 => client,
                _ => &target.client,
            };
            client.ask("/auth/password/reset", link_used(&token, password))
        });
        let answers = futures::future::join_all(resets).await;
        let won: Vec<_> = (0..8).filter(|number| answers[*number].status == 204).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        for answer in answers.into_iter().filter(|answer| answer.status != 204) {
            expect_dead(answer);
        }
        for (number, password) in passwords.iter().enumerate() {
            let expected = if won.contains(&number) { 200 } else { 401 };
            assert_eq!(target.signs_in(VICTIM, password).await, expected);
        }
        target.session(&access).await.expect_ended("password_changed");
    }
}

#[tokio::test]
async fn r2_6_of_many_activations_of_one_address_one_wins_on_every_node() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, ACTIVATED).await;
        let mut links = Vec::new();
        for password in [PASSWORD, NEXT_PASSWORD, ATTACKERS] {
            target.sign_up(VICTIM, password).await.expect(202);
            links.push((target.mail.with(ACTIVATION).token().to_owned(), password));
        }
        let all = links
            .iter()
            .map(|(token, password)| target.activate(token, password));
        let answers = futures::future::join_all(all).await;
        let won: Vec<_> = (0..3).filter(|number| answers[*number].status == 204).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        for (number, (token, password)) in links.iter().enumerate() {
            let expected = if won.contains(&number) { 200 } else { 401 };
            assert_eq!(target.signs_in(VICTIM, password).await, expected);
            expect_dead(target.activate(token, password).await);
        }
    }
}

/// A link is good once, in its time, for what it was made for, and no longer than the account stays as it was.
#[tokio::test]
async fn r2_6_a_link_that_was_used_is_late_or_was_made_void_is_dead() {
    for engine in Engine::ALL {
        let mut target = Target::start(engine, &[]).await;
        target.sign_up(VICTIM, PASSWORD).await.expect(201);
        let used = target.reset_token(VICTIM).await;
        target.reset(&used, PASSWORD).await.expect(204);
        expect_dead(target.reset(&used, ATTACKERS).await);

        let late = target.reset_token(VICTIM).await;
        target.clock.advance("15m").await;
        expect_dead(target.reset(&late, ATTACKERS).await);

        let other_purpose = target.reset_token(VICTIM).await;
        expect_dead(target.activate(&other_purpose, PASSWORD).await);
        let confirm = json!({ "token": other_purpose });
        expect_dead(target.ask("/auth/account/email/confirm", confirm).await);
        for near in [
            other_purpose.to_uppercase(),
            format!("{other_purpose}A"),
            format!(" {other_purpose}"),
            other_purpose.chars().rev().collect(),
            other_purpose.trim_start_matches("kto_").to_owned(),
        ] {
            expect_dead(target.reset(&near, ATTACKERS).await);
        }

        for (what, command) in [
            (
                "password",
                &["user", "set-password", VICTIM, "--password-stdin"][..],
            ),
            ("suspension", &["user", "set-state", VICTIM, "suspended"]),
            ("return", &["user", "set-state", VICTIM, "active"]),
            (
                "address",
                &["user", "rename", VICTIM, "--email", "moved@example.org"],
            ),
            (
                "back",
                &["user", "rename", "moved@example.org", "--email", VICTIM],
            ),
            ("deletion", &["user", "delete", VICTIM, "--yes"]),
        ] {
            if what == "return" || what == "back" {
                target.server.command(command, "");
                continue;
            }
            let token = target.reset_token(VICTIM).await;
            target.server.command(command, PASSWORD);
            let answer = target.reset(&token, ATTACKERS).await;
            assert_eq!(answer.status, 400, "{what}: {}", answer.text);
            expect_dead(answer);
        }
        assert_eq!(target.signs_in(VICTIM, ATTACKERS).await, 401);
    }
}

/// Host header injection (CWE-644; PortSwigger, "Password reset poisoning"): links begin with `http.public_url`, whatever a request says.
#[tokio::test]
async fn r2_6_links_begin_with_the_public_address_whatever_a_request_says() {
    let public = ["--set", "http.public_url=http://localhost:4711"];
    for engine in Engine::ALL {
        let mut target = Target::start(engine, &[ACTIVATED, &public].concat()).await;
        target.sign_up(VICTIM, PASSWORD).await.expect(202);
        let activation = target.mail.with(ACTIVATION);
        target.activate(activation.token(), PASSWORD).await.expect(204);
        for (name, value) in [
            ("host", "evil.example"),
            ("host", "localhost:4711@evil.example"),
            ("host", "evil.example:4711"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-server", "evil.example"),
            ("x-original-host", "evil.example"),
            ("x-host", "evil.example"),
            ("x-http-host-override", "evil.example"),
            ("x-forwarded-prefix", "/evil.example"),
            ("x-forwarded-proto", "ftp"),
            ("forwarded", "host=evil.example;proto=https"),
            ("referer", "https://evil.example/"),
        ] {
            for (path, body, page) in [
                ("/auth/password/forgot", json!({ "email": VICTIM }), RESET),
                (
                    "/auth/signup",
                    credentials("eve@example.org", PASSWORD),
                    ACTIVATION,
                ),
                (
                    "/auth/activate/resend",
                    json!({ "email": "eve@example.org" }),
                    ACTIVATION,
                ),
            ] {
                let asked = target.client.post(path).header(name, value).json(body);
                let status = asked.send().await.status;
                if status == 400 {
                    // What is no host is refused.
                    continue;
                }
                assert_eq!(status, 202, "{name}: {value}");
                let letter = target.mail.with(page);
                let expected = format!("http://localhost:4711{page}");
                assert!(letter.link().starts_with(&expected), "{name}: {}", letter.link());
                assert!(!letter.text.contains("evil"), "{name}: {}", letter.text);
            }
        }
        for letter in target.links_left() {
            assert!(!letter.text.contains("evil"), "{}", letter.text);
        }
    }
}
