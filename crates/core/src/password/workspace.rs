//! The memory of argon2, kept between hashes.
//!
//! Getting 19 MiB from the system and giving them back costs a good part of a hash. A hashing thread owns one
//! [`Workspace`], hands it to every hash, and [clears](Workspace::clear) it when it has had nothing to do for a while.

use argon2::Block;
use zeroize::Zeroize;

use super::HashError;

/// More than this is given back after the hash that needed it: one costly imported hash must not hold a quarter of a
/// gigabyte for as long as people sign in.
const MAX_KEPT_BLOCKS: usize = 64 * 1024;

/// Memory for hashing, empty until the first argon2 hash. Wiped when it is given back.
#[derive(Default)]
pub struct Workspace {
    blocks: Vec<Block>,
}

impl Workspace {
    /// Wipes the memory and gives it back; the next hash takes it anew.
    pub fn clear(&mut self) {
        self.blocks.zeroize();
        self.blocks = Vec::new();
    }

    /// How much memory is held, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.blocks.capacity() * Block::SIZE
    }

    /// Runs `work` with exactly `count` blocks, whatever is in them.
    pub(super) fn with_blocks<T>(
        &mut self,
        count: usize,
        work: impl FnOnce(&mut [Block]) -> T,
    ) -> Result<T, HashError> {
        self.grow(count)?;
        let done = self
            .blocks
            .get_mut(..count)
            .map(work)
            .ok_or(HashError::OutOfMemory);
        if self.blocks.len() > MAX_KEPT_BLOCKS {
            self.clear();
        }
        done
    }

    fn grow(&mut self, count: usize) -> Result<(), HashError> {
        let missing = count.saturating_sub(self.blocks.len());
        if missing > 0 {
            // Nothing in them is needed: a fresh piece saves moving the old one.
            self.clear();
            self.blocks
                .try_reserve_exact(count)
                .map_err(|_| HashError::OutOfMemory)?;
            self.blocks.resize(count, Block::new());
        }
        Ok(())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_between_hashes_until_it_is_cleared() {
        let mut workspace = Workspace::default();
        assert_eq!(workspace.held_bytes(), 0);
        let first = workspace.with_blocks(8, |blocks| blocks.as_ptr()).unwrap();
        assert_eq!(
            workspace.with_blocks(4, |blocks| (blocks.len(), blocks.as_ptr())),
            Ok((4, first))
        );
        assert_eq!(workspace.held_bytes(), 8 * Block::SIZE);
        workspace.clear();
        assert_eq!(workspace.held_bytes(), 0);
    }

    #[test]
    fn the_memory_of_an_unusually_costly_hash_is_given_back() {
        let mut workspace = Workspace::default();
        assert_eq!(
            workspace.with_blocks(MAX_KEPT_BLOCKS, |blocks| blocks.len()),
            Ok(MAX_KEPT_BLOCKS)
        );
        assert_eq!(workspace.held_bytes(), MAX_KEPT_BLOCKS * Block::SIZE);
        assert_eq!(
            workspace.with_blocks(MAX_KEPT_BLOCKS + 1, |blocks| blocks.len()),
            Ok(MAX_KEPT_BLOCKS + 1)
        );
        assert_eq!(workspace.held_bytes(), 0);
    }
}
