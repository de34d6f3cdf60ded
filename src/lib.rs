//! **SegQL** answers *which people match?* over a contact book, exactly.
//!
//! A sentence of the segment language becomes a tree ([`syntax`]), the tree a plan against one loaded book
//! ([`plan`]), the plan sets of rows, shard by shard ([`exec`]). Most callers need [`engine`] alone.
//!
//! The house has floors; a module uses only those below it:
//!
//! | floor | module | what it does |
//! |---|---|---|
//! | 0 | [`model`] | ids, sets of rows, spans, messages, numbers, the clock |
//! | 1 | [`syntax`] | text to tree, and back |
//! | 1 | [`index`] | columns as bitmaps and narrow codes |
//! | 2 | [`book`] | the loaded snapshot |
//! | 3 | [`plan`] | tree to plan |
//! | 3 | [`load`] | Parquet files to a book |
//! | 3 | [`write`](mod@write) | answers to bytes; made-up books |
//! | 4 | [`exec`] | plan and book to sets, counts and answers |
//! | 4 | [`sql`] | plan to the text of a SELECT for other engines |
//! | 5 | [`engine`] | the facade: open, prepare, answer |
//! | 6 | `cli` | the command line (feature `cli`) |

pub mod book;
#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
pub mod exec;
pub mod index;
pub mod load;
pub mod model;
pub mod plan;
pub mod sql;
pub mod syntax;
pub mod write;
