//! The one outer error.

use std::path::PathBuf;

use super::insight::OldOrNew;
use crate::exec::ExecError;
use crate::load::LoadError;
use crate::model::{ClockError, Diagnostic};
use crate::write::{FormatError, WriteError};

/// Whatever can go wrong, by whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The book.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The sentence: all its mistakes.
    #[error("{}", .0.first().map_or("the query is wrong", |it| it.message.as_str()))]
    Query(Vec<Diagnostic>),
    /// The time zone that was asked for.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// While running.
    #[error(transparent)]
    Exec(#[from] ExecError),
    /// While writing.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file whose ending says no format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A file or folder that isn't the book's.
    #[error("{what}: {source}")]
    Io {
        /// What was tried, on which path.
        what: String,
        /// The system's own word.
        source: std::io::Error,
    },
    /// A sentence with steps where only a filter makes sense.
    #[error("only a filter can be asked about here: leave out `|` and the steps after it")]
    NotAFilter,
    /// One of several filters.
    #[error("filter {}: {source}", at + 1)]
    OneFilter {
        /// Which, from 0.
        at: usize,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// Filters over contacts beside filters over visitors.
    #[error("some of the filters are about contacts, some about visitors; ask about one sort of people at a time")]
    DifferentPeople,
    /// A filter that isn't right in one of two books that are compared.
    #[error("the {} filter in the {} book: {source}", filter.name(), book.name())]
    OneSide {
        /// Which filter.
        filter: OldOrNew,
        /// In which book.
        book: OldOrNew,
        /// What is wrong with it there.
        source: Box<Error>,
    },
    /// No such person in the book.
    #[error("the book has no {0} of this key; e-mails are compared without case and blanks around them")]
    NoSuchPerson(&'static str),
    /// A mistake in a `segments.toml`.
    #[error("{}: {message}", path.display())]
    BatchFile {
        /// The file.
        path: PathBuf,
        /// What and where, and how to mend it.
        message: String,
    },
    /// An option of a segment that can't be met.
    #[error("segment `{tag}`, {option}: {message}")]
    SegmentOption {
        /// The segment.
        tag: String,
        /// Its option, as `segments.toml` has it.
        option: &'static str,
        /// Why, and how to mend it.
        message: String,
    },
    /// A tag on the command line that no segment has.
    #[error("no segment to run is called `{tag}`{}", nearest.as_ref().map_or_else(String::new, |it| format!("; the nearest is `{it}`")))]
    NoSuchSegment {
        /// The tag.
        tag: String,
        /// The closest one there is.
        nearest: Option<String>,
    },
    /// A folder without the outputs of a run.
    #[error("{}: no manifest.json here; name the folder that `segql run --out` wrote to", .0.display())]
    NoRun(PathBuf),
    /// A manifest or history that isn't as it was written.
    #[error("{}: damaged or of another version: {message}; remove it to begin anew", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What shows it.
        message: String,
    },
    /// A segment of that name exists already.
    #[error("a segment named \"{0}\" exists already; `overwrite` after the name replaces it")]
    SegmentExists(String),
}

impl Error {
    /// Wraps an I/O error with what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Says which filter of a comparison, and in which book.
    pub(super) fn one_side(filter: OldOrNew, book: OldOrNew, source: Self) -> Self {
        Self::OneSide { filter, book, source: Box::new(source) }
    }

    /// The exit status of a command that fails with it: 1 internal or I/O, 2 usage, 3 query, 4 book, 130 interrupted.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Load(LoadError::Cancelled)
            | Self::Exec(ExecError::Cancelled)
            | Self::Write(WriteError::Interrupted) => 130,
            Self::Load(_) | Self::Exec(ExecError::SumTooLarge { .. }) => 4,
            Self::OneFilter { source, .. } | Self::OneSide { source, .. } => source.exit_code(),
            Self::Query(_) | Self::NotAFilter | Self::DifferentPeople => 3,
            Self::Clock(_)
            | Self::Format(_)
            | Self::NoSuchPerson(_)
            | Self::BatchFile { .. }
            | Self::SegmentOption { .. }
            | Self::NoSuchSegment { .. } => 2,
            Self::Exec(_)
            | Self::Write(_)
            | Self::Io { .. }
            | Self::SegmentExists(_)
            | Self::NoRun(_)
            | Self::Manifest { .. } => 1,
        }
    }
}
