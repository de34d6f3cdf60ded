//! The manifest of a book: what its files are, to be checked by every later load.

use std::io::Write;
use std::path::Path;

use super::Error;
use crate::load::{self, Described, Limits};
use crate::write::{AtomicFile, WriteError};

/// Writes `manifest.json` into a book: the size, rows and sha256 of each data file. From then on a load refuses
/// files that differ, are missing, or aren't listed. One that is there is replaced, whole or not at all; files besides the data
/// that it lists are listed again.
///
/// Whoever can read all data files can read it.
///
/// Cost: one reading of all files.
///
/// # Errors
///
/// A file that can't be read or isn't Parquet, a `manifest.json` of something else than a book, and I/O.
pub fn write_manifest(dir: &Path, limits: Limits) -> Result<Described, Error> {
    let described = load::describe(dir, limits)?;
    let mut file = AtomicFile::create(&dir.join(load::MANIFEST_FILE), true)?;
    file.write_all(&described.json).map_err(WriteError::from)?;
    file.set_mode(described.mode)?;
    file.commit()?;
    Ok(described)
}
