//! Origins (RFC 6454 §6.2): which of them are trusted, and which are not browsers at all.
//!
//! **The rule**: an origin is trusted when it is, byte for byte, one that was configured; when it is `public_url`'s own; or when
//! it is a loopback one while `public_url` is unset or loopback. CORS and the origin wall ask the same [`OriginPolicy`], so
//! they cannot disagree.
//!
//! **The caveat**: a native origin (Capacitor, Electron) is trusted and counts as not a browser: whoever can serve a page under
//! it gets refresh tokens in bodies. Name only schemes of your own applications there.

use std::collections::HashSet;
use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

/// A configured origin that no request can ever carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{origin}` is not an origin: write scheme://host or scheme://host:port, in lower case, without a path"
)]
pub struct OriginError {
    origin: String,
}

/// Which origins are trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct OriginPolicy {
    browsers: HashSet<String>,
    native: HashSet<String>,
    loopback: bool,
}

impl OriginPolicy {
    pub(crate) fn new(
        public_url: Option<&str>,
        allowed: &[String],
        native: &[String],
    ) -> Result<Self, OriginError> {
        let public = public_url.map(origin_of_url).transpose()?;
        let loopback = public.as_deref().is_none_or(is_loopback);
        let mut browsers = checked(allowed)?;
        browsers.extend(public);
        Ok(Self {
            browsers,
            native: checked(native)?,
            loopback,
        })
    }

    /// Whether pages of this origin may call and read answers.
    pub(crate) fn trusts(&self, origin: &str) -> bool {
        self.browsers.contains(origin) || self.is_native(origin) || (self.loopback && is_loopback(origin))
    }

    /// Whether this origin is an application's own shell rather than a browser.
    pub(crate) fn is_native(&self, origin: &str) -> bool {
        self.native.contains(origin)
    }

    pub(crate) const fn trusts_loopback(&self) -> bool {
        self.loopback
    }
}

/// What a request says about where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// None was sent.
    Absent,
    /// This one.
    One(&'a str),
    /// Several, or something that is not text: trusted by nobody.
    Unreadable,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(header::ORIGIN).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => value.to_str().map_or(Self::Unreadable, Self::One),
            (Some(_), Some(_)) => Self::Unreadable,
        }
    }

    pub(crate) fn is_trusted(self, policy: &OriginPolicy) -> bool {
        matches!(self, Self::One(origin) if policy.trusts(origin))
    }
}

/// Origins of the configuration, each of which a browser could send.
pub(crate) fn checked(origins: &[String]) -> Result<HashSet<String>, OriginError> {
    origins
        .iter()
        .map(|origin| {
            if is_origin(origin) {
                Ok(origin.clone())
            } else {
                Err(OriginError {
                    origin: origin.clone(),
                })
            }
        })
        .collect()
}

/// `scheme://authority` as a browser writes it. Schemes of native shells have no default port and may be anything.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    let scheme_ok = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let authority_ok = !authority.is_empty()
        && authority
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"/?#@\\*".contains(&byte));
    let redundant_port =
        (scheme == "https" && text.ends_with(":443")) || (scheme == "http" && text.ends_with(":80"));
    text.is_ascii() && lower && !scheme.is_empty() && scheme_ok && authority_ok && !redundant_port
}

/// The origin of a URL, as a browser on it would send.
fn origin_of_url(url: &str) -> Result<String, OriginError> {
    let refused = || OriginError {
        origin: url.to_owned(),
    };
    let uri: Uri = url.parse().map_err(|_| refused())?;
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(refused());
    };
    let default_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return Err(refused()),
    };
    let port = uri
        .port_u16()
        .filter(|port| *port != default_port)
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    Ok(format!("{scheme}://{}{port}", host.to_ascii_lowercase()))
}

/// Whether an http origin is on this very machine: `localhost` and below it (RFC 6761 §6.3), 127.0.0.0/8, ::1.
fn is_loopback(origin: &str) -> bool {
    let Some(uri) = origin.parse::<Uri>().ok().filter(|_| is_origin(origin)) else {
        return false;
    };
    let http = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let named = host == "localhost" || host.ends_with(".localhost");
    http && (named || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(public_url: Option<&str>) -> OriginPolicy {
        let allowed = ["https://app.example".to_owned()];
        let native = ["capacitor://localhost".to_owned()];
        OriginPolicy::new(public_url, &allowed, &native).unwrap()
    }

    #[test]
    fn only_exact_origins_are_trusted() {
        let policy = policy(Some("https://auth.example/base/"));
        for (origin, trusted) in [
            ("https://app.example", true),
            ("https://auth.example", true),
            ("capacitor://localhost", true),
            ("http://app.example", false),
            ("https://app.example:444", false),
            ("https://app.example.evil.example", false),
            ("https://sub.app.example", false),
            ("https://APP.example", false),
            ("http://localhost:5173", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(policy.trusts(origin), trusted, "{origin}");
        }
    }

    #[test]
    fn loopback_is_trusted_while_the_public_url_is_unset_or_loopback() {
        for public_url in [None, Some("http://localhost:8080"), Some("http://127.0.0.1:8080")] {
            let policy = policy(public_url);
            for (origin, trusted) in [
                ("http://localhost:5173", true),
                ("https://app.localhost", true),
                ("http://127.0.0.1:3000", true),
                ("http://127.9.9.9", true),
                ("http://[::1]:5173", true),
                ("http://localhost.evil.example", false),
                ("http://127.0.0.1.evil.example", false),
                ("http://evil.example/localhost", false),
                ("http://localhost@evil.example", false),
                ("ftp://localhost", false),
            ] {
                assert_eq!(policy.trusts(origin), trusted, "{origin} with {public_url:?}");
            }
        }
    }

    #[test]
    fn what_no_browser_would_send_is_refused_at_start() {
        for wrong in [
            "app.example",
            "https://app.example/",
            "https://App.example",
            "https://app.example:443",
            "https://*.example",
            "https://bücher.example",
            "https://",
            "*",
            "null",
        ] {
            let refused = OriginPolicy::new(None, &[wrong.to_owned()], &[]);
            assert!(refused.is_err(), "{wrong}");
        }
        assert!(OriginPolicy::new(Some("ftp://auth.example"), &[], &[]).is_err());
        assert!(OriginPolicy::new(Some("not a url"), &[], &[]).is_err());
    }
}
