//! Puts the parts together as the configuration says.

mod pages;
pub(crate) mod store;
pub(crate) mod tasks;

use std::net::IpAddr;
use std::sync::Arc;
use std::thread;

use ipnet::IpNet;
use keyturn_core::lifetime::{AccessPolicy, SessionPolicy};
use keyturn_core::model::{AccountState, Origin};
use keyturn_core::password::{HashSettings, PasswordPolicy};
use keyturn_core::ports::{Clock, Mailer, Store};
use keyturn_core::rotation::RotationPolicy;
use keyturn_core::service::{
    Accounts, Authority, ImportPolicy, Importer, KeyPolicy, Live, Mailing, Policy, Ports, SignUpPolicy,
    TokenPolicy,
};
use keyturn_core::throttle::{Limit, ThrottlePolicy};
use keyturn_http::{EdgeConfig, EdgeSettings, Hsts, TokenPairSettings};
use keyturn_store::OpenMode;
use keyturn_token::Algorithm;

use self::store::{Clocks, Hearers};
use crate::adapters::entropy::SystemEntropy;
use crate::adapters::hash_threads::HashThreads;
use crate::adapters::mail::Post;
use crate::adapters::metrics::HashMetrics;
use crate::config::{Activation, Config, HashAlgorithm, HstsMode, JwtAlgorithm, MailConfig, MailWay, Period};
use crate::failure::Failure;
use crate::secrets;

/// bcrypt's cost for new hashes (OWASP asks for at least 10).
const BCRYPT_COST: u32 = 12;
/// The ports over an open store.
pub(crate) fn ports(
    config: &Config,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: HashMetrics,
) -> Result<Ports, Failure> {
    let entropy = Arc::new(SystemEntropy);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let hasher = HashThreads::start(
        threads,
        hash_settings(config),
        password_policy(config),
        entropy.clone(),
        metrics,
    )
    .map_err(|error| Failure::Config(format!("password.hash: {error}")))?;
    Ok(Ports {
        store,
        clock,
        entropy,
        hasher: Arc::new(hasher),
    })
}

/// The accounts of the database that is there, for a command beside a running server or without one.
pub(crate) async fn accounts(config: &Config) -> Result<Accounts, Failure> {
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let ports = ports(config, store, clocks.time, HashMetrics::default())?;
    Ok(Accounts::new(ports, Origin::COMMAND_LINE))
}

/// Takes accounts over into the database that is there.
pub(crate) async fn importer(config: &Config, allow_admin: bool, dry_run: bool) -> Result<Importer, Failure> {
    let clocks = Clocks::of(&config.store);
    let store = store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await?;
    let policy = ImportPolicy {
        hash: hash_settings(config),
        allow_admin,
        dry_run,
    };
    Ok(Importer::new(store, clocks.time, Arc::new(SystemEntropy), policy))
}

/// The authority, its secrets made now if there are none. Refused where the other nodes of the store have another secret.
pub(crate) async fn authority(config: &Config, ports: Ports, live: Live) -> Result<Authority, Failure> {
    let keys = secrets::keys(config, &SystemEntropy)?;
    store::agree_on_secret(config, ports.store.as_ref(), &keys, ports.clock.now()).await?;
    Authority::new(ports, live, policy(config), keys).map_err(|error| Failure::Config(error.to_string()))
}

/// How mail is sent, and for what.
pub(crate) fn mailing(config: &Config, post: Arc<Post>) -> Mailing {
    Mailing {
        mailer: Arc::clone(&post) as Arc<dyn Mailer>,
        background: post,
        link_base: format!("{}{}", public_url(config), config.ui.path.trim_end_matches('/')),
        activates: config.signup.activation == Activation::Email,
        tells_password_changed: config.mail.notice_password_changed,
        tells_email_changed: config.mail.notice_email_changed,
        tells_new_device: config.mail.notice_new_device,
        tells_token_reuse: config.mail.notice_token_reuse,
        sends: MailConfig::way(config) != MailWay::Off,
    }
}

/// What is configured about keys.
pub(crate) fn key_policy(config: &Config) -> KeyPolicy {
    KeyPolicy {
        algorithm: match config.jwt.algorithm {
            JwtAlgorithm::Hs256 => Algorithm::Hs256,
            JwtAlgorithm::EdDsa => Algorithm::EdDsa,
            JwtAlgorithm::Es256 => Algorithm::Es256,
        },
        publish_period: config.jwt.publish_period.0,
        access_life: config.jwt.access_ttl.0,
        session_life: config.session.longest(),
    }
}

/// The address that people use.
pub(crate) fn public_url(config: &Config) -> String {
    let fallback = || format!("http://localhost:{}", config.http.listen.port());
    config
        .http
        .public_url
        .as_deref()
        .map_or_else(fallback, |url| url.trim_end_matches('/').to_owned())
}

/// What the edge needs to know, checked.
pub(crate) fn edge(config: &Config) -> Result<EdgeConfig, Failure> {
    let http = &config.http;
    let proxies = http
        .trusted_proxies
        .0
        .iter()
        .map(|text| network(text))
        .collect::<Result<_, _>>()?;
    let edge = EdgeConfig::new(EdgeSettings {
        public_url: http.public_url.clone(),
        base_url: public_url(config),
        allowed_origins: http.allowed_origins.0.clone(),
        native_origins: http.native_origins.0.clone(),
        trusted_proxies: proxies,
        dev_cookies: http.dev_cookies,
        hsts: match http.hsts {
            HstsMode::Off => Hsts::Off,
            HstsMode::Host => Hsts::Host,
            HstsMode::Subdomains => Hsts::Subdomains,
        },
        body_timeout: http.body_timeout.to_std(),
        max_requests: http.max_requests,
        max_staleness: config.revocation.max_staleness.to_std(),
        max_followers: config.revocation.max_followers,
        token_pair: token_pair(config)?,
        pages: pages::pages(config)?,
    })
    .map_err(|error| Failure::Config(format!("http: {error}")))?;
    Ok(match config.tasks.enabled {
        true => edge.describing(keyturn_tasks::openapi),
        false => edge,
    })
}

fn token_pair(config: &Config) -> Result<TokenPairSettings, Failure> {
    let pair = &config.token_pair;
    let prefix = pair.prefix.parse();
    Ok(TokenPairSettings {
        enabled: pair.enabled,
        prefix: prefix.map_err(|error| Failure::Config(format!("token_pair.prefix: {error}")))?,
        browsers: pair.browsers,
    })
}

/// One address, or a network like `10.0.0.0/8`.
fn network(text: &str) -> Result<IpNet, Failure> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| {
        Failure::Config(format!(
            "http.trusted_proxies: `{text}` is no address or network, like 10.0.0.0/8"
        ))
    })
}

fn policy(config: &Config) -> Policy {
    let Config {
        jwt,
        session,
        refresh,
        signup,
        ..
    } = config;
    Policy {
        rotation: RotationPolicy {
            concurrent_window: refresh.concurrent_window.0,
            lost_reply_window: refresh.lost_reply_window.map(|window| window.0),
            unproven_window: refresh.unproven_window.0,
        },
        session: SessionPolicy {
            idle_timeout: session.idle_timeout.0,
            absolute_timeout: session.absolute_timeout.0,
            remember: session
                .remember_idle
                .zip(session.remember_absolute)
                .map(|(idle, absolute)| (idle.0, absolute.0)),
            activity: session.activity,
            record_client: session.record_client,
            per_account_limit: session.per_account_limit,
        },
        access: AccessPolicy {
            ttl: jwt.access_ttl.0,
        },
        sign_up: SignUpPolicy {
            enabled: signup.enabled,
            initial_state: match signup.activation {
                Activation::None => AccountState::Active,
                Activation::Email | Activation::Admin => AccountState::Pending,
            },
        },
        throttle: throttle_policy(config),
        token: TokenPolicy {
            issuer: issuer(config),
            audience: jwt.audience.clone(),
            email_claim: jwt.email_claim,
            permissions_claim: jwt.permissions_claim,
        },
    }
}

fn throttle_policy(config: &Config) -> ThrottlePolicy {
    let throttle = &config.throttle;
    let limit = |burst, refill: Period| Limit {
        burst,
        refill: refill.0,
    };
    ThrottlePolicy {
        enabled: throttle.enabled,
        account: limit(throttle.account_burst, throttle.account_refill),
        address: limit(throttle.address_burst, throttle.address_refill),
        device: limit(throttle.device_burst, throttle.device_refill),
    }
}

/// `iss`: the same before and after a restart on another port, or tokens would become nobody's.
fn issuer(config: &Config) -> String {
    let public_url = config
        .http
        .public_url
        .as_deref()
        .map(|url| url.trim_end_matches('/'));
    config
        .jwt
        .issuer
        .as_deref()
        .or(public_url)
        .unwrap_or("http://localhost")
        .to_owned()
}

fn hash_settings(config: &Config) -> HashSettings {
    match config.password.hash {
        HashAlgorithm::Argon2id => HashSettings::default(),
        HashAlgorithm::Bcrypt => HashSettings::Bcrypt { cost: BCRYPT_COST },
    }
}

fn password_policy(config: &Config) -> PasswordPolicy {
    PasswordPolicy {
        min_length: config.password.min_length,
        min_strength: config.password.min_strength,
        context: config.password.context.0.clone(),
        ..PasswordPolicy::default()
    }
}
