//! One cell of a test's book: the same type before writing and in the oracle.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;

/// A value of a book.
#[derive(Debug, Clone, PartialEq)]
pub enum V {
    /// Missing.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A decimal.
    Dec(BigDecimal),
    /// A double, NaN only before writing.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A calendar day.
    Day(NaiveDate),
    /// Microseconds since 1970 UTC.
    Instant(i64),
    /// Only before writing: microseconds since 1970 on the wall clock of the book's zone.
    Local(i64),
    /// A list of text.
    List(Vec<String>),
}

impl V {
    /// A text, or missing.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}
