//! R5.4: keys of their own, from the store to the token and back.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::executor::block_on;
use jiff::{SignedDuration, Timestamp};
use keyturn_core::credential::{Keys, MasterSecret, RefreshToken, SealedFor, Unsealable};
use keyturn_core::key_schedule::KeyDuty;
use keyturn_core::lifetime::{AccessPolicy, ActivityHint, SessionPolicy};
use keyturn_core::model::{AccountState, Client, Delivery, KeyMaterial, KeyPurpose, Origin, StoredKey};
use keyturn_core::password::Password;
use keyturn_core::ports::{Clock, SignInName, SigningKeyStore};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{
    AuthError, Authority, Issued, KeyFault, KeyKeeper, KeyPolicy, KeyStatus, Live, Policy, Ports,
    RefreshRequest, Requester, SignInRequest, SignUpPolicy, TokenPolicy,
};
use keyturn_core::throttle::ThrottlePolicy;
use keyturn_testkit::clock::ManualClock;
use keyturn_testkit::entropy::SeededEntropy;
use keyturn_testkit::fixtures::{TinyHasher, World, request_origin};
use keyturn_testkit::mem_store::MemStore;
use keyturn_token::{AccessClaims, Algorithm, SigningKey, VerificationKey, Verifier};
use zeroize::Zeroizing;

const ISSUER: &str = "https://id.example.org";
const SHARED: &[u8] = b"k3V9x-Qm27p_LsTz81ybWfHnRc40dUeGjAoXiB65";
const PERIOD: i64 = 900;

fn secret(first_byte: u8) -> MasterSecret {
    MasterSecret::new((first_byte..first_byte + 48).collect()).unwrap()
}

fn keys() -> Keys {
    Keys::derive(&secret(0), None)
}

fn key_policy(algorithm: Algorithm) -> KeyPolicy {
    KeyPolicy {
        algorithm,
        publish_period: SignedDuration::from_secs(PERIOD),
        access_life: SignedDuration::from_mins(30),
        session_life: SignedDuration::from_hours(24 * 7),
    }
}

/// A store, its time, and a node over it.
struct House {
    store: Arc<MemStore>,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    node: Authority,
}

impl House {
    fn new(keys: Keys, algorithm: Algorithm) -> Self {
        let (store, clock) = (Arc::new(MemStore::new()), Arc::new(ManualClock::new()));
        let entropy = Arc::new(SeededEntropy::new(5));
        block_on(World::new(1).sign_up(&*store, "ann"));
        let node = node(&store, &clock, &entropy, keys);
        block_on(node.start_keys(key_policy(algorithm))).unwrap();
        Self {
            store,
            clock,
            entropy,
            node,
        }
    }

    /// A node that starts now, beside or after the first.
    fn another(&self, keys: Keys, algorithm: Algorithm) -> Result<Authority, KeyFault> {
        let node = node(&self.store, &self.clock, &self.entropy, keys);
        block_on(node.start_keys(key_policy(algorithm))).map(|()| node)
    }

    fn with_keeper<T>(&self, algorithm: Algorithm, work: impl FnOnce(&KeyKeeper<'_>, Timestamp) -> T) -> T {
        let keys = keys();
        let keeper = KeyKeeper::new(&*self.store, &*self.entropy, &keys, key_policy(algorithm));
        work(&keeper, self.clock.now())
    }

    fn rotate(&self, purpose: KeyPurpose, algorithm: Algorithm) -> Result<StoredKey, KeyFault> {
        self.with_keeper(algorithm, |keeper: &KeyKeeper<'_>, now| {
            block_on(keeper.rotate(purpose, false, &Origin::COMMAND_LINE, now))
        })
    }

    fn retire(&self, kid: &str, force: bool) -> Result<(), KeyFault> {
        self.with_keeper(Algorithm::EdDsa, |keeper: &KeyKeeper<'_>, now| {
            block_on(keeper.retire(kid, force, &Origin::COMMAND_LINE, now))
        })
    }

    fn statuses(&self) -> Vec<(KeyPurpose, KeyStatus)> {
        self.with_keeper(Algorithm::EdDsa, |keeper: &KeyKeeper<'_>, now| {
            let reports = block_on(keeper.list(now)).unwrap();
            reports
                .iter()
                .map(|report| (report.purpose, report.status))
                .collect()
        })
    }

    fn pass(&self, seconds: i64) -> Timestamp {
        self.clock.advance(SignedDuration::from_secs(seconds))
    }
}

fn node(
    store: &Arc<MemStore>,
    clock: &Arc<ManualClock>,
    entropy: &Arc<SeededEntropy>,
    keys: Keys,
) -> Authority {
    let policy = Policy {
        rotation: RotationPolicy::default(),
        session: SessionPolicy::default(),
        access: AccessPolicy::default(),
        sign_up: SignUpPolicy {
            enabled: false,
            initial_state: AccountState::Active,
        },
        throttle: ThrottlePolicy::default(),
        token: TokenPolicy {
            issuer: ISSUER.to_owned(),
            audience: None,
            email_claim: false,
            permissions_claim: false,
        },
    };
    let live = Live::new(clock.clone(), SignedDuration::from_secs(1));
    store.listen(live.view.clone());
    let ports = Ports {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        hasher: Arc::new(TinyHasher::new(7)),
    };
    Authority::new(ports, live, policy, keys).unwrap()
}

fn sign_in(node: &Authority) -> Issued {
    block_on(node.sign_in(SignInRequest {
        name: Some(SignInName::EmailKey("ann@example.com".to_owned())),
        password: Password::new("ann".to_owned()),
        delivery: Delivery::Body,
        remember: false,
        client: Client::default(),
        origin: request_origin(),
        replaces: None,
        device: None,
    }))
    .unwrap()
}

fn refresh(node: &Authority, issued: &Issued) -> Result<Issued, AuthError> {
    let token = issued.refresh_token.as_ref().unwrap().reveal();
    let request = RefreshRequest {
        token: RefreshToken::parse(&token).unwrap(),
        device: None,
        attempt: None,
        hint: ActivityHint::default(),
        origin: request_origin(),
    };
    block_on(node.refresh(request)).map(|refreshed| refreshed.issued)
}

fn admits(node: &Authority, token: &str) -> bool {
    let requester = Requester {
        hint: ActivityHint::default(),
        origin: request_origin(),
    };
    block_on(node.authenticate(token, requester)).is_ok()
}

/// `alg` and `kid` of a token.
fn header(token: &str) -> (String, String) {
    let json = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let field = |name: &str| header[name].as_str().unwrap().to_owned();
    (field("alg"), field("kid"))
}

/// What an application makes of a token with the public keys alone.
fn accepted_by_application(node: &Authority, token: &str, now: Timestamp) -> bool {
    let keys = node.jwk_set().keys;
    let verifier = keys.iter().fold(Verifier::new(ISSUER), |verifier, jwk| {
        verifier.with_key(VerificationKey::from_jwk(jwk).unwrap())
    });
    verifier.verify(token, now).is_ok()
}

#[test]
fn r5_4_tokens_are_signed_by_the_configured_algorithm_and_verified_by_the_public_keys() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let house = House::new(keys(), algorithm);
        let token = sign_in(&house.node).access_token;
        let set = house.node.jwk_set();
        assert_eq!(set.keys.len(), 1, "a fresh store uses the key at once");
        let expected = (algorithm.name().to_owned(), set.keys[0].thumbprint());
        assert_eq!(header(&token), expected);
        assert!(admits(&house.node, &token));
        assert!(accepted_by_application(&house.node, &token, house.clock.now()));
        assert_eq!(
            header(&sign_in(&house.another(keys(), algorithm).unwrap()).access_token),
            expected
        );
    }
}

#[test]
fn r5_4_nothing_of_a_shared_secret_is_shown() {
    let derived = House::new(keys(), Algorithm::Hs256);
    let shared = House::new(keys().with_shared_secret(SHARED, None), Algorithm::Hs256);
    for house in [derived, shared] {
        assert_eq!(header(&sign_in(&house.node).access_token).0, "HS256");
        house.rotate(KeyPurpose::Access, Algorithm::Hs256).unwrap();
        block_on(house.node.reload_keys()).unwrap();
        assert_eq!(house.node.jwk_set().keys, []);
    }
}

#[test]
fn r5_4_a_rotation_goes_unnoticed_on_every_node() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let nodes = [&house.node, &house.another(keys(), Algorithm::EdDsa).unwrap()];
    let old = sign_in(nodes[0]);
    let rotated = house.rotate(KeyPurpose::Access, Algorithm::EdDsa).unwrap();
    assert!(matches!(
        house.rotate(KeyPurpose::Access, Algorithm::EdDsa),
        Err(KeyFault::Published { .. })
    ));
    // One node hears of it, the other not yet.
    block_on(nodes[0].reload_keys()).unwrap();
    assert_eq!(nodes[0].jwk_set().keys.len(), 2, "shown before it signs");
    let still_old = sign_in(nodes[0]);
    assert_eq!(header(&still_old.access_token), header(&old.access_token));
    assert!(admits(nodes[1], &still_old.access_token));

    block_on(nodes[1].reload_keys()).unwrap();
    let now = house.pass(PERIOD);
    let new = sign_in(nodes[0]);
    assert_eq!(header(&new.access_token).1, rotated.kid);
    for node in nodes {
        for token in [&old, &still_old, &new].map(|issued| &issued.access_token) {
            assert!(admits(node, token));
            assert!(accepted_by_application(node, token, now));
        }
    }
    // Once the last token of the old key has expired, only the new one is shown.
    house.pass(30 * 60 + 300);
    assert_eq!(nodes[1].jwk_set().keys.len(), 1);
    assert!(admits(nodes[1], &refresh(nodes[1], &old).unwrap().access_token));
}

#[test]
fn r5_4_a_change_of_algorithm_is_published_before_it_is_used() {
    let house = House::new(keys(), Algorithm::Hs256);
    let old = sign_in(&house.node);
    let node = house.another(keys(), Algorithm::Es256).unwrap();
    assert_eq!(node.jwk_set().keys.len(), 1);
    assert_eq!(header(&sign_in(&node).access_token).0, "HS256");
    house.pass(PERIOD);
    assert_eq!(header(&sign_in(&node).access_token).0, "ES256");
    assert!(admits(&node, &old.access_token));
    let back = house.another(keys(), Algorithm::Hs256).unwrap();
    house.pass(PERIOD);
    assert_eq!(header(&sign_in(&back).access_token).0, "HS256");
}

#[test]
fn r5_4_a_session_keeps_its_refresh_key_for_life() {
    let house = House::new(keys(), Algorithm::Hs256);
    let old = sign_in(&house.node);
    house.rotate(KeyPurpose::Refresh, Algorithm::Hs256).unwrap();
    let other = house.another(keys(), Algorithm::Hs256).unwrap();
    block_on(house.node.reload_keys()).unwrap();
    house.pass(PERIOD);
    let new = sign_in(&house.node);
    let key_of = |issued: &Issued| issued.family.session.refresh_key_id;
    assert_ne!(key_of(&old), key_of(&new));
    for issued in [&old, &new] {
        let next = refresh(&other, issued).unwrap();
        assert_eq!(key_of(&next), key_of(issued));
        assert!(refresh(&house.node, &next).is_ok());
    }
}

#[test]
fn r5_4_a_key_is_retired_when_nothing_of_it_lives_or_by_force() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let old = sign_in(&house.node);
    let (_, kid) = header(&old.access_token);
    assert!(matches!(house.retire(&kid, true), Err(KeyFault::InUse { .. })));
    assert!(matches!(
        house.retire("another", true),
        Err(KeyFault::Unknown { .. })
    ));
    let derived = SigningKey::hs256(keys().access_secret()).unwrap();
    assert!(matches!(
        house.retire(derived.kid(), true),
        Err(KeyFault::Derived { .. })
    ));

    house.rotate(KeyPurpose::Access, Algorithm::EdDsa).unwrap();
    house.pass(PERIOD);
    assert!(matches!(house.retire(&kid, false), Err(KeyFault::Needed { .. })));
    let statuses = house.statuses();
    assert!(statuses.contains(&(KeyPurpose::Access, KeyStatus::Held(KeyDuty::Signing))));
    assert!(statuses.contains(&(KeyPurpose::Refresh, KeyStatus::Held(KeyDuty::Signing))));
    house.retire(&kid, true).unwrap();
    assert!(matches!(house.retire(&kid, true), Err(KeyFault::Unknown { .. })));
    block_on(house.node.reload_keys()).unwrap();
    assert!(
        !admits(&house.node, &old.access_token),
        "a stolen key is good for nothing"
    );
    assert!(
        refresh(&house.node, &old).is_ok(),
        "and its people are not signed out"
    );
    let rows = block_on(house.store.signing_keys()).unwrap();
    assert!(
        rows.iter()
            .any(|row| row.kid == kid && matches!(row.material, KeyMaterial::Retired(_)))
    );
}

#[test]
fn r5_4_a_token_that_an_application_makes_with_the_shared_secret_opens_nothing_here() {
    let house = House::new(keys().with_shared_secret(SHARED, None), Algorithm::Hs256);
    let issued = sign_in(&house.node);
    let shared = SigningKey::hs256(SHARED).unwrap();
    let verifier = Verifier::new(ISSUER).with_key(shared.verification_key());
    let ours = verifier.verify(&issued.access_token, house.clock.now()).unwrap();
    assert!(admits(&house.node, &issued.access_token));
    let with = |change: fn(&mut AccessClaims)| {
        let mut claims = ours.clone();
        change(&mut claims);
        claims
    };
    let forgeries = [
        ("no mark", with(|claims| claims.kt = None)),
        ("an empty mark", with(|claims| claims.kt = Some(String::new()))),
        (
            "the mark of another token",
            with(|claims| claims.jti = uuid::Uuid::from_u128(1)),
        ),
        (
            "the mark of another session",
            with(|claims| claims.sid = uuid::Uuid::from_u128(1)),
        ),
        ("the mark of another account", with(|claims| claims.sub.push('1'))),
        (
            "the mark of another generation",
            with(|claims| claims.generation += 1),
        ),
        ("the mark of a shorter life", with(|claims| claims.exp += 3_600)),
        ("the mark of another time", with(|claims| claims.iat += 1)),
    ];
    for (name, claims) in forgeries {
        let token = shared.sign(&claims).unwrap();
        assert!(verifier.verify(&token, house.clock.now()).is_ok(), "{name}");
        assert!(!admits(&house.node, &token), "{name}");
    }
    // What the mark does not cover is taken from the store, not from the token.
    let promoted = with(|claims| claims.permissions = Some(vec!["admin".to_owned()]));
    assert!(admits(&house.node, &shared.sign(&promoted).unwrap()));
}

#[test]
fn r5_4_a_new_shared_secret_signs_nobody_out() {
    let house = House::new(keys().with_shared_secret(SHARED, None), Algorithm::Hs256);
    let old = sign_in(&house.node);
    let new_secret: Vec<u8> = SHARED.iter().rev().copied().collect();
    let node = house
        .another(
            keys().with_shared_secret(&new_secret, Some(SHARED)),
            Algorithm::Hs256,
        )
        .unwrap();
    let new = sign_in(&node);
    assert_ne!(header(&old.access_token), header(&new.access_token));
    assert!(admits(&node, &old.access_token) && admits(&node, &new.access_token));
    let unshared = house.another(keys(), Algorithm::Hs256).unwrap();
    assert!(
        !admits(&unshared, &new.access_token),
        "a secret that is taken out opens nothing"
    );
}

#[test]
fn keys_outlive_a_new_master_secret_and_are_not_opened_by_a_strange_one() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let old = sign_in(&house.node);
    let both = Keys::derive(&secret(100), Some(&secret(0)));
    assert!(admits(
        &house.another(both, Algorithm::EdDsa).unwrap(),
        &old.access_token
    ));
    // Sealed anew by then: the one before can go.
    let alone = Keys::derive(&secret(100), None);
    assert!(admits(
        &house.another(alone, Algorithm::EdDsa).unwrap(),
        &old.access_token
    ));
    let strange = Keys::derive(&secret(50), None);
    assert!(matches!(
        house.another(strange, Algorithm::EdDsa),
        Err(KeyFault::Sealed { .. })
    ));
}

#[test]
fn keys_that_cannot_be_read_again_stay_as_they_are() {
    let house = House::new(keys(), Algorithm::EdDsa);
    let token = sign_in(&house.node).access_token;
    house.store.set_down(true);
    assert!(matches!(
        block_on(house.node.reload_keys()),
        Err(KeyFault::Store(_))
    ));
    assert_eq!(house.node.jwk_set().keys[0].thumbprint(), header(&token).1);
    house.store.set_down(false);
    assert!(admits(&house.node, &token));
}

#[test]
fn a_sealed_key_opens_only_as_what_it_was_sealed_for() {
    let (keys, bytes) = (keys(), Zeroizing::new([7; 32]));
    let of = SealedFor {
        kid: "k-1",
        purpose: KeyPurpose::Access,
        algorithm: Algorithm::EdDsa,
    };
    let sealed = keys.seal(&bytes, of, &SeededEntropy::new(9)).unwrap();
    let opened = keys.open(&sealed, of).unwrap();
    assert_eq!((*opened.bytes, opened.outdated), (*bytes, false));
    assert!(!sealed.windows(8).any(|window| window == [7; 8]));
    for other in [
        SealedFor { kid: "k-2", ..of },
        SealedFor {
            purpose: KeyPurpose::Refresh,
            ..of
        },
        SealedFor {
            algorithm: Algorithm::Es256,
            ..of
        },
    ] {
        assert_eq!(keys.open(&sealed, other).unwrap_err(), Unsealable);
    }
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(keys.open(&changed, of).unwrap_err(), Unsealable, "byte {place}");
        assert_eq!(
            keys.open(&sealed[..place], of).unwrap_err(),
            Unsealable,
            "{place} bytes"
        );
    }
    let another = Keys::derive(&secret(100), None);
    assert_eq!(another.open(&sealed, of).unwrap_err(), Unsealable);
}
