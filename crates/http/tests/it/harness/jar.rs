//! A browser's cookie jar for one host: a later cookie of a name takes the place of the earlier, `Max-Age=0` removes it.

use std::collections::BTreeMap;

use super::Answer;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Jar(BTreeMap<String, String>);

impl Jar {
    pub(crate) fn keep(&mut self, answer: &Answer) {
        for cookie in answer.set_cookies() {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.split("; ").any(|attribute| attribute == "Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.0.get(&format!("__Host-keyturn_{name}")).cloned()
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(format!("__Host-keyturn_{name}"), value.into());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(&format!("__Host-keyturn_{name}"));
    }

    /// The `Cookie` header.
    pub(crate) fn header(&self) -> Option<String> {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
