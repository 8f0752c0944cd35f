//! What owners are told of, and how often: case by case.

use jiff::SignedDuration;
use keyturn_core::model::{Client, EndReason, Ended, Session, UserId};
use keyturn_core::notice::{NoticeKind, SeenSignIn};
use keyturn_core::throttle::{Decision, Hit, decide};
use keyturn_testkit::fixtures::World;
use keyturn_testkit::mem_store::MemStore;
use uuid::Uuid;

fn client(ip: Option<&str>, agent: Option<&str>) -> Client {
    Client::new(ip.map(|ip| ip.parse().unwrap()), agent)
}

fn here() -> Client {
    client(Some("192.0.2.1"), Some("phone/1.0"))
}

/// A session that began so, and ended for this reason.
fn earlier(client: Client, reason: Option<EndReason>) -> Session {
    let world = World::new(1);
    let store = MemStore::new();
    let user = futures::executor::block_on(world.sign_up(&store, "ann"));
    let (session, _) = world.new_session(&user.account, keyturn_core::model::Delivery::Body);
    let ended = reason.map(|reason| Ended {
        at: world.now(),
        reason,
        kind: None,
    });
    Session {
        client,
        ended,
        ..session
    }
}

fn sign_in(client: &Client) -> SeenSignIn<'_> {
    SeenSignIn {
        has_precedent: true,
        has_device: false,
        client,
    }
}

#[test]
fn a_sign_in_is_news_where_nothing_shows_its_device() {
    let unrecorded = client(None, None);
    let here = here();
    let first = SeenSignIn {
        has_precedent: false,
        ..sign_in(&here)
    };
    let with_cookie = SeenSignIn {
        has_device: true,
        ..sign_in(&here)
    };
    let same = [earlier(here.clone(), None)];
    let elsewhere = [earlier(client(Some("192.0.2.2"), Some("phone/1.0")), None)];
    let other_agent = [earlier(client(Some("192.0.2.1"), Some("phone/1.1")), None)];
    let nothing_kept = [earlier(unrecorded.clone(), None)];
    let half_kept = [earlier(client(Some("192.0.2.1"), None), None)];
    let half = client(Some("192.0.2.1"), None);
    for (why, sign_in, known, news) in [
        ("the first of the account", first, &[][..], false),
        ("a device cookie of an earlier one", with_cookie, &[], false),
        ("a stranger", sign_in(&here), &[], true),
        ("the same address and software", sign_in(&here), &same, false),
        ("the same software elsewhere", sign_in(&here), &elsewhere, true),
        (
            "other software at the address",
            sign_in(&here),
            &other_agent,
            true,
        ),
        ("nothing is recorded", sign_in(&unrecorded), &nothing_kept, true),
        ("no software is named", sign_in(&half), &half_kept, true),
    ] {
        assert_eq!(sign_in.is_news(known), news, "{why}");
    }
}

#[test]
fn a_session_that_was_ended_because_of_whoever_had_it_shows_nothing() {
    let here = here();
    for reason in EndReason::ALL {
        let own = [
            EndReason::SignedOut,
            EndReason::Replaced,
            EndReason::Idle,
            EndReason::AbsoluteEnd,
            EndReason::SessionLimit,
        ];
        let known = [earlier(here.clone(), Some(*reason))];
        let news = !own.contains(reason);
        assert_eq!(sign_in(&here).is_news(&known), news, "{reason}");
    }
}

#[test]
fn one_notice_of_a_kind_goes_to_an_account_in_an_hour() {
    let world = World::new(1);
    let [ann, bob] = [1, 2].map(|id| UserId(Uuid::from_u128(id)));
    let notice = |kind, id| Hit::notice(&world.keys, kind, id);
    let now = world.now();
    let hit = notice(NoticeKind::TokenReuse, ann);
    let Decision::Allow(counted) = decide(&[(hit, None)], now) else {
        panic!("the first goes out")
    };
    let drained_at = Some(counted[0].1);
    let hour = SignedDuration::from_hours(1);
    let micro = SignedDuration::from_micros(1);
    for (after, goes_out) in [(SignedDuration::ZERO, false), (hour - micro, false), (hour, true)] {
        let decision = decide(&[(hit, drained_at)], now + after);
        assert_eq!(matches!(decision, Decision::Allow(_)), goes_out, "{after}");
    }
    assert_ne!(hit.bucket, notice(NoticeKind::NewDevice, ann).bucket);
    assert_ne!(hit.bucket, notice(NoticeKind::TokenReuse, bob).bucket);
    assert_eq!(hit.bucket.lane().as_str(), "notice");
}
