//! Made-up books of any size, with the skews of real ones.
//!
//! Each table is made part by part, each part batch by batch, so that a book of any size passes through little memory. A part's random
//! numbers depend on the seed, the table and the part alone, and what tables must agree on is computed from a
//! person's number ([`person`]): parts can be made in any order, by any number of threads.
//!
//! Invariant: same size, same seed, same bytes.
//! Invariant: no column follows the row number.
//! Invariant: the directory appears whole or not at all.

mod activity;
mod contacts;
mod dice;
mod journey;
mod person;
mod registrations;
mod table;
mod visitors;
mod words;

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use self::activity::Activity;
use self::contacts::Contacts;
use self::dice::Dice;
use self::journey::Journey;
use self::person::People;
use self::registrations::Registrations;
use self::table::Table;
use self::visitors::Visitors;
use super::WriteError;
use super::atomic::parent;
use super::packed::CREATED_BY;

/// Rows that are drawn at once.
const BATCH_ROWS: u64 = 1 << 14;
/// Rows of a row group: four in a full part, so that a loader finds work for its threads.
const ROW_GROUP_ROWS: usize = 1 << 18;

const BOOK_TOML: &str = r#"time_zone = "Asia/Jakarta"

[fields.tier]
type = "choice"
values = ["free", "silver", "gold", "platinum"]
display = "Membership Tier"

[fields.lifetime_value]
display = "Lifetime Value"
"#;

/// What book to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateOptions {
    /// How many contacts; the other tables follow.
    pub contacts: u64,
    /// Another seed, another book.
    pub seed: u64,
    /// How many threads; none is one for each processor. The book doesn't depend on it.
    pub threads: Option<NonZeroUsize>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows drawn so far.
    pub done: u64,
    /// Rows to draw.
    pub total: u64,
}

/// Makes a book in a directory that doesn't exist, or is empty.
///
/// `progress` is told every few thousand rows, from several threads, and stops the work with [`ControlFlow::Break`].
pub fn generate(
    dir: &Path,
    options: &GenerateOptions,
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
) -> Result<(), WriteError> {
    let exists = is_there_and_empty(dir)?;
    let scratch = tempfile::Builder::new().prefix(".segql-").tempdir_in(parent(dir)).map_err(WriteError::file(dir))?;
    // Below the scratch directory, which is its owner's alone, so that the book has the permissions that directories usually have.
    let book = scratch.path().join("book");
    fs::create_dir(&book).map_err(WriteError::file(&book))?;
    let toml = book.join("book.toml");
    fs::write(&toml, BOOK_TOML).map_err(WriteError::file(&toml))?;
    Works::new(&book, options, progress)?.run()?;
    if exists {
        fs::remove_dir(dir).map_err(WriteError::file(dir))?;
    }
    fs::rename(&book, dir).map_err(WriteError::file(dir))
}

fn is_there_and_empty(dir: &Path) -> Result<bool, WriteError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(WriteError::NotEmpty(dir.to_owned())),
            None => Ok(true),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Err(WriteError::NotEmpty(dir.to_owned())),
        Err(error) => Err(WriteError::file(dir)(error)),
    }
}

/// The parts of a book, and how far they are made.
struct Works<'a> {
    book: &'a Path,
    options: &'a GenerateOptions,
    progress: &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync),
    people: People,
    tables: Vec<Box<dyn Table>>,
    /// Table and part.
    parts: Vec<(usize, u64)>,
    next_part: AtomicUsize,
    done: AtomicU64,
    total: u64,
    is_stopped: AtomicBool,
}

impl<'a> Works<'a> {
    fn new(
        book: &'a Path,
        options: &'a GenerateOptions,
        progress: &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Self, WriteError> {
        let (n, seed) = (options.contacts, options.seed);
        let tables: Vec<Box<dyn Table>> = vec![
            Box::new(Contacts::new(n)),
            Box::new(Activity::new(n)),
            Box::new(Journey::new(n, seed)),
            Box::new(Registrations::new(n)),
            Box::new(Visitors::new(n, seed)),
        ];
        let mut parts = Vec::new();
        for (i, table) in tables.iter().enumerate() {
            let folder = book.join(table.name());
            fs::create_dir(&folder).map_err(WriteError::file(&folder))?;
            // A table without rows still has a file, which says what columns it has.
            let n_parts = table.n_slots().div_ceil(table.part_slots()).max(1);
            parts.extend((0..n_parts).map(|part| (i, part)));
        }
        Ok(Self {
            book,
            options,
            progress,
            people: People::new(n, seed),
            total: tables.iter().map(|it| it.n_slots()).sum(),
            tables,
            parts,
            next_part: AtomicUsize::new(0),
            done: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
        })
    }

    fn run(&self) -> Result<(), WriteError> {
        let n_threads = match self.options.threads {
            Some(n) => n.get(),
            None => std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..n_threads.min(self.parts.len()) {
                scope.spawn(|| {
                    if let Err(error) = self.work() {
                        self.is_stopped.store(true, Ordering::Relaxed);
                        if let Ok(mut first) = failure.lock() {
                            first.get_or_insert(error);
                        }
                    }
                });
            }
        });
        failure.into_inner().ok().flatten().map_or(Ok(()), Err)
    }

    /// Makes parts until none is left.
    fn work(&self) -> Result<(), WriteError> {
        while let Some((table, part)) = self.parts.get(self.next_part.fetch_add(1, Ordering::Relaxed)) {
            self.write_part(*table, *part)?;
        }
        Ok(())
    }

    fn write_part(&self, table_id: usize, part: u64) -> Result<(), WriteError> {
        let table = &*self.tables[table_id];
        let begin = part * table.part_slots();
        let end = table.n_slots().min(begin + table.part_slots());
        let mut dice = Dice::new(self.options.seed, table_id as u64, part);

        let path = self.book.join(table.name()).join(format!("part-{part:05}.snappy.parquet"));
        let out = File::create_new(&path).map_err(WriteError::file(&path))?;
        let mut draw = |slots| {
            Ok::<_, WriteError>(RecordBatch::try_from_iter_with_nullable(
                table.batch(&self.people, &mut dice, slots)?.into_iter().map(|(name, array)| (name, array, true)),
            )?)
        };
        let schema = draw(begin..begin)?.schema();
        let mut file = ArrowWriter::try_new(out, schema, Some(properties(table)))?;
        let mut at = begin;
        while at < end {
            let next = end.min(at + BATCH_ROWS);
            file.write(&draw(at..next)?)?;
            self.tell(next - at)?;
            at = next;
        }
        file.close()?;
        Ok(())
    }

    fn tell(&self, rows: u64) -> Result<(), WriteError> {
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        let goes_on = (self.progress)(Progress { done, total: self.total }).is_continue();
        if goes_on && !self.is_stopped.load(Ordering::Relaxed) { Ok(()) } else { Err(WriteError::Interrupted) }
    }
}

/// As Spark writes: snappy, dictionaries; but none where values hardly repeat.
fn properties(table: &dyn Table) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for column in table.distinct_columns() {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(*column), false);
    }
    properties.build()
}

#[cfg(test)]
mod tests;
