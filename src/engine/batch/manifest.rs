//! [`Manifest`]: what the outputs of a run are; and the history of the runs before.
//!
//! `manifest.json` is the one file that says which data files count. `history.jsonl` has a line for each run before the
//! one in the manifest, so that both together are all runs, whenever a run was ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::Error;
use crate::write::path_within;

/// The file that says which outputs count.
pub(super) const MANIFEST: &str = "manifest.json";
/// The file of the runs before.
pub(super) const HISTORY: &str = "history.jsonl";
/// Runs that the history keeps.
const HISTORY_RUNS: usize = 1_000;
/// The form of a manifest.
const FORM: u32 = 1;

/// The outputs of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of this file; 1.
    pub form: u32,
    /// The version of SegQL.
    pub version: String,
    /// Another one each run.
    pub run_id: String,
    /// When the run began, by the machine's clock.
    pub started: String,
    /// How long it took, in seconds.
    pub elapsed: Elapsed,
    /// What was asked.
    pub book: BookEntry,
    /// The instant taken as now.
    pub now: String,
    /// The zone in which days were counted.
    pub zone: String,
    /// By tag.
    pub segments: Vec<SegmentEntry>,
}

/// How long a run took, in seconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Elapsed {
    /// The run without loading the book.
    pub run: f64,
    /// Writing each segment.
    pub segments: BTreeMap<String, f64>,
}

/// The book of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEntry {
    /// sha256 over the sorted lines `path bytes sha256-of-footer` of the data files.
    pub id: String,
    /// sha256 over the sorted lines `path bytes sha256` of the data files.
    pub checksum: String,
    /// How many contacts.
    pub contacts: u64,
}

/// What became of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its files are of this run.
    Written,
    /// A guard rail held it back; its files are those of an earlier run, if there are any.
    HeldBack,
    /// It could not be answered; its files are those of an earlier run, if there are any.
    Failed,
}

impl State {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::HeldBack => "held back",
            Self::Failed => "failed",
        }
    }
}

/// A segment in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// Its tag.
    pub tag: String,
    /// Its display name.
    pub name: Option<String>,
    /// What became of it.
    pub state: State,
    /// Why it was held back or failed.
    pub error: Option<String>,
    /// Its definition in canonical form, after those that it rests on.
    pub definition: Option<String>,
    /// sha256 of the definition, in hex.
    pub definition_sha256: Option<String>,
    /// The sample that was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Only those who can be mailed were wanted.
    #[serde(default)]
    pub mailable_only: bool,
    /// How many match the definition.
    pub matched: Option<u64>,
    /// How many of them can be mailed.
    pub mailable: Option<u64>,
    /// How many are left after `mailable_only` and the sample: people to write.
    pub rows: Option<u64>,
    /// The run that the files are of, if it is an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// The outputs that count.
    pub files: Vec<FileEntry>,
}

/// The earlier run that files are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its id.
    pub run_id: String,
    /// When it began.
    pub started: String,
    /// What it took as now.
    pub now: String,
    /// How many people it wrote.
    pub rows: u64,
}

/// Whom a file lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSet {
    /// The segment.
    People,
    /// Who is in it, and wasn't in the run before.
    Entered,
    /// Who was in it in the run before, and isn't.
    Left,
}

impl FileSet {
    /// The name of its folder, before the ending.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Entered => "entered",
            Self::Left => "left",
        }
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Where it lies, from the manifest's folder, with `/`.
    pub path: String,
    /// Whom it lists.
    pub set: FileSet,
    /// The name of its format; `sidecar` of a file about the bitmap beside it.
    pub format: String,
    /// Its size.
    pub bytes: u64,
    /// How many people it lists.
    pub rows: u64,
    /// Its sha256, in hex.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of a folder, if there is one.
    pub(super) fn read(root: &Path) -> Result<Option<Self>, Error> {
        let path = root.join(MANIFEST);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(format!("reading {}", path.display()))(error)),
        };
        let damaged = |message: String| Error::Manifest { path: path.clone(), message };
        let manifest: Self = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if manifest.form != FORM {
            return Err(damaged(format!("it is of form {}, and this version reads form {FORM}", manifest.form)));
        }
        Ok(Some(manifest))
    }

    /// A manifest of the present form.
    pub(super) const fn form() -> u32 {
        FORM
    }

    /// As it is written.
    pub(super) fn to_json(&self) -> Vec<u8> {
        // Texts and numbers alone: nothing here that JSON can't say.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    /// The entry of a tag.
    pub(super) fn segment(&self, tag: &str) -> Option<&SegmentEntry> {
        self.segments.iter().find(|it| it.tag == tag)
    }

    /// All files that count.
    pub(super) fn files(&self) -> impl Iterator<Item = &FileEntry> {
        self.segments.iter().flat_map(|it| &it.files)
    }

    /// The run that an entry's files are of.
    pub(super) fn materialized(&self, entry: &SegmentEntry) -> Option<Kept> {
        match (entry.state, &entry.kept) {
            (_, Some(kept)) => Some(kept.clone()),
            (State::Written, None) => Some(Kept {
                run_id: self.run_id.clone(),
                started: self.started.clone(),
                now: self.now.clone(),
                rows: entry.rows.unwrap_or(0),
            }),
            (State::HeldBack | State::Failed, None) => None,
        }
    }

    /// The run as a line of the history.
    fn past(&self) -> PastRun {
        let segment = |it: &SegmentEntry| PastSegment {
            tag: it.tag.clone(),
            state: it.state,
            matched: it.matched,
            mailable: it.mailable,
            rows: it.rows,
        };
        // What a run left as it was is told with the run that it is of.
        let of_this_run = |it: &&SegmentEntry| it.state != State::Written || it.kept.is_none();
        PastRun {
            run_id: self.run_id.clone(),
            started: self.started.clone(),
            now: self.now.clone(),
            book_id: self.book.id.clone(),
            segments: self.segments.iter().filter(of_this_run).map(segment).collect(),
        }
    }
}

/// Where a file of a manifest lies.
pub(super) fn file_path(root: &Path, file: &FileEntry) -> Result<PathBuf, Error> {
    Ok(path_within(root, &file.path)?)
}

/// A run, as its history tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRun {
    /// Its id.
    pub run_id: String,
    /// When it began.
    pub started: String,
    /// What it took as now.
    pub now: String,
    /// Its book.
    pub book_id: String,
    /// What became of each segment.
    pub segments: Vec<PastSegment>,
}

/// A segment in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSegment {
    /// Its tag.
    pub tag: String,
    /// What became of it.
    pub state: State,
    /// How many matched.
    pub matched: Option<u64>,
    /// How many of them could be mailed.
    pub mailable: Option<u64>,
    /// How many people there were to write.
    pub rows: Option<u64>,
}

/// All runs of a folder, the earliest first.
///
/// # Errors
///
/// I/O, or files that aren't as they were written.
pub fn history(root: &Path) -> Result<Vec<PastRun>, Error> {
    let manifest = Manifest::read(root)?.ok_or_else(|| Error::NoRun(root.to_owned()))?;
    let mut runs = past_runs(root)?;
    // Between the history and the manifest a run may have ended.
    runs.retain(|it| it.run_id != manifest.run_id);
    runs.push(manifest.past());
    Ok(runs)
}

/// The history as it is when the run of `manifest` has become one of the runs before.
pub(super) fn history_after(root: &Path, manifest: &Manifest) -> Result<Vec<u8>, Error> {
    let mut runs = past_runs(root)?;
    runs.retain(|it| it.run_id != manifest.run_id);
    runs.push(manifest.past());
    let mut lines = Vec::new();
    for run in &runs[runs.len().saturating_sub(HISTORY_RUNS)..] {
        lines.extend(serde_json::to_vec(run).unwrap_or_default());
        lines.push(b'\n');
    }
    Ok(lines)
}

fn past_runs(root: &Path) -> Result<Vec<PastRun>, Error> {
    let path = root.join(HISTORY);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(format!("reading {}", path.display()))(error)),
    };
    let run = |line: &str| {
        serde_json::from_str(line).map_err(|error| Error::Manifest { path: path.clone(), message: error.to_string() })
    };
    text.lines().map(run).collect()
}
