//! What an authority of these tests allows.

use keyturn_core::lifetime::{AccessPolicy, SessionPolicy};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{Policy, SignUpPolicy, TokenPolicy};
use keyturn_core::throttle::ThrottlePolicy;

pub(crate) const ISSUER: &str = "https://id.example.org";

/// What is allowed by default, and tokens without optional claims.
pub(crate) fn policy() -> Policy {
    Policy {
        rotation: RotationPolicy::default(),
        session: SessionPolicy::default(),
        access: AccessPolicy::default(),
        sign_up: SignUpPolicy::default(),
        throttle: ThrottlePolicy::default(),
        token: TokenPolicy {
            issuer: ISSUER.to_owned(),
            audience: None,
            email_claim: false,
            permissions_claim: false,
        },
    }
}
