//! Floor 5: the facade: open a book, prepare a sentence, have the answer.
//!
//! ```
//! use segql::engine::{Engine, OpenOptions, QueryOptions};
//!
//! fn main() -> Result<(), segql::engine::Error> {
//!     // Load a book once; the engine is `Send + Sync`, so threads can share it.
//!     let engine = Engine::open("data/cdnow".as_ref(), &OpenOptions::default())?;
//!
//!     // A sentence is checked against the book, with all its mistakes told at once …
//!     let now = segql::model::parse_time("1998-07-01T00:00:00Z", &segql::model::Zone::utc()).ok();
//!     let options = QueryOptions { now_us: now, ..QueryOptions::default() };
//!     let query = engine.prepare("did purchase at least 3 times in last 365 days", &options)?;
//!
//!     // … and what is left can run as often as you like.
//!     assert_eq!(engine.count(&query)?, 3_415);
//!     for email in engine.keys(&query)?.iter().take(3) {
//!         println!("{email}");
//!     }
//!     // Another thread may give it up: engine.cancel().cancel()
//!     Ok(())
//! }
//! ```

pub mod batch;
mod check;
mod error;
mod glance;
pub mod insight;
mod inspect;
mod manifest;
mod people;
mod segments;
mod sql;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::exec::{Answered, Cancel};
pub use crate::load::image::{ImageFile, ImageReport, ImageUse};
pub use crate::load::{Described, Limit, Limits, LoadProgress};
pub use crate::plan::{Finding, FindingKind, Prepared, Proof, Segments};
pub use check::{Checked, SegmentCount};
pub use error::Error;
pub use glance::Glance;
pub use inspect::{BookReport, ColumnReport, TableReport, inspect};
pub use manifest::write_manifest;
pub use people::{PeopleColumns, export_people};
pub use sql::{SegmentSql, SqlTarget};
pub use values::{FieldValue, FieldValues, Rows, ValuesAsked};

use crate::book::Book;
use crate::exec::{self, Pool};
use crate::load::{LoadOptions, image, read_file};
use crate::model::{Clock, SourceId, Zone};
use crate::plan::{self, ResolveContext};
use crate::syntax;

/// How a book is opened.
#[derive(Clone, Default)]
pub struct OpenOptions {
    /// Worker threads; as many as the machine has cores if not said.
    pub threads: Option<usize>,
    /// Rows of a shard; [`crate::book::Layout::SHARD_ROWS`] if not said. Changes no answer.
    pub shard_rows: Option<u32>,
    /// Every irregularity of the book is an error.
    pub strict: bool,
    /// Whether an image of the book is used and kept, so that the next start costs a reading; unless said, of books
    /// that are worth it.
    pub image: ImageUse,
    /// What the book's files may claim before anything is allocated for it.
    pub limits: Limits,
    /// Bytes of memory that the book may take, as planned from its files before it is loaded; 80 % of what the machine
    /// lets the process have if not said.
    pub max_memory: Option<u64>,
    /// The folder of definitions; `segments` in the book if not said.
    pub segments: Option<PathBuf>,
    /// Told of what is done while loading, from any thread.
    pub progress: Option<Arc<dyn Fn(LoadProgress) + Send + Sync>>,
    /// Gives up loading, and queries later, when cancelled.
    pub cancel: Cancel,
}

/// How a sentence is read.
#[derive(Debug, Clone, Default)]
pub struct QueryOptions {
    /// The instant taken as now, in microseconds since 1970 UTC; the machine's if not said.
    pub now_us: Option<i64>,
    /// The zone in which days are counted, by IANA name; the book's if not said.
    pub zone: Option<String>,
    /// What list files are relative to; the process's own if not said.
    pub working_dir: Option<PathBuf>,
}

/// A loaded book, its saved segments, and the threads that answer.
pub struct Engine {
    dir: PathBuf,
    book: Book,
    image: ImageReport,
    segments: Segments,
    segments_dir: PathBuf,
    pool: Pool,
    limits: Limits,
    cancel: Cancel,
}

impl Engine {
    /// Loads the book of a directory.
    ///
    /// Cost: reads every column of every file once; where an image of the book is there, reads that. Either the whole book is there, or an error says
    /// what is wrong with which file.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Self, Error> {
        let pool = Pool::new(options.threads)?;
        let defaults = LoadOptions::default();
        let load_options = LoadOptions {
            shard_rows: options.shard_rows.unwrap_or(defaults.shard_rows),
            strict: options.strict,
            image: options.image,
            limits: options.limits,
            max_memory: options.max_memory,
            progress: options.progress.clone(),
            cancel: Some(options.cancel.flag()),
        };
        let image::Opened { book, image } = pool.install(|| image::open(dir, &load_options))?;
        let segments_dir = options.segments.clone().unwrap_or_else(|| dir.join("segments"));
        let segments = segments::read(&segments_dir, options.segments.is_some())?;
        let (limits, cancel) = (options.limits, options.cancel.clone());
        Ok(Self { dir: dir.to_owned(), book, image, segments, segments_dir, pool, limits, cancel })
    }

    /// The loaded snapshot.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What became of the book's image.
    #[must_use]
    pub fn image(&self) -> &ImageReport {
        &self.image
    }

    /// The saved segments.
    #[must_use]
    pub fn segments(&self) -> &Segments {
        &self.segments
    }

    /// The handle that gives up a running query from another thread.
    #[must_use]
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The clock of a query with these options.
    pub fn clock(&self, options: &QueryOptions) -> Result<Clock, Error> {
        let zone = match &options.zone {
            None => self.book.zone.clone(),
            Some(name) => Zone::named(name)?,
        };
        Ok(match options.now_us {
            Some(now_us) => Clock::new(now_us, zone),
            None => Clock::system(zone),
        })
    }

    /// Checks a sentence against the book and compiles it.
    ///
    /// The plan is for this engine's book alone.
    pub fn prepare(&self, text: &str, options: &QueryOptions) -> Result<Prepared, Error> {
        let clock = self.clock(options)?;
        let query = syntax::parse(text, SourceId::QUERY).map_err(Error::Query)?;
        let working_dir = options.working_dir.clone().unwrap_or_default();
        let context = ResolveContext {
            book: &self.book,
            segments: &self.segments,
            clock,
            working_dir: &working_dir,
            read_list: &read_file,
        };
        plan::resolve(&query, text, &context).map_err(Error::Query)
    }

    /// How many people match, after `sample` and `top`.
    pub fn count(&self, query: &Prepared) -> Result<u64, Error> {
        self.count_unless(query, &self.cancel)
    }

    /// As [`Engine::count`], given up as `cancel` says.
    fn count_unless(&self, query: &Prepared, cancel: &Cancel) -> Result<u64, Error> {
        let counted = self.pool.install(|| {
            if query.subsets.is_empty() {
                exec::count(&self.book, query.universe, &query.filter, &query.clock, cancel)
            } else {
                exec::matched(&self.book, query, cancel).map(|rows| rows.len())
            }
        });
        Ok(counted?)
    }

    /// The keys of the people who match, in order: by key, or by rank after `top`.
    pub fn keys(&self, query: &Prepared) -> Result<Vec<String>, Error> {
        let table = self.book.table(query.universe);
        Ok(self.people(query)?.into_iter().map(|row| table.key(row).into_owned()).collect())
    }

    /// The keys of those whom the filter alone matches, with its plan run as it was written; in the order of the rows.
    ///
    /// Slower; the other side of the law that no rewriting shows.
    #[doc(hidden)]
    pub fn keys_as_written(&self, query: &Prepared) -> Result<Vec<String>, Error> {
        let run = || exec::run_as_written(&self.book, query.universe, &query.filter, &query.clock, &self.cancel);
        let table = self.book.table(query.universe);
        Ok(self.pool.install(run)?.iter().map(|row| table.key(row).into_owned()).collect())
    }

    /// The rows of the people who match, in order: by key, or by rank after `top`.
    pub fn people(&self, query: &Prepared) -> Result<Vec<u32>, Error> {
        Ok(self.pool.install(|| exec::people(&self.book, query, &self.cancel))?)
    }

    /// The answer of the query's last step.
    ///
    /// `save` and `export` answer with the people; [`Engine::save`] and [`export_people`] do the writing.
    pub fn answer(&self, query: &Prepared) -> Result<Answered, Error> {
        Ok(self.pool.install(|| exec::answer(&self.book, query, &self.cancel))?)
    }

    /// Reads the saved segments again: what was saved since is there.
    pub fn reload_segments(&mut self) -> Result<(), Error> {
        // A folder that was asked for was there when the book was opened.
        self.segments = segments::read(&self.segments_dir, false)?;
        Ok(())
    }

    /// Answers with so many threads from now on. Changes no answer.
    pub fn set_threads(&mut self, threads: usize) -> Result<(), Error> {
        self.pool = Pool::new(Some(threads))?;
        Ok(())
    }

    /// Keeps a definition as a file of its own in the folder of definitions; answers with its tag.
    pub fn save(&self, save: &plan::Save) -> Result<String, Error> {
        segments::save(&self.segments_dir, &self.segments, save)
    }
}
