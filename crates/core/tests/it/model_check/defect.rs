//! Mutants: wrong rules, each a way in which this protocol could be got wrong. None is a switch in the product.

use jiff::SignedDuration;
use keyturn_core::model::ReuseKind;
use keyturn_core::rotation::{Presented, Proof, ReplayKind, Verdict};

/// A wrong rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Defect {
    // Wrong verdicts.
    /// The current token always rotates.
    NoHold,
    /// Hold is shorter than the window of Replay.
    HoldShorterThanReplay,
    /// There is no Replay within the concurrent window.
    NoConcurrentReplay,
    /// The successor is not handed out again once the concurrent window is over.
    NoLostReply,
    /// The device cookie is not asked for.
    ProofNotAsked,
    /// The predecessor is good without a key.
    KeyNotAsked,
    /// A token from before the predecessor is treated as the predecessor.
    GrandparentAccepted,
    /// A token above the row's is treated as reuse.
    AheadIsReuse,
    /// A browser's token above the row's is answered with its successor.
    AheadRotates,
    // Wrong effects.
    /// Hold sets the refresh cookie to the token that was presented.
    HoldSetsCookie,
    /// Hold is answered with an access token of whatever generation is current by then.
    HoldAnswersNewHead,
    /// Replay leaves `handed_at` alone.
    ReplayKeepsHandedAt,
    /// A rotation counts its successor as seen in use at once.
    SuccessorSeenAtOnce,
    /// Replay makes a new generation.
    ReplayRotates,
    /// Reuse is answered while the family lives on: its end is not durable by then, or never written.
    ReuseLeavesFamily,
    /// A rotation takes whatever head it finds.
    RotateUnconditional,
    /// A rotation does not ask whether the session ended meanwhile.
    LiveNotCondition,
    /// A rotation does not ask for the account's epoch.
    EpochNotCondition,
    /// A revocation is acknowledged before its commit.
    RevocationAcknowledgedFirst,
    /// A refused request notes activity.
    RefusalNotesActivity,
    /// A rotation moves the absolute end.
    RotateMovesEnd,
    /// An idle end is recorded even where somebody was active meanwhile.
    IdleUnconditional,
    /// The recorded end is overwritten by a later one.
    EndOverwritten,
    /// A commit with an unknown outcome is not recognised on reading again.
    OwnAttemptForgotten,
    /// An own commit is answered as won without looking at the end.
    OwnAttemptTrusted,
    /// A store that can't be read means that the session is unknown.
    OutageRefuses,
}

impl Defect {
    /// What this mutant makes of the right verdict.
    pub(super) fn distort(self, right: Verdict, case: &Case) -> Verdict {
        match (self, right) {
            (Self::NoHold, Verdict::Hold) => case.rotate(),
            (Self::HoldShorterThanReplay, Verdict::Hold) if case.age >= case.window / 2 => case.rotate(),
            (Self::NoConcurrentReplay, Verdict::Replay(ReplayKind::Concurrent))
            | (Self::NoLostReply, Verdict::Replay(ReplayKind::LostReply)) => {
                Verdict::Reuse(ReuseKind::LatePredecessor)
            }
            (Self::KeyNotAsked, Verdict::Reuse(ReuseKind::UnprovenPredecessor)) => {
                Verdict::Replay(ReplayKind::Unproven)
            }
            (Self::GrandparentAccepted, Verdict::Reuse(ReuseKind::OldGeneration)) => {
                Verdict::Replay(ReplayKind::Concurrent)
            }
            (Self::AheadIsReuse, Verdict::Rotate { ahead: true, .. } | Verdict::Adopt { .. }) => {
                Verdict::Reuse(ReuseKind::OldGeneration)
            }
            (Self::AheadRotates, Verdict::Adopt { .. }) => Verdict::Rotate {
                from: case.presented.generation,
                ahead: true,
            },
            _ => right,
        }
    }

    /// What this mutant makes of the proof.
    pub(super) fn forge(self, right: Proof, wanted: Proof) -> Proof {
        if self == Self::ProofNotAsked {
            wanted
        } else {
            right
        }
    }
}

/// What a mutant may look at.
pub(super) struct Case {
    pub(super) presented: Presented,
    /// Since the current token was last handed out.
    pub(super) age: SignedDuration,
    pub(super) window: SignedDuration,
}

impl Case {
    const fn rotate(&self) -> Verdict {
        Verdict::Rotate {
            from: self.presented.generation,
            ahead: false,
        }
    }
}
