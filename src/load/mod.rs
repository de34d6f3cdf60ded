//! Floor 3: from a directory of Parquet files to a [`Book`].
//!
//! `book.toml` is read, the files are opened and held against `manifest.json`; then the contacts: the
//! key column decides which rows stay, and every other column is decoded row group by row group in
//! parallel, joined, and indexed. Then the records, for which keys, times and kinds decide which rows
//! stay and where, and last the visitors.
//!
//! Invariant: same files, same book, for any number of threads: pieces are joined in the order of the
//! files, and of several errors the first in that order is told.
//! Invariant: a whole book or an error; what was put right on the way is counted in
//! [`Book::irregularities`].
//!
//! An [`image`] of the outcome, kept beside the files, spares all that the next time.
//!
//! What is absent: segment files, anything that writes but images.

mod chunk_bytes;
mod columns;
mod contacts;
mod convert;
mod delta;
mod error;
mod file_keys;
mod footer;
mod guard;
pub mod image;
mod keys;
mod limits;
mod local_times;
mod manifest;
mod memory;
mod ordered;
mod pages;
mod part;
mod piece;
mod records;
mod settings;
mod shape;
mod source;
mod stage_since;
mod stored;
#[cfg(test)]
mod tests;
mod text_reader;
mod texts;
mod thrift;
mod values;
mod visitors;
mod whole_file;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::book::{Book, Irregularity, IrregularityKind, Layout};
use crate::model::fold;
pub use error::{LoadError, Place};
pub use file_keys::{file_rows, read_texts};
use image::ImageUse;
pub use limits::{Limit, Limits};
use local_times::LocalTimes;
pub use manifest::{Described, FILE as MANIFEST_FILE, checksum, describe};
use part::Part;
use records::LOGS;
use settings::Settings;
use shape::Shape;
use source::Source;
pub use stored::{Holds, StoredColumn, StoredTable, stored_tables};
pub use whole_file::{is_absent, read_file, read_text_file};

/// How to load.
#[derive(Clone)]
pub struct LoadOptions {
    /// Contacts of a shard; from 1 to [`Layout::SHARD_ROWS`], and taken to the nearer end otherwise.
    pub shard_rows: u32,
    /// Whether an irregularity is an error.
    pub strict: bool,
    /// Whether [`image::open`] uses and keeps an image.
    pub image: ImageUse,
    /// What files may claim before anything is allocated for it.
    pub limits: Limits,
    /// Bytes of memory that the book may take; a share of the machine's if not said.
    pub max_memory: Option<u64>,
    /// Is told after each decoded row group of a column, from any thread.
    pub progress: Option<Arc<dyn Fn(LoadProgress) + Send + Sync>>,
    /// Stops the load soon after it is set.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            shard_rows: Layout::SHARD_ROWS,
            strict: false,
            image: ImageUse::WhereWorth,
            limits: Limits::default(),
            max_memory: None,
            progress: None,
            cancel: None,
        }
    }
}

impl LoadOptions {
    fn rows_a_shard(&self) -> u32 {
        self.shard_rows.clamp(1, Layout::SHARD_ROWS)
    }

    /// Bytes of memory that the book may take; none if the system doesn't tell what it has.
    fn memory(&self) -> Option<u64> {
        self.max_memory.or_else(memory::share_of_machine)
    }
}

impl fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadOptions")
            .field("shard_rows", &self.shard_rows)
            .field("strict", &self.strict)
            .field("image", &self.image)
            .field("limits", &self.limits)
            .field("max_memory", &self.max_memory)
            .finish_non_exhaustive()
    }
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadProgress {
    /// What is being read: `contacts`, `activity`, …
    pub part: &'static str,
    /// Bytes of column data decoded so far.
    pub done_bytes: u64,
    /// Bytes of column data in the book.
    pub total_bytes: u64,
}

/// What every step of one load shares.
struct Session<'a> {
    options: &'a LoadOptions,
    settings: &'a Settings,
    times: LocalTimes,
    done_bytes: AtomicU64,
    total_bytes: AtomicU64,
}

impl Session<'_> {
    /// Whether to go on.
    fn check(&self) -> Result<(), LoadError> {
        match &self.options.cancel {
            Some(cancel) if cancel.load(Ordering::Relaxed) => Err(LoadError::Cancelled),
            Some(_) | None => Ok(()),
        }
    }

    fn shard_rows(&self) -> u32 {
        self.options.rows_a_shard()
    }
}

/// Irregularities in the order in which they are told.
type Notes = Vec<Irregularity>;

/// Notes `count` rows, unless there are none.
fn note(notes: &mut Notes, part: &'static str, column: Option<&str>, kind: IrregularityKind, count: u64) {
    if count > 0 {
        notes.push(Irregularity { part: part.into(), column: column.map(str::to_owned), kind, count });
    }
}

/// Loads the book of a directory, on the current rayon pool.
pub fn load(dir: &Path, options: &LoadOptions) -> Result<Book, LoadError> {
    if !dir.is_dir() {
        return Err(LoadError::NoSuchDirectory { path: dir.to_owned() });
    }
    let settings = settings::read(dir)?;
    let session = Session {
        options,
        settings: &settings,
        times: LocalTimes::new(settings.zone.clone()),
        done_bytes: AtomicU64::new(0),
        total_bytes: AtomicU64::new(0),
    };
    let Some(contacts) = open(dir, "contacts", &session)? else {
        return Err(LoadError::NoContacts { path: dir.to_owned() });
    };
    let logs: Vec<Option<Source>> =
        LOGS.iter().map(|log| open(dir, log.part, &session)).collect::<Result<_, LoadError>>()?;
    let visitors = open(dir, "visitors", &session)?;
    let sources: Vec<&Source> =
        std::iter::once(&contacts).chain(logs.iter().flatten()).chain(visitors.as_ref()).collect();
    let parts: Vec<&Part> = sources.iter().flat_map(|source| &source.parts).collect();
    manifest::check(dir, &parts)?;
    memory::check(&sources, rayon::current_num_threads(), options.memory())?;
    let id = manifest::book_id(&parts);
    session.total_bytes.store(sources.iter().map(|it| bytes_to_read(it)).sum(), Ordering::Relaxed);

    let mut notes = unused_settings(&settings, &sources);
    let mut book = read(&contacts, &logs, visitors.as_ref(), id, &session, &mut notes)?;
    stage_since::fill(&mut book);
    if options.strict && !notes.is_empty() {
        return Err(LoadError::Strict(notes));
    }
    book.irregularities = notes;
    Ok(book)
}

fn open(dir: &Path, part: &'static str, session: &Session<'_>) -> Result<Option<Source>, LoadError> {
    source::find(dir, part)?.map(|files| Source::open(part, files, session)).transpose()
}

fn bytes_to_read(source: &Source) -> u64 {
    let read = source.columns.iter().filter(|it| !matches!(it.shape, Shape::Other(_)));
    read.map(|column| source.column_bytes(column)).sum()
}

fn read(
    contacts: &Source,
    logs: &[Option<Source>],
    visitors: Option<&Source>,
    id: String,
    session: &Session<'_>,
    notes: &mut Notes,
) -> Result<Book, LoadError> {
    let (contacts, keys) = contacts::load(contacts, session, notes)?;
    let logs = LOGS.par_iter().zip(logs).with_max_len(1).map(|(log, source)| {
        let mut notes = Notes::new();
        let kinds = match source {
            Some(source) => log.load(source, &contacts, &keys, session, &mut notes)?,
            None => Vec::new(),
        };
        Ok((kinds, notes))
    });
    let visitors = || {
        let mut notes = Notes::new();
        let visitors = match visitors {
            Some(source) => visitors::load(source, session, &mut notes)?,
            None => visitors::none(session),
        };
        Ok((visitors, notes))
    };
    let (logs, visitors) = rayon::join(|| logs.collect::<Vec<Result<_, LoadError>>>(), visitors);
    let mut kinds = Vec::new();
    for result in logs {
        let (of_log, told) = result?;
        kinds.extend(of_log);
        notes.extend(told);
    }
    kinds.sort_by(|a, b| a.folded.cmp(&b.folded));
    let (visitors, told) = visitors?;
    notes.extend(told);
    let visitor_contacts = visitors::contacts_of(&visitors, &contacts, &keys).into();
    Ok(Book {
        id,
        zone: session.settings.zone.clone(),
        contacts,
        keys,
        visitors,
        visitor_contacts,
        kinds,
        irregularities: Vec::new(),
    })
}

/// What `book.toml` says of columns that no file has.
fn unused_settings(settings: &Settings, sources: &[&Source]) -> Notes {
    let tags = contacts::system_tags().chain(visitors::system_tags()).chain(LOGS.iter().flat_map(records::Log::tags));
    let mut known: BTreeSet<String> = tags.map(str::to_owned).collect();
    known.extend(sources.iter().flat_map(|it| &it.columns).map(|it| fold(&it.name).into_owned()));
    let mut notes = Notes::new();
    for (folded, field) in &settings.fields {
        if !known.contains(folded) {
            let why = "no file of the book has such a column".to_owned();
            note(&mut notes, "book.toml", Some(&field.tag), IrregularityKind::ColumnLeftOut(why), 1);
        }
    }
    notes
}
