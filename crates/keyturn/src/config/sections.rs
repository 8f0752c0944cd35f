//! The sections. Doc comments are the manual.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use jiff::SignedDuration;
use keyturn_core::lifetime::ActivityMode;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::jwt::JwtConfig;
use super::mail::MailConfig;
use super::retention::RetentionConfig;
use super::store::StoreConfig;
use super::tasks::TasksConfig;
use super::throttle::ThrottleConfig;
use super::token_pair::TokenPairConfig;
use super::ui::UiConfig;
use super::values::{List, Listen, Period, Secret};

/// What belongs to no section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Folder of the database and, where no master secret is given, of the secrets. Made with mode 0700.
    pub(crate) data_dir: PathBuf,
    /// At least 32 random bytes as text, from which every key is derived; all nodes over one database have the same. Without it one is made
    /// in `data_dir`, for the embedded store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) master_secret: Option<Secret>,
    /// The master secret before it; what was issued under it stays good while this is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous_master_secret: Option<Secret>,
    pub(crate) http: HttpConfig,
    pub(crate) ops: OpsConfig,
    pub(crate) log: LogConfig,
    pub(crate) store: StoreConfig,
    pub(crate) jwt: JwtConfig,
    pub(crate) session: SessionConfig,
    pub(crate) refresh: RefreshConfig,
    pub(crate) revocation: RevocationConfig,
    pub(crate) signup: SignUpConfig,
    pub(crate) password: PasswordConfig,
    pub(crate) throttle: ThrottleConfig,
    pub(crate) token_pair: TokenPairConfig,
    pub(crate) tasks: TasksConfig,
    pub(crate) retention: RetentionConfig,
    pub(crate) mail: MailConfig,
    pub(crate) ui: UiConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("keyturn-data"),
            master_secret: None,
            previous_master_secret: None,
            http: HttpConfig::default(),
            ops: OpsConfig::default(),
            log: LogConfig::default(),
            store: StoreConfig::default(),
            jwt: JwtConfig::default(),
            session: SessionConfig::default(),
            refresh: RefreshConfig::default(),
            revocation: RevocationConfig::default(),
            signup: SignUpConfig::default(),
            password: PasswordConfig::default(),
            throttle: ThrottleConfig::default(),
            token_pair: TokenPairConfig::default(),
            tasks: TasksConfig::default(),
            retention: RetentionConfig::default(),
            mail: MailConfig::default(),
            ui: UiConfig::default(),
        }
    }
}

/// The listener for people and applications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HttpConfig {
    /// Address and port.
    pub(crate) listen: SocketAddr,
    /// How people reach Keyturn, for example `https://id.example.org`. Needed beyond loopback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    /// Origins of the browser applications that may call Keyturn with credentials, exactly as browsers send them.
    pub(crate) allowed_origins: List,
    /// Origins that count as applications, not browsers: Capacitor, Electron.
    pub(crate) native_origins: List,
    /// Addresses or networks of proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: List,
    /// Cookies without prefix and without Secure, for browsers that want https even on loopback. Never in production.
    pub(crate) dev_cookies: bool,
    /// Whether answers ask browsers to come by https alone for a year (Strict-Transport-Security), where `public_url` is https: `host`,
    /// `subdomains` (of this host, too) or `off`.
    pub(crate) hsts: HstsMode,
    /// Serve beyond loopback without an https `public_url`. Only where something else secures the way.
    pub(crate) insecure: bool,
    /// The head of a request must have arrived so long after the connection was made or its last answer was given; so an idle
    /// connection of HTTP/1.1 is closed after it, too.
    pub(crate) header_timeout: Period,
    /// A request's body must have arrived whole after this long; sooner where the request itself may not live so long.
    pub(crate) body_timeout: Period,
    /// A connection is closed when its client takes nothing of an answer for this long.
    pub(crate) write_timeout: Period,
    /// A connection is closed when nothing moves on it either way for this long. Longer than any request may take.
    pub(crate) idle_timeout: Period,
    /// Connections at once; further ones wait in the system's queue until one is closed.
    pub(crate) max_connections: usize,
    /// Requests at once; further ones are answered 503 with `Retry-After`.
    pub(crate) max_requests: usize,
    /// How long after the signal to stop requests are still served, while `/readyz` says 503: as long as your load balancer takes to
    /// notice. A second signal ends it.
    pub(crate) drain_delay: Period,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            allowed_origins: List::default(),
            native_origins: List::default(),
            trusted_proxies: List::default(),
            dev_cookies: false,
            hsts: HstsMode::Host,
            insecure: false,
            header_timeout: Period(SignedDuration::from_secs(10)),
            body_timeout: Period(SignedDuration::from_secs(10)),
            write_timeout: Period(SignedDuration::from_secs(10)),
            idle_timeout: Period(SignedDuration::from_secs(60)),
            max_connections: 4096,
            max_requests: 1024,
            drain_delay: Period(SignedDuration::ZERO),
        }
    }
}

/// Whom Strict-Transport-Security is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HstsMode {
    /// For nobody.
    Off,
    /// For the host of `public_url`.
    Host,
    /// For what is below it, too.
    Subdomains,
}

/// The listener for operators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OpsConfig {
    /// Address and port of `/metrics` and of the probes, or `off`: no metrics then. Two servers on one machine need two ports.
    pub(crate) listen: Listen,
    /// Listen beyond loopback. Whoever reaches the listener reads the metrics without signing in, so only where a network or a proxy
    /// keeps strangers away.
    pub(crate) allow_remote: bool,
}

impl Default for OpsConfig {
    fn default() -> Self {
        Self {
            listen: Listen(Some(SocketAddr::from(([127, 0, 0, 1], 8081)))),
            allow_remote: false,
        }
    }
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// From which level on lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    /// Faults.
    Error,
    /// What somebody should look at.
    Warn,
    /// Starts, stops, reloads.
    Info,
    /// Each request and each change.
    Debug,
    /// Everything.
    Trace,
}

/// The log, on standard error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// `text` or `json`.
    pub(crate) format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`. The environment's `KEYTURN_LOG` wins, and may name targets: `info,keyturn_store=debug`.
    pub(crate) level: LogLevel,
    /// Whether each request has a line, whatever the level.
    pub(crate) requests: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LogLevel::Info,
            requests: false,
        }
    }
}

/// How long sessions live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SessionConfig {
    /// A session ends after this long without activity. At least twice `jwt.access_ttl`.
    pub(crate) idle_timeout: Period,
    /// A session ends this long after sign-in in any case.
    pub(crate) absolute_timeout: Period,
    /// `idle_timeout` for people who chose "Keep me signed in". Set with `remember_absolute`; without, nobody is offered the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remember_idle: Option<Period>,
    /// `absolute_timeout` for people who chose "Keep me signed in".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remember_absolute: Option<Period>,
    /// `requests`: each request not marked passive is activity. `declared`: only what clients declare by `idle_seconds`.
    #[schemars(schema_with = "activity_modes")]
    pub(crate) activity: ActivityMode,
    /// Whether a session keeps the client's address and user agent.
    pub(crate) record_client: bool,
    /// How many sessions one account has at the same time; one more ends the oldest (`session_limit`). Any number where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) per_account_limit: Option<NonZeroU32>,
}

impl SessionConfig {
    /// The longest that a session can live.
    pub(crate) fn longest(&self) -> SignedDuration {
        let remembered = self
            .remember_absolute
            .map_or(SignedDuration::ZERO, |period| period.0);
        remembered.max(self.absolute_timeout.0)
    }
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            idle_timeout: Period(SignedDuration::from_mins(60)),
            absolute_timeout: Period(SignedDuration::from_hours(7 * 24)),
            remember_idle: None,
            remember_absolute: None,
            activity: ActivityMode::Requests,
            record_client: true,
            per_account_limit: None,
        }
    }
}

fn activity_modes(_generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ActivityMode::ALL })
}

/// The windows of the rotation; `0s` switches one off. All three off is RFC 9700 to the letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RefreshConfig {
    /// Refreshes by one browser (tabs, reloads, retries) within this time are one use.
    pub(crate) concurrent_window: Period,
    /// How long a lost answer can be asked for again, while its token was never seen in use; until the session's idle end where it is
    /// not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lost_reply_window: Option<Period>,
    /// How long a client without cookies and without `Idempotency-Key` gets the same successor again; so does a
    /// thief.
    pub(crate) unproven_window: Period,
}

impl Default for RefreshConfig {
    fn default() -> Self {
        Self {
            concurrent_window: Period(SignedDuration::from_secs(10)),
            lost_reply_window: None,
            unproven_window: Period(SignedDuration::ZERO),
        }
    }
}

/// How soon a sign-out is felt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RevocationConfig {
    /// How long memory is believed after the store last said that it had told everything; then each check asks the store. `0s`
    /// always asks it.
    pub(crate) max_staleness: Period,
    /// How many services may follow changes (`/auth/changes`) at once on this node. Each has a connection, which counts for
    /// `http.max_connections`, too.
    pub(crate) max_followers: usize,
}

impl Default for RevocationConfig {
    fn default() -> Self {
        Self {
            max_staleness: Period(SignedDuration::from_secs(1)),
            max_followers: 256,
        }
    }
}

/// What it takes to use a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Activation {
    /// Nothing: the person is signed in at once.
    None,
    /// The person opens a link that is mailed, and gives the sign-up's password.
    Email,
    /// An administrator activates it.
    Admin,
}

/// Who may create an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SignUpConfig {
    /// Whether people may sign up by themselves.
    pub(crate) enabled: bool,
    /// `none`; `email`: by a mailed link; or `admin`: accounts wait for `keyturn user set-state … active`.
    pub(crate) activation: Activation,
}

impl Default for SignUpConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            activation: Activation::None,
        }
    }
}

/// How new passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HashAlgorithm {
    /// RFC 9106 with OWASP's parameters: 19 MiB, two passes.
    Argon2id,
    /// Cost 12. Passwords of more than 72 bytes are refused, never cut.
    Bcrypt,
}

/// Passwords.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PasswordConfig {
    /// `argon2id` or `bcrypt`; older hashes are replaced at the next sign-in.
    pub(crate) hash: HashAlgorithm,
    /// Shortest password, in characters; 8 to 64.
    pub(crate) min_length: usize,
    /// How hard to guess it must be, from 0 (anything) to 4, by zxcvbn's estimate.
    pub(crate) min_strength: u8,
    /// Names that everybody here would think of, of your organisation and its products: no password is made of them. At most 16.
    pub(crate) context: List,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            hash: HashAlgorithm::Argon2id,
            min_length: 8,
            min_strength: 3,
            context: List::default(),
        }
    }
}
