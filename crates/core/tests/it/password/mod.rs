//! Passwords: which may be chosen, how they are kept, and that no algorithm reads less than all of one.

mod hashing;
mod policy;
mod stored;

use keyturn_core::password::{HashSettings, Password};

const SALT: [u8; 16] = *b"sixteen bytes...";

/// As cheap as the algorithms allow: what is tested here does not depend on cost.
const CHEAP_ARGON2ID: HashSettings = HashSettings::Argon2id {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};
const CHEAP_BCRYPT: HashSettings = HashSettings::Bcrypt { cost: 4 };

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}
