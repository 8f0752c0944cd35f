//! The raw password, on its way in.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A password as a person typed it. Wiped from memory when dropped.
///
/// It has no `Debug`, `Display`, `Serialize` or `Clone`: it can't end in a log or an answer by accident.
///
/// ```compile_fail
/// let password = keyturn_core::password::Password::new("secret".into());
/// println!("{password:?}");
/// ```
///
/// ```compile_fail
/// let password = keyturn_core::password::Password::new("secret".into());
/// let copy = password.clone();
/// ```
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes over a password; the text is not changed in any way.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The password itself. Not to be kept, printed or compared.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
