//! [`LoadError`]: why there is no book.

use std::fmt;
use std::path::PathBuf;

use super::limits::{Limit, Refusal};
use crate::book::Irregularity;

/// Why a directory couldn't be loaded. Says where, what, and how to mend it; never quotes a cell.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The path is no directory.
    #[error("{}: no such directory; name the directory that holds contacts.parquet", .path.display())]
    NoSuchDirectory {
        /// As given.
        path: PathBuf,
    },
    /// A directory without contacts.
    #[error("{}: no contacts here; a book needs contacts.parquet or contacts/*.parquet", .path.display())]
    NoContacts {
        /// As given.
        path: PathBuf,
    },
    /// Both a file and a folder of one name.
    #[error("{part}: both {part}.parquet and {part}/*.parquet are here; keep one of the two")]
    FileAndFolder {
        /// `contacts`, `activity`, …
        part: &'static str,
    },
    /// A file that can't be read.
    #[error("{file}: {source}; check that the file is there and may be read")]
    Io {
        /// The file, within the book.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder, pipe or device with the name of a data file.
    #[error("{file}: not a file; put the file there, or give what is there another name")]
    NotAFile {
        /// The name, within the book.
        file: String,
    },
    /// A data file whose name can't be told.
    #[error("{part}: the name of a file isn't UTF-8; rename it")]
    NameNotUtf8 {
        /// `contacts`, `activity`, …
        part: &'static str,
    },
    /// Not of the format.
    #[error("{file}: not a Parquet file: {reason}; export it again, or move it out of the book")]
    NotParquet {
        /// The file, within the book.
        file: String,
        /// What shows it.
        reason: &'static str,
    },
    /// A Parquet file that can't be decoded.
    #[error("{place}: damaged or of an unsupported form: {reason}; export the file again")]
    Damaged {
        /// Where.
        place: Place,
        /// What the decoder says.
        reason: String,
    },
    /// A file that claims more than is taken.
    #[error(
        "{place}: {claim}, beyond the limit {limit}={at}; export the file again, or load with --limit {limit}={needed} if it \
         can be trusted"
    )]
    BeyondLimit {
        /// Where.
        place: Place,
        /// What it claims, in words.
        claim: String,
        /// Which limit.
        limit: Limit,
        /// What the limit is.
        at: u64,
        /// What it would have to be.
        needed: u64,
    },
    /// A book that takes more memory than it may.
    #[error(
        "the book takes about {needed} bytes of memory to load from {from}, and may take {at}; leave out columns that nobody asks \
         for, or load it with --max-memory {needed} on a machine that has them"
    )]
    BeyondMemory {
        /// What it would be loaded from.
        from: &'static str,
        /// What it is planned to take, in bytes.
        needed: u64,
        /// What it may take.
        at: u64,
    },
    /// A column that must be there.
    #[error(
        "{file}: no column `{column}`, which is required{}; rename the column, or map it under [columns] in book.toml",
        nearest_text(.nearest)
    )]
    MissingColumn {
        /// The file, within the book.
        file: String,
        /// Which.
        column: String,
        /// The column that is called most like it.
        nearest: Option<String>,
    },
    /// A column of a type that doesn't fit its meaning.
    #[error("{file}: column `{column}` holds {found}, but must hold {expected}; export it as {expected}")]
    WrongType {
        /// The file, within the book.
        file: String,
        /// Which.
        column: String,
        /// What it holds.
        found: String,
        /// What it has to hold.
        expected: &'static str,
    },
    /// Parts whose types don't widen to one.
    #[error("{file}: column `{column}` holds {found} here and {other} in {earlier}; export all parts with one type")]
    PartsDisagree {
        /// The later part.
        file: String,
        /// Which.
        column: String,
        /// What it holds there.
        found: String,
        /// What it held before.
        other: String,
        /// The first part that has it.
        earlier: String,
    },
    /// Two columns of one name.
    #[error("{file}: column `{second}` has one name but for case with `{first}` of {earlier}; rename one of them")]
    SameName {
        /// The file, within the book.
        file: String,
        /// The one.
        first: String,
        /// The first part that has it, perhaps the same file.
        earlier: String,
        /// The other.
        second: String,
    },
    /// Beyond the row ids.
    #[error("{part}: {rows} rows are more than the 4294967294 that a book can hold; split the book")]
    TooManyRows {
        /// `contacts`, `activity`, …
        part: &'static str,
        /// How many there are.
        rows: u64,
    },
    /// A mistake in `book.toml`.
    #[error("book.toml: {message}; {help}")]
    Settings {
        /// What.
        message: String,
        /// How to mend it.
        help: String,
    },
    /// The data files aren't those of `manifest.json`.
    #[error(
        "{file}: {message}; export the book again, or, if the change is meant, have `segql manifest` write it anew"
    )]
    Manifest {
        /// The file, within the book.
        file: String,
        /// What differs.
        message: String,
    },
    /// A file that was written or replaced while the book was loaded.
    #[error("{file}: changed while it was being read; load the book again")]
    ChangedMeanwhile {
        /// The file, within the book.
        file: String,
    },
    /// Files that aren't those that were loaded.
    #[error("{part}: changed since the book was loaded; run it again")]
    Changed {
        /// `contacts`, `activity`, …
        part: &'static str,
    },
    /// Irregularities, where none are allowed.
    #[error("{}; mend the files, or load without --strict", list(.0))]
    Strict(Vec<Irregularity>),
    /// The caller asked to stop.
    #[error("loading was stopped; run it again to load the book")]
    Cancelled,
}

impl LoadError {
    /// Why what lies there isn't decoded.
    pub(super) fn refused(place: Place, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Damaged(reason) => Self::Damaged { place, reason },
            Refusal::Beyond { claim, limit, at, needed } => Self::BeyondLimit { place, claim, limit, at, needed },
        }
    }
}

/// Where in the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, within the book.
    pub file: String,
    /// The column, where known.
    pub column: Option<String>,
    /// The row group, counted from 0, where known.
    pub row_group: Option<usize>,
}

impl Place {
    /// A whole file.
    pub(super) fn file(file: &str) -> Self {
        Self { file: file.to_owned(), column: None, row_group: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        if let Some(row_group) = self.row_group {
            write!(f, ", row group {row_group}")?;
        }
        Ok(())
    }
}

fn nearest_text(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!(" (nearest is `{name}`)"))
}

fn list(irregularities: &[Irregularity]) -> String {
    let lines: Vec<String> = irregularities.iter().map(ToString::to_string).collect();
    lines.join("\n")
}
