//! The whole life of a session, by tokens in bodies and by cookies: sign-up, ten refreshes, sign-out.

use serde_json::json;

use super::{PASSWORD, PAST_THE_WINDOW, World, access, refresh};
use crate::browser::Browser;
use crate::client::{ACCESS, REFRESH};
use crate::place::Engine;

#[tokio::test]
async fn r2_1_r2_2_r3_3_an_api_client_signs_up_refreshes_ten_times_and_signs_out() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let signed_up = world.sign_up("ann@example.org").await;
        assert_eq!(signed_up.field("token_type"), "bearer");
        assert_eq!(signed_up.field("email"), "ann@example.org");
        let mut current = world.sign_in("ann@example.org").await;
        for generation in 1..=10 {
            let next = world.refresh(refresh(&current)).await.expect(200);
            assert_eq!(next.generation(), generation);
            assert_ne!(refresh(&next), refresh(&current));
            current = next;
        }
        let listed = world.sessions(access(&current)).await;
        let states: Vec<_> = listed
            .iter()
            .map(|session| session["state"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["active", "active"]);

        let body = json!({ "refresh_token": refresh(&current) });
        world.client.ask("/auth/signout", body).await.expect(204);
        world.refresh(refresh(&current)).await.expect_ended("signed_out");
        world.session(access(&current)).await.expect_ended("signed_out");
        world.session(access(&signed_up)).await.expect(200);
    }
}

#[tokio::test]
async fn r3_2_r3_3_a_browser_signs_up_refreshes_ten_times_and_signs_out() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let mut browser = Browser::open(&world.client).await.unwrap();
        let body = json!({ "email": "ben@example.org", "password": PASSWORD });
        let signed_up = browser.ask(&world.client, "/auth/signup", body).await.expect(201);
        assert!(
            signed_up.body.get("access_token").is_none() && signed_up.body.get("refresh_token").is_none()
        );
        for turn in 0..10 {
            let refreshed = browser.refresh(&world.client).await.expect(200);
            assert_eq!(
                refreshed.generation(),
                1,
                "those within ten seconds of the first are held ({turn})"
            );
        }
        for generation in 2..=10 {
            world.clock.advance(PAST_THE_WINDOW).await;
            let before = browser.cookie(REFRESH).to_owned();
            let refreshed = browser.refresh(&world.client).await.expect(200);
            assert_eq!(refreshed.generation(), generation);
            assert_ne!(browser.cookie(REFRESH), before);
        }
        let list = browser.get(&world.client, "/auth/sessions");
        let listed = browser.send(list).await.expect(200);
        assert_eq!(listed.body["items"][0]["delivery"], "cookie");

        let before = browser.clone();
        let sign_out = browser.post(&world.client, "/auth/signout");
        browser.send(sign_out).await.expect(204);
        assert!(!browser.has(ACCESS) && !browser.has(REFRESH));
        let refresh_again = before.post(&world.client, "/auth/refresh");
        refresh_again.send().await.expect_ended("signed_out");
        before.session(&world.client).await.expect_ended("signed_out");
    }
}
