//! What a load found that isn't as it should be.

use std::borrow::Cow;
use std::fmt;

use crate::index::stored;

/// One sort of irregularity at one place, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Irregularity {
    /// The file or folder of the book: `contacts`, `activity`, …
    pub part: Cow<'static, str>,
    /// The column, if it concerns one.
    pub column: Option<String>,
    /// What.
    pub kind: IrregularityKind,
    /// How many rows (of a column left out: 1).
    pub count: u64,
}

/// The sorts of irregularity. None of them names a value: that could be an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IrregularityKind {
    /// A row without a key.
    MissingKey,
    /// A row whose key a later row has too; it was replaced.
    DuplicateKey,
    /// A record of nobody in the book; left out.
    UnknownContact,
    /// A record without a time; left out.
    MissingTime,
    /// A record without a kind; left out.
    MissingKind,
    /// An activity of a kind that belongs to another file; left out.
    ReservedKind,
    /// A status, stage, state or push value that isn't known; read as missing.
    UnknownName,
    /// A choice that wasn't declared; kept.
    UndeclaredChoice,
    /// A text that isn't of the declared type; read as missing.
    Unparsed,
    /// A time beyond the calendar; read as missing.
    TimeOutOfRange,
    /// A column that was left out, and why.
    ColumnLeftOut(String),
}

stored!(struct Irregularity { part, column, kind, count });
stored!(enum IrregularityKind {
    0 => MissingKey,
    1 => DuplicateKey,
    2 => UnknownContact,
    3 => MissingTime,
    4 => MissingKind,
    5 => ReservedKind,
    6 => UnknownName,
    7 => UndeclaredChoice,
    8 => Unparsed,
    9 => TimeOutOfRange,
    10 => ColumnLeftOut(why),
});

impl fmt::Display for Irregularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.part)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        let rows = if self.count == 1 { "row" } else { "rows" };
        let n = self.count;
        match &self.kind {
            IrregularityKind::MissingKey => write!(f, ": {n} {rows} without a key, left out"),
            IrregularityKind::DuplicateKey => write!(f, ": {n} {rows} replaced by a later row of the same key"),
            IrregularityKind::UnknownContact => write!(f, ": {n} {rows} of unknown contacts, left out"),
            IrregularityKind::MissingTime => write!(f, ": {n} {rows} without a time, left out"),
            IrregularityKind::MissingKind => write!(f, ": {n} {rows} without a kind, left out"),
            IrregularityKind::ReservedKind => {
                write!(
                    f,
                    ": {n} {rows} of kind `registration` or `stage_change`, which have files of their own, left out"
                )
            }
            IrregularityKind::UnknownName => write!(f, ": {n} {rows} with a value that is not known, read as missing"),
            IrregularityKind::UndeclaredChoice => write!(f, ": {n} {rows} with a choice that is not declared, kept"),
            IrregularityKind::Unparsed => write!(f, ": {n} {rows} not of the declared type, read as missing"),
            IrregularityKind::TimeOutOfRange => {
                write!(f, ": {n} {rows} with a time beyond the calendar, read as missing")
            }
            IrregularityKind::ColumnLeftOut(why) => write!(f, ": left out: {why}"),
        }
    }
}
