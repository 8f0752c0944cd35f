//! How many passwords may be tried.

use std::num::NonZeroU32;

use keyturn_core::throttle::ThrottlePolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::Period;

/// How many passwords may be tried. A lane admits its burst at once, then one more attempt each time its refill has passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ThrottleConfig {
    /// Whether attempts are limited at all. Only where something in front of Keyturn does it.
    pub(crate) enabled: bool,
    /// Attempts on one account, from devices that it does not know. The right password gives its attempt back.
    pub(crate) account_burst: NonZeroU32,
    /// After this time one more.
    pub(crate) account_refill: Period,
    /// Attempts from one address (a /64 of IPv6) by devices that the account does not know, and sign-ups.
    pub(crate) address_burst: NonZeroU32,
    /// After this time one more.
    pub(crate) address_refill: Period,
    /// Attempts from a device that has signed in to the account before. The right password gives its attempt back.
    pub(crate) device_burst: NonZeroU32,
    /// After this time one more.
    pub(crate) device_refill: Period,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        let ThrottlePolicy {
            enabled,
            account,
            address,
            device,
        } = ThrottlePolicy::default();
        Self {
            enabled,
            account_burst: account.burst,
            account_refill: Period(account.refill),
            address_burst: address.burst,
            address_refill: Period(address.refill),
            device_burst: device.burst,
            device_refill: Period(device.refill),
        }
    }
}
