//! A behaviour that the macro does not name would never run.

#[test]
fn every_behaviour_is_named_by_the_macro() {
    let suite = include_str!("../../src/suite/mod.rs");
    let (_, list) = suite.split_once("macro_rules! store_suite").unwrap();
    let named: Vec<&str> = list.split_whitespace().collect();
    let files = [
        include_str!("../../src/suite/accounts.rs"),
        include_str!("../../src/suite/administering.rs"),
        include_str!("../../src/suite/audit_log.rs"),
        include_str!("../../src/suite/auditing.rs"),
        include_str!("../../src/suite/ending.rs"),
        include_str!("../../src/suite/epochs.rs"),
        include_str!("../../src/suite/limiting.rs"),
        include_str!("../../src/suite/lists.rs"),
        include_str!("../../src/suite/mailed_links.rs"),
        include_str!("../../src/suite/one_time_tokens.rs"),
        include_str!("../../src/suite/own_accounts.rs"),
        include_str!("../../src/suite/racing.rs"),
        include_str!("../../src/suite/recording.rs"),
        include_str!("../../src/suite/rotating.rs"),
        include_str!("../../src/suite/secret_marks.rs"),
        include_str!("../../src/suite/services.rs"),
        include_str!("../../src/suite/signing_keys.rs"),
        include_str!("../../src/suite/starting.rs"),
        include_str!("../../src/suite/sweeping.rs"),
        include_str!("../../src/suite/sweeping_tokens.rs"),
        include_str!("../../src/suite/throttling.rs"),
        include_str!("../../src/suite/transferring.rs"),
    ];
    assert_eq!(
        suite.matches("pub mod ").count(),
        files.len(),
        "a new file of behaviours joins this list"
    );
    for file in files {
        let behaviours = file
            .split("\npub async fn ")
            .skip(1)
            .filter_map(|rest| rest.split('(').next());
        for behaviour in behaviours {
            assert!(named.contains(&behaviour), "{behaviour} is not named");
        }
    }
}
