//! What is configured about the edge, checked once at start.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::HeaderValue;
use ipnet::IpNet;
use metrics::Recorder;
use tokio::sync::Semaphore;
use utoipa::openapi::OpenApi;

use crate::application::Application;
use crate::edge::Readiness;
use crate::feed::Feed;
use crate::metrics::EdgeMetrics;
use crate::origin::{OriginError, OriginPolicy};
use crate::pages::{InterfaceLook, Pages, PagesSettings};
use crate::token_pair::TokenPairSettings;

/// Whom Strict-Transport-Security is for (RFC 6797; ASVS 5.0 V3.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hsts {
    /// For nobody: who ends TLS sends it, or nobody should.
    Off,
    /// For this host, for a year.
    Host,
    /// For what is below this host, too.
    Subdomains,
}

impl Hsts {
    fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Off => None,
            Self::Host => Some(HeaderValue::from_static("max-age=31536000")),
            Self::Subdomains => Some(HeaderValue::from_static("max-age=31536000; includeSubDomains")),
        }
    }
}

/// The `[http]` section as the edge needs it.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// Where browsers find this server. Unset or loopback: loopback origins are trusted.
    pub public_url: Option<String>,
    /// Where clients find this server, whether or not `public_url` says so; without a slash at the end.
    pub base_url: String,
    /// Origins of browser applications that may call and read answers.
    pub allowed_origins: Vec<String>,
    /// Origins of native shells (Capacitor, Electron), which count as not browsers.
    pub native_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Cookies without `__Host-` and `Secure`, for browsers that keep neither on plain http.
    pub dev_cookies: bool,
    /// Strict-Transport-Security of every answer, where `public_url` is https.
    pub hsts: Hsts,
    /// How long a body may take to arrive whole.
    pub body_timeout: Duration,
    /// How many requests are worked on at once; the next one is refused.
    pub max_requests: usize,
    /// How long after a sign-out an access token may be let in elsewhere: followers are told four times within it that they know all.
    pub max_staleness: Duration,
    /// How many services may follow changes at once.
    pub max_followers: usize,
    /// The token-pair API.
    pub token_pair: TokenPairSettings,
    /// The pages for people without script.
    pub pages: PagesSettings,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            public_url: None,
            base_url: "http://localhost:8080".to_owned(),
            allowed_origins: Vec::new(),
            native_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            dev_cookies: false,
            hsts: Hsts::Host,
            body_timeout: Duration::from_secs(10),
            max_requests: 1024,
            max_staleness: Duration::from_secs(1),
            max_followers: 256,
            token_pair: TokenPairSettings {
                enabled: true,
                ..TokenPairSettings::default()
            },
            pages: PagesSettings::default(),
        }
    }
}

/// The edge's configuration, valid.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    pub(crate) origins: OriginPolicy,
    pub(crate) base_url: String,
    /// `/openapi.json`, written when it is first asked for.
    pub(crate) document: Arc<OnceLock<String>>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) dev_cookies: bool,
    pub(crate) hsts: Option<HeaderValue>,
    pub(crate) body_timeout: Duration,
    pub(crate) token_pair: TokenPairSettings,
    pub(crate) pages: Arc<Pages>,
    pub(crate) application: Option<Application>,
    /// What the application serves, described.
    pub(crate) application_description: Option<fn() -> OpenApi>,
    pub(crate) in_flight: Arc<Semaphore>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) readiness: Readiness,
    pub(crate) metrics: Arc<EdgeMetrics>,
}

impl EdgeConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// An origin that no browser would ever send; names it.
    pub fn new(settings: EdgeSettings) -> Result<Self, OriginError> {
        let origins = OriginPolicy::new(
            settings.public_url.as_deref(),
            &settings.allowed_origins,
            &settings.native_origins,
        )?;
        let https = settings.public_url.is_some_and(|url| url.starts_with("https://"));
        Ok(Self {
            origins,
            hsts: settings.hsts.header().filter(|_| https),
            base_url: settings.base_url,
            document: Arc::default(),
            trusted_proxies: settings.trusted_proxies,
            dev_cookies: settings.dev_cookies,
            body_timeout: settings.body_timeout,
            token_pair: settings.token_pair,
            pages: Arc::new(Pages::new(settings.pages)?),
            application: None,
            application_description: None,
            in_flight: Arc::new(Semaphore::new(settings.max_requests.min(Semaphore::MAX_PERMITS))),
            feed: Arc::new(Feed::new(settings.max_staleness, settings.max_followers)),
            readiness: Readiness::default(),
            metrics: Arc::default(),
        })
    }

    /// Describes what an application serves, too: in `/openapi.json`, and as routes that are counted. A description is large, and is made
    /// where it is needed.
    #[must_use]
    pub fn describing(self, application: fn() -> OpenApi) -> Self {
        Self {
            application_description: Some(application),
            ..self
        }
    }

    /// Serves this application, too.
    #[must_use]
    pub fn with_application(self, application: Application) -> Self {
        Self {
            application: Some(application),
            ..self
        }
    }

    /// Counts requests with this recorder.
    #[must_use]
    pub fn measured_by(self, recorder: &dyn Recorder) -> Self {
        self.feed.measured_by(recorder);
        Self {
            metrics: Arc::new(EdgeMetrics::register(recorder, self.application_description())),
            ..self
        }
    }

    pub(crate) fn application_description(&self) -> Option<OpenApi> {
        self.application_description.map(|describe| describe())
    }

    /// The same, counting nothing: for probes of operators, which are no requests of people.
    pub(crate) fn unmeasured(self) -> Self {
        Self {
            metrics: Arc::default(),
            ..self
        }
    }

    /// Whether pages on this machine are trusted, whatever their port; start-up should say so.
    pub const fn trusts_loopback_origins(&self) -> bool {
        self.origins.trusts_loopback()
    }

    /// What followers of changes are handed: to be told what the store tells.
    pub fn feed(&self) -> Arc<Feed> {
        Arc::clone(&self.feed)
    }

    /// Shares the readiness, the counters, the followers and the requests in flight of the configuration that this one takes over from.
    #[must_use]
    pub fn succeeding(self, previous: &Self) -> Self {
        Self {
            base_url: previous.base_url.clone(),
            application: previous.application.clone(),
            document: Arc::clone(&previous.document),
            in_flight: Arc::clone(&previous.in_flight),
            feed: Arc::clone(&previous.feed),
            readiness: previous.readiness.clone(),
            metrics: Arc::clone(&previous.metrics),
            ..self
        }
    }

    /// Where the web interface is, if there is one.
    pub fn interface(&self) -> Option<&str> {
        self.pages.interface_path()
    }

    /// What a page that is served beside the web interface needs to look like it, if there is one.
    pub fn interface_look(&self) -> Option<InterfaceLook> {
        self.pages.interface_look()
    }

    /// The handle by which `/readyz` learns that the process is about to stop.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }
}
