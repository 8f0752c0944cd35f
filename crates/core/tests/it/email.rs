//! Email addresses and usernames: what is one, what is not, and which spellings are the same.

use keyturn_core::model::email::{EmailAddress, EmailError};
use keyturn_core::model::username::{Username, UsernameError};
use proptest::prelude::*;

#[test]
fn r2_1_an_email_address_has_one_key_for_all_its_spellings() {
    let table = [
        ("case", "Ann@Example.COM", "ann@example.com"),
        (
            "an international domain",
            "Ann@Bücher.example",
            "ann@xn--bcher-kva.example",
        ),
        (
            "the same in ASCII",
            "ann@xn--bcher-kva.example",
            "ann@xn--bcher-kva.example",
        ),
        (
            "ASCII in capitals",
            "ann@XN--BCHER-KVA.example",
            "ann@xn--bcher-kva.example",
        ),
        ("an ideographic full stop", "ann@example。com", "ann@example.com"),
        ("a full-width domain", "ann@ｅｘａｍｐｌｅ.com", "ann@example.com"),
        (
            "a composed letter",
            "ren\u{e9}@example.com",
            "ren\u{e9}@example.com",
        ),
        (
            "the same decomposed",
            "rene\u{301}@example.com",
            "ren\u{e9}@example.com",
        ),
        ("full-width letters", "Ａｎｎ@example.com", "ann@example.com"),
        (
            "Greek with a final sigma",
            "ΝΙΚΟΣ@example.com",
            "νικοσ@example.com",
        ),
        (
            "the same in small letters",
            "νικος@example.com",
            "νικοσ@example.com",
        ),
        (
            "a script with joined signs",
            "हिन्दी@example.com",
            "हिन्दी@example.com",
        ),
        ("dots stay", "a.n.n@example.com", "a.n.n@example.com"),
        ("tags stay", "ann+shop@example.com", "ann+shop@example.com"),
        (
            "all that may stand in a local part",
            "!#$%&'*+-/=?^_`{|}~@example.com",
            "!#$%&'*+-/=?^_`{|}~@example.com",
        ),
        ("a sub-domain", "ann@mail.example.co.uk", "ann@mail.example.co.uk"),
        (
            "a domain that begins with a digit",
            "ann@1e100.net",
            "ann@1e100.net",
        ),
        (
            "a hyphen in third place",
            "ann@r3---sn.example.com",
            "ann@r3---sn.example.com",
        ),
    ];
    for (name, text, key) in table {
        let address = EmailAddress::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(address.key(), key, "{name}");
        assert_eq!(address.as_given(), text, "{name}");
        assert_eq!(address.to_string(), text, "{name}");
    }
}

#[test]
fn r2_1_what_is_no_email_address_is_refused() {
    let table = [
        ("nothing", String::new(), EmailError::Empty),
        ("a name", "ann".into(), EmailError::MissingAt),
        ("no local part", "@example.com".into(), EmailError::LocalPart),
        ("no domain", "ann@".into(), EmailError::Domain),
        (
            "a single name as domain",
            "ann@localhost".into(),
            EmailError::Domain,
        ),
        (
            "a display name",
            "Ann <ann@example.com>".into(),
            EmailError::Domain,
        ),
        (
            "a mailto link",
            "mailto:ann@example.com".into(),
            EmailError::LocalPart,
        ),
        (
            "two addresses",
            "ann@example.com,bob@example.com".into(),
            EmailError::LocalPart,
        ),
        ("two @", "ann@bob@example.com".into(), EmailError::LocalPart),
        (
            "a leading space",
            " ann@example.com".into(),
            EmailError::LocalPart,
        ),
        ("a trailing space", "ann@example.com ".into(), EmailError::Domain),
        (
            "a quoted local part",
            r#""ann"@example.com"#.into(),
            EmailError::LocalPart,
        ),
        (
            "a quoted space",
            r#""a n"@example.com"#.into(),
            EmailError::LocalPart,
        ),
        (
            "a header injected",
            "ann@example.com\r\nBcc: all@example.com".into(),
            EmailError::LocalPart,
        ),
        (
            "a line break in the local part",
            "ann\n@example.com".into(),
            EmailError::LocalPart,
        ),
        ("a NUL", "ann\0@example.com".into(), EmailError::LocalPart),
        (
            "a no-break space",
            "a\u{a0}nn@example.com".into(),
            EmailError::LocalPart,
        ),
        (
            "a zero-width space",
            "a\u{200b}nn@example.com".into(),
            EmailError::LocalPart,
        ),
        (
            "a soft hyphen",
            "a\u{ad}nn@example.com".into(),
            EmailError::LocalPart,
        ),
        (
            "a full-width @ in the local part",
            "ann＠bob@example.com".into(),
            EmailError::LocalPart,
        ),
        (
            "an accent that NFKC sets upon a space",
            "a´nn@example.com".into(),
            EmailError::LocalPart,
        ),
        ("two dots", "a..nn@example.com".into(), EmailError::LocalPart),
        ("a leading dot", ".ann@example.com".into(), EmailError::LocalPart),
        ("a trailing dot", "ann.@example.com".into(), EmailError::LocalPart),
        ("a comment", "ann(she)@example.com".into(), EmailError::LocalPart),
        (
            "two dots in the domain",
            "ann@example..com".into(),
            EmailError::Domain,
        ),
        (
            "a domain with a final dot",
            "ann@example.com.".into(),
            EmailError::Domain,
        ),
        (
            "a domain with a hyphen in front",
            "ann@-example.com".into(),
            EmailError::Domain,
        ),
        (
            "a domain with an underscore",
            "ann@ex_ample.com".into(),
            EmailError::Domain,
        ),
        ("a port", "ann@example.com:25".into(), EmailError::Domain),
        ("false punycode", "ann@xn--a.example".into(), EmailError::Domain),
        ("an IPv4 address", "ann@127.0.0.1".into(), EmailError::IpAddress),
        ("an IPv4 literal", "ann@[127.0.0.1]".into(), EmailError::IpAddress),
        ("an IPv6 literal", "ann@[IPv6:::1]".into(), EmailError::IpAddress),
        (
            "a long local part",
            format!("{}@example.com", "a".repeat(65)),
            EmailError::TooLong,
        ),
        (
            "a local part that is long in bytes",
            format!("{}@example.com", "é".repeat(33)),
            EmailError::TooLong,
        ),
        (
            "a long address",
            format!("ann@{}com", "example.".repeat(32)),
            EmailError::TooLong,
        ),
        (
            "a label of 64",
            format!("ann@{}.com", "a".repeat(64)),
            EmailError::Domain,
        ),
    ];
    for (name, text, expected) in table {
        assert_eq!(EmailAddress::parse(&text), Err(expected), "{name}");
    }
}

#[test]
fn an_address_of_254_bytes_is_accepted() {
    let label = "d".repeat(61);
    let address = format!("{}@{label}.{label}.{label}.com", "a".repeat(64));
    assert_eq!(address.len(), 254);
    assert!(EmailAddress::parse(&address).is_ok());
}

#[test]
fn the_local_part_is_what_stands_before_the_at() {
    assert_eq!(
        EmailAddress::parse("Ann.Lee@example.com").map(|a| a.local_part().to_owned()),
        Ok("Ann.Lee".into())
    );
}

#[test]
fn a_username_has_one_key_for_all_its_spellings() {
    let table = [
        ("plain", "ann", "ann"),
        ("case", "Ann", "ann"),
        ("full-width letters", "Ａｎｎ", "ann"),
        ("ligature", "oﬃce", "office"),
        ("a decomposed letter", "rene\u{301}", "ren\u{e9}"),
        ("the Kelvin sign", "\u{212a}arl", "karl"),
        ("a final sigma", "νίκος", "νίκοσ"),
        ("marks", "ann.o'neil-2_", "ann.o'neil-2_"),
        ("one character", "李", "李"),
    ];
    for (name, text, key) in table {
        let username = Username::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(username.key(), key, "{name}");
        assert_eq!(username.as_given(), text, "{name}");
        assert_eq!(username.to_string(), text, "{name}");
    }
    assert!(Username::parse(&"a".repeat(64)).is_ok());
}

#[test]
fn what_is_no_username_is_refused() {
    let table = [
        ("nothing", String::new(), UsernameError::Empty),
        ("65 characters", "a".repeat(65), UsernameError::TooLong),
        (
            "a ligature of words with spaces",
            "\u{fdfa}".into(),
            UsernameError::Whitespace,
        ),
        (
            "a sign that stands for many letters",
            "㍿".repeat(17),
            UsernameError::TooLong,
        ),
        ("an email address", "ann@example.com".into(), UsernameError::At),
        ("a full-width @", "ann＠example".into(), UsernameError::At),
        ("a space", "ann lee".into(), UsernameError::Whitespace),
        ("a tab", "ann\tlee".into(), UsernameError::Whitespace),
        (
            "a line break at the end",
            "ann\n".into(),
            UsernameError::Whitespace,
        ),
        (
            "a no-break space",
            "ann\u{a0}lee".into(),
            UsernameError::Whitespace,
        ),
        (
            "an accent that NFKC sets upon a space",
            "ann´".into(),
            UsernameError::Whitespace,
        ),
        ("a NUL", "ann\0".into(), UsernameError::Invisible),
        ("a bell", "ann\u{7}".into(), UsernameError::Invisible),
        (
            "a zero-width space",
            "an\u{200b}n".into(),
            UsernameError::Invisible,
        ),
        (
            "a zero-width joiner",
            "an\u{200d}n".into(),
            UsernameError::Invisible,
        ),
        (
            "a byte order mark",
            "\u{feff}ann".into(),
            UsernameError::Invisible,
        ),
        ("a soft hyphen", "an\u{ad}n".into(), UsernameError::Invisible),
        (
            "text turned round",
            "\u{202e}nna".into(),
            UsernameError::Invisible,
        ),
        (
            "a variation selector",
            "ann\u{fe0f}".into(),
            UsernameError::Invisible,
        ),
        ("a Hangul filler", "\u{3164}".into(), UsernameError::Invisible),
        ("a tag character", "ann\u{e0061}".into(), UsernameError::Invisible),
    ];
    for (name, text, expected) in table {
        assert_eq!(Username::parse(&text), Err(expected), "{name}");
    }
}

proptest! {
    #[test]
    fn the_key_of_an_address_is_an_address_with_that_key(local in "\\PC{1,20}", domain in "[a-zA-Zäöüß0-9]{1,12}\\.[a-z]{2,6}") {
        if let Ok(address) = EmailAddress::parse(&format!("{local}@{domain}")) {
            let again = EmailAddress::parse(address.key());
            prop_assert_eq!(again.as_ref().map(EmailAddress::key), Ok(address.key()));
        }
    }

    #[test]
    fn case_never_makes_another_address(local in "[a-z0-9._+-]{1,20}", domain in "[a-z0-9]{1,12}\\.[a-z]{2,6}") {
        let text = format!("{local}@{domain}");
        let key = |text: &str| EmailAddress::parse(text).map(|address| address.key().to_owned());
        prop_assert_eq!(key(&text.to_ascii_uppercase()), key(&text));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,80}") {
        let key = |text: &str| Username::parse(text).map(|name| name.key().to_owned());
        if let Ok(name) = key(&text) {
            prop_assert_eq!(key(&name), Ok(name));
        }
        if let Ok(address) = EmailAddress::parse(&text) {
            prop_assert!(address.key().is_ascii() || !text.is_ascii());
        }
    }

    #[test]
    fn the_key_of_a_username_is_a_username_with_that_key(text in "[\\w\\p{L}\\p{M}\\p{S}]{1,30}") {
        if let Ok(name) = Username::parse(&text) {
            let again = Username::parse(name.key());
            prop_assert_eq!(again.as_ref().map(Username::key), Ok(name.key()));
        }
    }
}
