//! CSRF tokens: good for one binding, in one spelling, and only if header and cookie are the same.

use arbitrary::Unstructured;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyturn_core::credential::{CsrfBinding, CsrfToken};
use keyturn_core::model::SessionId;
use uuid::Uuid;

use crate::Outcome;
use crate::fixed::{KEYS, Repeated, near_misses};

/// Reads the input as a token that is bound to no session, and mints one from it.
pub fn run(input: &[u8]) -> Outcome {
    mint(&mut Unstructured::new(input)).expect("an exhausted input gives zeros");
    std::str::from_utf8(input).is_ok_and(read).into()
}

fn read(text: &str) -> bool {
    let genuine = CsrfToken::is_genuine(&KEYS, CsrfBinding::Unbound, text);
    let random = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let ours = random.first_chunk::<16>().is_some_and(|random| {
        CsrfToken::mint(&KEYS, CsrfBinding::Unbound, &Repeated(random)).reveal() == text
    });
    assert_eq!(genuine, ours, "genuine is what we mint, nothing else");
    assert_eq!(accepts(CsrfBinding::Unbound, text, text), genuine);
    genuine
}

fn mint(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let random: [u8; 16] = input.arbitrary()?;
    let session = CsrfBinding::Session(SessionId(Uuid::from_bytes(input.arbitrary()?)));
    let token = CsrfToken::mint(&KEYS, session, &Repeated(&random));
    assert!(accepts(session, token.reveal(), token.reveal()));
    assert!(
        !accepts(CsrfBinding::Unbound, token.reveal(), token.reveal()),
        "bound to a session"
    );

    for other in near_misses(token.reveal(), input.arbitrary()?) {
        assert!(!accepts(session, &other, &other), "{other} in both");
        assert!(!accepts(session, token.reveal(), &other), "another cookie");
        assert!(!accepts(session, &other, token.reveal()), "another header");
    }
    Ok(())
}

fn accepts(binding: CsrfBinding, header: &str, cookie: &str) -> bool {
    CsrfToken::accepts(&KEYS, binding, header, cookie)
}
