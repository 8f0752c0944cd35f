//! Activity, between the request that shows it and the store.

use futures::executor::block_on;
use jiff::SignedDuration;
use keyturn_core::credential::RefreshToken;
use keyturn_core::lifetime::ActivityHint;
use keyturn_core::model::AccountState;
use keyturn_core::ports::SessionStore;
use keyturn_core::service::RefreshRequest;
use keyturn_testkit::fixtures::request_origin;

use super::{PASSWORD, house, requester, token};

#[test]
fn i6_activity_is_coalesced_and_written_by_the_next_flush() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let id = issued.family.session.id;
    let stored = || block_on(house.store.find_session(id)).unwrap().unwrap().session;
    let before = stored();
    house.clock.advance(SignedDuration::from_mins(5));
    block_on(house.authority.authenticate(&issued.access_token, requester())).unwrap();
    assert_eq!(stored(), before, "a check writes nothing");
    assert_eq!(block_on(house.authority.flush_activity()).unwrap(), 1);
    assert_eq!(
        stored().last_activity_at,
        before.started_at + SignedDuration::from_mins(5)
    );
    assert_eq!(block_on(house.authority.flush_activity()).unwrap(), 0);

    house.clock.advance(SignedDuration::from_mins(5));
    block_on(house.authority.authenticate(&issued.access_token, requester())).unwrap();
    house.store.set_down(true);
    assert!(block_on(house.authority.flush_activity()).is_err());
    house.store.set_down(false);
    assert_eq!(
        block_on(house.authority.flush_activity()).unwrap(),
        1,
        "what failed waits"
    );
    assert_eq!(
        stored().last_activity_at,
        before.started_at + SignedDuration::from_mins(10)
    );
}

#[test]
fn r1_6_activity_near_the_stored_idle_end_is_stored_before_its_answer() {
    let house = house(AccountState::Active);
    house.create("ann", AccountState::Active);
    let issued = house.sign_in("ann", PASSWORD).unwrap();
    let id = issued.family.session.id;
    let stored = || block_on(house.store.find_session(id)).unwrap().unwrap().session;
    // An access token that is still good when the stored idle end is a minute away: from a refresh that was no activity.
    house.clock.advance(SignedDuration::from_mins(40));
    let passive = RefreshRequest {
        token: RefreshToken::parse(&token(&issued)).unwrap(),
        device: None,
        attempt: None,
        hint: ActivityHint {
            passive: true,
            idle_seconds: None,
        },
        origin: request_origin(),
    };
    let refreshed = block_on(house.authority.refresh(passive)).unwrap().issued;
    let start = stored().started_at;
    house.clock.advance(SignedDuration::from_mins(19));
    let check = || block_on(house.authority.authenticate(&refreshed.access_token, requester()));
    check().unwrap();
    assert_eq!(stored().last_activity_at, start + SignedDuration::from_mins(59));
    house.clock.advance(SignedDuration::from_secs(30));
    check().unwrap();
    assert_eq!(
        stored().last_activity_at,
        start + SignedDuration::from_mins(59),
        "now there is time again"
    );
}
