//! A request in which somebody who is signed in gives their current password.
//!
//! **The rule**: it may live as long as a sign-in, since it waits for a password to be hashed and changes no token that exists.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use keyturn_core::credential::DeviceCookie;
use keyturn_core::password::Password;
use keyturn_core::service::{Authenticated, Confirmation};

use super::{Caller, Cookies};
use crate::edge::Edge;
use crate::error::Problem;
use crate::time_limit::HashingTime;

/// Who asks, and the device cookie that came along: a device that the account knows is counted in a lane of its own.
pub(crate) struct Confirming {
    caller: Authenticated,
    device: Option<DeviceCookie>,
}

impl Confirming {
    /// Who asks, and the device.
    pub(crate) fn into_parts(self) -> (Authenticated, Option<DeviceCookie>) {
        (self.caller, self.device)
    }

    /// Who asks, with the current password.
    pub(crate) fn with(self, password: Password) -> (Authenticated, Confirmation) {
        let device = self.device;
        (self.caller, Confirmation { password, device })
    }
}

impl FromRequestParts<Edge> for Confirming {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        let Caller(caller) = Caller::from_request_parts(parts, edge).await?;
        let cookies = Cookies::from_request_parts(parts, edge).await?;
        if let Some(hashing) = parts.extensions.get::<HashingTime>() {
            hashing.allow();
        }
        let device = cookies.device.as_deref();
        Ok(Self {
            caller,
            device: device.and_then(|text| edge.authority.device_cookie(text)),
        })
    }
}
