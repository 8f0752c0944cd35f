//! `serve --demo`: what Keyturn does, to be tried by clicking. A person with a shown password, tasks, a phone and a laptop that are
//! signed in; and under `/demo/`, what an audience needs that no product has: a clock to move, a thief, a reply that is lost.
//!
//! **The rule**: everything happens by requests to the routes that everybody has, in this process ([`inside`]); nothing here reaches around
//! them. Served on loopback alone, on a store in a folder that is removed at the end.
//!
//! **The caveat**: the password is shown to everybody who can reach the address, and so is the clock.

mod inside;
mod lost_reply;
mod person;
mod phone;
mod routes;
mod thief;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use keyturn_core::model::Origin;
use keyturn_core::service::{Accounts, Authority};
use tempfile::TempDir;
use tokio::sync::watch;

use self::inside::Inside;
use self::lost_reply::LostReply;
use self::phone::Phone;
use crate::adapters::clock::VirtualClock;
use crate::config::{Config, StoreUrl, is_local};
use crate::failure::Failure;

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
        self.path().clone_into(&mut config.data_dir);
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
}

impl Demo {
    pub(super) fn new(authority: &Authority, clock: Arc<VirtualClock>, public_url: &str) -> Self {
        Self(Arc::new(Stage {
            inside: Inside::of(public_url),
            accounts: Accounts::new(authority.ports().clone(), Origin::COMMAND_LINE),
            clock,
            phone: Phone::default(),
            lost_reply: LostReply::default(),
        }))
    }

    /// The product's routes with the demo's beside them.
    pub(super) fn around(&self, product: Router) -> Router {
        let product = self.0.lost_reply.before(product);
        product.merge(routes::router(self.clone()))
    }

    /// Lets the people in, once there are routes to serve them.
    ///
    /// # Errors
    /// A route that does not answer as it must.
    pub(super) async fn begin(&self, routes: watch::Receiver<Router>) -> Result<(), Failure> {
        self.0.inside.serve_by(routes);
        person::move_in(&self.0.inside, &self.0.phone).await
    }

    /// What stands last on the screen.
    pub(super) fn invitation(public_url: &str) -> String {
        format!(
            "Demo:       {} with the password \"{}\"; forgotten when it stops\n\n    {public_url}/\n",
            person::EMAIL,
            person::PASSWORD
        )
    }
}
