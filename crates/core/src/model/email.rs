//! Email addresses, normalised in one place.
//!
//! An address is kept as it was given, for showing and for sending mail to, with a **key** beside it that is unique: the
//! local part in one Unicode form and lower-cased, the domain in its ASCII form (IDNA, UTS #46). `Ann@Bücher.example` and
//! `ann@xn--bcher-kva.example` are one account. Dots and `+tags` are never stripped: what they mean is the provider's
//! business.
//!
//! RFC 5321 §2.4 lets a host tell `Ann` from `ann`; none in use does, and people type both. Send mail to
//! [`EmailAddress::as_given`] of the *stored* address, never to what a request brought: a key may stand for more than one
//! spelling.
//!
//! Refused although some RFC allows it: display names, quoted local parts, IP addresses and single names as domains.

use std::fmt;
use std::str::FromStr;

use email_address::Options;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::username::{fold, is_invisible};

/// The longest address in bytes: RFC 5321 §4.5.3.1.3, less its angle brackets.
pub const MAX_EMAIL_BYTES: usize = 254;

/// The longest local part in bytes: RFC 5321 §4.5.3.1.1.
const MAX_LOCAL_PART_BYTES: usize = 64;

/// A valid email address: as given, and its unique key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    as_given: String,
    key: String,
}

/// Why a text is no email address, in words for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was given.
    #[error("enter an email address")]
    Empty,
    /// More than [`MAX_EMAIL_BYTES`], or more than 64 bytes before the @.
    #[error("this email address is too long")]
    TooLong,
    /// There is no @.
    #[error("an email address has an @ in it")]
    MissingAt,
    /// What stands before the @ is empty, quoted, or has characters that can't stand there.
    #[error("what stands before the @ is not valid")]
    LocalPart,
    /// What stands behind the @ is no domain name, or one of a single part.
    #[error("what stands after the @ is not a domain name, such as example.com")]
    Domain,
    /// An IP address instead of a domain.
    #[error("an email address needs a domain name after the @, not an IP address")]
    IpAddress,
}

impl EmailAddress {
    /// Reads a bare address, without display name or surrounding space.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > MAX_EMAIL_BYTES {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::MissingAt)?;
        let domain = ascii_domain(domain)?;
        check_local_part(local, &domain)?;
        let folded = fold(local);
        check_local_part(&folded, &domain)?;
        let key = format!("{folded}@{domain}");
        if key.len() > MAX_EMAIL_BYTES {
            return Err(EmailError::TooLong);
        }
        Ok(Self {
            as_given: text.to_owned(),
            key,
        })
    }

    /// What the person typed.
    pub fn as_given(&self) -> &str {
        &self.as_given
    }

    /// The unique form: equal for all spellings of one address.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What stands before the @, as given.
    pub fn local_part(&self) -> &str {
        self.as_given.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_given)
    }
}

/// The domain as the DNS knows it: ASCII, lower-case, at least two labels, the last one no number.
fn ascii_domain(domain: &str) -> Result<String, EmailError> {
    if domain.starts_with('[') {
        return Err(EmailError::IpAddress);
    }
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| EmailError::Domain)?;
    let (_, last) = ascii.rsplit_once('.').ok_or(EmailError::Domain)?;
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EmailError::IpAddress);
    }
    Ok(ascii.into_owned())
}

/// RFC 5321 §4.1.2, dot-string only, with RFC 6531 §3.3 for what is not ASCII.
fn check_local_part(local: &str, domain: &str) -> Result<(), EmailError> {
    if local.len() > MAX_LOCAL_PART_BYTES {
        return Err(EmailError::TooLong);
    }
    if local
        .chars()
        .any(|c| c == '"' || c == '@' || c.is_whitespace() || is_invisible(c))
    {
        return Err(EmailError::LocalPart);
    }
    // To RFC 6531 every character beyond ASCII is a letter here; the parser knows only some of them.
    let in_ascii: String = local
        .chars()
        .map(|c| if c.is_ascii() { c } else { 'x' })
        .collect();
    let bare = Options::default()
        .with_required_tld()
        .without_domain_literal()
        .without_display_text();
    email_address::EmailAddress::parse_with_options(&format!("{in_ascii}@{domain}"), bare)
        .map(drop)
        .map_err(refusal)
}

fn refusal(error: email_address::Error) -> EmailError {
    use email_address::Error;
    match error {
        Error::DomainEmpty
        | Error::DomainTooLong
        | Error::SubDomainEmpty
        | Error::SubDomainTooLong
        | Error::DomainTooFew
        | Error::DomainInvalidSeparator => EmailError::Domain,
        _ => EmailError::LocalPart,
    }
}
