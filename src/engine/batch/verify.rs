//! Whether outputs are as their manifest says.

use std::collections::BTreeMap;
use std::path::Path;

use super::manifest::{FileEntry, Kept, Manifest, file_path};
use crate::engine::Error;
use crate::write::Content;

/// What a check of outputs found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The run that the manifest is of.
    pub run_id: String,
    /// How many files it lists.
    pub n_files: usize,
    /// Their bytes.
    pub n_bytes: u64,
    /// What isn't as it says: the file, and how it differs.
    pub differences: Vec<(String, String)>,
}

/// Checks each file that a folder's manifest lists: that it is there, its size, its sha256.
///
/// Cost: one reading of all files.
///
/// # Errors
///
/// No manifest, or one that can't be read. A file that can't be read is a difference.
pub fn verify(root: &Path) -> Result<Verified, Error> {
    let manifest = Manifest::read(root)?.ok_or_else(|| Error::NoRun(root.to_owned()))?;
    let differences = manifest.files().filter_map(|it| Some((it.path.clone(), difference(root, it)?))).collect();
    Ok(Verified {
        n_files: manifest.files().count(),
        n_bytes: manifest.files().map(|it| it.bytes).sum(),
        run_id: manifest.run_id,
        differences,
    })
}

fn difference(root: &Path, file: &FileEntry) -> Option<String> {
    let path = match file_path(root, file) {
        Ok(path) => path,
        Err(error) => return Some(error.to_string()),
    };
    match Content::of_file(&path) {
        Err(_) if !path.exists() => Some("is not there".to_owned()),
        Err(error) => Some(error.to_string()),
        Ok(found) if found.size_bytes != file.bytes => {
            Some(format!("has {} bytes, not {}", found.size_bytes, file.bytes))
        }
        Ok(found) if found.sha256 != file.sha256 => Some("has the size it should have, but another sha256".to_owned()),
        Ok(_) => None,
    }
}

/// The run that each segment's files in a folder are of, by tag.
///
/// # Errors
///
/// No manifest, or one that can't be read.
pub fn last_materializations(root: &Path) -> Result<BTreeMap<String, Kept>, Error> {
    let manifest = Manifest::read(root)?.ok_or_else(|| Error::NoRun(root.to_owned()))?;
    let last = manifest.segments.iter().filter_map(|it| Some((it.tag.clone(), manifest.materialized(it)?)));
    Ok(last.collect())
}
