//! Access tokens: what is accepted is what we signed, and what we sign is accepted and says the same.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use jiff::Timestamp;
use keyturn_token::{AccessClaims, SigningKey, Verifier, VerifyError};
use uuid::Uuid;

use crate::Outcome;
use crate::fixed::near_misses;

/// The issuer of the accepted tokens of the corpus.
const ISSUER: &str = "https://auth.example";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::hs256(b"a public secret, for inputs of fuzz targets").expect("the secret is long enough")
});

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(ISSUER).with_key(KEY.verification_key()));

/// Verifies the input as a token, signs it as claims, and signs claims made from it.
pub fn run(input: &[u8]) -> Outcome {
    sign(&mut Unstructured::new(input)).expect("an exhausted input gives zeros");
    std::str::from_utf8(input).is_ok_and(verify).into()
}

fn verify(token: &str) -> bool {
    let Ok(claims) = VERIFIER.verify_signature(token) else {
        return false;
    };
    assert_eq!(claims.iss, ISSUER);
    assert_eq!(claims.aud, None);
    let signed = KEY
        .sign(&claims)
        .expect("claims that fitted into a token fit again");
    assert_eq!(
        signed, token,
        "what is accepted is what we signed, letter for letter"
    );
    true
}

fn sign(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let (claims, now) = (claims(input)?, input.arbitrary::<i32>()?);
    let Ok(token) = KEY.sign(&claims) else {
        return Ok(());
    };
    let mut verifier = Verifier::new(claims.iss.clone()).with_key(KEY.verification_key());
    if let Some(audience) = &claims.aud {
        verifier = verifier.with_audience(audience);
    }
    assert_eq!(verifier.verify_signature(&token).as_ref(), Ok(&claims));

    let now = Timestamp::from_second(now.into()).expect("within jiff's range");
    let expected = if now.as_second() < claims.exp {
        Ok(claims)
    } else {
        Err(VerifyError::Expired(Box::new(claims)))
    };
    assert_eq!(verifier.verify(&token, now), expected);

    for other in near_misses(&token, input.arbitrary()?) {
        assert!(
            verifier.verify_signature(&other).is_err(),
            "{other} passes for {token}"
        );
    }
    Ok(())
}

fn claims(input: &mut Unstructured<'_>) -> arbitrary::Result<AccessClaims> {
    Ok(AccessClaims {
        sub: input.arbitrary()?,
        iat: input.arbitrary()?,
        exp: input.arbitrary()?,
        jti: Uuid::from_bytes(input.arbitrary()?),
        iss: String::arbitrary(input)?,
        sid: Uuid::from_bytes(input.arbitrary()?),
        generation: input.arbitrary()?,
        email: input.arbitrary()?,
        permissions: input.arbitrary()?,
        aud: input.arbitrary()?,
        kt: input.arbitrary()?,
    })
}
