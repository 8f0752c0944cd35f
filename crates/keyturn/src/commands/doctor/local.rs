//! What can be seen on this machine: configuration, folder, secrets, database, ports.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::SignedDuration;
use keyturn_core::ports::Clock;
use keyturn_store::OpenMode;

use super::{Finding, tasks};
use crate::adapters::clock::SystemClock;
use crate::adapters::probe;
use crate::config::{Config, StoreUrl};
use crate::wire::store::{self, Clocks, Hearers};
use crate::{secrets, wire};

/// How far the database's clock may be from this machine's before that is worth a word.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(1);

pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    if config.store.url != StoreUrl::Sqlite {
        return vec![
            configuration(config),
            shared_database(config).await,
            tasks::examine(config).await,
            port(config.http.listen, &PEOPLE).await,
            ops_port(config).await,
        ];
    }
    vec![
        configuration(config),
        data_folder(config),
        secret(config),
        database(config),
        tasks::examine(config).await,
        port(config.http.listen, &PEOPLE).await,
        ops_port(config).await,
    ]
}

/// A database that nodes share: reached, of this program's schema, its time known. What is wrong is said as at start.
async fn shared_database(config: &Config) -> Finding {
    const CHECK: &str = "database";
    let clocks = Clocks::of(&config.store);
    let store = match store::open(config, OpenMode::Existing, Hearers::default(), &clocks).await {
        Ok(store) => store,
        Err(failure) => return Finding::fail(CHECK, failure.to_string(), "no node starts so"),
    };
    if let Err(error) = store.check().await {
        return Finding::fail(CHECK, error.to_string(), "see the database's own log");
    }
    let apart = clocks.time.now().duration_since(SystemClock.now()).abs();
    if apart > CLOCKS_APART {
        let found = format!(
            "{} is reached; its clock is {apart:#} from this machine's",
            store::name(config)
        );
        return Finding::warn(CHECK, found, "keep both by NTP; nodes go by the database's");
    }
    Finding::ok(
        CHECK,
        format!("{} is reached, schema current", store::name(config)),
    )
}

fn configuration(config: &Config) -> Finding {
    const CHECK: &str = "configuration";
    let wrong = secrets::check_configured(config)
        .err()
        .or_else(|| wire::edge(config).err());
    if let Some(failure) = wrong {
        return Finding::fail(CHECK, failure.to_string(), "see `keyturn config reference`");
    }
    let http = &config.http;
    let https = http
        .public_url
        .as_deref()
        .is_some_and(|url| url.starts_with("https://"));
    if !https || http.dev_cookies || http.insecure {
        let advice = "for production set http.public_url to an https address, without http.dev_cookies and http.insecure";
        return Finding::warn(CHECK, "good for development", advice);
    }
    if http.trusted_proxies.0.is_empty() {
        let advice = "name the proxy in http.trusted_proxies, or sessions show its address as everybody's";
        return Finding::warn(CHECK, "X-Forwarded-For is believed of nobody", advice);
    }
    Finding::ok(CHECK, "good")
}

fn data_folder(config: &Config) -> Finding {
    const CHECK: &str = "data folder";
    let folder = &config.data_dir;
    match mode(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Finding::warn(
            CHECK,
            format!("there is none at {}", folder.display()),
            "`keyturn serve` makes it; another is named with --data-dir",
        ),
        Err(error) => Finding::fail(
            CHECK,
            format!("{}: {error}", folder.display()),
            "make it readable",
        ),
        Ok(mode) if mode & 0o077 != 0 => Finding::warn(
            CHECK,
            format!("others can look into {} (mode {mode:o})", folder.display()),
            format!("chmod 700 {}", folder.display()),
        ),
        Ok(_) => Finding::ok(CHECK, folder.display().to_string()),
    }
}

fn secret(config: &Config) -> Finding {
    const CHECK: &str = "secrets";
    if config.master_secret.is_some() {
        return Finding::ok(CHECK, "from the configuration");
    }
    let (current, previous) = (secrets::secret_path(config), secrets::previous_path(config));
    if !current.exists() {
        let advice = "the first start makes one; where there is a database already, put its secret back";
        return match store::embedded_path(config).exists() {
            true => Finding::fail(CHECK, "there is a database and no secret", advice),
            false => Finding::warn(CHECK, "there is none yet", advice),
        };
    }
    if let Err(failure) = secrets::check_files(config) {
        return Finding::fail(CHECK, failure.to_string(), "the server does not start so");
    }
    if previous.exists() {
        let advice = "when its sessions are over, run `keyturn secret retire`";
        return Finding::warn(CHECK, "the previous secret is still accepted", advice);
    }
    Finding::ok(CHECK, current.display().to_string())
}

fn database(config: &Config) -> Finding {
    const CHECK: &str = "database";
    let path = store::embedded_path(config);
    match mode(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Finding::warn(CHECK, "there is none yet", "the first start makes it");
        }
        Ok(mode) if mode & 0o077 != 0 => {
            let found = format!("others can read {} (mode {mode:o})", path.display());
            return Finding::fail(CHECK, found, format!("chmod 600 {}", path.display()));
        }
        _ => {}
    }
    let found = match keyturn_store::inspect(&path) {
        Ok(found) => found,
        Err(error) => return Finding::fail(CHECK, error.to_string(), "restore a backup: `keyturn restore`"),
    };
    if let Some(damage) = found.damage.first() {
        return Finding::fail(
            CHECK,
            format!("it is damaged: {damage}"),
            "restore a backup: `keyturn restore`",
        );
    }
    let version = format!("schema {}, epoch {}, no damage", found.version, found.epoch);
    if found.version < found.known {
        Finding::warn(
            CHECK,
            version,
            "older than this program: the next start or `keyturn migrate` migrates it",
        )
    } else if found.version > found.known {
        Finding::fail(CHECK, version, "newer than this program: use a newer keyturn")
    } else {
        Finding::ok(CHECK, version)
    }
}

/// A listener, and by what a Keyturn is recognised that has it.
struct Door {
    check: &'static str,
    setting: &'static str,
    path: &'static str,
    shows: &'static str,
}

const PEOPLE: Door = Door {
    check: "port",
    setting: "http.listen or --listen",
    path: "/auth/session",
    shows: "\"is_authenticated\"",
};

const OPERATORS: Door = Door {
    check: "ops port",
    setting: "ops.listen (`off`: no metrics)",
    path: "/metrics",
    shows: "keyturn_build_info",
};

async fn ops_port(config: &Config) -> Finding {
    match config.ops.listen.0 {
        Some(listen) => port(listen, &OPERATORS).await,
        None => Finding::ok(OPERATORS.check, "off: no metrics"),
    }
}

/// Free, or taken by a Keyturn.
async fn port(listen: SocketAddr, door: &Door) -> Finding {
    let check = door.check;
    let advice = format!("choose another by {}", door.setting);
    match TcpListener::bind(listen) {
        Ok(_free) => Finding::ok(check, format!("{listen} is free, no server runs there")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if is_keyturn(&probe::local_url(listen), door).await {
                return Finding::ok(check, format!("a Keyturn serves on {listen}"));
            }
            Finding::fail(check, format!("another program uses {listen}"), advice)
        }
        Err(error) => Finding::fail(check, format!("cannot listen on {listen}: {error}"), advice),
    }
}

async fn is_keyturn(url: &str, door: &Door) -> bool {
    let Ok(client) = probe::client(url) else {
        return false;
    };
    let answer = client.get(format!("{url}{}", door.path)).send().await;
    match answer {
        Ok(answer) => answer.text().await.is_ok_and(|body| body.contains(door.shows)),
        Err(_) => false,
    }
}

/// The rights on a file or folder.
pub(super) fn mode(path: &Path) -> std::io::Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}
