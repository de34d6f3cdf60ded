//! What is made before anything is counted. It is never freed, as that would be counted.

#[path = "../support/sentences.rs"]
mod sentences;
#[path = "../support/shards.rs"]
mod shards;

use std::path::Path;

use segql::engine::{Engine, ImageUse, OpenOptions, Prepared, QueryOptions};
use segql::index::{CodeSet, NumberShard, TextShard};
use segql::model::{Ranges, RowSet, SourceId};
use segql::syntax::ast::Query;
use segql::syntax::parse;
pub use sentences::NESTED;
pub use shards::N_ROWS;
use shards::scrambled;

fn kept<T>(made: T) -> &'static T {
    Box::leak(Box::new(made))
}

/// A thousand conditions side by side.
pub fn chain() -> &'static str {
    kept(sentences::chain())
}

/// The tree of a sentence.
pub fn tree(text: &str) -> &'static Query {
    kept(parse(text, SourceId::QUERY).expect("it is right"))
}

/// A shard of numbers below `modulus`, and the range that holds half of them.
pub fn numbers(modulus: u32) -> &'static (NumberShard, Ranges<i64>) {
    kept(shards::numbers(modulus))
}

/// A shard of so many texts, and every tenth of them.
pub fn texts(n_values: u32) -> &'static (TextShard, CodeSet) {
    kept(shards::texts(n_values))
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
