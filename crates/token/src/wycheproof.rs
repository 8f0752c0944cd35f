//! Project Wycheproof's vectors for JSON web signatures and keys, held against the signature check and the whole verifier.
//!
//! Every vector is either run or skipped for a reason, and both are counted, so that none is left out in silence.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::VerifyError;
use crate::jwk::Jwk;
use crate::jws::Jws;
use crate::key::VerificationKey;
use crate::verifier::Verifier;

const FILES: [(&str, &str); 3] = [
    (
        "signature",
        include_str!("../tests/vectors/json_web_signature_test.json"),
    ),
    ("key", include_str!("../tests/vectors/json_web_key_test.json")),
    (
        "crypto",
        include_str!("../tests/vectors/json_web_crypto_test.json"),
    ),
];

/// Vectors whose label we don't follow, by file and number, with what we do instead.
const DISPUTED: [(&str, u32, Verdict, &str); 4] = [
    (
        "signature",
        367,
        Verdict::Accepted,
        "labelled a wrong padding, but letter for letter the valid 357",
    ),
    (
        "signature",
        370,
        Verdict::Accepted,
        "labelled a wrong padding, but letter for letter the valid 357",
    ),
    (
        "signature",
        372,
        Verdict::Refused,
        "labelled valid with a `?` in the header, which RFC 7515 §5.2 step 2 forbids",
    ),
    (
        "signature",
        373,
        Verdict::Refused,
        "labelled valid with a `?` in the payload, which RFC 7515 §5.2 step 7 forbids",
    ),
];

#[test]
fn signatures_are_judged_as_the_vectors_say() {
    let (mut run, mut skipped) = (BTreeMap::new(), BTreeMap::new());
    for vector in vectors() {
        if let Some(reason) = vector.reason_to_skip() {
            *skipped.entry(reason).or_insert(0) += 1;
            continue;
        }
        let name = format!("{} {} {}", vector.file, vector.test.tc_id, vector.test.comment);
        assert_eq!(vector.judged(), vector.expected(), "{name}");
        *run.entry((vector.file, vector.expected())).or_insert(0) += 1;
    }
    let run_as_counted = [
        (("crypto", Verdict::Accepted), 3),
        (("crypto", Verdict::Refused), 31),
        (("key", Verdict::Accepted), 2),
        (("key", Verdict::Refused), 5),
        (("signature", Verdict::Accepted), 12),
        (("signature", Verdict::Refused), 69),
    ];
    assert_eq!(run.into_iter().collect::<Vec<_>>(), run_as_counted);
    let skipped_as_counted = [
        ("HS384 and HS512: not offered", 6),
        ("RSA: not offered", 338),
        ("a secret in a set of public keys: no set of ours can hold one", 2),
        ("curves other than P-256: not offered", 5),
        ("encryption: no key of ours is for it", 36),
        ("two keys of one id: an id is derived from its key", 1),
    ];
    assert_eq!(skipped.into_iter().collect::<Vec<_>>(), skipped_as_counted);
}

#[test]
fn no_vector_is_an_access_token_not_even_under_its_own_key() {
    let mut refused = 0;
    for vector in vectors() {
        let verifier = vector
            .usable_keys()
            .into_iter()
            .fold(Verifier::new("joe"), Verifier::with_key);
        let verdict = verifier.verify_signature(&vector.test.token);
        assert!(
            verdict.is_err(),
            "{} {}: {verdict:?}",
            vector.file,
            vector.test.tc_id
        );
        refused += 1;
    }
    assert_eq!(refused, 401 + 26 + 83);
}

#[test]
fn disputed_vectors_are_what_is_said_of_them() {
    let token = |number| {
        let mut found = vectors().into_iter();
        found
            .find(|vector| vector.file == "signature" && vector.test.tc_id == number)
            .unwrap()
            .test
            .token
    };
    assert_eq!(token(367), token(357));
    assert_eq!(token(370), token(357));
    for number in [372, 373] {
        assert!(token(number).contains('?'));
        assert_eq!(token(number).replace('?', ""), token(357));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Accepted,
    Refused,
}

/// A file of vectors, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    private: Value,
    tests: Vec<Test>,
}

#[derive(Clone, Deserialize)]
struct Test {
    #[serde(rename = "tcId")]
    tc_id: u32,
    comment: String,
    #[serde(alias = "jws", alias = "jwe", deserialize_with = "text")]
    token: String,
    result: String,
    flags: Vec<String>,
}

/// A token as it would travel: one in JSON serialisation is written out.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(|token| match token {
        Value::String(compact) => compact,
        json => json.to_string(),
    })
}

/// One vector, with the keys of its group.
struct Vector {
    file: &'static str,
    keys: Vec<Value>,
    test: Test,
}

fn vectors() -> Vec<Vector> {
    FILES
        .into_iter()
        .flat_map(|(file, text)| {
            let vectors: Vectors = serde_json::from_str(text).unwrap();
            let read: Vec<_> = vectors
                .test_groups
                .into_iter()
                .flat_map(|group| of_group(file, group))
                .collect();
            assert_eq!(read.len(), vectors.number_of_tests);
            read
        })
        .collect()
}

fn of_group(file: &'static str, group: Group) -> Vec<Vector> {
    let set = group.private["keys"].as_array().cloned();
    let keys = set.unwrap_or_else(|| vec![group.private]);
    let of_test = |test| Vector {
        file,
        keys: keys.clone(),
        test,
    };
    group.tests.into_iter().map(of_test).collect()
}

impl Vector {
    fn reason_to_skip(&self) -> Option<&'static str> {
        let any = |field: &str, values: &[&str]| {
            self.keys
                .iter()
                .any(|key| values.contains(&key[field].as_str().unwrap_or_default()))
        };
        if any("kty", &["RSA"]) {
            Some("RSA: not offered")
        } else if any("crv", &["P-384", "P-521"]) || any("alg", &["ES224", "ES521"]) {
            Some("curves other than P-256: not offered")
        } else if any("alg", &["HS384", "HS512"]) {
            Some("HS384 and HS512: not offered")
        } else if any("alg", &["A256GCM", "A256KW", "ECDH-ES+A128KW"]) {
            Some("encryption: no key of ours is for it")
        } else if any("kty", &["oct"]) && any("kty", &["EC"]) {
            Some("a secret in a set of public keys: no set of ours can hold one")
        } else if self.test.flags.iter().any(|flag| flag == "DuplicateKid") {
            Some("two keys of one id: an id is derived from its key")
        } else {
            None
        }
    }

    /// The keys of the group that can be keys of ours. A secret that is too short, or not in canonical base64url, can't.
    fn usable_keys(&self) -> Vec<VerificationKey> {
        self.keys.iter().filter_map(usable_key).collect()
    }

    /// Whether any key of the group takes the signature, under the `alg` that the header names.
    fn judged(&self) -> Verdict {
        let accepted = || -> Result<bool, VerifyError> {
            let jws = Jws::read(&self.test.token)?;
            let header: Value = serde_json::from_slice(&jws.header()?).map_err(|_| VerifyError::Malformed)?;
            let alg = header["alg"].as_str().unwrap_or_default();
            Ok(self.usable_keys().iter().any(|key| jws.check(alg, key).is_ok()))
        };
        if accepted() == Ok(true) {
            Verdict::Accepted
        } else {
            Verdict::Refused
        }
    }

    fn expected(&self) -> Verdict {
        let disputed = DISPUTED
            .iter()
            .find(|(file, number, ..)| (*file, *number) == (self.file, self.test.tc_id));
        match (disputed, self.test.result.as_str()) {
            (Some((_, _, verdict, _)), _) => *verdict,
            (None, "valid") => Verdict::Accepted,
            (None, "invalid") => Verdict::Refused,
            (None, other) => panic!("no verdict is called {other}"),
        }
    }
}

fn usable_key(key: &Value) -> Option<VerificationKey> {
    if let Some(secret) = key["k"].as_str() {
        return VerificationKey::hs256(&URL_SAFE_NO_PAD.decode(secret).ok()?).ok();
    }
    let mut jwk: Jwk = serde_json::from_value(key.clone()).ok()?;
    // Theirs are names like `kid-1`, ours are thumbprints.
    jwk.kid = None;
    VerificationKey::from_jwk(&jwk).ok()
}
