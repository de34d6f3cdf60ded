//! Seeded random books and filters.
//!
//! A book is made raw, with all that an exporter may do wrong, and holds values that lie on the edges
//! of what the filters ask: both draw from the same pools.

pub mod book;
mod conditions;
pub mod filter;
mod pools;
mod records;
pub mod shuffle;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// One of a non-empty slice.
fn pick<'a, T: ?Sized>(rng: &mut ChaCha8Rng, all: &'a [&'a T]) -> &'a T {
    all[rng.random_range(0..all.len())]
}

/// One of a non-empty slice, copied.
fn pick_copy<T: Copy>(rng: &mut ChaCha8Rng, all: &[T]) -> T {
    all[rng.random_range(0..all.len())]
}
