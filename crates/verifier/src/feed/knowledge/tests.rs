//! Cases of what is known when, and any interleaving of what can happen to a stream.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const TTL: SignedDuration = SignedDuration::from_mins(30);
const BEGIN: i64 = 1_767_225_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + second).unwrap()
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn looked(milliseconds: i64) -> SignedDuration {
    SignedDuration::from_millis(milliseconds)
}

fn session(number: u128, issued: i64) -> Session {
    Session {
        issued_at: BEGIN + issued,
        ..Session::new("42", Uuid::from_u128(number), i64::MAX)
    }
}

fn snapshot(second: i64) -> Message {
    Message::Snapshot {
        at: at(second),
        access_ttl: TTL,
    }
}

fn ended(number: u128, second: i64) -> Message {
    Message::Ended {
        session_id: Uuid::from_u128(number),
        reason: Some("signed_out".into()),
        at: at(second),
    }
}

fn ready(milliseconds: i64) -> Message {
    Message::Ready {
        looked: looked(milliseconds),
        access_ttl: TTL,
    }
}

fn heartbeat(milliseconds: i64) -> Message {
    Message::Vouched {
        looked: looked(milliseconds),
    }
}

struct Scene {
    knowledge: Knowledge,
    progress: Progress,
}

impl Scene {
    fn new() -> Self {
        Self {
            knowledge: Knowledge::new(ms(1000)),
            progress: Progress::new(),
        }
    }

    /// Receives a message so many milliseconds after the beginning of all.
    fn hear(&mut self, elapsed: u64, message: Message, id: &str) -> Taken {
        let id = (!id.is_empty()).then(|| id.to_owned());
        let second = i64::try_from(elapsed / 1000).unwrap();
        self.progress
            .take(message, id, &self.knowledge, (ms(elapsed), at(second)))
    }

    fn standing(&self, number: u128, elapsed: u64) -> Known {
        self.knowledge.of(&session(number, 0), ms(elapsed))
    }
}

fn signed_out() -> Known {
    Known::Ended {
        reason: Some("signed_out".into()),
    }
}

#[test]
fn nothing_is_believed_before_everything_was_told_nor_long_after() {
    let mut scene = Scene::new();
    assert_eq!(scene.standing(1, 0), Known::Stale);
    scene.progress.connecting(ms(100));
    scene.hear(150, snapshot(0), "");
    scene.hear(160, ended(1, 0), "a:1");
    assert_eq!(scene.standing(1, 160), signed_out(), "an end is an end at once");
    assert_eq!(scene.standing(2, 160), Known::Stale);
    scene.hear(170, heartbeat(50), "a:1");
    assert_eq!(
        scene.standing(2, 170),
        Known::Stale,
        "what is not ready vouches for nothing"
    );
    assert_eq!(scene.hear(180, ready(20), "a:1"), Taken::Ready);
    assert_eq!(scene.standing(2, 180), Known::Live);
    assert_eq!(scene.standing(2, 1120), Known::Live);
    assert_eq!(scene.standing(2, 1121), Known::Stale);
    assert_eq!(
        scene.standing(1, 99_000),
        signed_out(),
        "however old what is known"
    );
    scene.hear(1200, heartbeat(1080), "a:1");
    assert_eq!(scene.standing(2, 2180), Known::Live);
    assert_eq!(scene.progress.position(), Some("a:1"));
}

#[test]
fn a_message_vouches_for_no_more_than_it_says() {
    for (name, sent, received, said, believed_until, taken) in [
        ("at once", 100, 110, 5, 1105, Taken::Ready),
        (
            "the look was before the request",
            1000,
            1010,
            -200,
            1800,
            Taken::Ready,
        ),
        ("before the clock began", 100, 110, -200, 1000, Taken::Ready),
        ("held up on its way", 100, 900, 5, 1105, Taken::Ready),
        ("held up for too long", 100, 1200, 5, 1105, Taken::Late),
        (
            "a server that promises what can't be",
            100,
            110,
            5000,
            1110,
            Taken::Ready,
        ),
    ] {
        let mut scene = Scene::new();
        scene.progress.connecting(ms(sent));
        scene.hear(received, snapshot(0), "");
        assert_eq!(scene.hear(received, ready(said), "a:0"), taken, "{name}");
        let until = believed_until.max(received);
        assert_eq!(scene.standing(1, until + 1), Known::Stale, "{name}");
        if taken == Taken::Ready {
            assert_eq!(scene.standing(1, believed_until), Known::Live, "{name}");
        }
    }
}

#[test]
fn a_snapshot_takes_the_place_of_what_was_known_once_it_is_whole() {
    let mut scene = Scene::new();
    for (message, id) in [(snapshot(0), ""), (ended(1, 0), "a:1"), (ready(0), "a:1")] {
        scene.hear(0, message, id);
    }
    scene.progress.connecting(ms(500));
    scene.hear(600, snapshot(0), "");
    scene.hear(600, ended(2, 0), "a:9");
    assert_eq!(scene.standing(3, 600), Known::Stale);
    assert_eq!(scene.standing(1, 600), signed_out());
    scene.progress.connecting(ms(700));
    scene.hear(800, ended(3, 0), "a:10");
    scene.hear(800, ready(50), "a:10");
    assert_eq!(scene.standing(1, 800), Known::Live, "it was not told again");
    assert_eq!(
        (scene.standing(2, 800), scene.standing(3, 800)),
        (signed_out(), signed_out())
    );
}

#[test]
fn a_snapshot_that_broke_off_before_its_first_position_takes_no_ones_place() {
    let mut scene = Scene::new();
    for (message, id) in [(snapshot(0), ""), (ended(1, 0), "a:1"), (ready(0), "a:1")] {
        scene.hear(0, message, id);
    }
    scene.progress.connecting(ms(500));
    scene.hear(600, snapshot(0), "");
    scene.progress.connecting(ms(700));
    scene.hear(800, ready(50), "a:1");
    assert_eq!(scene.standing(1, 800), signed_out());
    assert_eq!(scene.standing(2, 800), Known::Live);
}

#[test]
fn tokens_of_another_history_have_to_be_refreshed() {
    let mut scene = Scene::new();
    scene.hear(0, snapshot(0), "");
    scene.hear(0, ready(0), "a:7");
    scene.progress.connecting(ms(5000));
    scene.hear(5000, snapshot(5), "");
    scene.hear(5000, ready(0), "b:2");
    let issued = |second| scene.knowledge.of(&session(1, second), ms(5000));
    assert_eq!(issued(5), Known::Void, "the same second may be before");
    assert_eq!(issued(6), Known::Live);

    let mut swept = Scene::new();
    swept.hear(0, snapshot(0), "");
    swept.hear(0, ready(0), "a:7");
    swept.progress.connecting(ms(5000));
    swept.hear(5000, snapshot(5), "");
    swept.hear(5000, ready(0), "a:99");
    assert_eq!(swept.standing(1, 5000), Known::Live, "the same history");
}

#[test]
fn what_is_kept_is_bounded_by_what_can_be_unexpired() {
    let mut scene = Scene::new();
    scene.hear(0, snapshot(0), "");
    scene.hear(0, ready(0), "a:0");
    for second in 0..86_400_u32 {
        let id = Uuid::from_u128(u128::from(second));
        let message = Message::Ended {
            session_id: id,
            reason: None,
            at: at(i64::from(second)),
        };
        scene.hear(u64::from(second) * 1000, message, "a:1");
    }
    let life = 1860;
    assert!(scene.knowledge.len() >= life, "{}", scene.knowledge.len());
    assert!(
        scene.knowledge.len() <= life * 3 / 2 + 16,
        "{}",
        scene.knowledge.len()
    );
}

/// What can happen.
#[derive(Clone, Debug)]
enum Happening {
    /// A session ends.
    End(u8),
    /// Old changes are swept, but for the newest so many.
    Sweep(usize),
    /// The database is put back to what it was so many changes ago; who follows is told another history.
    Restore(usize),
    /// So many messages arrive.
    Arrive(usize),
    /// The stream breaks, and the next request is sent.
    Reconnect,
    /// The same, and the last messages before the break are told again.
    Repeat(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (0..12_u8).prop_map(Happening::End),
        1 => (0..4_usize).prop_map(Happening::Sweep),
        1 => (0..4_usize).prop_map(Happening::Restore),
        6 => (1..5_usize).prop_map(Happening::Arrive),
        2 => Just(Happening::Reconnect),
        2 => (1..4_usize).prop_map(Happening::Repeat),
    ];
    prop::collection::vec(one, 0..80)
}

/// Keyturn, as a follower sees it: the changes that are kept, by sequence.
struct Authority {
    history: u32,
    seq: i64,
    kept: BTreeMap<i64, u8>,
    stream: Vec<(Message, Option<String>)>,
}

impl Authority {
    fn id(&self, seq: i64) -> Option<String> {
        Some(format!("h{}:{seq}", self.history))
    }

    /// What a follower at this position is sent.
    fn open(&mut self, position: Option<&str>) {
        let resumed = position.and_then(|position| {
            let (history, seq) = position.rsplit_once(':')?;
            let seq: i64 = seq.parse().ok()?;
            let oldest = self.kept.keys().next().copied().unwrap_or(self.seq + 1);
            let known = history == format!("h{}", self.history) && seq <= self.seq && seq + 1 >= oldest;
            known.then_some(seq)
        });
        self.stream.clear();
        if resumed.is_none() {
            self.stream.push((snapshot(0), None));
        }
        let after = resumed.unwrap_or(0);
        let new: Vec<_> = self
            .kept
            .range(after + 1..)
            .map(|(seq, number)| (*seq, *number))
            .collect();
        for (seq, number) in new {
            self.stream.push((ended(u128::from(number), 0), self.id(seq)));
        }
        self.stream.push((ready(0), self.id(self.seq)));
    }

    fn end(&mut self, number: u8) {
        self.seq += 1;
        self.kept.insert(self.seq, number);
        self.stream
            .push((ended(u128::from(number), 0), self.id(self.seq)));
    }

    fn sweep(&mut self, keep: usize) {
        while self.kept.len() > keep.max(1) {
            self.kept.pop_first();
        }
    }

    fn restore(&mut self, back: usize) {
        for _ in 0..back {
            self.kept.pop_last();
        }
        self.seq = self.kept.keys().next_back().copied().unwrap_or(0);
        self.history += 1;
    }
}

proptest! {
    #[test]
    fn whatever_happens_to_the_stream_the_truth_is_known_at_the_end(happenings in happenings()) {
        let mut authority = Authority { history: 0, seq: 0, kept: BTreeMap::new(), stream: Vec::new() };
        let mut scene = Scene::new();
        let mut positions = Vec::new();
        authority.open(None);
        for happening in happenings {
            match happening {
                Happening::End(number) => authority.end(number),
                Happening::Sweep(keep) => authority.sweep(keep),
                Happening::Restore(back) => {
                    authority.restore(back);
                    authority.open(scene.progress.position());
                }
                Happening::Arrive(count) => {
                    for (message, id) in authority.stream.drain(..count.min(authority.stream.len())) {
                        scene.hear(0, message, &id.unwrap_or_default());
                        positions.extend(scene.progress.position().map(str::to_owned));
                    }
                }
                Happening::Reconnect => {
                    scene.progress.connecting(ms(0));
                    authority.open(scene.progress.position());
                }
                Happening::Repeat(back) => {
                    scene.progress.connecting(ms(0));
                    let position = positions.iter().rev().nth(back).cloned();
                    authority.open(position.as_deref().or(scene.progress.position()));
                }
            }
        }
        scene.progress.connecting(ms(0));
        authority.open(scene.progress.position());
        let resumed = !matches!(authority.stream.first(), Some((Message::Snapshot { .. }, _)));
        for (message, id) in authority.stream.drain(..) {
            scene.hear(0, message, &id.unwrap_or_default());
        }
        // What was swept was too old for a token: whether it is still known does not matter.
        for number in 0..12_u8 {
            let told = authority.kept.values().any(|ended| *ended == number);
            let known = scene.knowledge.of(&session(u128::from(number), 10), ms(0));
            if told {
                prop_assert_eq!(known, signed_out());
            } else if !resumed {
                prop_assert_eq!(known, Known::Live);
            } else {
                prop_assert_ne!(known, Known::Stale);
            }
        }
    }
}
