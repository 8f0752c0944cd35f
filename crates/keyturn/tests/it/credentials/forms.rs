//! The ways in which a credential could have been written down, and a search for all of them at once.

use std::collections::{BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use keyturn_core::credential::RefreshToken;

/// The length of what is looked up; nothing shorter is looked for.
const KEY: usize = 8;
/// The MAC or the signature: the last bytes of everything that we make, and the part that nobody can guess.
const MAC: usize = 32;

/// Credentials in every way of writing them.
pub(super) struct Forms {
    /// By their first bytes: the whole, and the credential it gives away.
    by_beginning: HashMap<[u8; KEY], Vec<(Vec<u8>, String)>>,
}

impl Forms {
    /// Of all these.
    pub(super) fn of(credentials: &BTreeSet<String>) -> Self {
        let mut forms = Self {
            by_beginning: HashMap::new(),
        };
        credentials.iter().for_each(|credential| forms.add(credential));
        forms
    }

    /// And of this one.
    pub(super) fn add(&mut self, credential: &str) {
        self.add_form(credential.as_bytes().to_vec(), credential);
        let body = credential
            .strip_prefix(RefreshToken::PREFIX)
            .unwrap_or(credential);
        // Of a JWT the signature; header and payload alone authenticate nobody.
        let body = body.rsplit('.').next().unwrap_or(body);
        self.add_bytes(body.as_bytes(), credential);
        let engines = [&URL_SAFE_NO_PAD, &URL_SAFE, &STANDARD];
        if let Some(bytes) = engines.iter().find_map(|engine| engine.decode(body).ok()) {
            self.add_bytes(&bytes, credential);
        }
    }

    /// The credentials that these bytes give away.
    pub(super) fn found_in(&self, haystack: &[u8]) -> Vec<String> {
        let mut found = BTreeSet::new();
        for (at, window) in haystack.windows(KEY).enumerate() {
            let beginning: [u8; KEY] = window.try_into().unwrap();
            for (form, credential) in self.by_beginning.get(&beginning).into_iter().flatten() {
                if haystack[at..].starts_with(form) {
                    found.insert(credential.clone());
                }
            }
        }
        found.into_iter().collect()
    }

    /// As they are, as hex, as Rust prints a list, encoded (again): the whole, and its secret end.
    fn add_bytes(&mut self, bytes: &[u8], credential: &str) {
        for part in [bytes, &bytes[bytes.len().saturating_sub(MAC)..]] {
            let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
            self.add_form(part.to_vec(), credential);
            self.add_form(hex.to_uppercase().into_bytes(), credential);
            self.add_form(hex.into_bytes(), credential);
            let list = format!("{part:?}");
            self.add_form(list.trim_matches(['[', ']']).as_bytes().to_vec(), credential);
            self.add_form(URL_SAFE_NO_PAD.encode(part).into_bytes(), credential);
            self.add_form(STANDARD.encode(part).into_bytes(), credential);
        }
    }

    fn add_form(&mut self, form: Vec<u8>, credential: &str) {
        if let Some(beginning) = form.first_chunk::<KEY>() {
            let forms = self.by_beginning.entry(*beginning).or_default();
            forms.push((form, credential.to_owned()));
        }
    }
}
