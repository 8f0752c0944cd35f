//! Where servers keep their things, on each engine: a folder, and where nodes share one, a database.
//!
//! A node of a shared database has a folder of its own with the configuration file that it finds there, so that whoever starts a server
//! or runs a command on that folder need not know of engines.

use std::fs;
use std::path::{Path, PathBuf};

use keyturn_testkit::postgres::Database;
use tempfile::TempDir;

/// The same on every node.
pub(crate) const MASTER_SECRET: &str = "M7pQv1Xc9Lr3Zk5Wn8Bd2Ht6Jy4Gs0Ua-shared-by-all-nodes";

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// One file, one server.
    Sqlite,
    /// One database, any number of servers.
    Postgres,
}

impl Engine {
    /// All there are.
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A place that is gone when this is dropped.
pub(crate) struct Place {
    folder: TempDir,
    url: Option<String>,
    _database: Option<Database>,
}

impl Place {
    /// An empty place.
    pub(crate) async fn on(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Database::empty().await),
        };
        Self {
            folder: TempDir::new().unwrap(),
            url: database.as_ref().map(|database| database.url().to_owned()),
            _database: database,
        }
    }

    /// A place in a database that somebody else keeps.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            url: Some(url.to_owned()),
            _database: None,
        }
    }

    /// The URL of the shared database.
    pub(crate) fn url(&self) -> &str {
        self.url.as_deref().expect("a place with a database")
    }

    /// The password in it.
    pub(crate) fn password(&self) -> &str {
        let (user, _) = self.url().rsplit_once('@').expect("a URL with a user");
        user.rsplit_once(':').expect("a URL with a password").1
    }

    /// The data folder of the first node, or of the only one.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.node(0)
    }

    /// The data folder of a node.
    pub(crate) fn node(&self, number: usize) -> PathBuf {
        match &self.url {
            Some(url) => self.node_at(number, url),
            None => {
                assert_eq!(number, 0, "the embedded store has one server");
                self.folder.path().join("data")
            }
        }
    }

    /// The same, of a node that reaches the database by another way.
    pub(crate) fn node_at(&self, number: usize, url: &str) -> PathBuf {
        let home = self.folder.path().join(format!("node-{number}"));
        configure(&home, url, MASTER_SECRET);
        home.join("data")
    }

    /// The data folder of somebody who has the address and a secret of their own.
    pub(crate) fn stranger(&self) -> PathBuf {
        let home = self.folder.path().join("stranger");
        configure(&home, self.url(), &MASTER_SECRET.replace("shared-by", "of-none"));
        home.join("data")
    }
}

fn configure(home: &Path, url: &str, secret: &str) {
    fs::create_dir_all(home).unwrap();
    let file = format!("master_secret = \"{secret}\"\n[store]\nurl = \"{url}\"\n");
    fs::write(home.join("keyturn.toml"), file).unwrap();
}
