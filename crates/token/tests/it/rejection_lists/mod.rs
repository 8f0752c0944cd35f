//! What the RFCs have a verifier refuse, item by item: RFC 7515 (signatures), RFC 7519 (claims), RFC 8725 (current practice).
//!
//! Each token is signed with the right key over the very text it has, unless its row says otherwise, so that nothing but the
//! named fault can be the reason. Items that stand in the table of `refused` are not repeated.

mod rfc_7515;
mod rfc_7519;
mod rfc_8725;
mod understood;

use crate::forge::{SECRET, claims, forge, header};

fn payload() -> String {
    serde_json::to_string(&claims()).unwrap()
}

/// The header of a good token with this text as a further member.
fn header_with(member: &str) -> String {
    header().to_string().replace('}', &format!(",{member}}}"))
}

/// The claims of a good token with this text as a further member, rightly signed.
fn claims_with(member: &str) -> String {
    forge_claims(payload().replace('}', &format!(",{member}}}")))
}

fn forge_claims(claims: impl AsRef<[u8]>) -> String {
    forge(header().to_string(), claims, SECRET)
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
