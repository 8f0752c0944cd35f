//! What a server in development has mailed: the messages in its outbox, in their order, as the person they went to reads them.
//!
//! **The caveat**: mail is sent after the answer that it belongs to. [`Mailbox::with`] waits for it; that none came can be said of a
//! server that has stopped ([`Mailbox::rest`]), since stopping waits for what is under way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::patience::patiently;

/// The outbox of a data folder.
pub(crate) struct Mailbox {
    folder: PathBuf,
    read: BTreeSet<PathBuf>,
}

impl Mailbox {
    /// That of this data folder, nothing of it read.
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self {
            folder: data_dir.join("outbox"),
            read: BTreeSet::new(),
        }
    }

    /// The oldest letter not read so far that has this in it, once it has come; older ones count as read from then on.
    #[track_caller]
    pub(crate) fn with(&mut self, part: &str) -> Letter {
        for _ in patiently() {
            for file in self.unread() {
                let letter = Letter::read(&file);
                self.read.insert(file);
                if letter.text.contains(part) {
                    return letter;
                }
            }
        }
        panic!("no letter with {part} came to {}", self.folder.display());
    }

    /// All that were not read.
    pub(crate) fn rest(&mut self) -> Vec<Letter> {
        let unread: Vec<_> = self.unread().collect();
        self.read.extend(unread.iter().cloned());
        unread.iter().map(|letter| Letter::read(letter)).collect()
    }

    fn unread(&self) -> impl Iterator<Item = PathBuf> + use<> {
        // The folder is made with the first message.
        let entries = fs::read_dir(&self.folder).into_iter().flatten();
        let letters: BTreeSet<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .filter(|path| !self.read.contains(path))
            .collect();
        letters.into_iter()
    }
}

/// A letter.
#[derive(Debug)]
pub(crate) struct Letter {
    /// The address in `To`.
    pub(crate) to: String,
    /// The message as it travels, its lines put together and its characters spelt out again.
    pub(crate) text: String,
}

impl Letter {
    fn read(file: &Path) -> Self {
        Self::parse(&fs::read_to_string(file).unwrap())
    }

    /// From a message as it travels.
    pub(crate) fn parse(message: &str) -> Self {
        let to = message.lines().find_map(|line| line.strip_prefix("To: "));
        Self {
            to: to.unwrap_or_else(|| panic!("to nobody: {message}")).to_owned(),
            text: message
                .replace("=\r\n", "")
                .replace("=3D", "=")
                .replace("&#x2f;", "/"),
        }
    }

    /// Every address in it, each once.
    pub(crate) fn links(&self) -> BTreeSet<&str> {
        let ends = |character: char| character.is_whitespace() || "\"<>".contains(character);
        let starts = self.text.match_indices("http").map(|(at, _)| &self.text[at..]);
        starts.filter_map(|rest| rest.split(ends).next()).collect()
    }

    /// The one address in it.
    #[track_caller]
    pub(crate) fn link(&self) -> &str {
        let links = self.links();
        assert_eq!(links.len(), 1, "{}", self.text);
        links.first().unwrap()
    }

    /// The token in its link.
    #[track_caller]
    pub(crate) fn token(&self) -> &str {
        self.link().split_once("?token=").expect("a link with a token").1
    }
}
