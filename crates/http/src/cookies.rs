//! Cookies: which we read, and how those we set look (RFC 6265bis §4.1.3, ASVS 5.0 V3.3).
//!
//! **The rule**: token cookies are `__Host-`, HttpOnly, Secure, SameSite=Lax, host-only, with Max-Age and never Expires; the CSRF
//! cookie differs in that scripts may read it. A token cookie that comes twice is refused: a cookie planted beside ours must not
//! be taken for it.
//!
//! **The caveat**: `dev_cookies` drops the prefix and Secure, for browsers that keep neither on plain http.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use cookie::{Cookie, SameSite};
use jiff::SignedDuration;

use crate::error::{Problem, ProblemCode};

/// Browsers keep no cookie longer (RFC 6265bis §5.5).
const MAX_AGE_CAP: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How long token cookies stay after their session's latest end, so that a person who comes back is told why it ended.
const EXPLAINED_FOR: SignedDuration = SignedDuration::from_hours(24);

const PREFIX: &str = "__Host-";

/// What may stand around a name or a value.
const BLANK: [char; 2] = [' ', '\t'];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Access,
    Refresh,
    Device,
    Csrf,
}

impl Name {
    const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Device, Self::Csrf];

    const fn host_only(self) -> &'static str {
        match self {
            Self::Access => "__Host-keyturn_access",
            Self::Refresh => "__Host-keyturn_refresh",
            Self::Device => "__Host-keyturn_device",
            Self::Csrf => "__Host-keyturn_csrf",
        }
    }

    fn text(self, dev: bool) -> &'static str {
        let name = self.host_only();
        if dev {
            name.strip_prefix(PREFIX).unwrap_or(name)
        } else {
            name
        }
    }
}

/// The name of the access cookie, for the API's description.
pub(crate) const ACCESS_COOKIE: &str = Name::Access.host_only();

/// Our cookies as a request brought them.
#[derive(Default)]
pub(crate) struct RequestCookies {
    pub(crate) access: Option<String>,
    pub(crate) refresh: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) csrf: Option<String>,
}

impl RequestCookies {
    /// Reads ours and passes over all others. An empty one counts as absent.
    ///
    /// # Errors
    /// One of ours came twice.
    pub(crate) fn read(headers: &HeaderMap, dev: bool) -> Result<Self, Problem> {
        let mut read = Self::default();
        for value in headers.get_all(header::COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            for (name, value) in pairs(&text) {
                let Some(name) = Name::ALL.into_iter().find(|ours| ours.text(dev) == name) else {
                    continue;
                };
                let slot = read.slot(name);
                if slot.is_some() {
                    return Err(Problem::new(ProblemCode::DuplicateCookies)
                        .with_detail(format!("The cookie {} came twice.", name.text(dev))));
                }
                *slot = Some(value.to_owned());
            }
        }
        for name in Name::ALL {
            read.slot(name).take_if(|value| value.is_empty());
        }
        Ok(read)
    }

    /// Whether the browser sent something that authenticates, so that the request may have been forged.
    pub(crate) const fn carry_tokens(&self) -> bool {
        self.access.is_some() || self.refresh.is_some() || self.device.is_some()
    }

    const fn slot(&mut self, name: Name) -> &mut Option<String> {
        match name {
            Name::Access => &mut self.access,
            Name::Refresh => &mut self.refresh,
            Name::Device => &mut self.device,
            Name::Csrf => &mut self.csrf,
        }
    }
}

/// Name and value of each pair, without the spaces and tabs around them (RFC 6265bis §5.6). No other blanks are taken away: browsers
/// keep them, so that a name with one escapes the rules of its prefix, and any origin of the domain may plant it.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim_matches(BLANK), value.trim_matches(BLANK)))
}

/// The cookies of an answer.
#[derive(Default)]
pub(crate) struct SetCookies(Vec<HeaderValue>);

impl SetCookies {
    pub(crate) fn push(&mut self, cookie: Option<HeaderValue>) {
        self.0.extend(cookie);
    }
}

impl IntoResponseParts for SetCookies {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Self::Error> {
        for cookie in self.0 {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// Makes cookies of the configured form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CookieMaker {
    dev: bool,
}

impl CookieMaker {
    pub(crate) const fn new(dev: bool) -> Self {
        Self { dev }
    }

    /// The access cookie. It outlives the token in it, so that an expired token is answered as expired.
    pub(crate) fn access(self, token: &str, session_left: SignedDuration) -> Option<HeaderValue> {
        self.make(Name::Access, token, session_left.saturating_add(EXPLAINED_FOR))
    }

    /// The refresh cookie. Activity moves the idle end without setting it anew, so it lasts until the absolute end.
    pub(crate) fn refresh(self, token: &str, session_left: SignedDuration) -> Option<HeaderValue> {
        self.make(Name::Refresh, token, session_left.saturating_add(EXPLAINED_FOR))
    }

    /// The device cookie: as long as a browser keeps any. It also tells a browser that has signed in before.
    pub(crate) fn device(self, value: &str) -> Option<HeaderValue> {
        self.make(Name::Device, value, MAX_AGE_CAP)
    }

    /// The CSRF cookie. What it is worth is decided by what it is bound to, not by its age.
    pub(crate) fn csrf(self, value: &str) -> Option<HeaderValue> {
        self.make(Name::Csrf, value, MAX_AGE_CAP)
    }

    /// Takes the token cookies back. The device cookie stays, for the next sign-in from this browser.
    pub(crate) fn clear_tokens(self, cookies: &mut SetCookies) {
        for name in [Name::Access, Name::Refresh] {
            cookies.push(self.make(name, "", SignedDuration::ZERO));
        }
    }

    /// `None` for a value that no header can carry, which none of ours is.
    fn make(self, name: Name, value: &str, max_age: SignedDuration) -> Option<HeaderValue> {
        let seconds = max_age.min(MAX_AGE_CAP).max(SignedDuration::ZERO).as_secs();
        let cookie = Cookie::build((name.text(self.dev), value))
            .path("/")
            .secure(!self.dev)
            .http_only(name != Name::Csrf)
            .same_site(SameSite::Lax)
            .max_age(cookie::time::Duration::seconds(seconds))
            .build();
        HeaderValue::from_str(&cookie.to_string()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(header: &[u8]) -> Result<Option<String>, ProblemCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(header).unwrap());
        let read = RequestCookies::read(&headers, false);
        read.map(|read| read.access).map_err(|problem| problem.code)
    }

    #[test]
    fn a_cookie_of_ours_is_one_that_a_browser_keeps_to_our_rules() {
        for (header, value) in [
            ("__Host-keyturn_access=a", Some("a")),
            ("b=c; __Host-keyturn_access=a", Some("a")),
            ("b=c;\t__Host-keyturn_access = a ;", Some("a")),
            ("__Host-keyturn_access=a=b", Some("a=b")),
            ("__Host-keyturn_access=\"a\"", Some("\"a\"")),
            ("__Host-keyturn_access=%61", Some("%61")),
            ("__Host-keyturn_access=", None),
            ("__Host-keyturn_access", None),
            ("keyturn_access=a", None),
            ("__host-keyturn_access=a", None),
            ("=__Host-keyturn_access=a", None),
            ("__Host-keyturn_access,b=a", None),
            ("b=\"; __Host-keyturn_access=a", Some("a")),
            // Names that a browser lets other origins set, since to it they don't begin with the prefix.
            ("\u{2000}__Host-keyturn_access=a", None),
            ("\u{a0}__Host-keyturn_access=a", None),
            ("\u{85}__Host-keyturn_access=a", None),
            ("__Host-keyturn_access\u{3000}=a", None),
        ] {
            assert_eq!(access(header.as_bytes()).unwrap().as_deref(), value, "{header}");
        }
    }

    #[test]
    fn a_cookie_of_ours_comes_once() {
        for (header, refused) in [
            ("__Host-keyturn_access=a; __Host-keyturn_access=a", true),
            ("__Host-keyturn_access=; __Host-keyturn_access=a", true),
            ("__Host-keyturn_access=a; \u{2000}__Host-keyturn_access=b", false),
            ("__Host-keyturn_access=a; keyturn_access=b", false),
            ("b=a; b=c; __Host-keyturn_access=a", false),
        ] {
            let expected = refused.then_some(ProblemCode::DuplicateCookies);
            assert_eq!(access(header.as_bytes()).err(), expected, "{header}");
        }
    }
}
