//! The idle end to the second, by a virtual clock.

use super::{World, access, id, refresh};
use crate::place::Engine;

#[tokio::test]
async fn r1_6_r1_7_a_session_is_served_at_59_59_and_ended_as_idle_at_60_00() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let idle = world.sign_up("hal@example.org").await;
        let busy = world.sign_in("hal@example.org").await;
        world.clock.advance("59m 59s").await;
        let held_on = world.refresh(refresh(&busy)).await.expect(200);
        let looked_at = world
            .client
            .get("/auth/session")
            .bearer(access(&held_on))
            .header("keyturn-passive", "1");
        looked_at.send().await.expect(200);
        world.clock.advance("1s").await;
        world.refresh(refresh(&idle)).await.expect_ended("idle");
        world.session(access(&idle)).await.expect_ended("idle");
        world.session(access(&held_on)).await.expect(200);

        let sessions = world.sessions(access(&held_on)).await;
        let recorded = sessions
            .iter()
            .find(|session| session["id"] == id(&idle))
            .unwrap();
        assert_eq!(recorded["state"], "terminated");
        assert_eq!(recorded["end_reason"], "idle");
        assert_eq!(recorded["ended_at"], recorded["idle_ends_at"]);
        let listed = world
            .server
            .command(&["session", "list", "--all", "--json"], "")
            .json();
        let ended: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .filter(|session| session["end_reason"] == "idle")
            .collect();
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0]["id"], id(&idle));
    }
}

#[tokio::test]
async fn r1_6_a_refresh_one_second_before_the_idle_end_begins_the_hour_anew() {
    for engine in Engine::ALL {
        let world = World::start(engine).await;
        let first = world.sign_up("ida@example.org").await;
        world.clock.advance("59m 59s").await;
        let second = world.refresh(refresh(&first)).await.expect(200);
        world.clock.advance("59m 59s").await;
        let third = world.refresh(refresh(&second)).await.expect(200);
        world.clock.advance("60m").await;
        world.refresh(refresh(&third)).await.expect_ended("idle");
    }
}
