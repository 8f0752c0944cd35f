//! One refresh token, used more than once: tabs that race, a client that asks again, and a thief.

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use super::{PAST_THE_WINDOW, World, access, refresh};
use crate::browser::Browser;
use crate::client::{DEVICE, REFRESH};
use crate::place::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_5_64_simultaneous_requests_with_one_refresh_cookie_get_one_successor() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        world.sign_up("cem@example.org").await;
        let mut browser = world.browser("cem@example.org").await;
        browser.refresh(&world.client).await.expect(200);
        world.clock.advance(PAST_THE_WINDOW).await;
        let mut tabs = JoinSet::new();
        for _ in 0..64 {
            let (mut tab, client) = (browser.clone(), world.client.clone());
            tabs.spawn(async move {
                let answer = tab.refresh(&client).await.expect(200);
                (answer.generation(), tab.cookie(REFRESH).to_owned())
            });
        }
        let answers = tabs.join_all().await;
        assert_eq!(answers.len(), 64);
        assert!(
            answers.iter().all(|(generation, _)| *generation == 2),
            "{answers:?}"
        );
        let successors: BTreeSet<_> = answers.into_iter().map(|(_, token)| token).collect();
        assert_eq!(successors.len(), 1, "{successors:?}");
        assert!(!successors.contains(browser.cookie(REFRESH)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_5_r3_4_two_uses_of_one_token_without_a_key_end_the_family() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        world.sign_up("dora@example.org").await;
        let other = world.sign_in("dora@example.org").await;
        let shared = world.sign_in("dora@example.org").await;
        let (one, two) = tokio::join!(world.refresh(refresh(&shared)), world.refresh(refresh(&shared)));
        let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
        let won = won.expect(200);
        lost.expect_ended("token_reuse");
        world.refresh(refresh(&won)).await.expect_ended("token_reuse");
        world.session(access(&won)).await.expect_ended("token_reuse");
        world.refresh(refresh(&other)).await.expect(200);
    }
}

#[tokio::test]
async fn r1_5_a_retry_with_the_same_key_gets_the_same_successor() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let first = world.sign_up("eli@example.org").await;
        let key = "1f0c2f52-7b7e-4d0c-9a63-0f6f7ad5b1c3";
        let answered = world.refresh_with_key(refresh(&first), key).await.expect(200);
        let retried = world.refresh_with_key(refresh(&first), key).await.expect(200);
        assert_eq!(refresh(&retried), refresh(&answered));
        assert_eq!(retried.generation(), 1);
        world.clock.advance("50m").await;
        let much_later = world.refresh_with_key(refresh(&first), key).await.expect(200);
        assert_eq!(
            refresh(&much_later),
            refresh(&answered),
            "its reply may have been lost until now"
        );
        let thief = world
            .refresh_with_key(refresh(&first), "f37ba6ab-b0ee-4d37-8d9f-0d20c3f2c2aa")
            .await;
        thief.expect_ended("token_reuse");
    }
}

#[tokio::test]
async fn r1_5_r3_4_an_older_token_ends_its_family_and_no_other() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let first = world.sign_up("fay@example.org").await;
        let other = world.sign_in("fay@example.org").await;
        let browser = world.browser("fay@example.org").await;
        let second = world.refresh(refresh(&first)).await.expect(200);
        let third = world.refresh(refresh(&second)).await.expect(200);
        world.refresh(refresh(&first)).await.expect_ended("token_reuse");
        world.refresh(refresh(&third)).await.expect_ended("token_reuse");
        world.session(access(&third)).await.expect_ended("token_reuse");
        world.session(access(&other)).await.expect(200);
        browser.session(&world.client).await.expect(200);
    }
}

#[tokio::test]
async fn r1_5_a_stolen_refresh_cookie_is_caught_at_its_first_use() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        world.sign_up("gil@example.org").await;
        let browser = world.browser("gil@example.org").await;
        let mut thief = Browser::with_cookies(&[(REFRESH, browser.cookie(REFRESH))]);
        let page = thief.get(&world.client, "/auth/csrf");
        thief.send(page).await.expect(200);
        assert!(!thief.has(DEVICE));
        thief.refresh(&world.client).await.expect_ended("token_reuse");
        browser.session(&world.client).await.expect_ended("token_reuse");
    }
}
