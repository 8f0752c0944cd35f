//! A day of guessing, on the real service, in virtual time.

use std::sync::Arc;

use futures::executor::block_on;
use jiff::SignedDuration;
use keyturn_core::credential::{DeviceCookie, Keys, MasterSecret};
use keyturn_core::model::{AccountState, Client, Delivery, Origin};
use keyturn_core::password::Password;
use keyturn_core::ports::SignInName;
use keyturn_core::service::{Accounts, AuthError, Authority, CreateUser, Issued, Live, Ports, SignInRequest};
use keyturn_core::throttle::ThrottlePolicy;
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, request_origin};
use keyturn_testkit::mem_store::MemStore;

use crate::policy::policy;

const PASSWORD: &str = "a long and quiet phrase";
const DAY: i64 = 86_400;
const ADDRESSES: u32 = 10_000;

struct Day {
    clock: Arc<ManualClock>,
    authority: Authority,
}

impl Day {
    fn new() -> Self {
        let store = Arc::new(MemStore::new());
        let clock = Arc::new(ManualClock::new());
        let ports = Ports {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
            hasher: Arc::new(TinyHasher::new(2)),
        };
        let ann = CreateUser {
            email: Some("ann@example.org".to_owned()),
            username: Some("ann".to_owned()),
            name: None,
            password: Password::new(PASSWORD.to_owned()),
            state: AccountState::Active,
            permissions: Vec::new(),
            metadata: None,
        };
        block_on(Accounts::new(ports.clone(), Origin::COMMAND_LINE).create(ann)).unwrap();
        let keys = Keys::derive(&MasterSecret::new((0..48).collect()).unwrap(), None);
        let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
        let authority = Authority::new(ports, live, policy(), keys).unwrap();
        Self { clock, authority }
    }

    fn try_in(
        &self,
        name: SignInName,
        password: &str,
        address: u32,
        device: Option<DeviceCookie>,
    ) -> Result<Issued, AuthError> {
        block_on(self.authority.sign_in(SignInRequest {
            name: Some(name),
            password: Password::new(password.to_owned()),
            delivery: Delivery::Cookie,
            remember: false,
            client: Client::new(Some(std::net::Ipv4Addr::from(address).into()), None),
            origin: request_origin(),
            replaces: None,
            device,
        }))
    }

    /// Ann, from home.
    fn ann(&self, device: Option<DeviceCookie>) -> Result<Issued, AuthError> {
        self.try_in(email(), PASSWORD, 0x0a00_0001, device)
    }

    /// Whether a guess was looked at.
    fn guess(&self, name: SignInName, address: u32) -> bool {
        match self.try_in(name, "a wrong and hasty phrase", address, None) {
            Err(AuthError::InvalidCredentials) => true,
            Err(AuthError::Throttled { .. }) => false,
            other => panic!("{other:?}"),
        }
    }
}

fn email() -> SignInName {
    SignInName::EmailKey("ann@example.org".to_owned())
}

fn username() -> SignInName {
    SignInName::UsernameKey("ann".to_owned())
}

/// Ten thousand addresses take turns, two guesses every two seconds, by either name of one account. They get what the account's lane
/// admits under each name, and no more; Ann's own browser gets in every hour all the same.
#[test]
fn ten_thousand_addresses_get_as_many_guesses_as_the_account_admits() {
    let day = Day::new();
    let mut device = day.ann(None).unwrap().device;
    let mut guesses = [0_u64; 2];
    for second in (0..DAY).step_by(2) {
        let address = 0xc000_0000 + u32::try_from(second / 2).unwrap() % ADDRESSES;
        guesses[0] += u64::from(day.guess(email(), address));
        guesses[1] += u64::from(day.guess(username(), address));
        if second % 3_600 == 0 {
            let issued = day.ann(device.take()).expect("her browser is known");
            device = issued.device;
        }
        day.clock.advance(SignedDuration::from_secs(2));
    }
    let account = ThrottlePolicy::default().account;
    let most = account.most_within(SignedDuration::from_secs(DAY));
    assert_eq!(most, 298, "as the documents say");
    for guessed in guesses {
        assert!(guessed <= most, "{guessed} of {most}");
        assert!(guessed + 2 >= most, "the bound is close: {guessed} of {most}");
    }
}

#[test]
fn the_owner_on_a_new_device_is_told_when_to_come_back() {
    let day = Day::new();
    for address in 0..20 {
        day.guess(email(), address);
    }
    let Err(AuthError::Throttled { retry_after }) = day.ann(None) else {
        panic!("the account's lane is full");
    };
    assert_eq!(retry_after.as_secs(), 300);
    day.clock.advance(SignedDuration::try_from(retry_after).unwrap());
    day.ann(None).unwrap();
}

#[test]
fn the_right_password_uses_nothing_up() {
    let day = Day::new();
    for _ in 0..9 {
        assert!(day.guess(email(), 1));
    }
    for address in 100..200 {
        day.try_in(email(), PASSWORD, address, None).unwrap();
    }
    assert!(day.guess(email(), 1), "nine of ten guesses were counted");
    assert!(!day.guess(email(), 1));
}

#[test]
fn one_address_is_limited_over_all_accounts() {
    let day = Day::new();
    let name = |index: u32| SignInName::UsernameKey(format!("person{index}"));
    let looked_at = (0..200).filter(|index| day.guess(name(*index), 7)).count();
    assert_eq!(looked_at, 50);
    assert!(day.guess(name(1_000), 8), "another address");
}

#[test]
fn a_known_device_has_its_own_limit() {
    let day = Day::new();
    let Issued { device, .. } = day.ann(None).unwrap();
    let (keys, text) = (
        Keys::derive(&MasterSecret::new((0..48).collect()).unwrap(), None),
        device.unwrap().reveal(),
    );
    let known = || DeviceCookie::parse(&keys, &text);
    let looked_at = (0..100)
        .filter(|_| {
            let tried = day.try_in(email(), "a wrong and hasty phrase", 1, known());
            matches!(tried, Err(AuthError::InvalidCredentials))
        })
        .count();
    assert_eq!(looked_at, 20);
    day.ann(None).expect("the account's lane was not touched");
}
