//! [`Inputs`]: what an image was made from, and whether it still is.

use std::fs::Metadata;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::error::LoadError;
use super::super::{LOGS, LoadOptions, manifest, source};
use crate::index::stored;

/// The files that a book is loaded from as they stand, and what of the options shows in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inputs {
    shard_rows: u32,
    files: Vec<InputFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct InputFile {
    /// Its path within the book, with `/`.
    name: String,
    /// None if there is no such file.
    state: Option<FileState>,
}

/// What changes when a file is written, replaced or cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct FileState {
    size_bytes: u64,
    /// Whole seconds since 1970, and the nanoseconds beyond.
    modified_s: i64,
    modified_ns: u32,
    /// 0 where the system has no such number.
    inode: u64,
}

stored!(struct Inputs { shard_rows, files });
stored!(struct InputFile { name, state });
stored!(struct FileState { size_bytes, modified_s, modified_ns, inode });

/// Files that aren't data, but decide how data is read.
const SETTINGS: [&str; 2] = ["book.toml", "manifest.json"];

impl Inputs {
    /// As they are now. Cost: the listing of folders, and a look at each file's inode.
    pub(super) fn now(dir: &Path, options: &LoadOptions) -> Result<Self, LoadError> {
        let mut names: Vec<String> = SETTINGS.map(str::to_owned).to_vec();
        for part in ["contacts"].into_iter().chain(LOGS.iter().map(|it| it.part)).chain(["visitors"]) {
            names.extend(source::find(dir, part)?.into_iter().flatten().map(|(name, _)| name));
        }
        // A manifest may name more files than a book has; a load looks at those, too.
        for name in manifest::listed(dir) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let file = |name: String| {
            let state = std::fs::metadata(dir.join(&name)).ok().map(|it| FileState::of(&it));
            InputFile { name, state }
        };
        Ok(Self { shard_rows: options.rows_a_shard(), files: names.into_iter().map(file).collect() })
    }

    /// Bytes of all files.
    pub(super) fn size_bytes(&self) -> u64 {
        self.files.iter().filter_map(|it| it.state.as_ref()).map(|it| it.size_bytes).sum()
    }

    /// What is different now, in words; none if all is as it was.
    pub(super) fn change(&self, now: &Self) -> Option<String> {
        let Self { shard_rows, files } = self;
        if *shard_rows != now.shard_rows {
            return Some("it has shards of another size".to_owned());
        }
        let lacks = |all: &[InputFile], one: &InputFile| !all.iter().any(|it| it.name == one.name);
        if let Some(file) = now.files.iter().find(|it| lacks(files, it)) {
            return Some(format!("{} is new", file.name));
        }
        if let Some(file) = files.iter().find(|it| lacks(&now.files, it)) {
            return Some(format!("{} is gone", file.name));
        }
        let changed = now.files.iter().find(|it| !files.contains(it));
        changed
            .map(|it| format!("{} has changed", it.name))
            .or_else(|| (self != now).then(|| "its files have changed".to_owned()))
    }
}

impl FileState {
    /// Of a file as it stands.
    pub(in super::super) fn of(metadata: &Metadata) -> Self {
        let (modified_s, modified_ns) = metadata.modified().map_or((0, 0), since_1970);
        Self { size_bytes: metadata.len(), modified_s, modified_ns, inode: inode(metadata) }
    }
}

fn since_1970(time: SystemTime) -> (i64, u32) {
    let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (signed(after.as_secs()), after.subsec_nanos()),
        Err(before) => (-signed(before.duration().as_secs()), before.duration().subsec_nanos()),
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
