//! What OAuth clients can do here (RFC 8414 §2).

use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::{INTROSPECT, JWKS, REVOKE, TOKEN};

/// The endpoints, and what they take.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationServerMetadata)]
pub(crate) struct MetadataBody<'a> {
    /// `iss` of tokens.
    issuer: &'a str,
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    /// The description of everything else.
    service_documentation: String,
    grant_types_supported: &'static [&'static str],
    /// None: nobody is led here to sign in and back again.
    response_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
}

/// Nobody needs a secret; a service may send its own.
const OPEN_TO_ALL: &[&str] = &["none", "client_secret_basic", "client_secret_post"];
/// A service, or who has an access token.
const FOR_VIEWERS: &[&str] = &["client_secret_basic", "client_secret_post", "Bearer"];

impl<'a> MetadataBody<'a> {
    /// For tokens of this issuer, at this address (without a slash at the end).
    pub(crate) fn new(issuer: &'a str, base_url: &str) -> Self {
        let at = |path: &str| format!("{base_url}{path}");
        Self {
            issuer,
            token_endpoint: at(TOKEN),
            introspection_endpoint: at(INTROSPECT),
            revocation_endpoint: at(REVOKE),
            jwks_uri: at(JWKS),
            service_documentation: at("/docs"),
            grant_types_supported: &["password", "refresh_token"],
            response_types_supported: &[],
            token_endpoint_auth_methods_supported: OPEN_TO_ALL,
            introspection_endpoint_auth_methods_supported: FOR_VIEWERS,
            revocation_endpoint_auth_methods_supported: OPEN_TO_ALL,
        }
    }
}
