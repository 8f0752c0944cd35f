//! Rows that give tokens: rotated, adopted, held and replayed, each with its nearest neighbours that are something else.

use jiff::SignedDuration;
use keyturn_core::model::ReuseKind;
use keyturn_core::rotation::ReplayKind::{Concurrent, LostReply, Unproven};
use keyturn_core::rotation::{RotationPolicy, Verdict};

use super::{KEY, OTHER_KEY, ROTATE, US, WINDOW, check};

#[test]
fn r1_5_the_current_token_rotates() {
    check(&[
        ("an ordinary renewal", |_| {}, ROTATE),
        (
            "the first renewal, a second after sign-in",
            |c| {
                c.session().head.generation = 0;
                c.session().seen_generation = 0;
                c.presented.generation = 0;
                c.age = SignedDuration::from_secs(1);
            },
            Verdict::Rotate {
                from: 0,
                ahead: false,
            },
        ),
        (
            "a renewal one microsecond after the window",
            |c| c.age = WINDOW + US,
            ROTATE,
        ),
        ("a renewal of a successor already in use", |c| c.seen(), ROTATE),
        (
            "a key on a bound session means nothing",
            |c| c.proof.attempt = Some(KEY),
            ROTATE,
        ),
        (
            "an unbound renewal without a key",
            |c| c.unbound(None, None),
            ROTATE,
        ),
        (
            "an unbound renewal with a new key",
            |c| c.unbound(Some(KEY), Some(OTHER_KEY)),
            ROTATE,
        ),
        (
            "an unbound renewal with the last renewal's key",
            |c| c.unbound(Some(KEY), Some(KEY)),
            ROTATE,
        ),
        (
            "an unbound renewal at once: there is no Hold",
            |c| {
                c.unbound(None, None);
                c.age = SignedDuration::ZERO;
            },
            ROTATE,
        ),
        (
            "the token of a rotation that a failover lost: the head goes there and no further",
            |c| c.presented.generation = 8,
            Verdict::Adopt { generation: 8 },
        ),
        (
            "the same within the window: it is no Hold",
            |c| {
                c.presented.generation = 8;
                c.age = SignedDuration::ZERO;
            },
            Verdict::Adopt { generation: 8 },
        ),
        (
            "a failover that lost several",
            |c| c.presented.generation = 11,
            Verdict::Adopt { generation: 11 },
        ),
        (
            "the same, from somebody without the device cookie",
            |c| {
                c.presented.generation = 8;
                c.proof.device = None;
            },
            Verdict::Reuse(ReuseKind::NoProof),
        ),
        (
            "the last generation there is",
            |c| {
                c.session().head.generation = u32::MAX;
                c.presented.generation = u32::MAX;
            },
            Verdict::Rotate {
                from: u32::MAX,
                ahead: false,
            },
        ),
        (
            "an unbound token of a rotation that a failover lost",
            |c| {
                c.unbound(None, None);
                c.presented.generation = 8;
            },
            Verdict::Rotate { from: 8, ahead: true },
        ),
    ]);
}

#[test]
fn the_same_renewal_asked_twice_is_held() {
    check(&[
        (
            "a second tab, a moment after the first got its answer",
            |c| c.age = US,
            Verdict::Hold,
        ),
        (
            "in the same microsecond",
            |c| c.age = SignedDuration::ZERO,
            Verdict::Hold,
        ),
        (
            "on the last microsecond of the window",
            |c| c.age = WINDOW,
            Verdict::Hold,
        ),
        (
            "after the clock went back",
            |c| c.age = -SignedDuration::from_mins(5),
            Verdict::Hold,
        ),
        (
            "though the token is in use already",
            |c| {
                c.age = US;
                c.seen();
            },
            Verdict::Hold,
        ),
        (
            "strict has no Hold",
            |c| {
                c.age = SignedDuration::ZERO;
                c.policy = RotationPolicy::STRICT;
            },
            ROTATE,
        ),
        (
            "strict has none after the clock went back either",
            |c| {
                c.age = -US;
                c.policy = RotationPolicy::STRICT;
            },
            ROTATE,
        ),
    ]);
}

#[test]
fn r1_5_the_predecessor_gives_the_same_successor_to_who_made_it() {
    check(&[
        (
            "a second tab that sent before the first was answered",
            |c| {
                c.predecessor();
                c.seen();
                c.age = US;
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "on the last microsecond of the window",
            |c| {
                c.predecessor();
                c.seen();
                c.age = WINDOW;
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "after the clock went back",
            |c| {
                c.predecessor();
                c.seen();
                c.age = -SignedDuration::from_mins(5);
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "a lost reply, tried again after lunch",
            |c| {
                c.predecessor();
                c.age = SignedDuration::from_mins(50);
                c.inactive = SignedDuration::from_mins(50);
            },
            Verdict::Replay(LostReply),
        ),
        (
            "a lost reply, one microsecond after the window",
            |c| {
                c.predecessor();
                c.age = WINDOW + US;
            },
            Verdict::Replay(LostReply),
        ),
        (
            "a lost reply at the end of its own window",
            |c| {
                c.predecessor();
                c.policy.lost_reply_window = Some(SignedDuration::from_mins(1));
            },
            Verdict::Replay(LostReply),
        ),
        (
            "the lost first renewal",
            |c| {
                c.session().head.generation = 1;
                c.session().seen_generation = 0;
                c.presented.generation = 0;
            },
            Verdict::Replay(LostReply),
        ),
        (
            "an unbound attempt repeated with its key at once",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.predecessor();
                c.seen();
                c.age = WINDOW;
            },
            Verdict::Replay(Concurrent),
        ),
        (
            "an unbound attempt repeated with its key later",
            |c| {
                c.unbound(Some(KEY), Some(KEY));
                c.predecessor();
            },
            Verdict::Replay(LostReply),
        ),
        (
            "an unbound client without a key, where configuration allows it",
            |c| {
                c.unbound(None, None);
                c.predecessor();
                c.seen();
                c.age = SignedDuration::from_secs(5);
                c.policy.unproven_window = SignedDuration::from_secs(5);
            },
            Verdict::Replay(Unproven),
        ),
    ]);
}
