//! What can be presented: only what we made, for what we made it, in the one spelling in which we made it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use keyturn_core::credential::{
    AttemptKey, AttemptKeyError, CsrfBinding, CsrfToken, DeviceCookie, Keys, MasterSecret, MasterSecretError,
    Nonce, RefreshKeyId, RefreshToken,
};
use keyturn_core::model::{SessionId, UserId};
use keyturn_testkit::entropy::SeededEntropy;
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn secret(seed: u8) -> MasterSecret {
    MasterSecret::new((0..48).map(|at| seed.wrapping_mul(31).wrapping_add(at)).collect()).unwrap()
}

fn keys(seed: u8) -> Keys {
    Keys::derive(&secret(seed), None)
}

const fn session(id: u128) -> SessionId {
    SessionId(Uuid::from_u128(id))
}

const NONCE: Nonce = Nonce::from_bytes([7; 32]);

fn refresh(keys: &Keys, generation: u32) -> RefreshToken {
    RefreshToken::mint(keys, keys.current_refresh_key(), session(1), generation, &NONCE).unwrap()
}

/// The base64url text with one bit of what it encodes flipped, for each bit.
fn flipped(encoded: &str) -> impl Iterator<Item = String> {
    let body = URL_SAFE_NO_PAD.decode(encoded).unwrap();
    (0..body.len() * 8).map(move |bit| {
        let mut body = body.clone();
        body[bit / 8] ^= 1 << (bit % 8);
        URL_SAFE_NO_PAD.encode(body)
    })
}

/// Other spellings of the same bytes, or of the same bytes and more.
fn respelled(encoded: &str) -> Vec<String> {
    let (rest, last) = encoded.split_at(encoded.len() - 1);
    let place = ALPHABET
        .iter()
        .position(|letter| last.as_bytes() == [*letter])
        .unwrap();
    let neighbours = (1..4).map(|other| format!("{rest}{}", char::from(ALPHABET[place ^ other])));
    let standard = encoded.replace('-', "+").replace('_', "/");
    neighbours
        .chain([standard].into_iter().filter(|text| text != encoded))
        .chain([
            format!("{encoded}="),
            format!("{encoded}A"),
            format!("{encoded}AAAA"),
            format!("{encoded} "),
        ])
        .chain([
            format!(" {encoded}"),
            format!("{encoded}\n"),
            rest.to_owned(),
            String::new(),
        ])
        .collect()
}

#[test]
fn a_refresh_token_comes_back_as_it_went() {
    let keys = keys(1);
    for generation in [0, 1, 77, u32::MAX] {
        let text = refresh(&keys, generation).reveal();
        let parsed = RefreshToken::parse(&text).unwrap();
        assert!(parsed.is_genuine(&keys, keys.current_refresh_key(), &NONCE));
        assert_eq!(
            (parsed.session_id(), parsed.generation()),
            (session(1), generation)
        );
        assert_eq!(parsed.reveal(), text);
    }
}

#[test]
fn i3_one_generation_has_one_token() {
    let keys = keys(1);
    assert_eq!(refresh(&keys, 5).reveal(), refresh(&keys, 5).reveal());
    assert_ne!(refresh(&keys, 5).reveal(), refresh(&keys, 6).reveal());
}

#[test]
fn a_refresh_token_with_any_bit_flipped_is_not_ours() {
    let keys = keys(1);
    let text = refresh(&keys, 5).reveal();
    let encoded = text.strip_prefix(RefreshToken::PREFIX).unwrap();
    let mut tried = 0;
    for flipped in flipped(encoded) {
        tried += 1;
        let parsed = RefreshToken::parse(&format!("{}{flipped}", RefreshToken::PREFIX));
        let genuine = parsed.is_ok_and(|token| token.is_genuine(&keys, keys.current_refresh_key(), &NONCE));
        assert!(!genuine, "{flipped}");
    }
    assert_eq!(tried, (1 + 4 + 16 + 4 + 32) * 8);
}

#[test]
fn a_refresh_token_belongs_to_one_session_one_key_and_one_nonce() {
    let ours = keys(1);
    let token = refresh(&ours, 5);
    let key_id = ours.current_refresh_key();
    let other_nonce = Nonce::from_bytes([8; 32]);
    assert!(
        !token.is_genuine(&ours, key_id, &other_nonce),
        "another session's nonce"
    );
    assert!(
        !token.is_genuine(&keys(2), key_id, &NONCE),
        "another server's key"
    );
    assert!(
        !token.is_genuine(&ours, RefreshKeyId(key_id.0 ^ 1), &NONCE),
        "not the session's key"
    );
    let elsewhere = RefreshToken::mint(&ours, key_id, session(2), 5, &NONCE).unwrap();
    assert_ne!(elsewhere.reveal(), token.reveal());
}

#[test]
fn a_refresh_key_is_good_until_it_retires() {
    let before = keys(1);
    let token = refresh(&before, 5);
    let born_with = before.current_refresh_key();
    let rotating = Keys::derive(&secret(2), Some(&secret(1)));
    assert_ne!(rotating.current_refresh_key(), born_with);
    assert!(
        token.is_genuine(&rotating, born_with, &NONCE),
        "while the previous secret is accepted"
    );
    assert!(
        !token.is_genuine(&rotating, rotating.current_refresh_key(), &NONCE),
        "a session keeps its key"
    );
    let next = RefreshToken::mint(&rotating, born_with, session(1), 5, &NONCE).unwrap();
    assert_eq!(next.reveal(), token.reveal());
    let retired = keys(2);
    assert!(!token.is_genuine(&retired, born_with, &NONCE));
    assert!(RefreshToken::mint(&retired, born_with, session(1), 5, &NONCE).is_none());
}

#[test]
fn a_refresh_token_has_one_spelling() {
    let keys = keys(1);
    let text = refresh(&keys, 5).reveal();
    let encoded = text.strip_prefix(RefreshToken::PREFIX).unwrap();
    let is_ours = |text: &str| {
        RefreshToken::parse(text)
            .is_ok_and(|token| token.is_genuine(&keys, keys.current_refresh_key(), &NONCE))
    };
    assert!(is_ours(&text));
    for spelling in respelled(encoded) {
        assert!(!is_ours(&format!("ktr_{spelling}")), "{spelling:?}");
    }
    for prefix in ["", "ktr", "KTR_", "ktr-", "kts_", " ktr_", "ktr_ktr_"] {
        assert!(
            RefreshToken::parse(&format!("{prefix}{encoded}")).is_err(),
            "{prefix:?}"
        );
    }
    let mut body = URL_SAFE_NO_PAD.decode(encoded).unwrap();
    body[0] = 2;
    let version = format!("ktr_{}", URL_SAFE_NO_PAD.encode(body));
    assert!(RefreshToken::parse(&version).is_err(), "another version");
}

#[test]
fn a_device_cookie_is_ours_or_none() {
    let keys = keys(1);
    let user = UserId(Uuid::from_u128(9));
    let cookie = DeviceCookie::mint(&keys, user, NOW, &SeededEntropy::new(1));
    let text = cookie.reveal();
    let parsed = DeviceCookie::parse(&keys, &text).unwrap();
    assert_eq!((parsed.user_id(), parsed.hash()), (user, cookie.hash()));
    assert!(
        DeviceCookie::parse(&self::keys(2), &text).is_none(),
        "another server's"
    );
    for forged in flipped(&text).chain(respelled(&text)) {
        assert!(DeviceCookie::parse(&keys, &forged).is_none(), "{forged:?}");
    }
}

#[test]
fn each_sign_in_has_a_device_cookie_of_its_own() {
    let (keys, entropy) = (keys(1), SeededEntropy::new(1));
    let mint = |user, now| DeviceCookie::mint(&keys, UserId(Uuid::from_u128(user)), now, &entropy).hash();
    assert_ne!(mint(9, NOW), mint(9, NOW), "of the same account at the same time");
    let same_entropy =
        |user, now| DeviceCookie::mint(&keys, UserId(Uuid::from_u128(user)), now, &SeededEntropy::new(1));
    let hash = same_entropy(9, NOW).hash();
    assert_eq!(hash, same_entropy(9, NOW).hash());
    assert_ne!(hash, same_entropy(8, NOW).hash());
    assert_ne!(
        hash,
        same_entropy(9, NOW + jiff::SignedDuration::from_secs(1)).hash()
    );
}

#[test]
fn an_attempt_key_is_long_enough_to_be_a_proof() {
    let table = [
        ("", Some(AttemptKeyError::TooShort)),
        ("fifteen letters", Some(AttemptKeyError::TooShort)),
        ("sixteen letters!", None),
        ("äöüäöüäöüäöüäöü", Some(AttemptKeyError::TooShort)),
        (&"x".repeat(255), None),
        (&"x".repeat(256), Some(AttemptKeyError::TooLong)),
    ];
    for (text, expected) in table {
        assert_eq!(AttemptKey::new(text).err(), expected, "{text:?}");
    }
}

#[test]
fn an_attempt_is_recognised_by_its_key_alone() {
    let key = |text| AttemptKey::new(text).unwrap();
    let keys = keys(1);
    assert_eq!(
        key("sixteen letters!").hash(&keys),
        key("sixteen letters!").hash(&keys)
    );
    assert_ne!(
        key("sixteen letters!").hash(&keys),
        key("sixteen letters?").hash(&keys)
    );
    assert_ne!(
        key("sixteen letters!").hash(&keys),
        key("sixteen letters!").hash(&self::keys(2))
    );
}

#[test]
fn r1_4_a_csrf_token_is_good_for_its_own_session_only() {
    let keys = keys(1);
    let bindings = [
        CsrfBinding::Unbound,
        CsrfBinding::Session(session(1)),
        CsrfBinding::Session(session(2)),
    ];
    for (at, minted_for) in bindings.into_iter().enumerate() {
        let token = CsrfToken::mint(&keys, minted_for, &SeededEntropy::new(1));
        let text = token.reveal();
        for (other, presented_for) in bindings.into_iter().enumerate() {
            let expected = at == other;
            assert_eq!(
                CsrfToken::is_genuine(&keys, presented_for, text),
                expected,
                "{minted_for:?} {presented_for:?}"
            );
            assert_eq!(CsrfToken::accepts(&keys, presented_for, text, text), expected);
        }
        assert!(
            !CsrfToken::is_genuine(&self::keys(2), minted_for, text),
            "another server's"
        );
    }
}

#[test]
fn r1_4_a_csrf_token_is_genuine_and_sent_twice() {
    let (keys, entropy) = (keys(1), SeededEntropy::new(1));
    let binding = CsrfBinding::Session(session(1));
    let token = CsrfToken::mint(&keys, binding, &entropy);
    let another = CsrfToken::mint(&keys, binding, &entropy);
    let (text, another) = (token.reveal(), another.reveal());
    assert!(CsrfToken::accepts(&keys, binding, text, text));
    assert!(
        !CsrfToken::accepts(&keys, binding, text, another),
        "two different tokens of ours"
    );
    assert!(!CsrfToken::accepts(&keys, binding, text, ""), "no cookie");
    assert!(!CsrfToken::accepts(&keys, binding, "", text), "no header");
    assert!(!CsrfToken::accepts(&keys, binding, "", ""), "neither");
    for forged in flipped(text).chain(respelled(text)) {
        assert!(
            !CsrfToken::accepts(&keys, binding, &forged, &forged),
            "{forged:?}"
        );
    }
}

#[test]
fn a_master_secret_is_long_and_random() {
    let random: Vec<u8> = (0..32).map(|at| at * 7).collect();
    let placeholder = "please-CHANGEME-0123456789-abcdefghijklmnop";
    let table = [
        (
            "31 bytes",
            random[..31].to_vec(),
            Some(MasterSecretError::TooShort { length: 31 }),
        ),
        (
            "nothing",
            Vec::new(),
            Some(MasterSecretError::TooShort { length: 0 }),
        ),
        ("32 bytes", random, None),
        (
            "one byte over and over",
            vec![b'x'; 64],
            Some(MasterSecretError::WellKnown),
        ),
        (
            "a short pattern over and over",
            b"abcdefghi".repeat(8),
            Some(MasterSecretError::WellKnown),
        ),
        (
            "a placeholder",
            placeholder.as_bytes().to_vec(),
            Some(MasterSecretError::WellKnown),
        ),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(MasterSecret::new(bytes).err(), expected, "{name}");
    }
}

#[test]
fn every_purpose_has_a_key_of_its_own() {
    let secret = secret(1);
    assert_eq!(*secret.derive("one"), *secret.derive("one"));
    assert_ne!(*secret.derive("one"), *secret.derive("two"));
    let rotating = Keys::derive(&self::secret(2), Some(&secret));
    assert_ne!(Some(rotating.access_secret()), rotating.previous_access_secret());
    assert_eq!(rotating.previous_access_secret(), Some(keys(1).access_secret()));
}

#[test]
fn no_credential_shows_in_debug_output() {
    let (keys, entropy) = (keys(1), SeededEntropy::new(1));
    let token = refresh(&keys, 5);
    let device = DeviceCookie::mint(&keys, UserId(Uuid::from_u128(9)), NOW, &entropy);
    let csrf = CsrfToken::mint(&keys, CsrfBinding::Unbound, &entropy);
    let attempt = AttemptKey::new("sixteen letters!").unwrap();
    assert_eq!(format!("{token:?}"), format!("RefreshToken({}.5)", session(1)));
    assert_eq!(
        format!("{device:?}"),
        format!("DeviceCookie(of {})", UserId(Uuid::from_u128(9)))
    );
    assert_eq!(
        format!("{csrf:?} {attempt:?} {NONCE:?}"),
        "CsrfToken(…) AttemptKey(…) Nonce(…)"
    );
    assert_eq!(
        format!("{keys:?}"),
        format!("Keys {{ refresh: {:?}, .. }}", keys.current_refresh_key())
    );
}

/// Anything, and things that look right at first.
fn texts() -> impl Strategy<Value = String> {
    let bodies = proptest::collection::vec(any::<u8>(), 0..120).prop_map(|body| URL_SAFE_NO_PAD.encode(body));
    let exact = proptest::collection::vec(any::<u8>(), 57).prop_map(|mut body| {
        body[0] = 1;
        URL_SAFE_NO_PAD.encode(body)
    });
    prop_oneof![any::<String>(), bodies, exact]
}

proptest! {
    #[test]
    fn no_text_breaks_a_parser_or_passes_for_ours(text in texts()) {
        let keys = keys(1);
        for spelling in [text.clone(), format!("ktr_{text}")] {
            if let Ok(token) = RefreshToken::parse(&spelling) {
                prop_assert_eq!(token.reveal(), spelling);
                prop_assert!(!token.is_genuine(&keys, keys.current_refresh_key(), &NONCE));
            }
        }
        prop_assert!(DeviceCookie::parse(&keys, &text).is_none());
        prop_assert!(!CsrfToken::accepts(&keys, CsrfBinding::Unbound, &text, &text));
        let length = text.chars().count();
        prop_assert_eq!(AttemptKey::new(&text).is_ok(), (16..=255).contains(&length));
    }

    #[test]
    fn every_refresh_token_comes_back_as_it_went(id in any::<u128>(), generation in any::<u32>(), nonce in any::<[u8; 32]>()) {
        let (keys, nonce) = (keys(1), Nonce::from_bytes(nonce));
        let token = RefreshToken::mint(&keys, keys.current_refresh_key(), session(id), generation, &nonce).unwrap();
        let parsed = RefreshToken::parse(&token.reveal()).unwrap();
        prop_assert!(parsed.is_genuine(&keys, keys.current_refresh_key(), &nonce));
        prop_assert_eq!((parsed.session_id(), parsed.generation()), (session(id), generation));
    }
}
