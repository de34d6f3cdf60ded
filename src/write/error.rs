//! [`WriteError`]: why an answer or a book could not be written.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use super::Format;

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Whoever read the output has stopped reading: no fault, and nothing to tell.
    #[error("the reader of the output has closed it")]
    ClosedPipe,
    /// The output could not be written.
    #[error("the output could not be written: {0}")]
    Output(#[source] io::Error),
    /// A file or directory could not be made.
    #[error("`{}` could not be written: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is such a file, and it was not to be overwritten.
    #[error("`{}` exists: say `overwrite` to replace it, or choose another name", .0.display())]
    Exists(PathBuf),
    /// There is something of this name that isn't a file.
    #[error("`{}` is not a file that could be replaced: choose another name", .0.display())]
    NotAFile(PathBuf),
    /// Another process writes to this folder.
    #[error("another run is writing to `{}`: wait for it, or choose another folder", .0.display())]
    Locked(PathBuf),
    /// A link where a folder or file of our own would be.
    #[error("`{}` is a link, which no output is written through: remove it, or choose another folder", .0.display())]
    Link(PathBuf),
    /// A path that isn't within its folder.
    #[error("`{0}` leads out of the folder of the outputs")]
    Outside(String),
    /// A book is only generated where nothing is.
    #[error("`{}` is not an empty directory: choose a new one", .0.display())]
    NotEmpty(PathBuf),
    /// A format that this floor doesn't write.
    #[error("`{0}` is drawn on a terminal only: use csv, ndjson, json, count, ids, parquet or arrow")]
    NoWriter(Format),
    /// A cell that isn't of its column's type, or doesn't fit it.
    #[error("a value of column `{0}` does not fit its type")]
    Misfit(String),
    /// The encoder refused.
    #[error("the {format} encoder failed: {message}")]
    Encode {
        /// What was to be written.
        format: Format,
        /// What it says.
        message: String,
    },
    /// The caller asked to stop.
    #[error("interrupted; nothing was left behind")]
    Interrupted,
}

impl WriteError {
    /// The failure of an operation on `path`.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// Finds the I/O error below an encoder's: a closed pipe must not be told as a failed encoding.
    fn encoder(format: Format, error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(at) = cause {
            if let Some(io) = at.downcast_ref::<io::Error>() {
                return io::Error::new(io.kind(), io.to_string()).into();
            }
            cause = at.source();
        }
        Self::Encode { format, message: error.to_string() }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::ClosedPipe } else { Self::Output(error) }
    }
}

impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> Self {
        Self::encoder(Format::Parquet, &error)
    }
}

impl From<ArrowError> for WriteError {
    fn from(error: ArrowError) -> Self {
        Self::encoder(Format::Arrow, &error)
    }
}
