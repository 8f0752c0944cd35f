//! Headers of ours that a request may bring, for the API's description.

use utoipa::IntoParams;

/// Any route where asking is activity.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; none is ever read into it")]
pub(super) struct PassiveHeader {
    /// `1`: nobody made this request by hand; it keeps no session alive, but for what `idle_seconds` says.
    #[param(rename = "Keyturn-Passive", value_type = String, required = false, nullable = false)]
    passive: Option<String>,
}

/// A refresh.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; none is ever read into it")]
pub(super) struct AttemptHeader {
    /// 16 to 255 characters, random, one for each refresh; for `body` delivery.
    #[param(rename = "Idempotency-Key", value_type = String, required = false, nullable = false, min_length = 16, max_length = 255, pattern = r"^[!-~][\t -~]{14,253}[!-~]$")]
    key: Option<String>,
}
