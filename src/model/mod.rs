//! Floor 0: the words that every other floor speaks.
//!
//! Ids, sets of rows, places in a text, messages, numbers, the clock. Knows
//! nothing of files, columns or queries. The only home of [`roaring`].

mod bits;
mod cell;
mod clock;
mod code;
mod compress;
mod diagnostic;
mod escape;
mod fold;
mod hex;
mod names;
mod number;
mod prefetch;
mod ranges;
mod row_set;
mod shard_set;
pub(crate) mod words;

pub use bits::Bits;
pub use cell::{Cell, CellType, Frame, FrameColumn};
pub use clock::{
    CalendarUnit, Clock, ClockError, Span as CalendarSpan, TimeUnit, Zone, civil, day_number, parse_day, parse_time,
};
pub use code::Code;
pub use diagnostic::{Diagnostic, Severity, SourceId, Span, nearest, nearest_or_all};
pub use escape::escape_control;
pub use fold::{fold, fold_char, folded_cmp};
pub use hex::hex;
pub use names::{NAME_SETS, NameSet, PUSH, REGISTRATION_STATES, STAGES, STATUSES, canonical};
pub use number::{Number, NumberError, NumberKind, float_key, key_float};
pub(crate) use prefetch::prefetch;
pub use ranges::Ranges;
pub use row_set::RowSet;
pub use shard_set::ShardSet;
pub use words::BitRows;

/// One row's position in a table: a contact, a visitor or a record.
///
/// At most 2^32 − 2 rows; [`NO_ROW`] stands for "none".
pub type RowId = u32;

/// The row id that no row has.
pub const NO_ROW: RowId = u32::MAX;

/// A column's position in its table.
pub type ColumnId = usize;

/// A record kind's position in its book.
pub type KindId = usize;
