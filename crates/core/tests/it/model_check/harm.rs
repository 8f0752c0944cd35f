//! What must never happen, by invariant.

/// The invariants of the protocol that this model can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Invariant {
    /// No fault signs out an honest requester who gives proof.
    I1,
    /// A thief is caught.
    I2,
    /// One live lineage.
    I3,
    /// Reuse of any generation is recognised for the session's whole life.
    I4,
    /// Nothing is granted after a revocation.
    I5,
    /// The absolute end is fixed, dead is absorbing.
    I7,
    /// A refused request changes nothing else.
    I8,
    /// Storage down means 503.
    I9,
}

impl Invariant {
    pub(super) const ALL: [Self; 8] = [
        Self::I1,
        Self::I2,
        Self::I3,
        Self::I4,
        Self::I5,
        Self::I7,
        Self::I8,
        Self::I9,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1 no honest requester is signed out",
            Self::I2 => "I2 a thief is caught",
            Self::I3 => "I3 one live lineage",
            Self::I4 => "I4 an old generation is recognised",
            Self::I5 => "I5 nothing is granted after a revocation",
            Self::I7 => "I7 ends are final",
            Self::I8 => "I8 a refused request changes nothing else",
            Self::I9 => "I9 storage down means 503",
        }
    }
}

/// How an invariant was broken. The first harm stops the world, so that its trace ends with the culprit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Harm {
    /// A family ended as reused although nobody had stolen from it.
    HonestFamilyEnded,
    /// The owner of a live session was told that it is over.
    HonestRefused,
    /// A session ended as idle although somebody had been active in time.
    EndedThoughActive,
    /// A thief without the proof was given tokens.
    ThiefServed,
    /// A thief was answered, and the family lived on.
    ThiefUncaught,
    /// Owner and thief both refreshed the stolen token, and the family lived on.
    BothServed,
    /// Somebody was answered with another token than the successor of the presented one.
    Forked,
    /// A token from before the predecessor was good for something.
    OldServed,
    /// Tokens were granted after the session's end was recorded or its account was shut out.
    GrantedAfterRevocation,
    /// Tokens were granted past an end that was due.
    GrantedPastEnd,
    /// The absolute end moved.
    EndMoved,
    /// The row of an ended session changed.
    DeadChanged,
    /// A refusal changed more than the end.
    RefusalChanged,
    /// A request that the store could not serve was answered by a verdict.
    OutageAnswered,
}

impl Harm {
    pub(super) const fn breaks(self) -> Invariant {
        match self {
            Self::HonestFamilyEnded | Self::HonestRefused | Self::EndedThoughActive => Invariant::I1,
            Self::ThiefServed | Self::ThiefUncaught | Self::BothServed => Invariant::I2,
            Self::Forked => Invariant::I3,
            Self::OldServed => Invariant::I4,
            Self::GrantedAfterRevocation => Invariant::I5,
            Self::GrantedPastEnd | Self::EndMoved | Self::DeadChanged => Invariant::I7,
            Self::RefusalChanged => Invariant::I8,
            Self::OutageAnswered => Invariant::I9,
        }
    }
}
