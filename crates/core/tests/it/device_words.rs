//! Devices in words, by the cases that the web interface is held to as well (`web/ui/src/device.test.ts`).

use keyturn_core::words::device;

/// `User-Agent`, its words, and the kind of device that the interface draws.
const CASES: &str = include_str!("agents.json");

#[test]
fn r5_1_a_device_is_told_by_the_marks_that_only_it_has() {
    let cases: Vec<(String, String, String)> = serde_json::from_str(CASES).unwrap();
    for (agent, words, _) in &cases {
        assert_eq!(device(agent), *words, "{agent}");
    }
}
