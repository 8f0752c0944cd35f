//! Stored password hashes: whatever stands in a row, verifying it neither panics nor takes long.
//!
//! Only a hash whose cost is small is computed, or the fuzzer would do little else. One beyond the ceilings must be refused,
//! whatever else is wrong with it; one in between is read and not computed.

use std::cell::RefCell;

use keyturn_core::password::{
    HashError, HashSettings, Password, PasswordHash, Workspace, needs_rehash, verify,
};

use crate::Outcome;

/// No number in a hash that is computed is greater. 64 KiB in as many passes as are allowed take a few milliseconds.
const SMALL: u64 = 64;

/// The highest bcrypt cost that is computed.
const SMALL_BCRYPT_COST: u64 = 5;

/// What the accepted hashes of the corpus were made of.
const PASSWORD: &str = "correct horse battery staple";

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Reads the input as a stored hash, and holds a password against it.
pub fn run(input: &[u8]) -> Outcome {
    std::str::from_utf8(input).is_ok_and(read).into()
}

fn read(text: &str) -> bool {
    let stored = PasswordHash::from_stored(text.to_owned());
    needs_rehash(&stored, HashSettings::default());
    match Cost::of(text) {
        Cost::Small => {
            judge(PASSWORD, &stored) == Ok(true)
                && judge("Correct horse battery staple", &stored) == Ok(false)
        }
        Cost::BeyondCeilings => {
            let refused = matches!(
                judge(PASSWORD, &stored),
                Err(HashError::CostTooHigh | HashError::Unreadable)
            );
            assert!(refused, "what costs too much is not computed");
            false
        }
        Cost::Between => false,
    }
}

fn judge(password: &str, stored: &PasswordHash) -> Result<bool, HashError> {
    let password = Password::new(password.to_owned());
    WORKSPACE.with_borrow_mut(|workspace| verify(&password, stored, workspace))
}

/// What computing a hash would cost, as far as its text tells without being understood.
enum Cost {
    Small,
    Between,
    BeyondCeilings,
}

impl Cost {
    fn of(text: &str) -> Self {
        let fields: Vec<&str> = text.split('$').collect();
        match fields.as_slice() {
            ["", "argon2id" | "argon2i" | "argon2d", rest @ ..] => Self::of_argon2(rest),
            ["", "2a" | "2b" | "2y", cost, ..] => Self::of_bcrypt(number(cost)),
            _ => Self::Small,
        }
    }

    fn of_argon2(fields: &[&str]) -> Self {
        let pairs: Vec<(&str, u64)> = fields
            .iter()
            .flat_map(|field| field.split(','))
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, number(value)))
            .collect();
        let beyond = |name: &str, value: u64| match name {
            "m" => value > u64::from(HashSettings::MAX_MEMORY_KIB),
            "t" => value > u64::from(HashSettings::MAX_ITERATIONS),
            "p" => value > u64::from(HashSettings::MAX_PARALLELISM),
            _ => false,
        };
        if pairs.iter().any(|(name, value)| beyond(name, *value)) {
            Self::BeyondCeilings
        } else if ["m", "t", "p"].iter().all(|name| {
            pairs
                .iter()
                .any(|(given, value)| given == name && *value <= SMALL)
        }) && pairs.iter().all(|(_, value)| *value <= SMALL)
        {
            Self::Small
        } else {
            Self::Between
        }
    }

    fn of_bcrypt(cost: u64) -> Self {
        if cost > u64::from(HashSettings::MAX_BCRYPT_COST) {
            Self::BeyondCeilings
        } else if cost > SMALL_BCRYPT_COST {
            Self::Between
        } else {
            Self::Small
        }
    }
}

/// A number as some reader might read it; what is none counts as the greatest.
fn number(text: &str) -> u64 {
    text.parse().unwrap_or(u64::MAX)
}
