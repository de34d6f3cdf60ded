//! **SegQL** answers *which people match?* over a contact book, exactly.
//!
//! The house has floors; a module uses only those below it:
//!
//! | floor | module | what it does |
//! |---|---|---|
//! | 0 | [`model`] | ids, sets of rows, spans, messages, numbers, the clock |
//! | 1 | [`syntax`] | text to tree |
//! | 1 | [`index`] | columns as bitmaps and narrow codes |
//! | 2 | [`book`] | the loaded snapshot |
//! | 3 | [`plan`] | tree to plan |
//! | 3 | [`load`] | Parquet files to book |

pub mod book;
pub mod index;
pub mod load;
pub mod model;
pub mod plan;
pub mod syntax;
