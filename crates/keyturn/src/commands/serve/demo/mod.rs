//! `serve --demo`: what Keyturn does, to be tried by clicking. A person with a shown password, tasks, a phone and a laptop that are
//! signed in; and under `/demo/`, what an audience needs that no product has: a clock to move, a thief, a reply that is lost.
//!
//! **The rule**: everything happens by requests to the routes that everybody has, in this process ([`inside`]); nothing here reaches around
//! them. Served on loopback alone, on a store in a folder that is removed at the end.
//!
//! What people see of it is the page `/demo` ([`page`]): the application in a frame, beside buttons and the session's story.
//!
//! **The caveat**: the password is shown to everybody who can reach the address, and so is the clock.

mod framed;
mod inside;
mod lost_reply;
mod page;
mod person;
mod phone;
mod routes;
mod thief;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use keyturn_core::model::Origin;
use keyturn_core::service::{Accounts, Authority};
use keyturn_http::InterfaceLook;
use tempfile::TempDir;
use tokio::sync::watch;

use self::inside::Inside;
use self::lost_reply::LostReply;
use self::phone::Phone;
use crate::adapters::clock::VirtualClock;
use crate::config::{Config, StoreUrl, is_local};
use crate::failure::Failure;

/// How another port is chosen, where this one is taken.
pub(super) const LISTENS_BY: &str =
    "--listen, here: make run ARGS='--listen 127.0.0.1:8090' (maybe a Keyturn is running already)";

/// Where the demo keeps what it forgets.
pub(super) struct DemoFolder(TempDir);

impl DemoFolder {
    /// Makes it.
    pub(super) fn make() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("keyturn-demo-").tempdir();
        let folder = folder
            .map_err(|error| Failure::Unavailable(format!("no folder for the demo can be made: {error}")))?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts it in the place of the configured one.
    ///
    /// # Errors
    /// A configuration that is meant for others than the person at this machine.
    pub(super) fn configure(&self, config: &mut Config) -> Result<(), Failure> {
        if config.store.url != StoreUrl::Sqlite {
            return Err(refused(
                "keeps its data in a folder of its own: leave out store.url",
            ));
        }
        if !is_local(config) || !config.http.trusted_proxies.0.is_empty() {
            return Err(refused(
                "is only for a loopback listener and public_url, without trusted proxies: it shows its password",
            ));
        }
        if config.ui.app_path.split('/').nth(1) == page::ADDRESS.split('/').nth(1) {
            return Err(refused("has its page at /demo: choose another ui.app_path"));
        }
        self.path().clone_into(&mut config.data_dir);
        if config.ops.listen == Config::default().ops.listen {
            // Beside a server that keeps its data, whose port this is.
            config.ops.listen.0 = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        }
        Ok(())
    }
}

fn refused(why: &str) -> Failure {
    Failure::Config(format!("--demo {why}"))
}

/// The stage: who plays, and what can be done to them.
#[derive(Clone)]
pub(super) struct Demo(Arc<Stage>);

struct Stage {
    inside: Inside,
    accounts: Accounts,
    clock: Arc<VirtualClock>,
    phone: Phone,
    lost_reply: LostReply,
    /// What a shell is told to explain a session, but for its id.
    explain: String,
}

impl Demo {
    /// Over a store in this folder.
    pub(super) fn new(
        authority: &Authority,
        clock: Arc<VirtualClock>,
        public_url: &str,
        folder: &Path,
    ) -> Self {
        Self(Arc::new(Stage {
            inside: Inside::of(public_url),
            accounts: Accounts::new(authority.ports().clone(), Origin::COMMAND_LINE),
            clock,
            phone: Phone::default(),
            lost_reply: LostReply::default(),
            explain: explain(folder),
        }))
    }

    /// The product's routes, its interface looking like this, with the demo's beside them.
    pub(super) fn around(&self, product: Router, look: Option<InterfaceLook>) -> Router {
        let product = self.0.lost_reply.before(product);
        let product = match &look {
            Some(look) => framed::by_our_page(product, &look.path),
            None => product,
        };
        product.merge(routes::router(
            self.clone(),
            page::router(look.as_ref(), self.0.inside.public_url()),
        ))
    }

    /// Lets the people in, once there are routes to serve them.
    ///
    /// # Errors
    /// A route that does not answer as it must.
    pub(super) async fn begin(&self, routes: watch::Receiver<Router>) -> Result<(), Failure> {
        self.0.inside.serve_by(routes);
        person::move_in(&self.0.inside, &self.0.phone).await
    }

    /// What stands last on the screen: who can sign in, that nothing is kept, and the address of the page.
    pub(super) fn invitation(public_url: &str) -> String {
        format!(
            "Demo:       {} with the password \"{}\"\n            \
             nothing is kept: it is forgotten when this stops. To keep data: cargo run -p keyturn -- serve\n\n    \
             {public_url}{}\n",
            person::EMAIL,
            person::PASSWORD,
            page::ADDRESS
        )
    }
}

/// This very program, on the demo's data.
fn explain(folder: &Path) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "keyturn".to_owned());
    let [program, folder] = [program, folder.display().to_string()].map(quoted);
    format!("{program} --data-dir {folder} explain")
}

/// For a shell.
fn quoted(word: String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    if word.bytes().all(plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_path_as_it_is() {
        assert_eq!(quoted("target/debug/keyturn".to_owned()), "target/debug/keyturn");
        assert_eq!(quoted("/tmp/my data/it's".to_owned()), r"'/tmp/my data/it'\''s'");
    }
}
