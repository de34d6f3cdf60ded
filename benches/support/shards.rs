//! Shards that are asked wherever look-ups are measured.

use segql::index::{CodeSet, DictionaryBuilder, NumberShard, TextAccess, TextShard};
use segql::model::Ranges;

/// Rows of a shard.
pub const N_ROWS: u32 = 1 << 16;

/// A fixed sequence without a pattern that a zone could use.
pub fn scrambled(row: u32) -> u32 {
    row.wrapping_mul(2_654_435_761) >> 8
}

/// A shard of numbers below `modulus`, and the range that holds half of them.
pub fn numbers(modulus: u32) -> (NumberShard, Ranges<i64>) {
    let shard = NumberShard::build((0..N_ROWS).map(|row| Some(i64::from(scrambled(row) % modulus))));
    (shard, Ranges::between(0, i64::from(modulus / 2)))
}

/// A shard of so many texts, and every tenth of them.
pub fn texts(n_values: u32) -> (TextShard, CodeSet) {
    let mut dictionary = DictionaryBuilder::default();
    for value in 0..n_values {
        dictionary.code(&format!("value {value}"));
    }
    let dictionary = dictionary.build();
    let codes = (0..N_ROWS).map(|row| Some(scrambled(row) % n_values));
    let shard = TextShard::build(codes, n_values as usize, TextAccess::usual(n_values as usize));
    (shard, CodeSet::of(&dictionary, |text, _| text.ends_with('7')))
}
