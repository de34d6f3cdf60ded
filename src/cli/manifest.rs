//! `segql manifest`: the sizes and checksums of a book's files.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::terminal::Terminal;
use crate::engine::{Limits, write_manifest};

#[derive(Debug, Args)]
pub(super) struct ManifestArgs {
    /// The directory of the book
    book: PathBuf,
}

pub(super) fn run(args: &ManifestArgs, terminal: &Terminal) -> Result<(), Failure> {
    let written = write_manifest(&args.book, Limits::default())?;
    let files = if written.n_files == 1 { "file" } else { "files" };
    let (n_files, n_bytes) = (written.n_files, written.n_bytes);
    terminal.note(&format!("{n_files} {files}, {n_bytes} bytes, in {}", args.book.join("manifest.json").display()));
    Ok(())
}
