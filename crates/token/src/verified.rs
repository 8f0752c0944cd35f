//! Signatures that were found right once: a check of a public-key signature costs ten times what all the rest does.
//!
//! **The rule**: what is remembered is that one signature over one message is this key's, which never stops being true. Claims, time
//! and revocation are judged after it, each time anew; and the memory belongs to the key, so that it goes when the key does.
//! Only what was verified is remembered: nobody without a good token can push anything out.
//!
//! **The caveat**: bounded, one slot a digest; two tokens that share a slot push each other out, and cost a check.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};

/// Tokens remembered at most, a key: 40 bytes each, taken when the first is remembered.
const SLOTS: usize = 16 * 1024;

type Digest = [u8; 32];

/// The digests of tokens whose signature was right. No token is kept.
#[derive(Default)]
pub(crate) struct VerifiedSignatures(std::sync::OnceLock<Box<[Mutex<Digest>]>>);

impl VerifiedSignatures {
    /// Whether this was remembered, and the name to remember it by.
    pub(crate) fn recall(&self, message: &[u8], signature: &[u8]) -> (bool, Fingerprint) {
        let fingerprint = Fingerprint::of(message, signature);
        let slots = self.0.get();
        let slot = slots.and_then(|slots| slots.get(fingerprint.slot()));
        let known =
            slot.is_some_and(|slot| *slot.lock().unwrap_or_else(PoisonError::into_inner) == fingerprint.0);
        (known, fingerprint)
    }

    /// Remembers it. Call it with nothing but what was verified.
    pub(crate) fn remember(&self, fingerprint: &Fingerprint) {
        let slots = self
            .0
            .get_or_init(|| (0..SLOTS).map(|_| Mutex::new(Digest::default())).collect());
        if let Some(slot) = slots.get(fingerprint.slot()) {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = fingerprint.0;
        }
    }
}

/// SHA-256 of message and signature. Both together are a token; the signature's length is fixed, so the join is unambiguous.
pub(crate) struct Fingerprint(Digest);

impl Fingerprint {
    fn of(message: &[u8], signature: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(message);
        context.update(signature);
        let mut digest = Digest::default();
        for (to, from) in digest.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(digest)
    }

    fn slot(&self) -> usize {
        let [a, b, c, d, ..] = self.0;
        usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or_default() % SLOTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_remembered_is_recalled() {
        let cache = VerifiedSignatures::default();
        let (known, fingerprint) = cache.recall(b"message", b"signature");
        assert!(!known);
        cache.remember(&fingerprint);
        assert!(cache.recall(b"message", b"signature").0);
        for (message, signature) in [("messagf", "signature"), ("message", "signaturf"), ("", "")] {
            assert!(!cache.recall(message.as_bytes(), signature.as_bytes()).0);
        }
    }

    #[test]
    fn a_flood_of_tokens_takes_no_more_room() {
        let cache = VerifiedSignatures::default();
        for number in 0..3 * SLOTS {
            let (_, fingerprint) = cache.recall(&number.to_be_bytes(), b"");
            cache.remember(&fingerprint);
        }
        assert_eq!(cache.0.get().map(|slots| slots.len()), Some(SLOTS));
    }
}
