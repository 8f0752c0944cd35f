//! What the edge counts: requests by method, route and status class, their durations, those at work, problems by code.
//!
//! **The rule**: labels come from fixed sets. A route is one of the description ([`crate::openapi()`]) as it was matched, never a
//! path; whatever else is asked for is `other`. All handles are registered once, so that a request looks one up and formats
//! nothing. Without a recorder they count nothing.
//!
//! **The caveat**: durations end with the head of an answer, and are measured by the system's monotonic clock, also under the
//! virtual one.

use std::collections::HashMap;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram, Recorder, Unit};
use tokio::time::Instant;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

use crate::error::ProblemCode;

const REQUESTS: &str = "keyturn_http_requests_total";
const DURATION: &str = "keyturn_http_request_seconds";
const AT_WORK: &str = "keyturn_http_requests_in_flight";
const REFUSED: &str = "keyturn_http_requests_refused_total";
const PROBLEMS: &str = "keyturn_http_problems_total";

/// Route and method of requests that no described route answers.
const OTHER: &str = "other";
/// By the first digit of the status; the last is of requests whose client left before the answer.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "abandoned"];
const ABANDONED: usize = CLASSES.len() - 1;

/// The edge's counters; the default counts nothing.
#[derive(Debug)]
pub(crate) struct EdgeMetrics {
    routes: HashMap<&'static str, Vec<(Method, Series)>>,
    other: Series,
    at_work: Gauge,
    refused: Counter,
    problems: HashMap<ProblemCode, Counter>,
}

/// The counters of one method of one route.
#[derive(Debug)]
struct Series {
    classes: [Counter; CLASSES.len()],
    duration: Histogram,
}

impl Default for EdgeMetrics {
    fn default() -> Self {
        Self {
            routes: HashMap::new(),
            other: Series::noop(),
            at_work: Gauge::noop(),
            refused: Counter::noop(),
            problems: HashMap::new(),
        }
    }
}

impl EdgeMetrics {
    /// Registers the counters of every described route.
    pub(crate) fn register(recorder: &dyn Recorder, application: Option<OpenApi>) -> Self {
        metrics::with_local_recorder(recorder, || {
            describe();
            let paths = crate::router::openapi_with(application).paths.paths;
            let routes = paths.iter().map(|(path, item)| {
                // As many as there are routes, once a process.
                let route: &'static str = path.clone().leak();
                let series =
                    methods(item).map(|method| (method.clone(), Series::register(method.as_str(), route)));
                (route, series.collect())
            });
            Self {
                routes: routes.collect(),
                other: Series::register(OTHER, OTHER),
                at_work: metrics::gauge!(AT_WORK),
                refused: metrics::counter!(REFUSED),
                problems: ProblemCode::ALL
                    .iter()
                    .map(|code| (*code, metrics::counter!(PROBLEMS, "code" => code.as_str())))
                    .collect(),
            }
        })
    }

    /// A request arrived.
    pub(crate) fn begin(&self, request: &Request) -> Underway<'_> {
        self.at_work.increment(1.0);
        Underway {
            metrics: self,
            series: self.series(request),
            began: Instant::now(),
            class: ABANDONED,
        }
    }

    /// A request was refused because too many were at work.
    pub(crate) fn refused(&self) {
        self.refused.increment(1);
    }

    /// A request was answered with this problem.
    pub(crate) fn problem(&self, code: ProblemCode) {
        if let Some(counter) = self.problems.get(&code) {
            counter.increment(1);
        }
    }

    fn series(&self, request: &Request) -> &Series {
        let matched = request.extensions().get::<MatchedPath>();
        let methods = matched.and_then(|route| self.routes.get(route.as_str()));
        // HEAD is answered by the route of GET.
        let asked = match *request.method() {
            Method::HEAD => &Method::GET,
            ref method => method,
        };
        methods
            .and_then(|methods| methods.iter().find(|(method, _)| method == asked))
            .map_or(&self.other, |(_, series)| series)
    }
}

/// A request between its arrival and its answer. One that is dropped without an answer was abandoned by its client.
pub(crate) struct Underway<'a> {
    metrics: &'a EdgeMetrics,
    series: &'a Series,
    began: Instant,
    class: usize,
}

impl Underway<'_> {
    /// It was answered.
    pub(crate) fn answered(mut self, status: StatusCode) {
        self.class = usize::from(status.as_u16() / 100).clamp(1, ABANDONED) - 1;
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.metrics.at_work.decrement(1.0);
        if let Some(counter) = self.series.classes.get(self.class) {
            counter.increment(1);
        }
        self.series.duration.record(self.began.elapsed());
    }
}

impl Series {
    fn register(method: &'static str, route: &'static str) -> Self {
        Self {
            classes: CLASSES.map(
                |class| metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => class),
            ),
            duration: metrics::histogram!(DURATION, "method" => method, "route" => route),
        }
    }

    fn noop() -> Self {
        Self {
            classes: std::array::from_fn(|_| Counter::noop()),
            duration: Histogram::noop(),
        }
    }
}

/// The methods that a route is described with.
fn methods(item: &PathItem) -> impl Iterator<Item = &'static Method> {
    [
        (&Method::GET, item.get.is_some()),
        (&Method::POST, item.post.is_some()),
        (&Method::PUT, item.put.is_some()),
        (&Method::PATCH, item.patch.is_some()),
        (&Method::DELETE, item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, described)| described.then_some(method))
}

fn describe() {
    metrics::describe_counter!(
        REQUESTS,
        Unit::Count,
        "Requests by method, matched route and status class; `abandoned`: the client left before the answer"
    );
    metrics::describe_histogram!(
        DURATION,
        Unit::Seconds,
        "From a request's arrival to the head of its answer"
    );
    metrics::describe_gauge!(AT_WORK, Unit::Count, "Requests that are worked on");
    metrics::describe_counter!(
        REFUSED,
        Unit::Count,
        "Requests refused because `http.max_requests` were worked on"
    );
    metrics::describe_counter!(
        PROBLEMS,
        Unit::Count,
        "Answers that are no success, by the `code` of their problem"
    );
}
