//! What looks odd and is in order: other letters for the same JSON, and claims of others.

use keyturn_token::VerifyError;

use super::{claims_with, payload};
use crate::forge::{SECRET, before_the_end, claims, forge, header, verifier};

#[test]
fn json_that_says_the_same_in_other_letters_is_understood() {
    // RFC 7515 §10.13: names and values are compared as they are read, not as they are escaped.
    let escaped = header()
        .to_string()
        .replace("HS256", r"\u0048S256")
        .replace("alg", r"\u0061lg");
    let token = forge(format!(" {escaped}\r\n"), format!("\t{} ", payload()), SECRET);
    assert_eq!(verifier().verify(&token, before_the_end()), Ok(claims()));
}

#[test]
fn a_claim_of_others_may_be_anything_that_json_can_say() {
    let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let token = claims_with(&format!(r#""acr":{nested},"amr":{{"a":1.5e3}},"azp":null"#));
    assert_eq!(verifier().verify(&token, before_the_end()), Ok(claims()));
    let deeper = claims_with(&format!(r#""acr":{}{}"#, "[".repeat(2_000), "]".repeat(2_000)));
    assert_eq!(
        verifier().verify(&deeper, before_the_end()),
        Err(VerifyError::Claims)
    );
}
