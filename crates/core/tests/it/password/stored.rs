//! Hashes as they are found in a store: made by others, too dear, damaged, or to be made anew; and the
//! settings that could make such.

use keyturn_core::password::{
    HashError, HashSettings, PasswordHash, Workspace, decoy, hash, needs_rehash, verify,
};
use proptest::prelude::*;

use super::{CHEAP_ARGON2ID, SALT, password};

#[test]
fn r5_4_hashes_made_by_others_are_verified() {
    let table = [
        (
            "argon2id",
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        (
            "argon2i",
            "password",
            "$argon2i$v=19$m=65536,t=1,p=1$c29tZXNhbHQAAAAAAAAAAA$+r0d29hqEB0yasKr55ZgICsQGSkl0v0kgwhd+U3wyRo",
        ),
        (
            "argon2d",
            "password",
            "$argon2d$v=19$m=65536,t=2,p=1$YzI5dFpYTmhiSFFBQUFBQUFBQUFBQQ$Jxy74cswY2mq9y+u+iJcJy8EqOp4t/C7DWDzGwGB3IM",
        ),
        (
            "bcrypt 2a",
            "correct horse battery",
            "$2a$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        ),
        (
            "bcrypt 2b",
            "correct horse battery",
            "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        ),
        (
            "bcrypt 2y",
            "pässwörd für Ann",
            "$2y$04$abcdefghijklmnopqrstuufnRcSMKfpY8GseU.6yPdTmkrFcoyVoS",
        ),
        (
            "bcrypt, empty",
            "",
            "$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq",
        ),
        (
            "bcrypt, 72 bytes",
            SEVENTY_TWO,
            "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i",
        ),
    ];
    let mut workspace = Workspace::default();
    for (name, text, stored) in table {
        let stored = PasswordHash::from_stored(stored.into());
        assert_eq!(
            verify(&password(text), &stored, &mut workspace),
            Ok(true),
            "{name}"
        );
        assert_eq!(
            verify(&password("sassword"), &stored, &mut workspace),
            Ok(false),
            "{name}, wrong"
        );
        assert!(needs_rehash(&stored, HashSettings::default()), "{name}");
    }
}

const SEVENTY_TWO: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

#[test]
fn stored_hashes_that_cost_too_much_are_refused_before_any_work() {
    let rest = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let table = [
        ("memory", format!("$argon2id$v=19$m=262145,t=1,p=1${rest}")),
        (
            "all memory",
            format!("$argon2id$v=19$m=4294967295,t=1,p=1${rest}"),
        ),
        ("iterations", format!("$argon2id$v=19$m=64,t=17,p=1${rest}")),
        ("lanes", format!("$argon2id$v=19$m=72,t=1,p=9${rest}")),
        (
            "bcrypt cost",
            "$2b$15$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".into(),
        ),
        (
            "highest bcrypt cost",
            "$2b$31$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".into(),
        ),
    ];
    let mut workspace = Workspace::default();
    for (name, stored) in table {
        let stored = PasswordHash::from_stored(stored);
        assert_eq!(
            verify(&password("password"), &stored, &mut workspace),
            Err(HashError::CostTooHigh),
            "{name}"
        );
        assert_eq!(workspace.held_bytes(), 0, "{name}");
        assert!(needs_rehash(&stored, HashSettings::default()), "{name}");
    }
}

#[test]
fn stored_hashes_that_are_damaged_are_a_fault_and_not_a_wrong_password() {
    let table = [
        ("nothing", ""),
        ("plain text", "password"),
        (
            "another scheme",
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        ),
        ("argon2 without output", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ"),
        ("argon2 without salt", "$argon2id$v=19$m=64,t=1,p=1"),
        (
            "argon2 of an unknown version",
            "$argon2id$v=20$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        (
            "argon2 with an unknown parameter",
            "$argon2id$v=19$m=64,t=1,p=1,x=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        (
            "argon2 with a cost twice",
            "$argon2id$v=19$m=64,t=1,p=1,m=32$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        (
            "bcrypt cut off",
            "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoO",
        ),
        (
            "bcrypt beyond ASCII",
            "$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoé",
        ),
        (
            "the faulty bcrypt",
            "$2x$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS",
        ),
    ];
    for (name, stored) in table {
        let stored = PasswordHash::from_stored(stored.into());
        let outcome = verify(&password("password"), &stored, &mut Workspace::default());
        assert_eq!(outcome, Err(HashError::Unreadable), "{name}");
        assert!(needs_rehash(&stored, HashSettings::default()), "{name}");
    }
}

#[test]
fn a_hash_is_replaced_when_the_settings_changed() {
    let made = |settings| {
        hash(
            &password("correct horse"),
            settings,
            SALT,
            &mut Workspace::default(),
        )
        .unwrap()
    };
    let argon2id = |memory_kib, iterations, parallelism| HashSettings::Argon2id {
        memory_kib,
        iterations,
        parallelism,
    };
    let all = [
        argon2id(8, 1, 1),
        argon2id(16, 1, 1),
        argon2id(16, 2, 1),
        argon2id(16, 2, 2),
        HashSettings::Bcrypt { cost: 4 },
        HashSettings::Bcrypt { cost: 5 },
    ];
    for (i, stored) in all.into_iter().map(made).enumerate() {
        for (j, settings) in all.into_iter().enumerate() {
            assert_eq!(needs_rehash(&stored, settings), i != j, "{stored:?} {settings:?}");
        }
    }
}

#[test]
fn a_hash_of_lesser_make_is_replaced_though_its_cost_is_right() {
    let output = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let table = [
        (
            "as it should be",
            format!("$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg${output}"),
            false,
        ),
        (
            "argon2i",
            format!("$argon2i$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg${output}"),
            true,
        ),
        (
            "argon2d",
            format!("$argon2d$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg${output}"),
            true,
        ),
        (
            "the older version",
            format!("$argon2id$v=16$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg${output}"),
            true,
        ),
        (
            "no version",
            format!("$argon2id$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg${output}"),
            true,
        ),
        (
            "a short salt",
            format!("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ${output}"),
            true,
        ),
        (
            "a short output",
            "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg$CTFhFdXPJO1aFaMaO6Mm5Q".into(),
            true,
        ),
        (
            "data",
            format!("$argon2id$v=19$m=8,t=1,p=1,data=Dw8PDw8P$c2l4dGVlbiBieXRlcy4uLg${output}"),
            true,
        ),
    ];
    for (name, stored, replaced) in table {
        assert_eq!(
            needs_rehash(&PasswordHash::from_stored(stored), CHEAP_ARGON2ID),
            replaced,
            "{name}"
        );
    }
}

#[test]
fn settings_that_no_hash_could_be_verified_with_are_refused() {
    let argon2id = |memory_kib, iterations, parallelism| HashSettings::Argon2id {
        memory_kib,
        iterations,
        parallelism,
    };
    let table = [
        (
            "too much memory",
            argon2id(256 * 1024 + 1, 2, 1),
            HashError::CostTooHigh,
        ),
        ("too many iterations", argon2id(64, 17, 1), HashError::CostTooHigh),
        ("too many lanes", argon2id(128, 2, 9), HashError::CostTooHigh),
        ("too little memory", argon2id(7, 2, 1), HashError::InvalidSettings),
        (
            "too little memory for the lanes",
            argon2id(16, 2, 4),
            HashError::InvalidSettings,
        ),
        ("no iteration", argon2id(64, 0, 1), HashError::InvalidSettings),
        ("no lane", argon2id(64, 2, 0), HashError::InvalidSettings),
        (
            "bcrypt that takes a minute",
            HashSettings::Bcrypt { cost: 15 },
            HashError::CostTooHigh,
        ),
        (
            "bcrypt below its range",
            HashSettings::Bcrypt { cost: 3 },
            HashError::InvalidSettings,
        ),
    ];
    for (name, settings, expected) in table {
        assert_eq!(settings.check(), Err(expected.clone()), "{name}");
        let made = hash(
            &password("correct horse"),
            settings,
            SALT,
            &mut Workspace::default(),
        );
        assert_eq!(made, Err(expected.clone()), "{name}");
        assert_eq!(decoy(settings, SALT), Err(expected), "{name}");
    }
    assert_eq!(HashSettings::default().check(), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_stored_text_makes_verifying_panic(text in "\\$?(argon2id|2b|2y|[a-z0-9]{0,8})\\$.{0,80}") {
        let stored = PasswordHash::from_stored(text);
        prop_assert!(verify(&password("password"), &stored, &mut Workspace::default()) != Ok(true));
    }
}
