//! What is made before anything is counted. It is never freed, as that would be counted.

use std::path::Path;

use segql::engine::{Engine, ImageUse, OpenOptions, Prepared, QueryOptions};
use segql::index::{CodeSet, DictionaryBuilder, NumberShard, TextAccess, TextShard};
use segql::model::{Ranges, RowSet, SourceId};
use segql::syntax::ast::Query;
use segql::syntax::parse;

/// Rows of a shard.
pub const N_ROWS: u32 = 1 << 16;

/// A sentence of many kinds of conditions.
pub const NESTED: &str = "status = active and (label in (label_1, label_7) or stage >= customer) and not label = label_2 \
                          and country in (ID, SG, MY) and age between 25 and 40";

/// A fixed sequence without a pattern that a zone could use.
fn scrambled(row: u32) -> u32 {
    row.wrapping_mul(2_654_435_761) >> 8
}

fn kept<T>(made: T) -> &'static T {
    Box::leak(Box::new(made))
}

/// A thousand conditions side by side.
pub fn chain() -> &'static str {
    kept(vec!["age = 1"; 1_000].join(" or "))
}

/// The tree of a sentence.
pub fn tree(text: &str) -> &'static Query {
    kept(parse(text, SourceId::QUERY).expect("it is right"))
}

/// A shard of numbers below `modulus`, and the range that holds half of them.
pub fn numbers(modulus: u32) -> &'static (NumberShard, Ranges<i64>) {
    let shard = NumberShard::build((0..N_ROWS).map(|row| Some(i64::from(scrambled(row) % modulus))));
    kept((shard, Ranges::between(0, i64::from(modulus / 2))))
}

/// A shard of so many texts, and every tenth of them.
pub fn texts(n_values: u32) -> &'static (TextShard, CodeSet) {
    let mut dictionary = DictionaryBuilder::default();
    for value in 0..n_values {
        dictionary.code(&format!("value {value}"));
    }
    let dictionary = dictionary.build();
    let codes = (0..N_ROWS).map(|row| Some(scrambled(row) % n_values));
    let shard = TextShard::build(codes, n_values as usize, TextAccess::usual(n_values as usize));
    kept((shard, CodeSet::of(&dictionary, |text, _| text.ends_with('7'))))
}

/// Two sets of a million rows: every second one, and each one in so many.
pub fn two_sets(one_in: u32) -> &'static (RowSet, RowSet) {
    let set = |one_in: u32| RowSet::from_sorted((0..1_000_000).filter(|row| scrambled(*row) % one_in == 0));
    kept((set(2), set(one_in)))
}

/// The book of real orders, with all that is counted done by the thread that asks.
pub fn book() -> &'static Engine {
    // Callgrind counts in the thread that begins.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build_global()
        .expect("nothing was asked before");
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/cdnow"));
    let options = OpenOptions { threads: Some(1), image: ImageUse::Never, ..OpenOptions::default() };
    kept(Engine::open(dir, &options).expect("the book loads"))
}

/// The day after its last order.
pub fn options() -> QueryOptions {
    QueryOptions { now_us: Some(899_251_200_000_000), ..QueryOptions::default() }
}

/// The book, and a filter that is ready to be run.
pub fn asked(text: &str) -> &'static (&'static Engine, Prepared) {
    let engine = book();
    kept((engine, engine.prepare(text, &options()).expect("it is right")))
}
