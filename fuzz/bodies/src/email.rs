//! Email addresses: a key is an address, and its own key.

use keyturn_core::model::EmailAddress;

use crate::Outcome;

/// Reads the input as an address.
pub fn run(input: &[u8]) -> Outcome {
    std::str::from_utf8(input).is_ok_and(read).into()
}

fn read(text: &str) -> bool {
    let Ok(address) = EmailAddress::parse(text) else {
        return false;
    };
    assert_eq!(address.as_given(), text);
    let key = EmailAddress::parse(address.key()).expect("a key is an address");
    assert_eq!(key.key(), address.key(), "the key of a key is the key");

    let (local, domain) = address.key().rsplit_once('@').expect("a key has an @");
    assert!(
        !local.contains(['@', '"', '<', '>', '\r', '\n', '\0']),
        "nothing that means something in a mail's header"
    );
    assert!(domain.contains('.'));
    assert!(
        domain
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')),
        "a domain as the DNS knows it"
    );
    assert!(
        !address.as_given().contains(char::is_control),
        "no line of its own in a mail's header"
    );
    assert!(address.key().len() <= 254, "RFC 5321 §4.5.3.1.3");
    true
}
