//! Where a person goes after signing in: `return_to`, as far as it leads to ourselves or to an application that is listed.
//!
//! **The rule**: a path of our own origin, or an address whose origin is trusted byte for byte. Anything else falls to `/` (CWE-601,
//! OWASP Unvalidated Redirects and Forwards Cheat Sheet). What a browser, a proxy or a framework might read as something else than
//! it looks (backslashes, `//`, dots, blanks, encoded slashes and controls) is refused and not repaired.
//!
//! **The caveat**: an application that redirects openly itself can still be used as a step.

/// Longer than any address that is meant.
const LENGTH_MAX: usize = 2048;

/// Escapes that some reader in between might undo: controls, blanks, `.`, `/` and `\`.
const ENCODED: [&str; 4] = ["%2e", "%2f", "%5c", "%7f"];

/// The address to go to, if it may be gone to. `trusts` is asked about the origin of an absolute one.
pub(super) fn accepted(asked: &str, trusts: impl Fn(&str) -> bool) -> Option<&str> {
    let plain = asked.len() <= LENGTH_MAX
        && asked
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\\\"<>`{}|^".contains(&byte));
    if !plain {
        return None;
    }
    let rest = match asked.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => {
            let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            if !is_host(authority) || !trusts(&format!("{scheme}://{authority}")) {
                return None;
            }
            path
        }
        _ if asked.starts_with('/') => asked,
        _ => return None,
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    is_straight(path).then_some(asked)
}

/// The origin of an address that was accepted; `None` where that is our own.
pub(super) fn origin(accepted: &str) -> Option<&str> {
    let after_scheme = accepted
        .split_once("://")
        .filter(|_| !accepted.starts_with('/'))?
        .1;
    let authority = after_scheme.split(['/', '?', '#']).next()?;
    accepted.get(..accepted.len() - after_scheme.len() + authority.len())
}

/// A host and perhaps a port, without anything that has a meaning elsewhere: the origin ends in a header.
fn is_host(authority: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    !authority.is_empty() && authority.bytes().all(plain)
}

/// Whether a path means the same to whoever reads it.
fn is_straight(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let dots = |segment: &str| matches!(segment, "." | "..");
    let control = |escape: &str| matches!(escape.as_bytes(), [b'0' | b'1', ..] | [b'2', b'0', ..]);
    !path.contains("//")
        && !path.split('/').any(dots)
        && !ENCODED.iter().any(|escape| lower.contains(escape))
        && !lower.split('%').skip(1).any(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUSTED: [&str; 2] = ["https://app.example", "http://localhost:5173"];

    #[test]
    fn people_come_back_to_us_or_to_a_listed_application_and_to_nowhere_else() {
        for (asked, good) in [
            // our own paths
            ("/", true),
            ("/tasks", true),
            ("/tasks/7?open=1#notes", true),
            ("/b%C3%BCcher", true),
            ("/search?q=a//b", true),
            ("/search?next=https://evil.example", true),
            ("/a@b", true),
            ("/x:y", true),
            // listed applications
            ("https://app.example", true),
            ("https://app.example/", true),
            ("https://app.example/tasks?open=1", true),
            ("https://app.example?open=1", true),
            ("http://localhost:5173/x", true),
            // other hosts, plain
            ("https://evil.example", false),
            ("https://evil.example/https://app.example", false),
            ("http://app.example", false),
            ("https://app.example:444/", false),
            ("https://app.example.evil.example/", false),
            ("https://sub.app.example/", false),
            ("https://APP.example/", false),
            // user information in front of the host
            ("https://app.example@evil.example/", false),
            ("https://app.example:pw@evil.example/", false),
            ("https://user@app.example/", false),
            ("https://app.example%40evil.example/", false),
            ("https://app;sandbox.example/", false),
            ("https://app,example/", false),
            // no scheme, another scheme, a strange one
            ("//evil.example", false),
            ("///evil.example", false),
            ("////evil.example", false),
            ("/%09/evil.example", false),
            ("https:evil.example", false),
            ("https:/evil.example", false),
            ("https:///evil.example", false),
            ("http:\\\\evil.example", false),
            ("javascript:alert(1)", false),
            ("javascript://app.example/%0aalert(1)", false),
            ("data:text/html,x", false),
            ("HTTPS://app.example/", false),
            ("ftp://app.example/", false),
            ("capacitor://localhost/", false),
            // backslashes, which browsers read as slashes
            ("/\\evil.example", false),
            ("\\\\evil.example", false),
            ("\\/evil.example", false),
            ("https://app.example\\@evil.example", false),
            ("/a\\b", false),
            // controls and blanks, which browsers leave out
            ("/\t/evil.example", false),
            ("/\n/evil.example", false),
            ("\t//evil.example", false),
            (" //evil.example", false),
            ("/\r\nset-cookie: a=b", false),
            ("/a b", false),
            ("/\u{0}", false),
            ("/\u{7f}", false),
            ("/\u{85}/evil.example", false),
            ("/bücher", false),
            ("https://app。example/", false),
            // encodings that somebody in between might undo
            ("/%2f/evil.example", false),
            ("/%2Fevil.example", false),
            ("/%5cevil.example", false),
            ("/%5Cevil.example", false),
            ("/%00", false),
            ("/%0d%0aset-cookie:a=b", false),
            ("/%20/evil.example", false),
            ("/a/%2e%2e//evil.example", false),
            ("/%7f", false),
            // ways around
            ("/..//evil.example", false),
            ("/./x", false),
            ("/a/../b", false),
            ("/a//evil.example", false),
            ("https://app.example//evil.example", false),
            ("https://app.example/../x", false),
            // nothing to go to
            ("", false),
            ("tasks", false),
            ("?a", false),
            ("#a", false),
            (".", false),
            ("evil.example", false),
        ] {
            let accepted = accepted(asked, |origin| TRUSTED.contains(&origin));
            assert_eq!(accepted.is_some(), good, "{asked:?}");
        }
        for strange in [
            "https://app;sandbox.example/",
            "https://a'b.example/",
            "https://@app.example/",
        ] {
            assert_eq!(accepted(strange, |_| true), None, "{strange}");
        }
        let long = format!("/{}", "a".repeat(LENGTH_MAX));
        assert_eq!(accepted(&long, |_| true), None);
    }

    #[test]
    fn the_origin_of_an_accepted_address_is_what_was_trusted() {
        for (address, expected) in [
            ("/tasks?next=https://app.example", None),
            ("https://app.example", Some("https://app.example")),
            ("https://app.example/a://b", Some("https://app.example")),
            ("http://localhost:5173?x", Some("http://localhost:5173")),
        ] {
            assert_eq!(origin(address), expected, "{address}");
        }
    }
}
