//! Password hashes that other frameworks made (`tests/fixtures/foreign_hashes`): verified as they are, and nothing that only looks like one.

use keyturn_core::password::{
    HashError, HashSettings, Password, PasswordHash, Workspace, check_stored, needs_rehash, verify,
};
use proptest::prelude::*;
use serde::Deserialize;

/// One hash as a library made it.
#[derive(Deserialize)]
struct Fixture {
    library: String,
    scheme: String,
    password: String,
    hash: String,
}

fn fixtures() -> Vec<Fixture> {
    serde_json::from_str(include_str!("../fixtures/foreign_hashes/hashes.json")).unwrap()
}

#[test]
fn r5_4_hashes_of_every_framework_are_verified_by_their_password_alone() {
    let mut workspace = Workspace::default();
    let fixtures = fixtures();
    for library in [
        "Werkzeug",
        "Django",
        "better-auth",
        "bcrypt",
        "argon2-cffi",
        "pwdlib",
    ] {
        assert!(fixtures.iter().any(|made| made.library == library), "{library}");
    }
    for made in fixtures {
        let name = format!("{} {}", made.library, made.scheme);
        let stored = PasswordHash::from_stored(made.hash);
        let mut is_right = |text: &str| verify(&password(text), &stored, &mut workspace);
        assert_eq!(is_right(&made.password), Ok(true), "{name}");
        assert_eq!(is_right(&format!("{}.", made.password)), Ok(false), "{name}");
        assert_eq!(check_stored(&stored), Ok(()), "{name}");
        assert!(needs_rehash(&stored, HashSettings::default()), "{name}");
        assert_ne!(stored.algorithm(), "unknown", "{name}");
    }
}

#[test]
fn r5_4_a_normal_form_counts_only_where_its_framework_made_it() {
    let composed = "passw\u{f6}rd fine VIII \u{9375}";
    let mut workspace = Workspace::default();
    for made in fixtures()
        .into_iter()
        .filter(|made| ["scrypt", "2b"].contains(&made.scheme.as_str()))
    {
        let folded = made
            .password
            .replace("p\u{e4}ss", "pass")
            .replace('\u{fb01}', "fi");
        let folded = folded.replace('\u{2167}', "VIII");
        assert_eq!(folded, composed);
        let same_to_nfkc = made
            .password
            .replace('\u{fb01}', "fi")
            .replace('\u{2167}', "VIII");
        let stored = PasswordHash::from_stored(made.hash);
        assert_eq!(
            verify(&password(&same_to_nfkc), &stored, &mut workspace),
            Ok(made.library == "better-auth"),
            "{}",
            made.library
        );
        assert_eq!(
            verify(&password(&folded), &stored, &mut workspace),
            Ok(false),
            "{}: an umlaut is none of its letter",
            made.library
        );
    }
}

const SALT: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn foreign_hashes_that_cost_too_much_are_refused_before_any_work() {
    let (short, long) = ("ab".repeat(32), "ab".repeat(64));
    let base64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
    let table = [
        ("scrypt, memory", format!("scrypt:524288:8:1$salt${long}")),
        (
            "scrypt, all memory",
            format!("scrypt:9223372036854775808:8:1$salt${long}"),
        ),
        (
            "scrypt, a number beyond numbers",
            format!("scrypt:99999999999999999999:8:1$salt${long}"),
        ),
        ("scrypt, block size", format!("scrypt:2:4294967295:1$salt${long}")),
        ("scrypt, lanes", format!("scrypt:32768:8:17$salt${long}")),
        (
            "scrypt, small lanes without end",
            format!("scrypt:2:1:4294967295$salt${long}"),
        ),
        ("Django's scrypt", format!("scrypt$524288$salt$8$1${base64}")),
        ("PBKDF2", format!("pbkdf2:sha256:5000001$salt${short}")),
        (
            "PBKDF2, more than 32 bits",
            format!("pbkdf2:sha256:4294967296$salt${short}"),
        ),
        ("Django's PBKDF2", format!("pbkdf2_sha256$5000001$salt${base64}")),
        (
            "Django's bcrypt",
            "bcrypt$$2b$15$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS".into(),
        ),
        (
            "Django's argon2",
            "argon2$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
                .into(),
        ),
    ];
    for (name, stored) in table {
        let stored = PasswordHash::from_stored(stored);
        assert_eq!(check_stored(&stored), Err(HashError::CostTooHigh), "{name}");
        let verified = verify(&password("any"), &stored, &mut Workspace::default());
        assert_eq!(verified, Err(HashError::CostTooHigh), "{name}");
    }
    for affordable in [
        format!("scrypt:262144:8:1$salt${long}"),
        format!("scrypt:32768:8:16$salt${long}"),
        format!("pbkdf2:sha512:5000000$salt${long}"),
    ] {
        assert_eq!(check_stored(&PasswordHash::from_stored(affordable)), Ok(()));
    }
}

#[test]
fn what_only_looks_like_a_foreign_hash_is_unreadable() {
    let (short, long) = ("ab".repeat(32), "ab".repeat(64));
    let table = [
        (
            "an empty output would be everybody's",
            "scrypt:32768:8:1$salt$".to_owned(),
        ),
        ("an empty output of PBKDF2", "pbkdf2:sha256:1000$salt$".to_owned()),
        ("an output cut off", format!("scrypt:32768:8:1$salt${short}")),
        (
            "another digest's output",
            format!("pbkdf2:sha1:1000$salt${short}"),
        ),
        (
            "an output of half a byte",
            format!("pbkdf2:sha256:1000$salt${short}a"),
        ),
        (
            "an output that is not hexadecimal",
            format!("scrypt:32768:8:1$salt${}zz", &long[2..]),
        ),
        (
            "N that is no power of two",
            format!("scrypt:32769:8:1$salt${long}"),
        ),
        ("N of one", format!("scrypt:1:8:1$salt${long}")),
        ("no block", format!("scrypt:32768:0:1$salt${long}")),
        ("no lane", format!("scrypt:32768:8:0$salt${long}")),
        ("a parameter too many", format!("scrypt:32768:8:1:1$salt${long}")),
        ("a parameter too few", format!("scrypt:32768:8$salt${long}")),
        ("a sign", format!("scrypt:+32768:8:1$salt${long}")),
        ("no rounds", format!("pbkdf2:sha256:0$salt${short}")),
        ("rounds that are not said", format!("pbkdf2:sha256$salt${short}")),
        ("an unknown digest", format!("pbkdf2:md5:1000$salt${short}")),
        ("a part too many", format!("pbkdf2:sha256:1000$salt$more${short}")),
        ("no salt", format!("pbkdf2:sha256:1000${short}")),
        ("plain hashes of old Werkzeug", format!("sha256$salt${short}")),
        (
            "plain hashes of old Django",
            "md5$salt$d41d8cd98f00b204e9800998ecf8427e".to_owned(),
        ),
        (
            "Django's mark of no password",
            "!4lMvNdWNOJxoOOb1jmwpXkvjqAqL7Kd7gA4E3wT0".to_owned(),
        ),
        ("bcrypt of a digest without bcrypt", "bcrypt_sha256$".to_owned()),
        ("Better Auth's with a short key", format!("{SALT}:{short}")),
        (
            "Better Auth's with another salt",
            format!("{}:{long}", &SALT[2..]),
        ),
        ("a plain text that is hexadecimal", SALT.to_owned()),
        (
            "a Django name before another's form",
            format!("argon2$scrypt:32768:8:1$salt${long}"),
        ),
    ];
    for (name, stored) in table {
        let stored = PasswordHash::from_stored(stored);
        assert_eq!(check_stored(&stored), Err(HashError::Unreadable), "{name}");
        let verified = verify(&password("any"), &stored, &mut Workspace::default());
        assert_eq!(verified, Err(HashError::Unreadable), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_foreign_text_makes_reading_panic(
        text in "(scrypt|pbkdf2|pbkdf2:sha(1|256|512)|pbkdf2_sha256|bcrypt|bcrypt_sha256|argon2|[0-9a-f]{32})[:$][0-9:$]{0,24}.{0,80}",
    ) {
        prop_assert!(check_stored(&PasswordHash::from_stored(text)).is_err());
    }
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}
