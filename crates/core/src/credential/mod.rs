//! What can be presented, and what is kept of it.
//!
//! A raw credential exists only on its way in or out, in a type without `Display`, `Serialize` or `Clone`. What is stored
//! is another type, and none of what is stored can be presented. MACs are compared in constant time.

mod attempt;
mod csrf;
mod device;
mod keys;
mod one_time_token;
mod refresh_token;
mod sealing;
mod service_secret;
mod session_code;
mod token_mark;

pub use attempt::{AttemptHash, AttemptId, AttemptKey, AttemptKeyError};
pub use csrf::{CsrfBinding, CsrfToken};
pub use device::{DeviceCookie, DeviceHash};
pub use keys::{Keys, MasterSecret, MasterSecretError, OwnRefreshKey, RefreshKeyId, SecretMark};
pub use one_time_token::{OneTimeHash, OneTimeToken, OneTimeTokenError};
pub use refresh_token::{Nonce, RefreshToken, RefreshTokenError};
pub use sealing::{KeyBytes, Opened, SealedFor, Unsealable};
pub use service_secret::{ServiceSecret, ServiceSecretError, ServiceSecretHash};
pub use session_code::{SessionCode, SessionCodeError};
