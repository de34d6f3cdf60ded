//! [`OutputFormat`]: what a segment can be materialized as.

use std::fmt;
use std::str::FromStr;

use crate::model::nearest_or_all;
use crate::write::{BitmapFormat, Format};

/// What the people of a segment are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// A row a person.
    Rows(RowFormat),
    /// A set of ids.
    Bitmap(BitmapFormat),
}

/// Formats with a row a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowFormat {
    /// Parquet, zstd.
    Parquet,
    /// CSV as in RFC 4180.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// The Arrow IPC file format.
    Arrow,
}

impl RowFormat {
    /// As a format of answers.
    pub(super) const fn format(self) -> Format {
        match self {
            Self::Parquet => Format::Parquet,
            Self::Csv => Format::Csv,
            Self::Ndjson => Format::Ndjson,
            Self::Arrow => Format::Arrow,
        }
    }
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Rows(RowFormat::Parquet),
        Self::Rows(RowFormat::Csv),
        Self::Rows(RowFormat::Ndjson),
        Self::Rows(RowFormat::Arrow),
        Self::Bitmap(BitmapFormat::Roaring),
        Self::Bitmap(BitmapFormat::ClickHouse),
        Self::Bitmap(BitmapFormat::StarRocks),
    ];

    /// Its name, which is the ending of its files, too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows(rows) => rows.format().name(),
            Self::Bitmap(BitmapFormat::Roaring) => "roaring",
            Self::Bitmap(BitmapFormat::ClickHouse) => "clickhouse",
            Self::Bitmap(BitmapFormat::StarRocks) => "starrocks",
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| {
            let help = nearest_or_all(text, &Self::ALL.map(Self::name));
            format!("no format of outputs is called `{text}`; {help}")
        })
    }
}
