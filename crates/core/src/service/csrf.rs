//! The second wall against CSRF, for the edge: what a token is bound to, and whether one is good.

use super::Authority;
use crate::credential::{CsrfBinding, CsrfToken, RefreshToken};
use crate::model::SessionId;

impl Authority {
    /// What a CSRF token must be bound to: the session that the refresh cookie names, or where that names none, the access
    /// cookie, live or not; else nothing.
    pub fn csrf_binding(&self, refresh_cookie: Option<&str>, access_cookie: Option<&str>) -> CsrfBinding {
        let by_refresh = || {
            refresh_cookie
                .and_then(|text| RefreshToken::parse(text).ok())
                .map(|token| token.session_id())
        };
        let by_access = || {
            access_cookie
                .and_then(|text| self.verify_ours(text).ok())
                .map(|claims| SessionId(claims.sid))
        };
        by_refresh()
            .or_else(by_access)
            .map_or(CsrfBinding::Unbound, CsrfBinding::Session)
    }

    /// A fresh CSRF token.
    pub fn csrf_token(&self, binding: CsrfBinding) -> CsrfToken {
        CsrfToken::mint(&self.keys, binding, self.ports.entropy.as_ref())
    }

    /// Whether `X-CSRF-Token` and the CSRF cookie are one token of ours, bound as asked.
    pub fn csrf_accepts(&self, binding: CsrfBinding, header: &str, cookie: &str) -> bool {
        CsrfToken::accepts(&self.keys, binding, header, cookie)
    }

    /// The device cookie, if we made it.
    pub fn device_cookie(&self, text: &str) -> Option<crate::credential::DeviceCookie> {
        crate::credential::DeviceCookie::parse(&self.keys, text)
    }
}
