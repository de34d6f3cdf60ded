//! `manifest.json` and the book's id: that the files are those that were exported.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::error::LoadError;
use super::part::{HashWriter, Part, hex};
use super::records::LOGS;
use super::source;

#[derive(Debug, serde::Deserialize)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Debug, serde::Deserialize)]
struct Entry {
    path: String,
    bytes: Option<u64>,
    rows: Option<u64>,
    sha256: Option<String>,
}

const FILE: &str = "manifest.json";

/// sha256 over the sorted lines `path bytes sha256-of-footer`, in hex.
pub(super) fn book_id(parts: &[&Part]) -> String {
    let line = |part: &&Part| format!("{} {} {}\n", part.name, part.size_bytes, part.footer_sha256);
    let mut lines: Vec<String> = parts.iter().map(line).collect();
    lines.sort();
    hex(&Sha256::digest(lines.concat()))
}

/// sha256 over the sorted lines `path bytes sha256` of the data files of a directory, each whole, in hex.
///
/// Cost: one reading of all files, in parallel.
///
/// # Errors
///
/// A file that can't be read.
pub fn checksum(dir: &Path) -> Result<String, LoadError> {
    let parts = std::iter::once("contacts").chain(LOGS.iter().map(|it| it.part)).chain(["visitors"]);
    let mut files = Vec::new();
    for part in parts {
        files.extend(source::find(dir, part)?.unwrap_or_default());
    }
    let line = |(name, path): &(String, PathBuf)| {
        let mut hash = Sha256::new();
        let copied = File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut HashWriter(&mut hash)));
        let bytes = copied.map_err(|source| LoadError::Io { file: name.clone(), source })?;
        Ok(format!("{name} {bytes} {}\n", hex(&hash.finalize())))
    };
    let lines: Vec<Result<String, LoadError>> = files.par_iter().map(line).collect();
    let mut lines = lines.into_iter().collect::<Result<Vec<String>, LoadError>>()?;
    lines.sort();
    Ok(hex(&Sha256::digest(lines.concat())))
}

/// Checks the data files against the manifest, if there is one. Cost: one reading of all files.
pub(super) fn check(dir: &Path, parts: &[&Part]) -> Result<(), LoadError> {
    let text = match std::fs::read_to_string(dir.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(LoadError::Io { file: FILE.to_owned(), source }),
    };
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| differs(FILE, format!("not a manifest: {error}")))?;
    let listed: BTreeSet<&str> = manifest.files.iter().map(|it| it.path.as_str()).collect();
    if let Some(part) = parts.iter().find(|part| !listed.contains(part.name.as_str())) {
        return Err(differs(&part.name, "not listed in manifest.json".to_owned()));
    }
    let results: Vec<_> = manifest.files.par_iter().map(|entry| check_entry(dir, entry, parts)).collect();
    results.into_iter().collect()
}

/// The files that the manifest names within the book, if there is one that can be read.
pub(super) fn listed(dir: &Path) -> Vec<String> {
    let text = std::fs::read(dir.join(FILE)).unwrap_or_default();
    let files = serde_json::from_slice::<Manifest>(&text).map_or_else(|_| Vec::new(), |it| it.files);
    files.into_iter().map(|it| it.path).filter(|it| is_inside(Path::new(it))).collect()
}

fn is_inside(path: &Path) -> bool {
    path.components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir))
}

fn check_entry(dir: &Path, entry: &Entry, parts: &[&Part]) -> Result<(), LoadError> {
    let path = Path::new(&entry.path);
    if !is_inside(path) {
        return Err(differs(FILE, format!("`{}` lies outside the book", entry.path)));
    }
    let mut file = match File::open(dir.join(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(differs(&entry.path, "listed in manifest.json, but not there".to_owned()));
        }
        Err(source) => return Err(LoadError::Io { file: entry.path.clone(), source }),
    };
    let io = |source| LoadError::Io { file: entry.path.clone(), source };
    let part = parts.iter().find(|part| part.name == entry.path);
    let changed = |what: &str| Err(differs(&entry.path, format!("changed since manifest.json was written: {what}")));
    if let Some(bytes) = entry.bytes {
        let found = file.metadata().map_err(io)?.len();
        if found != bytes {
            return changed(&format!("{found} bytes, not {bytes}"));
        }
    }
    if let (Some(rows), Some(part)) = (entry.rows, part)
        && part.n_rows() != rows
    {
        return changed(&format!("{} rows, not {rows}", part.n_rows()));
    }
    let Some(sha256) = &entry.sha256 else { return Ok(()) };
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut HashWriter(&mut hash)).map_err(io)?;
    if hex(&hash.finalize()).eq_ignore_ascii_case(sha256) { Ok(()) } else { changed("its sha256 is another") }
}

fn differs(file: &str, message: String) -> LoadError {
    LoadError::Manifest { file: file.to_owned(), message }
}
