//! Device cookies: one that parses was made by us, for the account and the second that it names.

use arbitrary::Unstructured;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use keyturn_core::credential::DeviceCookie;
use keyturn_core::model::UserId;
use uuid::Uuid;

use crate::Outcome;
use crate::fixed::{KEYS, Repeated, near_misses};

/// Reads the input as a cookie's value, and mints one from it.
pub fn run(input: &[u8]) -> Outcome {
    mint(&mut Unstructured::new(input)).expect("an exhausted input gives zeros");
    std::str::from_utf8(input).is_ok_and(read).into()
}

fn read(text: &str) -> bool {
    let parsed = DeviceCookie::parse(&KEYS, text);
    let ours = minted_from(text);
    let revealed = parsed.as_ref().map(DeviceCookie::reveal);
    assert!(
        revealed.is_none() || revealed.as_deref() == Some(text),
        "a cookie has one spelling"
    );
    assert_eq!(
        parsed.is_some(),
        ours.as_deref() == Some(text),
        "what parses is what we mint, nothing else"
    );
    parsed.is_some()
}

/// The cookie that we would make of the account, second and randomness that the text names.
fn minted_from(text: &str) -> Option<String> {
    let body = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (user_id, rest) = body.split_first_chunk::<16>()?;
    let (seconds, rest) = rest.split_first_chunk::<8>()?;
    let now = Timestamp::from_second(i64::from_be_bytes(*seconds)).ok()?;
    let random = rest.first_chunk::<16>()?;
    let user_id = UserId(Uuid::from_bytes(*user_id));
    Some(DeviceCookie::mint(&KEYS, user_id, now, &Repeated(random)).reveal())
}

fn mint(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let user_id = UserId(Uuid::from_bytes(input.arbitrary()?));
    let now = Timestamp::from_second(i64::from(input.arbitrary::<u32>()?)).expect("within jiff's range");
    let random: [u8; 16] = input.arbitrary()?;
    let cookie = DeviceCookie::mint(&KEYS, user_id, now, &Repeated(&random));

    let text = cookie.reveal();
    let parsed = DeviceCookie::parse(&KEYS, &text).expect("what was minted is ours");
    assert_eq!(parsed.user_id(), user_id);
    assert_eq!(parsed.hash(), cookie.hash());

    for other in near_misses(&text, input.arbitrary()?) {
        assert!(
            DeviceCookie::parse(&KEYS, &other).is_none(),
            "{other} passes for {text}"
        );
    }
    Ok(())
}
