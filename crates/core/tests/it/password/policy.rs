//! Which passwords may be chosen, what a rejection says, and that one is read as it was typed.

use keyturn_core::password::{Password, PasswordPolicy, PasswordRejection};
use proptest::prelude::*;

use super::password;

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
fn a_password_is_read_from_json_as_it_is() {
    let read: Password = serde_json::from_str(r#"" Ren\u00e9 \ud83d\udd11 ""#).unwrap();
    assert_eq!(read.expose(), " René 🔑 ");
    assert!(serde_json::from_str::<Password>("12345678").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_password_makes_the_policy_panic(text in ".{0,120}", context in prop::collection::vec(".{0,40}", 0..4)) {
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        let outcome = PasswordPolicy::default().check(&password(&text), &context);
        prop_assert!(outcome.is_err() || text.chars().count() >= 8);
    }
}
