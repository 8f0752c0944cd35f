//! Verify [Keyturn](https://github.com/keyturn/keyturn)'s access tokens in another service.
//!
//! A [`Verifier`] knows an issuer and its keys. It turns an access token into a [`Session`], or says in a [`Refusal`] why not. Around it, by
//! feature:
//!
//! | feature | what it adds |
//! | --- | --- |
//! | (none) | verifying by shared secret, or by keys that are at hand |
//! | `jwks` | public keys fetched from Keyturn, kept, and fetched again |
//! | `introspection` | `Introspection`, a [`Liveness`] that asks Keyturn about each token |
//! | `feed` | `Feed`, a [`Liveness`] that follows which sessions end; `AccountFeed`, for who keeps something of people |
//! | `tower` | `SessionLayer` puts the [`SessionContext`] into requests, `RequirePermission` guards by permission |
//! | `axum` | `SessionContext` and `Session` as extractors, `Refusal` as a response; with `tower` |
//!
//! **The rule**: 401 says that credentials are no good, and whether a refresh can help. What could not be found out is 503, since a client
//! that is told 401 signs an honest person out.
//!
//! **The caveat**: a signature says who issued a token, not that its session still lives. Without a [`Liveness`] a person who signed out, or was
//! suspended, is let in until the last access token has expired (`jwt.access_ttl`). Permissions are those of the token, where `jwt.permissions_claim` puts them there.
//!
//! # Verifying a token
//!
//! ```
//! use keyturn_verifier::{Refusal, Verifier};
//!
//! # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::builder("https://id.example.org")
//!     .shared_secret(b"the value of `jwt.secret`, of 32 random bytes or more")?
//!     .build();
//!
//! match verifier.verify(token).await {
//!     Ok(session) => println!("{} may {:?}", session.user_id, session.permissions),
//!     Err(Refusal::TokenExpired) => println!("refresh, then come again"),
//!     Err(refusal) => println!("{}: {refusal}", refusal.status()),
//! }
//! # Ok(())
//! # }
//!
//! // A secret that could be guessed is refused.
//! assert!(Verifier::builder("https://id.example.org").shared_secret(b"secret").is_err());
//! ```
#![cfg_attr(
    all(feature = "axum", feature = "jwks"),
    doc = r##"
# In axum, with Keyturn's public keys

```
use axum::{Json, Router, routing::get};
use keyturn_verifier::{HttpJwks, JwksPolicy, Refusal, RequirePermission, Session, SessionContext, SessionLayer, Verifier};

// Who must be signed in: 401 otherwise.
async fn mine(session: Session) -> String {
    format!("the tasks of {}", session.user_id)
}

// Anybody: `is_authenticated`, `user_id`, `email`, `permissions`, as JSON.
async fn context(context: SessionContext) -> Json<SessionContext> {
    Json(context)
}

// A permission within a handler: 403 without it.
async fn close(session: Session) -> Result<(), Refusal> {
    session.require("tasks:close")?;
    Ok(())
}

# fn app() -> Result<Router, Box<dyn std::error::Error>> {
let keys = HttpJwks::new("https://id.example.org/.well-known/jwks.json")?;
let verifier = Verifier::builder("https://id.example.org").jwks(keys, JwksPolicy::default()).build();

let app = Router::new()
    .route("/reports", get(|| async { "all of them" }))
    .route_layer(RequirePermission::new("reports:read"))
    .route("/mine", get(mine))
    .route("/close", get(close))
    .route("/context", get(context))
    .layer(SessionLayer::new(verifier));
# Ok(app)
# }
# assert!(app().is_ok());
```
"##
)]
//! # Sessions that have ended
//!
//! ```
//! use std::sync::Arc;
//!
//! use jiff::{SignedDuration, Timestamp};
//! use keyturn_verifier::{EndedSessions, Verifier};
//! use uuid::Uuid;
//!
//! let ended = Arc::new(EndedSessions::new(SignedDuration::from_mins(30)));
//! let verifier = Verifier::builder("https://id.example.org")
//!     .shared_secret(&[7; 32])?
//!     .liveness(ended.clone())
//!     .build();
//!
//! // Told by whoever hears of it, a sign-out counts from the next request on.
//! ended.end(Uuid::from_u128(1), Some("signed_out".into()), Timestamp::from_second(1_767_225_600)?);
//! # drop(verifier);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(any(feature = "feed", feature = "jwks", feature = "introspection"))]
mod address;
#[cfg(feature = "tower")]
mod answer;
#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "tower")]
mod bearer;
mod clock;
mod context;
mod ended;
#[cfg(feature = "feed")]
mod feed;
#[cfg(feature = "introspection")]
mod introspection;
#[cfg(feature = "jwks")]
mod jwks;
#[cfg(feature = "tower")]
mod layer;
mod liveness;
mod refusal;
mod verifier;

#[cfg(any(feature = "feed", feature = "jwks", feature = "introspection"))]
pub use address::AddressError;
pub use clock::{Clock, SystemClock};
pub use context::{Session, SessionContext};
pub use ended::EndedSessions;
#[cfg(feature = "feed")]
pub use feed::{
    AccountChange, AccountEvent, AccountFeed, AccountSubscriber, Feed, FeedBuilder, FeedFault, FeedObserver,
    FeedStatus, StaleAnswer, StalePolicy, Taking,
};
#[cfg(feature = "introspection")]
pub use introspection::Introspection;
#[cfg(feature = "jwks")]
pub use jwks::{Fetching, HttpJwks, JwksError, JwksPolicy, JwksSource};
pub use keyturn_token::{Jwk, JwkSet, KeyError, VerifyError};
#[cfg(feature = "tower")]
pub use layer::{PermissionService, RequirePermission, SessionLayer, SessionService};
pub use liveness::{Answer, Liveness, Presented, Standing};
pub use refusal::Refusal;
pub use verifier::{Verifier, VerifierBuilder};
