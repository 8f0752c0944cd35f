//! The ops listener: what it counts, that its page of the documentation names all of it, and who may reach it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;
use tempfile::tempdir;

use crate::client::Client;
use crate::patience::patiently;
use crate::server::Server;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
const ALERTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating/alerts.yml");
/// Labels whose values are the same in every version, and few.
const SPELLED_OUT: [&str; 6] = ["status", "verdict", "result", "reason", "source", "kind"];
const PASSWORD: &str = "a long and quiet phrase";

/// One page of `/metrics`, taken apart.
struct Scraped {
    help: BTreeMap<String, String>,
    kind: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

impl Scraped {
    async fn from(server: &Server) -> Self {
        let answer = Client::to(server.ops()).get("/metrics").send().await.expect(200);
        Self::parse(&answer.text)
    }

    fn parse(text: &str) -> Self {
        let mut scraped = Self {
            help: BTreeMap::new(),
            kind: BTreeMap::new(),
            samples: BTreeMap::new(),
        };
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (subject, value) = match line.strip_prefix("# HELP ") {
                Some(help) => (help.split_once(' '), &mut scraped.help),
                None => match line.strip_prefix("# TYPE ") {
                    Some(kind) => (kind.split_once(' '), &mut scraped.kind),
                    None => {
                        let (sample, value) = line.rsplit_once(' ').unwrap();
                        scraped.samples.insert(sample.to_owned(), value.parse().unwrap());
                        continue;
                    }
                },
            };
            let (name, text) = subject.unwrap();
            value.insert(name.to_owned(), text.to_owned());
        }
        scraped
    }

    #[track_caller]
    fn value(&self, sample: &str) -> f64 {
        let value = self.samples.get(sample);
        *value.unwrap_or_else(|| panic!("no {sample} in {:#?}", self.samples.keys()))
    }

    /// Label names of a metric, with their values.
    fn labels(&self, name: &str) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut labels = BTreeMap::<&str, BTreeSet<&str>>::new();
        for sample in self.samples.keys() {
            let Some((of, pairs)) = sample.trim_end_matches('}').split_once('{') else {
                continue;
            };
            if of != name && of.strip_suffix("_bucket") != Some(name) {
                continue;
            }
            for pair in pairs.trim_end_matches('"').split("\",") {
                let (label, value) = pair.split_once("=\"").unwrap();
                labels.entry(label).or_default().insert(value);
            }
        }
        labels.remove("le");
        labels
    }

    /// The rows of the page.
    fn rows(&self) -> Vec<String> {
        let row = |(name, kind): (&String, &String)| {
            let labels: Vec<_> = self
                .labels(name)
                .into_iter()
                .map(|(label, values)| match SPELLED_OUT.contains(&label) {
                    true => format!("`{label}`: {}", values.into_iter().collect::<Vec<_>>().join(", ")),
                    false => format!("`{label}`"),
                })
                .collect();
            format!(
                "| `{name}` | {kind} | {} | {} |",
                labels.join("; "),
                self.help[name]
            )
        };
        self.kind.iter().map(row).collect()
    }
}

#[tokio::test]
async fn the_page_of_the_documentation_names_every_metric_and_no_other() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let scraped = Scraped::from(&server).await;
    let expected = scraped.rows().join("\n");
    let page = fs::read_to_string(PAGE).unwrap();
    let written: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(
        written.join("\n"),
        expected,
        "docs/metrics.md should say:\n{expected}"
    );
    assert!(scraped.kind.keys().eq(scraped.help.keys()), "each has a meaning");
}

#[tokio::test]
async fn the_sample_alerts_ask_for_metrics_that_there_are() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let scraped = Scraped::from(&server).await;
    let alerts = fs::read_to_string(ALERTS).unwrap();
    let word = |c: char| !(c.is_ascii_lowercase() || c == '_');
    let asked: BTreeSet<_> = alerts
        .split(word)
        .filter(|word| word.starts_with("keyturn_") || word.starts_with("process_"))
        .collect();
    assert!(asked.len() > 5, "{asked:?}");
    for name in asked {
        let base = name
            .trim_end_matches("_bucket")
            .trim_end_matches("_count")
            .trim_end_matches("_sum");
        assert!(
            scraped.kind.contains_key(name) || scraped.kind.contains_key(base),
            "{name} is no metric"
        );
    }
}

#[tokio::test]
async fn what_happens_is_counted_under_fixed_words() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let client = Client::to(server.url());
    let account = json!({ "email": "ann@example.org", "password": PASSWORD });
    let first = client.ask("/auth/signup", account.clone()).await.expect(201);
    let wrong = json!({ "email": "ann@example.org", "password": "another quiet phrase" });
    client.ask("/auth/signin", wrong).await.expect(401);
    client.ask("/auth/signin", account).await.expect(200);
    let token = json!({ "refresh_token": first.field("refresh_token") });
    let second = client.ask("/auth/refresh", token.clone()).await.expect(200);
    let check = client.get("/auth/session").bearer(second.field("access_token"));
    check.send().await.expect(200);
    client.ask("/auth/refresh", token).await.expect(401);
    client
        .get("/auth/no-such/ann@example.org")
        .send()
        .await
        .expect(404);
    let nobodys = json!({ "refresh_token": "ktr_nobodys" });
    client.ask("/auth/refresh", nobodys).await;

    let scraped = Scraped::from(&server).await;
    for (sample, expected) in [
        ("keyturn_refreshes_total{verdict=\"rotate\"}", 1.0),
        ("keyturn_refreshes_total{verdict=\"reuse\"}", 1.0),
        ("keyturn_refreshes_total{verdict=\"hold\"}", 0.0),
        ("keyturn_session_ends_total{reason=\"token_reuse\"}", 1.0),
        ("keyturn_session_ends_total{reason=\"idle\"}", 0.0),
        ("keyturn_sign_ins_total{result=\"success\"}", 1.0),
        ("keyturn_sign_ins_total{result=\"invalid_credentials\"}", 1.0),
        ("keyturn_session_checks_total{source=\"memory\"}", 1.0),
        ("keyturn_http_problems_total{code=\"not-found\"}", 1.0),
        (
            "keyturn_http_requests_total{method=\"POST\",route=\"/auth/signin\",status=\"4xx\"}",
            1.0,
        ),
        (
            "keyturn_http_requests_total{method=\"other\",route=\"other\",status=\"4xx\"}",
            1.0,
        ),
        (
            "keyturn_http_request_seconds_count{method=\"GET\",route=\"/auth/session\"}",
            1.0,
        ),
        ("keyturn_http_requests_in_flight", 0.0),
        ("keyturn_hash_seconds_count", 3.0),
        ("keyturn_hash_busy_threads", 0.0),
        ("keyturn_hash_queue_jobs", 0.0),
        ("keyturn_store_queue_commands", 0.0),
        ("keyturn_store_failed_commits_total", 0.0),
    ] {
        assert!(
            (scraped.value(sample) - expected).abs() < 0.5,
            "{sample}: {}",
            scraped.value(sample)
        );
    }
    assert!(scraped.value("keyturn_store_commit_seconds_count") >= 5.0);
    assert!(scraped.value("process_open_fds") > 3.0);
    assert!(scraped.value("process_resident_memory_bytes") > 1e6);
    assert!(!scraped.samples.keys().any(|sample| sample.contains("ann@")));
}

#[tokio::test]
async fn operators_have_probes_of_their_own() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let ops = Client::to(server.ops());
    for probe in ["/livez", "/readyz", "/healthz"] {
        ops.get(probe).send().await.expect(200);
    }
    ops.get("/auth/session").send().await.expect(404);
    ops.get("/test/clock").send().await.expect(404);
    Client::to(server.url()).get("/metrics").send().await.expect(404);
}

#[tokio::test]
async fn without_an_ops_listener_it_serves_all_the_same() {
    let folder = tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &["--set", "ops.listen=off"]);
    assert!(
        server.greeting()[4].contains("ops.listen is off"),
        "{:?}",
        server.greeting()
    );
    Client::to(server.url()).get("/readyz").send().await.expect(200);
    server.stop();
}

/// While load balancers look elsewhere, whoever still comes is served.
#[tokio::test]
async fn a_server_about_to_stop_says_so_and_serves_until_the_delay_is_over() {
    let folder = tempdir().unwrap();
    let flags = ["--set", "http.drain_delay=10m"];
    let server = Server::start(&folder.path().join("data"), &flags);
    let client = Client::to(server.url());
    server.ask_to_stop();
    let mut said = false;
    for _ in patiently() {
        said = client.get("/readyz").send().await.status == 503;
        if said {
            break;
        }
    }
    assert!(said, "it was told to stop, and does not say so");
    client.get("/auth/session").send().await.expect(200);
    client.get("/livez").send().await.expect(200);
    let waits = |()| server.logs().contains("requests are served for 600 s more");
    assert!(patiently().any(waits), "{}", server.logs());
    // Told again it waits no longer.
    server.stop();
}
