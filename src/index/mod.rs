//! Floor 1: the indexes, one for each way a column is asked.
//!
//! A column lies in *shards* of consecutive rows, built independently of each other (and so in
//! parallel) and immutable afterwards. Every look-up answers with the rows of one shard, counted
//! from the shard's first row. A missing value is in no positive answer: the null rule of the
//! language is kept here, once.
//!
//! | index | of | stored as |
//! |---|---|---|
//! | [`NumberIndex`] | integers, decimals, doubles, days, instants | frame-of-reference codes of 0 to 8 bytes a row in planes of a byte each, doubles as decimals where they are such, smallest and largest per shard |
//! | [`TextIndex`] | text, choices, known names | a dictionary, codes of 0 to 4 bytes a row, and a bitmap per value where values are few or [`TextAccess`] says so |
//! | [`ListIndex`] | labels and other lists | a dictionary, the elements of each row in 0 to 4 bytes each, a bitmap per element |
//! | [`FlagIndex`] | yes/no | two bitmaps |
//!
//! Whatever is numerous lies in an [`Array`], which can be a part of a mapped image; [`Stored`] says how.
//!
//! What is absent: files, types and names of columns, the language. Nothing here knows a query.

mod arena;
mod array;
mod cases;
mod codes;
mod decimals;
mod dictionary;
mod flag;
mod list;
mod long_text;
mod number;
mod planes;
mod search;
mod spans;
mod spread;
mod stored;
mod tails;
#[cfg(test)]
mod tests;
mod text;

pub use array::Array;
pub use dictionary::{Dictionary, DictionaryBuilder};
pub use flag::{FlagIndex, FlagShard};
pub use list::{Elements, ListIndex, ListShard};
pub use number::{NumberIndex, NumberShard};
pub use search::{Search, Where};
pub use spans::Spans;
pub(crate) use stored::stored;
pub use stored::{Damage, SectionReader, SectionWriter, Shape, Stored};
pub use tails::Tails;
pub use text::{CodeSet, TextAccess, TextIndex, TextShard};
