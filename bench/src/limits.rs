//! The raw limits: what the disk, the engine and the hash function can do without a server around them.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::disk::Disk;
use crate::raw::Raw;
use crate::stopwatch::{median, now, per_second, time};

/// How long each is measured.
const FOR: Duration = Duration::from_millis(1500);

/// Milliseconds, the middle one, until 4 KiB are durable.
pub fn fdatasync_p50() -> f64 {
    let mut disk = Disk::new();
    let begin = now();
    let mut times = Vec::new();
    while begin.elapsed() < FOR {
        times.push(time(|| disk.append(1)).as_secs_f64() * 1000.0);
    }
    median(times)
}

/// Updates per second of SQLite alone, in durable groups of this size.
pub fn sqlite_rate(group: usize) -> f64 {
    let mut raw = Raw::new();
    let begin = now();
    let mut groups = 0;
    while begin.elapsed() < FOR {
        raw.swap(1, group);
        groups += 1;
    }
    per_second(groups * group, begin.elapsed())
}

/// argon2id hashes per second on one thread, with the product's parameters and with memory that is used again.
pub fn hash_rate() -> f64 {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).expect("OWASP's parameters");
    let mut blocks = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut output, mut hashes) = ([0; 32], 0);
    let begin = now();
    while begin.elapsed() < FOR {
        let hashed =
            argon2.hash_password_into_with_memory(b"password", b"sixteen of salt.", &mut output, &mut blocks);
        hashed.expect("a hash");
        hashes += 1;
    }
    per_second(hashes, begin.elapsed())
}
