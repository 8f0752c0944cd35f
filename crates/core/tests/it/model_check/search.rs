//! Runs the checker over a scenario: exhaustively where a rule is to be proven, up to the first harm for a mutant.

use std::collections::BTreeSet;

use keyturn_core::model::EndReason;
use keyturn_core::rotation::{ReplayKind, Verdict};
use stateright::{Checker, HasDiscoveries, Model, Property};

use super::defect::Defect;
use super::harm::Invariant;
use super::scenario::{Scenario, Witness};
use super::steps::{self, Step};
use super::world::{Answer, Party, Phase, World};

impl Model for Scenario {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self).canonical(self)]
    }

    fn actions(&self, state: &World, actions: &mut Vec<Step>) {
        steps::possible(state, self, actions);
    }

    fn next_state(&self, last: &World, action: Step) -> Option<World> {
        steps::take(last, action, self)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let holds = Invariant::ALL.map(|invariant| Property::always(invariant.name(), unbroken(invariant)));
        holds
            .into_iter()
            .chain(self.witnesses.iter().map(|witness| witness.property()))
            .collect()
    }
}

/// Explores everything; fails where an invariant is broken, or where the model has not been where it should.
pub(super) fn prove(scenario: Scenario) {
    let name = scenario.name;
    let checker = scenario.checker().spawn_bfs().join();
    println!(
        "{name}: {} states, {} transitions, depth {}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth()
    );
    checker.assert_properties();
}

/// Fails unless the checker finds that this mutant breaks this invariant.
pub(super) fn kill(scenario: &Scenario, defect: Defect, invariant: Invariant) {
    let found = broken(&scenario.with(defect), invariant);
    let steps = found.unwrap_or_else(|| panic!("{}: {defect:?} survives {invariant:?}", scenario.name));
    println!(
        "{}: {defect:?} breaks {invariant:?} in {steps} steps",
        scenario.name
    );
}

/// How many steps it takes to break an invariant, if that can be done.
pub(super) fn broken(scenario: &Scenario, invariant: Invariant) -> Option<usize> {
    let wanted = HasDiscoveries::AnyOf(BTreeSet::from([invariant.name()]));
    let checker = scenario.clone().checker().finish_when(wanted).spawn_bfs().join();
    let path = checker.discovery(invariant.name())?;
    Some(path.into_actions().len())
}

/// Whether the large bounds are asked for.
pub(super) fn is_soak() -> bool {
    std::env::var_os("KEYTURN_SOAK").is_some_and(|value| value == "1")
}

fn unbroken(invariant: Invariant) -> fn(&Scenario, &World) -> bool {
    macro_rules! unbroken {
        ($($name:ident),+) => {
            match invariant {
                $(Invariant::$name => |_, world| world.harm.is_none_or(|harm| harm.breaks() != Invariant::$name)),+
            }
        };
    }
    unbroken!(I1, I2, I3, I4, I5, I7, I8, I9)
}

impl Witness {
    fn property(self) -> Property<Scenario> {
        macro_rules! sometimes {
            ($($name:ident => $pattern:pat),+ $(,)?) => {
                match self {
                    $(Self::$name => Property::sometimes(stringify!($name), |_: &Scenario, world: &World| {
                        world.requests.iter().any(|request| matches!((request.party, request.phase), $pattern))
                    })),+
                }
            };
        }
        sometimes! {
            Hold => (_, Phase::Judged { verdict: Verdict::Hold, .. }),
            ConcurrentReplay => (_, Phase::Judged { verdict: Verdict::Replay(ReplayKind::Concurrent), .. }),
            LostReply => (_, Phase::Judged { verdict: Verdict::Replay(ReplayKind::LostReply), .. }),
            Ahead => (_, Phase::Judged { verdict: Verdict::Rotate { ahead: true, .. } | Verdict::Adopt { .. }, .. }),
            Reuse => (_, Phase::Judged { verdict: Verdict::Reuse(_), .. }),
            Refusal => (_, Phase::Answered(Answer::Refused)),
            IdleEnd => (_, Phase::Judged { verdict: Verdict::Refuse { reason: EndReason::Idle, .. }, .. }),
            AbsoluteEnd => (_, Phase::Judged { verdict: Verdict::Refuse { reason: EndReason::AbsoluteEnd, .. }, .. }),
            Retry => (_, Phase::Again { own: false, .. }),
            OwnAttempt => (_, Phase::Again { own: true, .. }),
            Unavailable => (_, Phase::Answered(Answer::Unavailable)),
            OldMemory => (_, Phase::Again { own: false, tries: 1, .. }),
            ThiefServed => (Party::Thief, Phase::Answered(Answer::Tokens { .. })),
        }
    }
}
