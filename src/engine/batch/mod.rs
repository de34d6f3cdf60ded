//! Batches: many segments evaluated in one pass, and materialized whole or not at all.
//!
//! Flow: every segment is resolved against the book (`job`); the filters run together ([`crate::exec::run_all`]), as many
//! at a time as memory allows; guard rails look at the numbers of rows; what may be written is written, each file under a
//! name made of its content, so that no file of the run before is touched. Then `manifest.json` is replaced: the one moment
//! at which the outputs change. What no manifest lists any more is removed.
//!
//! Invariant: whenever a run ends, be it by a fault of the machine, `manifest.json` lists files that are there as it says:
//! all of the run before or all of this one.
//! Invariant: same book, same segments, same `now`: same bytes in every file, and in the manifest but for its `run_id`,
//! `started` and `elapsed`; for any number of threads.

mod changes;
mod definition;
mod formats;
mod guard;
mod job;
mod manifest;
mod materialize;
mod options;
mod run;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

pub use formats::{OutputFormat, RowFormat};
pub use manifest::{FileEntry, FileSet, Kept, PastRun, PastSegment, SegmentEntry, State, history};
pub use options::{BatchFile, SegmentOptions, parse_size};
pub use verify::{Verified, last_materializations, verify};

use super::{Error, QueryOptions};
use crate::model::Diagnostic;
use crate::plan::Segments;

/// Is told what happens in a run.
pub type Progress = dyn Fn(RunEvent<'_>) + Send + Sync;

/// What a batch is to do.
#[derive(Clone)]
pub struct BatchOptions {
    /// The folder of the outputs; made if it isn't there.
    pub out: PathBuf,
    /// The folder of the run that sizes and members are compared with; `out` if not said.
    pub previous: Option<PathBuf>,
    /// `segments.toml`, as read; without it every saved segment is materialized.
    pub file: Option<Arc<BatchFile>>,
    /// What goes before the defaults of the file, and after what it says of a segment.
    pub defaults: SegmentOptions,
    /// The clock.
    pub query: QueryOptions,
    /// Tags of the segments to materialize; the others stay as they are. All if empty.
    pub only: Vec<String>,
    /// Tags of segments that no guard rail holds back this time.
    pub accept: Vec<String>,
    /// Segments that are written at a time; one a processor if not said. One makes the order of all writing fixed.
    pub jobs: Option<usize>,
    /// A segment that fails leaves the others.
    pub keep_going: bool,
    /// Counts and guard rails alone; nothing is written.
    pub dry_run: bool,
    /// The mode of files, where files have one.
    pub file_mode: u32,
    /// Is told what happens, from any thread.
    pub progress: Option<Arc<Progress>>,
}

impl BatchOptions {
    /// The outputs of every saved segment into a folder.
    #[must_use]
    pub fn new(out: PathBuf) -> Self {
        Self {
            out,
            previous: None,
            file: None,
            defaults: SegmentOptions::default(),
            query: QueryOptions::default(),
            only: Vec::new(),
            accept: Vec::new(),
            jobs: None,
            keep_going: false,
            dry_run: false,
            file_mode: 0o600,
            progress: None,
        }
    }
}

/// What happens in a run.
#[derive(Debug)]
pub enum RunEvent<'a> {
    /// It begins.
    Began {
        /// Its id.
        run_id: &'a str,
        /// How many segments it has.
        segments: usize,
    },
    /// A segment is done, one way or the other.
    Segment(&'a Outcome),
    /// The outputs are those of this run.
    Committed {
        /// How many files this run wrote.
        files: u64,
        /// Their bytes.
        bytes: u64,
    },
}

/// What came of a segment.
#[derive(Debug)]
pub struct Outcome {
    /// As the manifest has it; its files are those that count if the run was committed.
    pub entry: SegmentEntry,
    /// Why it failed.
    pub error: Option<Error>,
    /// How long its files took, in seconds.
    pub elapsed_s: f64,
}

/// What came of a run.
#[derive(Debug)]
pub struct RunReport {
    /// The run's id.
    pub run_id: String,
    /// The texts that places in errors lie in.
    pub sources: Segments,
    /// By tag; of a run that stopped, what there was until then.
    pub outcomes: Vec<Outcome>,
    /// Definitions too broken to have a tag.
    pub broken: Vec<Vec<Diagnostic>>,
    /// Whether the outputs are those of this run; never of a dry run.
    pub committed: bool,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl RunReport {
    /// How many segments a guard rail held back.
    #[must_use]
    pub fn n_held_back(&self) -> usize {
        self.outcomes.iter().filter(|it| it.entry.state == State::HeldBack).count()
    }

    /// How many segments failed.
    #[must_use]
    pub fn n_failed(&self) -> usize {
        self.broken.len() + self.outcomes.iter().filter(|it| it.entry.state == State::Failed).count()
    }
}
