//! What a browser would meet at the public address: proxy, clock, cookies, CORS.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use keyturn_core::ports::Clock;
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Client, Method, Response};

use super::Finding;
use crate::adapters::clock::SystemClock;
use crate::adapters::probe;
use crate::config::{Config, is_loopback_url};

/// Clocks further apart than this make tokens of one machine expired, or not yet valid, on another.
const CLOCKS_APART: i64 = 10;
/// An origin that nobody allows: `.invalid` is nobody's (RFC 6761 §6.4).
const FOREIGN_ORIGIN: &str = "https://keyturn-doctor.invalid";

pub(super) async fn examine(config: &Config, url: &str) -> Vec<Finding> {
    const CHECK: &str = "address";
    let client = match probe::client(url) {
        Ok(client) => client,
        Err(failure) => return vec![Finding::fail(CHECK, failure.to_string(), "name it as https://…")],
    };
    let answer = match client.get(format!("{url}/readyz")).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let advice = "is the proxy up, and does its certificate name this host?";
            return vec![Finding::fail(CHECK, probe::causes(&error), advice)];
        }
    };
    let status = answer.status();
    if !status.is_success() {
        let advice = "the proxy must pass every path on to Keyturn, and Keyturn must be ready";
        return vec![Finding::fail(
            CHECK,
            format!("{url}/readyz answers {status}"),
            advice,
        )];
    }
    let mut findings = vec![address(config, url), clock(answer.headers())];
    findings.push(same_origin(&client, url).await);
    findings.push(cookies(config, &client, url).await);
    for origin in &config.http.allowed_origins.0 {
        findings.push(cors(&client, url, origin, true).await);
    }
    findings.push(cors(&client, url, FOREIGN_ORIGIN, false).await);
    findings
}

fn address(config: &Config, url: &str) -> Finding {
    const CHECK: &str = "address";
    if !url.starts_with("https://") && !is_loopback_url(url) {
        return Finding::fail(
            CHECK,
            format!("{url} is not https"),
            "let the proxy speak TLS: tokens travel in the clear",
        );
    }
    match config
        .http
        .public_url
        .as_deref()
        .map(|public| public.trim_end_matches('/'))
    {
        Some(public) if public != url => {
            let advice = "set http.public_url to the address that people use";
            Finding::warn(CHECK, format!("http.public_url is {public}, not {url}"), advice)
        }
        _ => Finding::ok(CHECK, format!("{url} answers")),
    }
}

fn clock(headers: &HeaderMap) -> Finding {
    const CHECK: &str = "clock";
    let date = headers
        .get("date")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
    let Some(there) = date else {
        return Finding::warn(CHECK, "the answer carries no Date", "compare the clocks by hand");
    };
    match apart(SystemClock.now(), there) {
        seconds if seconds > CLOCKS_APART => {
            let advice = "let both machines follow a time server";
            Finding::fail(
                CHECK,
                format!("this machine and that one are {seconds} s apart"),
                advice,
            )
        }
        _ => Finding::ok(CHECK, "agrees with this machine's"),
    }
}

fn apart(here: Timestamp, there: Timestamp) -> i64 {
    here.duration_since(there).as_secs().abs()
}

/// The server must see the host that browsers name, or it takes its own pages for foreign ones. Signing nobody out is harmless.
async fn same_origin(client: &Client, url: &str) -> Finding {
    const CHECK: &str = "host";
    let request = client.post(format!("{url}/auth/signout")).header("origin", url);
    match request.send().await {
        Ok(answer) if answer.status().is_success() => {
            Finding::ok(CHECK, "a page of this address may sign out")
        }
        Ok(answer) => {
            let found = format!(
                "a request of the page's own origin is answered {}",
                answer.status()
            );
            Finding::fail(
                CHECK,
                found,
                "let the proxy keep Host, and set http.public_url to this address",
            )
        }
        Err(error) => Finding::fail(CHECK, probe::causes(&error), "let the proxy pass POST on"),
    }
}

/// The CSRF cookie is given to anybody, and built as the others are.
async fn cookies(config: &Config, client: &Client, url: &str) -> Finding {
    const CHECK: &str = "cookies";
    let answer = match client.get(format!("{url}/auth/csrf")).send().await {
        Ok(answer) => answer,
        Err(error) => return Finding::fail(CHECK, probe::causes(&error), "let the proxy pass /auth on"),
    };
    let Some(cookie) = header(&answer, "set-cookie") else {
        return Finding::fail(CHECK, "no cookie arrives", "the proxy must not strip Set-Cookie");
    };
    let cookie = cookie.to_ascii_lowercase();
    let sound = cookie.starts_with("__host-") && cookie.contains("; secure") && !cookie.contains("; domain");
    match (sound, config.http.dev_cookies) {
        (true, _) => Finding::ok(CHECK, "__Host- and Secure arrive as they were sent"),
        (false, true) => Finding::warn(
            CHECK,
            "cookies are weakened",
            "never set http.dev_cookies in production",
        ),
        (false, false) => {
            let advice =
                "the proxy must not rewrite Set-Cookie (no proxy_cookie_domain, proxy_cookie_path or flags)";
            Finding::fail(
                CHECK,
                "the cookie lost its __Host- prefix or Secure on the way",
                advice,
            )
        }
    }
}

/// Asks as a browser does before a credentialed request (Fetch, CORS-preflight).
async fn cors(client: &Client, url: &str, origin: &str, wanted: bool) -> Finding {
    const CHECK: &str = "cors";
    let request = client
        .request(Method::OPTIONS, format!("{url}/auth/session"))
        .header("origin", origin)
        .header("access-control-request-method", "GET");
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return Finding::fail(CHECK, probe::causes(&error), "let the proxy pass OPTIONS on"),
    };
    let names = header(&answer, "access-control-allow-origin");
    let credentials = header(&answer, "access-control-allow-credentials").as_deref() == Some("true");
    let allowed = names.as_deref().is_some_and(|name| name == origin || name == "*");
    match (wanted, allowed) {
        (true, true) if credentials => Finding::ok(CHECK, format!("{origin} may call with credentials")),
        (true, _) => {
            let advice =
                "the proxy must pass OPTIONS and Access-Control-* on; is this server configured as here?";
            Finding::fail(CHECK, format!("{origin} may not call with credentials"), advice)
        }
        (false, true) => {
            let advice = "remove the proxy's own Access-Control-Allow-Origin";
            Finding::fail(CHECK, "any origin may call", advice)
        }
        (false, false) => Finding::ok(CHECK, "an origin that is not listed may not call"),
    }
}

fn header(answer: &Response, name: &str) -> Option<String> {
    let name = HeaderName::from_str(name).ok()?;
    answer.headers().get(name)?.to_str().ok().map(str::to_owned)
}
