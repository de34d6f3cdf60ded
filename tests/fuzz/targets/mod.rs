//! What is fuzzed: each target takes any bytes, and panics where the program answers wrong.
//!
//! Run by libFuzzer (`tests/fuzz/run.py`); what it once found, and seeds, lie in `tests/fuzz/corpus` and are run by the
//! ordinary tests, too.

mod book;
mod image;
mod parser;
mod plan;
mod roaring;
mod segments;
mod tree;
mod world;

pub use book::book;
pub use image::image;
pub use parser::parser;
pub use plan::plan;
pub use roaring::roaring;
pub use segments::segments;
pub use tree::tree;

/// A target.
pub type Target = fn(&[u8]);

/// All targets, by the names of their folders in the corpus.
pub const ALL: [(&str, Target); 7] = [
    ("parser", parser),
    ("plan", plan),
    ("tree", tree),
    ("segments", segments),
    ("image", image),
    ("roaring", roaring),
    ("book", book),
];
