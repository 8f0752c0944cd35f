//! Rows of tokens in the wrong hands, or long replaced: each is a reuse, of the kind by which it was recognised.

use jiff::SignedDuration;
use keyturn_core::model::ReuseKind::{LatePredecessor, NoProof, OldGeneration, UnprovenPredecessor};
use keyturn_core::rotation::{Proof, RotationPolicy, Verdict};

use super::{ANOTHER, KEY, OTHER_KEY, OURS, US, WINDOW, check};

#[test]
fn r1_5_a_rotated_token_of_somebody_else_is_reuse() {
    check(&[
        (
            "a thief with the token, without the cookie",
            |c| c.proof.device = None,
            Verdict::Reuse(NoProof),
        ),
        (
            "a thief with a device cookie of his own",
            |c| c.proof.device = Some(ANOTHER),
            Verdict::Reuse(NoProof),
        ),
        (
            "a key is no device cookie",
            |c| {
                c.proof = Proof {
                    device: None,
                    attempt: Some(KEY),
                }
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "without the cookie within the window",
            |c| {
                c.proof.device = None;
                c.age = US;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "the predecessor without the cookie",
            |c| {
                c.predecessor();
                c.proof.device = None;
                c.age = US;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "without the cookie, above the row",
            |c| {
                c.presented.generation = 8;
                c.proof.device = None;
            },
            Verdict::Reuse(NoProof),
        ),
        (
            "the whole jar, after the owner has used the successor",
            |c| {
                c.predecessor();
                c.seen();
                c.age = WINDOW + US;
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor of an unseen successor past its own window",
            |c| {
                c.predecessor();
                c.policy.lost_reply_window = Some(SignedDuration::from_mins(1) - US);
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor where lost replies are not answered",
            |c| {
                c.predecessor();
                c.policy.lost_reply_window = Some(SignedDuration::ZERO);
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor under strict, in the same microsecond",
            |c| {
                c.predecessor();
                c.age = SignedDuration::ZERO;
                c.policy = RotationPolicy::STRICT;
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "the predecessor's predecessor, within the window",
            |c| {
                c.presented.generation = 5;
                c.age = SignedDuration::ZERO;
            },
            Verdict::Reuse(OldGeneration),
        ),
        (
            "the token from sign-in, months later",
            |c| c.presented.generation = 0,
            Verdict::Reuse(OldGeneration),
        ),
        (
            "an old unbound token with the last rotation's key",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.presented.generation = 5;
            },
            Verdict::Reuse(OldGeneration),
        ),
        (
            "an unbound predecessor without the key",
            |c| {
                c.unbound(Some(KEY), None);
                c.predecessor();
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "an unbound predecessor with another key",
            |c| {
                c.unbound(Some(KEY), Some(OTHER_KEY));
                c.predecessor();
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "a key where the rotation had none",
            |c| {
                c.unbound(None, Some(KEY));
                c.predecessor();
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "an unbound predecessor without any key, by default",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.age = SignedDuration::ZERO;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "without any key, one microsecond after the unproven window",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.age = SignedDuration::from_secs(5) + US;
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "the unproven window is not for those who use keys",
            |c| {
                c.unbound(Some(KEY), None);
                c.predecessor();
                c.age = US;
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "nor for a key that the rotation did not have",
            |c| {
                c.unbound(None, Some(KEY));
                c.predecessor();
                c.age = US;
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
        (
            "the key is late and the successor in use",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.predecessor();
                c.seen();
            },
            Verdict::Reuse(LatePredecessor),
        ),
        (
            "a stolen device cookie does not prove an unbound request",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.proof.device = Some(OURS);
                c.age = US;
            },
            Verdict::Reuse(UnprovenPredecessor),
        ),
    ]);
}
