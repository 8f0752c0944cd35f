//! Refresh tokens: one spelling each, and none is genuine but what we minted.

use arbitrary::Unstructured;
use keyturn_core::credential::{Nonce, RefreshToken};
use keyturn_core::model::SessionId;
use uuid::Uuid;

use crate::Outcome;
use crate::fixed::{KEYS, near_misses};

/// Reads the input as a token, and mints one from it.
pub fn run(input: &[u8]) -> Outcome {
    mint(&mut Unstructured::new(input)).expect("an exhausted input gives zeros");
    std::str::from_utf8(input).is_ok_and(read).into()
}

fn nonce() -> Nonce {
    Nonce::from_bytes([7; 32])
}

fn read(text: &str) -> bool {
    let Ok(token) = RefreshToken::parse(text) else {
        return false;
    };
    assert_eq!(token.reveal(), text, "a token has one spelling");
    let genuine = token.is_genuine(&KEYS, KEYS.current_refresh_key(), &nonce());
    let ours = minted(token.session_id(), token.generation(), &nonce());
    assert_eq!(
        genuine,
        ours.reveal() == text,
        "genuine is what we mint, nothing else"
    );
    genuine
}

fn mint(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let session_id = SessionId(Uuid::from_bytes(input.arbitrary()?));
    let generation = input.arbitrary()?;
    let nonce = Nonce::from_bytes(input.arbitrary()?);
    let text = minted(session_id, generation, &nonce).reveal();

    let token = RefreshToken::parse(&text).expect("what was minted is of the form");
    assert_eq!((token.session_id(), token.generation()), (session_id, generation));
    assert!(token.is_genuine(&KEYS, KEYS.current_refresh_key(), &nonce));

    for other in near_misses(&text, input.arbitrary()?) {
        let passes = RefreshToken::parse(&other)
            .is_ok_and(|token| token.is_genuine(&KEYS, KEYS.current_refresh_key(), &nonce));
        assert!(!passes, "{other} passes for {text}");
    }
    Ok(())
}

fn minted(session_id: SessionId, generation: u32, nonce: &Nonce) -> RefreshToken {
    RefreshToken::mint(&KEYS, KEYS.current_refresh_key(), session_id, generation, nonce)
        .expect("the current key is known")
}
