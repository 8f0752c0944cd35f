//! Passwords: which may be chosen, how they are kept, and that no algorithm reads less than all of one.

use keyturn_core::password::{
    HashError, HashSettings, Password, PasswordHash, PasswordPolicy, PasswordRejection, Workspace, decoy,
    hash, needs_rehash, verify,
};
use proptest::prelude::*;

const SALT: [u8; 16] = *b"sixteen bytes...";

/// As cheap as the algorithms allow: what is tested here does not depend on cost.
const CHEAP_ARGON2ID: HashSettings = HashSettings::Argon2id {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};
const CHEAP_BCRYPT: HashSettings = HashSettings::Bcrypt { cost: 4 };

#[test]
fn r2_1_weak_passwords_are_refused_and_strong_ones_are_not() {
    let ann = ["ann.lindqvist@example.com", "annlind", "Ann Lindqvist"];
    let table: [(&str, &str, Result<(), &str>); 23] = [
        ("nothing", "", Err("too_short")),
        ("seven characters", "k7#Vq!z", Err("too_short")),
        (
            "seven characters of many bytes",
            "日本語日本語日",
            Err("too_short"),
        ),
        ("nine random characters", "k7#Vq!zPm", Ok(())),
        ("nine characters of many bytes", "鍵靴猫雲星海森火窓", Ok(())),
        (
            "eight random characters are estimated at 2",
            "k7#Vq!zP",
            Err("too_weak"),
        ),
        ("words, small letters only", "plumber ostrich velvet", Ok(())),
        ("spaces at both ends count", " k7#Vq!z ", Ok(())),
        ("a common password", "password", Err("too_weak")),
        ("a common password in disguise", "P@ssw0rd", Err("too_weak")),
        (
            "one that satisfies composition rules",
            "Password1!",
            Err("too_weak"),
        ),
        ("digits in order", "1234567890123", Err("too_weak")),
        ("a row of keys", "qwertyuiop[]", Err("too_weak")),
        ("one character repeated", "aaaaaaaaaaaaaaaaaaaa", Err("too_weak")),
        ("a date", "24.12.1984", Err("too_weak")),
        ("the email address", "ann.lindqvist@example.com", Err("too_weak")),
        ("the local part", "ann.lindqvist", Err("too_weak")),
        ("the username with a year", "annlind2024", Err("too_weak")),
        ("the surname with a digit", "lindqvist1", Err("too_weak")),
        ("the surname backwards", "tsivqdnil", Err("too_weak")),
        ("the mail domain", "example.com", Err("too_weak")),
        ("the product's name", "keyturn1", Err("too_weak")),
        (
            "somebody else's name is no context",
            "Bartholomew-Okonkwo",
            Ok(()),
        ),
    ];
    for (name, text, expected) in table {
        let outcome = PasswordPolicy::default().check(&password(text), &ann);
        assert_eq!(outcome.map_err(|rejection| rejection.code()), expected, "{name}");
    }
}

#[test]
fn a_password_may_have_256_characters_and_no_more() {
    let policy = PasswordPolicy::default();
    let long: String = "plumber ostrich velvet ".chars().cycle().take(256).collect();
    assert_eq!(policy.check(&password(&long), &[]), Ok(()));
    let many_bytes: String = "鍵靴猫雲星海森火".chars().cycle().take(256).collect();
    assert_eq!(policy.check(&password(&many_bytes), &[]), Ok(()));
    let longer = password(&format!("{long}x"));
    assert_eq!(
        policy.check(&longer, &[]),
        Err(PasswordRejection::TooLong { max: 256 })
    );
}

#[test]
fn a_password_is_strong_by_what_follows_a_weak_beginning_too() {
    let policy = PasswordPolicy::default();
    assert!(policy.check(&password("password"), &[]).is_err());
    assert_eq!(
        policy.check(&password("password ostrich velvet tundra"), &[]),
        Ok(())
    );
}

#[test]
fn a_hostile_password_costs_and_breaks_no_more_than_another() {
    // Each of these makes an unlimited estimate multiply beyond 64 bits, or try substitutions for most of a second.
    for text in ["0o", "qw", "a4@b8c({[<e3g69i1!|l7o0s$5t+x%z2", "a1"] {
        let long: String = text.chars().cycle().take(256).collect();
        let outcome = PasswordPolicy::default().check(&password(&long), &[&long]);
        assert_eq!(
            outcome.map_err(|rejection| rejection.code()),
            Err("too_weak"),
            "{text}: context"
        );
        let lenient = PasswordPolicy {
            min_strength: 1,
            ..PasswordPolicy::default()
        };
        assert_eq!(lenient.check(&password(&long), &[]), Ok(()), "{text}");
    }
}

#[test]
fn names_of_the_house_do_not_add_up_to_a_password() {
    let house = PasswordPolicy {
        context: vec!["Borealis Fjord Bank".to_owned(), "tundrapay".to_owned()],
        ..PasswordPolicy::default()
    };
    for text in ["Borealis Fjord Bank", "borealis-tundrapay", "tundrapay 2026"] {
        assert_eq!(
            PasswordPolicy::default().check(&password(text), &[]),
            Ok(()),
            "{text}: a stranger's"
        );
        let outcome = house
            .check(&password(text), &[])
            .map_err(|rejection| rejection.code());
        assert_eq!(outcome, Err("too_weak"), "{text}");
    }
    assert_eq!(
        house.check(&password("borealis ostrich velvet hammer"), &[]),
        Ok(())
    );
}

#[test]
fn words_about_the_person_do_not_add_up_to_a_password() {
    let ann = ["ann.lindqvist@example.com", "annlind", "Ann Lindqvist"];
    for text in [
        "lindqvist lindqvist lindqvist",
        "Ann-Lindqvist-Example",
        "xann.lindqvist@example.com",
        "keyturn annlind lindqvist 1",
    ] {
        let outcome = PasswordPolicy::default().check(&password(text), &ann);
        assert_eq!(
            outcome.map_err(|rejection| rejection.code()),
            Err("too_weak"),
            "{text}"
        );
    }
    assert_eq!(
        PasswordPolicy::default().check(&password("lindqvist ostrich tundra velvet"), &ann),
        Ok(())
    );
}

#[test]
fn the_policy_follows_its_settings() {
    let lenient = PasswordPolicy {
        min_length: 4,
        max_length: 64,
        min_strength: 0,
        context: Vec::new(),
    };
    assert_eq!(lenient.check(&password("1234"), &[]), Ok(()));
    assert_eq!(
        lenient.check(&password("123"), &[]),
        Err(PasswordRejection::TooShort { min: 4 })
    );
    assert_eq!(
        lenient.check(&password(&"x".repeat(65)), &[]),
        Err(PasswordRejection::TooLong { max: 64 })
    );
    let strict = PasswordPolicy {
        min_strength: 4,
        ..PasswordPolicy::default()
    };
    assert!(strict.check(&password("k7#Vq!zPm"), &[]).is_err());
}

#[test]
fn a_rejection_says_what_to_do_and_not_what_was_typed() {
    let policy = PasswordPolicy::default();
    let said = |text: &str| {
        policy
            .check(&password(text), &["lindqvist"])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(said("short"), "use at least 8 characters");
    for text in ["lindqvist", "password1", "zxcvbnm,", "aaaaaaaaa"] {
        let message = said(text);
        assert!(
            message.starts_with("this password is too easy to guess. "),
            "{message}"
        );
        assert!(message.len() > 50, "{message}");
        assert!(!message.contains(text), "{message}");
    }
}

#[test]
fn empty_or_short_context_changes_nothing() {
    let policy = PasswordPolicy::default();
    assert_eq!(
        policy.check(
            &password("k7#Vq!zPm"),
            &["", "k", "7", "#", "V", "q", "!", "z", "P", "m"]
        ),
        Ok(())
    );
}

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
fn the_default_is_argon2id_as_owasp_recommends_it() {
    let mut workspace = Workspace::default();
    let stored = hash(
        &password("correct horse"),
        HashSettings::default(),
        SALT,
        &mut workspace,
    )
    .unwrap();
    assert!(
        stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        stored.as_str()
    );
    assert_eq!(
        verify(&password("correct horse"), &stored, &mut workspace),
        Ok(true)
    );
    assert!(!needs_rehash(&stored, HashSettings::default()));
}

#[test]
fn a_hash_is_made_of_the_password_and_the_salt() {
    for settings in [CHEAP_ARGON2ID, CHEAP_BCRYPT] {
        let made =
            |text: &str, salt| hash(&password(text), settings, salt, &mut Workspace::default()).unwrap();
        assert_eq!(made("correct horse", SALT), made("correct horse", SALT));
        assert_ne!(made("correct horse", SALT), made("correct horse", [0; 16]));
        assert_ne!(made("correct horse", SALT), made("correct horse ", SALT));
    }
}

#[test]
fn a_used_workspace_changes_no_hash() {
    let larger = HashSettings::Argon2id {
        memory_kib: 64,
        iterations: 2,
        parallelism: 2,
    };
    let mut used = Workspace::default();
    for settings in [larger, CHEAP_ARGON2ID, larger] {
        let fresh = hash(
            &password("correct horse"),
            settings,
            SALT,
            &mut Workspace::default(),
        );
        assert_eq!(hash(&password("correct horse"), settings, SALT, &mut used), fresh);
    }
    assert_eq!(used.held_bytes(), 64 * 1024);
}

#[test]
fn bcrypt_takes_72_bytes_and_refuses_more_when_a_password_is_set() {
    let mut workspace = Workspace::default();
    let mut set = |text: &str| hash(&password(text), CHEAP_BCRYPT, SALT, &mut workspace);
    assert!(set(&"x".repeat(72)).is_ok());
    let refused = HashError::Rejected(PasswordRejection::TooLongForBcrypt { max: 72 });
    assert_eq!(set(&"x".repeat(73)), Err(refused.clone()));
    assert_eq!(set(&"é".repeat(37)), Err(refused), "bytes count, not characters");
    assert_eq!(
        set("nul\0inside"),
        Err(HashError::Rejected(PasswordRejection::NulForBcrypt))
    );
    assert!(CHEAP_ARGON2ID.admit(&password(&"x".repeat(256))).is_ok());
}

#[test]
fn bcrypt_never_accepts_a_password_by_a_part_of_it() {
    let mut workspace = Workspace::default();
    let full = "x".repeat(72);
    let stored = hash(&password(&full), CHEAP_BCRYPT, SALT, &mut workspace).unwrap();
    assert_eq!(verify(&password(&full), &stored, &mut workspace), Ok(true));
    for other in [format!("{full}x"), format!("{full}\0"), "x".repeat(71)] {
        assert_eq!(
            verify(&password(&other), &stored, &mut workspace),
            Ok(false),
            "{other:?}"
        );
    }
    // bcrypt repeats "a" NUL over its block: without the check these two were one password.
    let stored = hash(&password("a"), CHEAP_BCRYPT, SALT, &mut workspace).unwrap();
    assert_eq!(verify(&password("a\0a"), &stored, &mut workspace), Ok(false));
}

#[test]
fn every_scheme_distinguishes_what_only_looks_alike() {
    let mut workspace = Workspace::default();
    for settings in [CHEAP_ARGON2ID, CHEAP_BCRYPT] {
        let stored = hash(&password("Ren\u{e9} 1"), settings, SALT, &mut workspace).unwrap();
        for other in [
            "Rene\u{301} 1",
            "ren\u{e9} 1",
            "Ren\u{e9} 1 ",
            " Ren\u{e9} 1",
            "Ren\u{e9}\u{a0}1",
            "",
        ] {
            assert_eq!(
                verify(&password(other), &stored, &mut workspace),
                Ok(false),
                "{other:?}"
            );
        }
    }
}

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

#[test]
fn a_decoy_costs_as_much_as_a_real_hash_and_no_password_fits_it() {
    for settings in [CHEAP_ARGON2ID, CHEAP_BCRYPT] {
        let mut workspace = Workspace::default();
        let stored = decoy(settings, SALT).unwrap();
        let real = hash(&password("correct horse"), settings, SALT, &mut workspace).unwrap();
        assert_eq!(stored.as_str().len(), real.as_str().len());
        assert!(!needs_rehash(&stored, settings), "made with the same settings");
        assert_ne!(stored, decoy(settings, [0; 16]).unwrap());
        for text in [
            "",
            "password",
            "keyturn decoy password hash",
            "sixteen bytes...",
            stored.as_str(),
        ] {
            assert_eq!(
                verify(&password(text), &stored, &mut workspace),
                Ok(false),
                "{text:?}"
            );
        }
    }
}

#[test]
fn a_stored_hash_is_printed_by_its_algorithm_alone() {
    let mut workspace = Workspace::default();
    let stored = hash(&password("correct horse"), CHEAP_BCRYPT, SALT, &mut workspace).unwrap();
    assert_eq!(format!("{stored:?}"), "PasswordHash(2b)");
    assert_eq!(
        format!("{:?}", PasswordHash::from_stored("$secret$x".into())),
        "PasswordHash(unknown)"
    );
}

#[test]
fn a_password_is_read_from_json_as_it_is() {
    let read: Password = serde_json::from_str(r#"" Ren\u00e9 \ud83d\udd11 ""#).unwrap();
    assert_eq!(read.expose(), " René 🔑 ");
    assert!(serde_json::from_str::<Password>("12345678").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn only_the_same_text_is_the_same_password(first in ".{0,100}", second in ".{0,100}", salt in any::<[u8; 16]>()) {
        let mut workspace = Workspace::default();
        for settings in [CHEAP_ARGON2ID, CHEAP_BCRYPT] {
            let Ok(stored) = hash(&password(&first), settings, salt, &mut workspace) else {
                prop_assert!(settings.admit(&password(&first)).is_err());
                continue;
            };
            prop_assert_eq!(verify(&password(&first), &stored, &mut workspace), Ok(true));
            prop_assert_eq!(verify(&password(&second), &stored, &mut workspace), Ok(first == second));
        }
    }

    #[test]
    fn no_stored_text_makes_verifying_panic(text in "\\$?(argon2id|2b|2y|[a-z0-9]{0,8})\\$.{0,80}") {
        let stored = PasswordHash::from_stored(text);
        prop_assert!(verify(&password("password"), &stored, &mut Workspace::default()) != Ok(true));
    }

    #[test]
    fn no_password_makes_the_policy_panic(text in ".{0,120}", context in prop::collection::vec(".{0,40}", 0..4)) {
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        let outcome = PasswordPolicy::default().check(&password(&text), &context);
        prop_assert!(outcome.is_err() || text.chars().count() >= 8);
    }
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}
