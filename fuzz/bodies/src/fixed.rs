//! What every run has in common: keys, and randomness that is an input like any other.

use std::sync::LazyLock;

use keyturn_core::credential::{Keys, MasterSecret};
use keyturn_core::ports::Entropy;

/// The keys of all targets. A thing made with them is only as secret as this file.
pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let secret = MasterSecret::new(b"a public secret, for inputs of fuzz targets".to_vec());
    Keys::derive(&secret.expect("the secret is long enough"), None)
});

/// Gives these bytes again and again.
pub(crate) struct Repeated<'a>(pub(crate) &'a [u8]);

impl Entropy for Repeated<'_> {
    fn fill(&self, buffer: &mut [u8]) {
        for (slot, byte) in buffer.iter_mut().zip(self.0.iter().cycle()) {
            *slot = *byte;
        }
    }
}

/// Texts that are almost this one, all of base64url's alphabet but for padding: none may pass for it.
pub(crate) fn near_misses(text: &str, position: usize) -> Vec<String> {
    let cut = |length: usize| text.get(..text.len().saturating_sub(length)).unwrap_or_default();
    vec![
        with_one_letter_changed(text, position),
        cut(1).to_owned(),
        cut(2).to_owned(),
        cut(4).to_owned(),
        format!("{text}A"),
        format!("{text}AA"),
        format!("{text}AAAA"),
        format!("{text}="),
    ]
}

/// The letter at `position`, taken around the end, replaced by another.
fn with_one_letter_changed(text: &str, position: usize) -> String {
    let position = position.checked_rem(text.len()).unwrap_or(0);
    text.char_indices()
        .map(|(at, letter)| match (at == position, letter) {
            (false, letter) => letter,
            (true, 'A') => 'B',
            (true, _) => 'A',
        })
        .collect()
}
