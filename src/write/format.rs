//! [`Format`]: what an answer can be written as.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::model::nearest_or_all;

/// What an answer is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A table for a terminal.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// A JSON array of objects.
    Json,
    /// The number alone.
    Count,
    /// The first column alone, one value a line, no header.
    Ids,
    /// A Parquet file.
    Parquet,
    /// An Arrow file (IPC file format).
    Arrow,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Table, Self::Csv, Self::Ndjson, Self::Json, Self::Count, Self::Ids, Self::Parquet, Self::Arrow];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Count => "count",
            Self::Ids => "ids",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Whether it is bytes that would garble a terminal.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Whether it lists people, so that a bare filter answers with them and not with their number.
    #[must_use]
    pub const fn lists_people(self) -> bool {
        matches!(self, Self::Ids | Self::Parquet | Self::Arrow)
    }

    /// The format that a file name's ending picks, in any case.
    pub fn of_path(path: &Path) -> Result<Self, FormatError> {
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default().to_lowercase();
        match ending.as_str() {
            "csv" => Ok(Self::Csv),
            "ndjson" | "jsonl" => Ok(Self::Ndjson),
            "json" => Ok(Self::Json),
            "txt" => Ok(Self::Ids),
            "parquet" | "pq" => Ok(Self::Parquet),
            "arrow" | "ipc" | "feather" => Ok(Self::Arrow),
            _ => Err(FormatError::Ending(ending)),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        if text == "jsonl" {
            return Ok(Self::Ndjson);
        }
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| FormatError::Name {
            name: text.to_owned(),
            help: nearest_or_all(text, &Self::ALL.map(Self::name)),
        })
    }
}

/// Why a format can't be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No such format.
    #[error("no format is called `{name}`; {help}")]
    Name {
        /// What was written.
        name: String,
        /// The closest format there is, or all of them.
        help: String,
    },
    /// A file's ending that picks none.
    #[error(
        "the ending `{0}` picks no format: use .csv, .ndjson or .jsonl, .json, .txt (keys alone), .parquet, .arrow or .feather"
    )]
    Ending(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_endings() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!(Format::of_path(Path::new("a/b.PQ")), Ok(Format::Parquet));
        assert_eq!(Format::of_path(Path::new("x.tar.jsonl")), Ok(Format::Ndjson));
        assert_eq!(Format::of_path(Path::new("x.xls")), Err(FormatError::Ending("xls".to_owned())));
        assert_eq!(
            "parket".parse::<Format>().unwrap_err().to_string(),
            "no format is called `parket`; the nearest is `parquet`"
        );
    }
}
