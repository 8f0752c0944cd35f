//! Open redirects (CWE-601): wherever a person is led after signing in or up, it is an address of ours or of a listed application. What
//! an address means is judged as browsers do, by the URL Standard's parser, and not by how it looks.

use reqwest::Url;
use reqwest::header::LOCATION;

use super::{PASSWORD, VICTIM, credentials};
use crate::browser::Browser;
use crate::client::{CSRF, Client};
use crate::place::{Engine, Place};
use crate::server::{Server, UNTHROTTLED};

/// Each tried bare, and behind what some checks look for at the beginning.
const ELSEWHERE: &[&str] = &[
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example//",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\u{1}//evil.example",
    "\u{a0}//evil.example",
    "/%2f/evil.example",
    "/%2Fevil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e//evil.example",
    "/a/..//evil.example",
    "//evil.example/%2e%2e",
    "https://app.example@evil.example",
    "https://app.example:x@evil.example",
    "https://app.example\\@evil.example",
    "https://app.example%40evil.example",
    "https://app.example.evil.example",
    "https://app.example:443@evil.example",
    "https://app.example#@evil.example",
    "https://app.example?@evil.example",
    "https://evil.example/https://app.example",
    "https://evil.example?https://app.example",
    "https://evil.example#https://app.example",
    "https://evil。example",
    "https://еvil.example",
    "https://[::1]",
    "https://127.0.0.1",
    "https://0x7f000001",
    "http://app.example",
    "https://app.example:444",
    "ftp://app.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "javascript://app.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example/x",
    "\u{202e}moc.elpmaxe.live//:sptth",
];

/// Addresses of this machine are trusted where people reach the server on it alone, which is not what these tests are about.
const PUBLIC: &[&str] = &[
    "--set",
    "http.public_url=https://keys.example",
    "--set",
    "http.allowed_origins=https://app.example",
];

/// A server for the world, with an account, and the way to it.
async fn public_server() -> (Place, Server, Client) {
    let place = Place::on(Engine::Sqlite).await;
    let server = Server::start(&place.data_dir(), &[&UNTHROTTLED, PUBLIC].concat());
    let client = Client::to(&server.listens_at());
    let signed_up = client.ask("/auth/signup", credentials(VICTIM, PASSWORD));
    signed_up.await.expect(201);
    (place, server, client)
}

/// Whether a browser that is on a page of ours goes to us or to the listed application.
fn is_home(address: &str) -> bool {
    let ours = Url::parse("https://keys.example").unwrap();
    // What can't be read leads nowhere.
    let Ok(there) = ours.join(address) else {
        return true;
    };
    there.origin() == ours.origin() || there.origin() == Url::parse("https://app.example").unwrap().origin()
}

/// Everything on a page that leads somewhere.
fn leads(page: &str) -> Vec<String> {
    let attributes = ["href=\"", "action=\"", "name=\"return_to\" value=\""];
    let found = attributes.iter().flat_map(|attribute| {
        page.match_indices(attribute)
            .filter_map(|(at, _)| page[at + attribute.len()..].split('"').next())
    });
    let plain = |text: &str| {
        text.replace("&#x2f;", "/")
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&quot;", "\"")
    };
    found.map(plain).collect()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn nobody_is_led_elsewhere_by_signing_in() {
    let (_place, _server, client) = public_server().await;
    let mut signed_in = Browser::open(&client).await.unwrap();
    let body = credentials(VICTIM, PASSWORD);
    signed_in.ask(&client, "/auth/signin", body).await.expect(200);
    for asked in ELSEWHERE {
        let browser = Browser::open(&client).await.unwrap();
        for (who, page) in [
            (&browser, "/signin"),
            (&browser, "/signup"),
            (&signed_in, "/signin"),
        ] {
            let path = format!("{page}?return_to={}", escaped(asked));
            let answer = who.get(&client, &path).send().await;
            assert!(
                matches!(answer.status, 200 | 400 | 422),
                "{asked:?}: {}",
                answer.status
            );
            for lead in leads(&answer.text) {
                assert!(is_home(&lead), "{asked:?} on {page}: {lead:?}");
            }
        }
        let fields = [
            ("csrf", browser.cookie(CSRF)),
            ("identifier", VICTIM),
            ("password", PASSWORD),
            ("return_to", asked),
        ];
        let answer = browser.post(&client, "/signin").form(&fields).send().await;
        let answer = answer.expect(303);
        assert_eq!(answer.headers.get_all(LOCATION).iter().count(), 1, "{asked:?}");
        let next = answer.headers[LOCATION].to_str().unwrap();
        assert!(is_home(next), "{asked:?}: {next:?}");
    }
}

/// The test above would pass where nobody is led anywhere.
#[tokio::test]
async fn people_are_led_back_to_us_and_to_listed_applications() {
    let (_place, _server, client) = public_server().await;
    for asked in ["/docs/", "https://app.example/tasks?open=1"] {
        let browser = Browser::open(&client).await.unwrap();
        let path = format!("/signin?return_to={}", escaped(asked));
        let page = browser.get(&client, &path).send().await.expect(200);
        assert!(leads(&page.text).contains(&asked.to_owned()), "{}", page.text);
        let fields = [
            ("csrf", browser.cookie(CSRF)),
            ("identifier", VICTIM),
            ("password", PASSWORD),
            ("return_to", asked),
        ];
        let answer = browser.post(&client, "/signin").form(&fields).send().await;
        assert_eq!(answer.expect(303).headers[LOCATION], asked);
    }
    assert!(!is_home("//evil.example"));
}
