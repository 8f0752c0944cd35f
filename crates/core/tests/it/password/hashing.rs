//! Hashes as they are made and verified: all of the password counts, whatever the algorithm; and the decoy
//! for names that nobody has.

use keyturn_core::password::{
    HashError, HashSettings, PasswordHash, PasswordRejection, Workspace, decoy, hash, needs_rehash, verify,
};
use proptest::prelude::*;

use super::{CHEAP_ARGON2ID, CHEAP_BCRYPT, SALT, password};

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
}
