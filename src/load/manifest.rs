//! `manifest.json` and the book's id: that the files are those that were exported.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::error::LoadError;
use super::limits::Limits;
use super::part::Part;
use super::records::LOGS;
use super::source;
use super::whole_file::{read_file, text_if_there};
use crate::model::hex;

/// What the files of a book were when it was exported.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Entry {
    path: String,
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    sha256: Option<String>,
}

/// The file of a book that says what the others are.
pub const FILE: &str = "manifest.json";

/// A manifest to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// As JSON.
    pub json: Vec<u8>,
    /// How many files it lists.
    pub n_files: usize,
    /// Their bytes.
    pub n_bytes: u64,
    /// The mode of a file that whoever can read all of the book may read; 0o600 where files have none.
    pub mode: u32,
}

/// Describes the data files of a book as they stand, and the files besides that its manifest lists, if it has one.
///
/// Cost: one reading of all files, in parallel.
///
/// # Errors
///
/// No contacts, a file that can't be read or whose footer can't be decoded, and a `manifest.json` of something else.
pub fn describe(dir: &Path, limits: Limits) -> Result<Described, LoadError> {
    if !dir.is_dir() {
        return Err(LoadError::NoSuchDirectory { path: dir.to_owned() });
    }
    let before = read(dir)?;
    let data = data_files(dir)?;
    if !data.iter().any(|(name, _)| name.starts_with("contacts")) {
        return Err(LoadError::NoContacts { path: dir.to_owned() });
    }
    let others = before.into_iter().flat_map(|it| it.files).map(|it| it.path);
    let others = others.filter(|path| is_inside(Path::new(path)) && !data.iter().any(|(name, _)| name == path));
    let others = others.map(|path| (dir.join(&path), path)).filter(|(path, _)| path.is_file());
    let mut files: Vec<(String, PathBuf, bool)> = others.map(|(path, name)| (name, path, false)).collect();
    files.extend(data.into_iter().map(|(name, path)| (name, path, true)));
    files.sort();
    let entries: Vec<_> =
        files.into_par_iter().map(|(name, path, is_data)| entry(name, path, is_data, limits)).collect();
    let (mut files, mut mode) = (Vec::new(), 0o666);
    for result in entries {
        let (entry, mode_of) = result?;
        files.push(entry);
        mode &= mode_of;
    }
    let (n_files, n_bytes) = (files.len(), files.iter().filter_map(|it| it.bytes).sum());
    // Texts and numbers alone: nothing here that JSON can't say.
    let mut json = serde_json::to_vec_pretty(&Manifest { files }).unwrap_or_default();
    json.push(b'\n');
    Ok(Described { json, n_files, n_bytes, mode: mode | 0o600 })
}

fn entry(name: String, path: PathBuf, is_data: bool, limits: Limits) -> Result<(Entry, u32), LoadError> {
    let io = |source| LoadError::Io { file: name.clone(), source };
    let rows = if is_data { Some(Part::open(name.clone(), path.clone(), limits)?.n_rows()) } else { None };
    let mut file = File::open(&path).map_err(io)?;
    let mode = mode(&file.metadata().map_err(io)?);
    let (bytes, sha256) = hashed(&mut file).map_err(io)?;
    Ok((Entry { path: name, bytes: Some(bytes), rows, sha256: Some(sha256) }, mode))
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions())
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0o600
}

/// All data files of a directory, by path within it.
fn data_files(dir: &Path) -> Result<Vec<(String, PathBuf)>, LoadError> {
    let parts = std::iter::once("contacts").chain(LOGS.iter().map(|it| it.part)).chain(["visitors"]);
    let mut files = Vec::new();
    for part in parts {
        files.extend(source::find(dir, part)?.unwrap_or_default());
    }
    Ok(files)
}

/// The manifest of a directory, if it has one.
fn read(dir: &Path) -> Result<Option<Manifest>, LoadError> {
    let text = text_if_there(&dir.join(FILE)).map_err(|source| LoadError::Io { file: FILE.to_owned(), source })?;
    let Some(text) = text else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| differs(FILE, format!("not the manifest of a book: {error}")))
}

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
    let files = data_files(dir)?;
    let line = |(name, path): &(String, PathBuf)| {
        let hashed = File::open(path).and_then(|mut file| hashed(&mut file));
        let (bytes, sha256) = hashed.map_err(|source| LoadError::Io { file: name.clone(), source })?;
        Ok(format!("{name} {bytes} {sha256}\n"))
    };
    let lines: Vec<Result<String, LoadError>> = files.par_iter().map(line).collect();
    let mut lines = lines.into_iter().collect::<Result<Vec<String>, LoadError>>()?;
    lines.sort();
    Ok(hex(&Sha256::digest(lines.concat())))
}

/// Checks the data files against the manifest, if there is one. Cost: one reading of all files.
pub(super) fn check(dir: &Path, parts: &[&Part]) -> Result<(), LoadError> {
    let Some(manifest) = read(dir)? else { return Ok(()) };
    let listed: BTreeSet<&str> = manifest.files.iter().map(|it| it.path.as_str()).collect();
    if let Some(part) = parts.iter().find(|part| !listed.contains(part.name.as_str())) {
        return Err(differs(&part.name, "not listed in manifest.json".to_owned()));
    }
    let results: Vec<_> = manifest.files.par_iter().map(|entry| check_entry(dir, entry, parts)).collect();
    results.into_iter().collect()
}

/// The files that the manifest names within the book, if there is one that can be read.
pub(super) fn listed(dir: &Path) -> Vec<String> {
    let text = read_file(&dir.join(FILE)).unwrap_or_default();
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
    let (_, found) = hashed(&mut file).map_err(io)?;
    if found.eq_ignore_ascii_case(sha256) { Ok(()) } else { changed("its sha256 is another") }
}

/// The bytes of a file, from where it stands, and their sha256 in hex.
fn hashed(file: &mut File) -> std::io::Result<(u64, String)> {
    let mut hash = Hash(Sha256::new());
    let bytes = std::io::copy(file, &mut hash)?;
    Ok((bytes, hex(&hash.0.finalize())))
}

/// A hash that bytes are copied into.
struct Hash(Sha256);

impl std::io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn differs(file: &str, message: String) -> LoadError {
    LoadError::Manifest { file: file.to_owned(), message }
}
