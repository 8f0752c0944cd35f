//! The disk alone: append 4 KiB and wait until they are durable.

use std::fs::File;
use std::io::Write;

use tempfile::TempDir;

/// A file that grows by a page a time.
#[derive(Debug)]
pub struct Disk {
    file: File,
    _folder: TempDir,
}

impl Disk {
    /// A new file in the temporary folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("log")).unwrap();
        Self {
            file,
            _folder: folder,
        }
    }

    /// Appends so many pages, each made durable before the next.
    pub fn append(&mut self, pages: usize) {
        for _ in 0..pages {
            self.file.write_all(&[7; 4096]).unwrap();
            self.file.sync_data().unwrap();
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}
