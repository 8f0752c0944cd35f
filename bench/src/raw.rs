//! The engine alone: compare-and-swap updates in groups, each group one durable commit. No queue, no checks, no answers.

use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::SESSIONS;

/// A table of rows as large as a session's.
#[derive(Debug)]
pub struct Raw {
    connection: Connection,
    generations: Vec<i64>,
    _folder: TempDir,
}

impl Raw {
    /// A new database in the temporary folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("raw.db")).unwrap();
        let schema = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            CREATE TABLE sessions (
                id BLOB NOT NULL PRIMARY KEY, generation INTEGER NOT NULL, handed_at INTEGER NOT NULL, rest BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;";
        connection.execute_batch(schema).unwrap();
        connection.execute_batch("BEGIN").unwrap();
        for row in 0..SESSIONS {
            let insert =
                "INSERT INTO sessions (id, generation, handed_at, rest) VALUES (?1, 0, 0, zeroblob(280))";
            connection.execute(insert, [key(row)]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        Self {
            connection,
            generations: vec![0; SESSIONS],
            _folder: folder,
        }
    }

    /// `groups` commits of `size` updates.
    pub fn swap(&mut self, groups: usize, size: usize) {
        const SQL: &str = "UPDATE sessions SET generation = generation + 1, handed_at = ?3 WHERE id = ?1 AND generation = ?2";
        for group in 0..groups {
            self.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            for row in (0..SESSIONS).step_by(SESSIONS / size) {
                let generation = self.generations.get_mut(row).unwrap();
                let mut statement = self.connection.prepare_cached(SQL).unwrap();
                let at = i64::try_from(group).unwrap();
                assert_eq!(statement.execute(params![key(row), *generation, at]).unwrap(), 1);
                *generation += 1;
            }
            self.connection.execute_batch("COMMIT").unwrap();
        }
    }
}

impl Default for Raw {
    fn default() -> Self {
        Self::new()
    }
}

fn key(row: usize) -> [u8; 16] {
    u128::try_from(row).unwrap().to_be_bytes()
}
