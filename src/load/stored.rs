//! What the files of a book hold, column by column, from their footers alone: for those who read the same tables elsewhere.

use std::path::Path;

use arrow::datatypes::{DataType, TimeUnit};

use super::part::Part;
use super::records::LOGS;
use super::shape::Shape;
use super::{Limits, LoadError, settings, source};
use crate::model::fold;

/// One sort of file: `contacts`, `activity`, …
#[derive(Debug, Clone)]
pub struct StoredTable {
    /// Which sort.
    pub part: &'static str,
    /// Its columns, in the order of first appearance.
    pub columns: Vec<StoredColumn>,
}

/// A column as the files have it.
#[derive(Debug, Clone)]
pub struct StoredColumn {
    /// Our name of it.
    pub name: String,
    /// Its name in the files.
    pub theirs: String,
    /// What it holds.
    pub holds: Holds,
}

/// The sorts of values that need reading of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text, plain or as a dictionary.
    Text,
    /// Yes or no.
    Flag,
    /// Integers.
    Int,
    /// Decimals.
    Decimal,
    /// Floats.
    Float,
    /// Days.
    Day,
    /// Times.
    Time {
        /// They are instants; otherwise wall-clock times in the book's zone.
        zoned: bool,
        /// They are finer than a microsecond.
        fine: bool,
    },
    /// Lists of text.
    List,
    /// Nothing, or what can't be indexed.
    Nothing,
}

impl StoredTable {
    /// The column of one of our names.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&StoredColumn> {
        self.columns.iter().find(|it| it.name == name)
    }
}

/// Reads the footers of a book's files, and `book.toml` for the names. Cost: no column data.
///
/// # Errors
///
/// A directory, footer or `book.toml` that can't be read.
pub fn stored_tables(dir: &Path, limits: Limits) -> Result<Vec<StoredTable>, LoadError> {
    let settings = settings::read(dir)?;
    let parts = ["contacts"].into_iter().chain(LOGS.iter().map(|log| log.part)).chain(["visitors"]);
    let mut tables = Vec::new();
    for part in parts {
        let Some(files) = source::find(dir, part)? else { continue };
        let mut columns: Vec<StoredColumn> = Vec::new();
        for (name, path) in files {
            let opened = Part::open(name, path, limits)?;
            for (theirs, data_type) in opened.types() {
                let name = settings.columns.get(theirs).map_or(theirs, String::as_str);
                let holds = holds(data_type);
                match columns.iter_mut().find(|it| fold(&it.name) == fold(name)) {
                    Some(known) => known.holds = wider(known.holds, holds),
                    None => columns.push(StoredColumn { name: name.to_owned(), theirs: theirs.to_owned(), holds }),
                }
            }
        }
        tables.push(StoredTable { part, columns });
    }
    Ok(tables)
}

fn holds(data_type: &DataType) -> Holds {
    match Shape::of(data_type) {
        Shape::Text => Holds::Text,
        Shape::Flag => Holds::Flag,
        Shape::Int => Holds::Int,
        Shape::Decimal(_) => Holds::Decimal,
        Shape::Float => Holds::Float,
        Shape::Date => Holds::Day,
        Shape::Time => Holds::Time {
            zoned: matches!(data_type, DataType::Timestamp(_, Some(_))),
            fine: matches!(data_type, DataType::Timestamp(TimeUnit::Nanosecond, _)),
        },
        Shape::List => Holds::List,
        Shape::Null | Shape::Other(_) => Holds::Nothing,
    }
}

/// What holds the values of two parts; parts that can't be joined fail when the book is loaded.
fn wider(a: Holds, b: Holds) -> Holds {
    match (a, b) {
        (Holds::Nothing, it) | (it, Holds::Nothing) => it,
        (Holds::Int, Holds::Decimal | Holds::Float) | (Holds::Decimal, Holds::Float) => b,
        (Holds::Day, Holds::Time { .. }) => b,
        (Holds::Time { zoned, fine }, Holds::Time { zoned: theirs, fine: finer }) => {
            Holds::Time { zoned: zoned && theirs, fine: fine || finer }
        }
        (it, _) => it,
    }
}
