//! Verifying: which tokens are accepted, what a session is, what ends it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keyturn_token::{AccessClaims, Algorithm, JwkSet, SigningKey};
use keyturn_verifier::{
    Answer, EndedSessions, Liveness, Presented, Refusal, Session, SessionContext, Standing, Verifier,
    VerifyError,
};
use uuid::Uuid;

use crate::fixtures::{ISSUER, SECRET, StillClock, by_secret, claims, pair, secret_key, token};

/// Answers what it was told to.
struct Says(Standing, bool);

impl Liveness for Says {
    fn check<'a>(&'a self, _: Presented<'a>) -> Answer<'a> {
        let standing = self.0.clone();
        if self.1 {
            Answer::Later(Box::pin(async move { standing }))
        } else {
            Answer::Now(standing)
        }
    }
}

fn unknown(error: VerifyError) -> Result<Session, Refusal> {
    Err(Refusal::TokenUnknown(error))
}

#[tokio::test]
async fn r2_4_a_token_is_accepted_that_is_not_expired_and_rightly_signed() {
    let clock = Arc::new(StillClock::default());
    let verifier = by_secret(&clock).build();
    let session = verifier.verify(&token()).await.unwrap();
    assert_eq!(session.user_id, "42");
    assert_eq!(session.session_id, Uuid::from_u128(2));

    let signed = |key: &SigningKey, change: fn(&mut AccessClaims)| {
        let mut claims = claims();
        change(&mut claims);
        key.sign(&claims).unwrap()
    };
    let secret = secret_key();
    let other = SigningKey::hs256(&[8; 32]).unwrap();
    let forged = format!("{}AAAA", &token()[..token().len() - 4]);
    for (name, token, error) in [
        ("another's key", signed(&other, |_| {}), VerifyError::UnknownKey),
        ("a pair's key", signed(&pair(1), |_| {}), VerifyError::UnknownKey),
        (
            "another issuer",
            signed(&secret, |c| c.iss = "https://evil.example".into()),
            VerifyError::Issuer,
        ),
        (
            "an audience that nobody expects",
            signed(&secret, |c| c.aud = Some("tasks".into())),
            VerifyError::Audience,
        ),
        ("a forged signature", forged, VerifyError::Signature),
        ("no token", "abc".into(), VerifyError::Malformed),
    ] {
        assert_eq!(verifier.verify(&token).await, unknown(error), "{name}");
    }

    clock.advance(1799);
    assert!(verifier.verify(&token()).await.is_ok());
    clock.advance(1);
    assert_eq!(verifier.verify(&token()).await, Err(Refusal::TokenExpired));
}

/// The header of an ID token, or of a refresh token in another product, under the right key.
#[tokio::test]
async fn r2_4_a_token_of_another_type_is_refused() {
    let good = token();
    let verifier = by_secret(&Arc::new(StillClock::default())).build();
    for header in [
        // {"typ":"JWT","alg":"HS256","kid":"x"}, {"alg":"none"}
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6IngifQ",
        "eyJhbGciOiJub25lIn0",
    ] {
        let rest = &good[good.find('.').unwrap()..];
        assert!(matches!(
            verifier.verify(&format!("{header}{rest}")).await,
            Err(Refusal::TokenUnknown(VerifyError::Type | VerifyError::Header))
        ));
    }
}

#[tokio::test]
async fn an_audience_is_required_where_one_is_set() {
    let verifier = by_secret(&Arc::new(StillClock::default()))
        .audience("tasks")
        .build();
    assert_eq!(verifier.verify(&token()).await, unknown(VerifyError::Audience));
    let mut claims = claims();
    claims.aud = Some("tasks".into());
    assert!(
        verifier
            .verify(&secret_key().sign(&claims).unwrap())
            .await
            .is_ok()
    );
}

/// RFC 8725 §3.1: a public key is no shared secret.
#[tokio::test]
async fn keys_at_hand_verify_their_own_algorithm_alone() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let key = SigningKey::from_random(algorithm, &[5; 32]).unwrap();
        let jwk = key.verification_key().jwk().unwrap().clone();
        let verifier = Verifier::builder(ISSUER)
            .keys(&JwkSet {
                keys: vec![jwk.clone()],
            })
            .unwrap()
            .clock(Arc::new(StillClock::default()))
            .build();
        assert!(verifier.verify(&key.sign(&claims()).unwrap()).await.is_ok());
        let by_public_bytes = SigningKey::hs256(jwk.x.as_bytes()).unwrap();
        let forged = by_public_bytes.sign(&claims()).unwrap();
        assert_eq!(verifier.verify(&forged).await, unknown(VerifyError::UnknownKey));
    }
    let mut foreign = pair(1).verification_key().jwk().unwrap().clone();
    foreign.alg = "HS256".into();
    assert!(
        Verifier::builder(ISSUER)
            .keys(&JwkSet { keys: vec![foreign] })
            .is_err()
    );
    assert!(Verifier::builder(ISSUER).shared_secret(&SECRET[..31]).is_err());
}

#[tokio::test]
async fn r2_5_a_context_says_who_is_signed_in_and_what_they_may_do() {
    let verifier = by_secret(&Arc::new(StillClock::default())).build();
    let context = verifier.context(Some(&token())).await.unwrap();
    assert!(context.is_authenticated());
    assert_eq!(
        (context.user_id(), context.email()),
        (Some("42"), Some("ann@example.org"))
    );
    assert_eq!(
        serde_json::to_value(&context).unwrap(),
        serde_json::json!({
            "is_authenticated": true, "user_id": "42", "email": "ann@example.org",
            "permissions": ["tasks:read", "tasks:close"], "session_id": Uuid::from_u128(2),
        })
    );
    assert!(context.require("tasks:close").is_ok());
    for permission in ["tasks", "tasks:closed", "TASKS:CLOSE", ""] {
        let missing = Refusal::PermissionMissing {
            permission: permission.into(),
        };
        assert_eq!(context.require(permission), Err(missing));
    }

    let nobody = verifier.context(None).await.unwrap();
    assert_eq!(nobody, SessionContext::anonymous());
    assert_eq!(nobody.require("tasks:read"), Err(Refusal::CredentialsMissing));
    assert_eq!(
        serde_json::to_value(&nobody).unwrap(),
        serde_json::json!({ "is_authenticated": false, "user_id": null, "email": null, "permissions": [], "session_id": null })
    );
}

#[tokio::test]
async fn a_session_is_printed_without_its_email_address() {
    let verifier = by_secret(&Arc::new(StillClock::default())).build();
    let context = verifier.context(Some(&token())).await.unwrap();
    let printed = format!("{context:?}");
    assert!(printed.contains("42") && !printed.contains("ann@"), "{printed}");
}

/// What somebody says who knows, at once or later, about a good token and about one that has expired.
#[tokio::test]
async fn r2_4_an_ended_session_is_over_and_what_is_not_known_is_no_sign_out() {
    let ended = || Refusal::SessionEnded {
        reason: Some("signed_out".into()),
    };
    let says_ended = Standing::Ended {
        reason: Some("signed_out".into()),
    };
    for (standing, good, expired) in [
        (Standing::Live, None, Refusal::TokenExpired),
        (says_ended, Some(ended()), ended()),
        (
            Standing::Inactive,
            Some(Refusal::TokenExpired),
            Refusal::TokenExpired,
        ),
        (
            Standing::Unavailable,
            Some(Refusal::Unavailable),
            Refusal::TokenExpired,
        ),
    ] {
        for later in [false, true] {
            let clock = Arc::new(StillClock::default());
            let verifier = by_secret(&clock)
                .liveness(Arc::new(Says(standing.clone(), later)))
                .build();
            assert_eq!(verifier.verify(&token()).await.err(), good, "{standing:?}");
            clock.advance(1800);
            assert_eq!(
                verifier.verify(&token()).await,
                Err(expired.clone()),
                "{standing:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_knows_the_permissions_of_now_is_believed_over_the_token() {
    let now = Standing::LiveWith {
        email: None,
        permissions: vec!["tasks:read".into()],
    };
    let verifier = by_secret(&Arc::new(StillClock::default()))
        .liveness(Arc::new(Says(now, true)))
        .build();
    let session = verifier.verify(&token()).await.unwrap();
    assert_eq!(
        (session.email, session.permissions),
        (None, vec!["tasks:read".to_owned()])
    );
}

#[tokio::test]
async fn an_end_counts_from_the_next_request_on_for_its_own_session() {
    let clock = Arc::new(StillClock::default());
    let sessions = Arc::new(EndedSessions::new(SignedDuration::from_secs(1800)));
    let verifier = by_secret(&clock).liveness(sessions.clone()).build();
    assert!(verifier.verify(&token()).await.is_ok());
    let now = Timestamp::from_second(1_000_000).unwrap();
    sessions.end(Uuid::from_u128(3), None, now);
    assert!(verifier.verify(&token()).await.is_ok());
    sessions.end(Uuid::from_u128(2), Some("admin".into()), now);
    sessions.end(Uuid::from_u128(2), Some("signed_out".into()), now);
    let ended = Refusal::SessionEnded {
        reason: Some("admin".into()),
    };
    assert_eq!(verifier.verify(&token()).await, Err(ended));
}
