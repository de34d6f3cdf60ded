//! Floor 4: runs a [`Plan`] over one [`Book`], and answers.
//!
//! Flow: binding decides once a run what needs no row (each distinct text, the visitors, the files'
//! sets); then every shard is evaluated by itself, in parallel, to a [`crate::model::ShardSet`], and the
//! results are joined in shard order. The subsets (`sample`, `top`) and the answering steps work on what
//! is left.
//!
//! Invariant: same plan, same book, same clock, same answer, for any number of threads. Sums are exact,
//! so that no order shows.
//! Invariant: no I/O, no clock but the query's; a run fails by being cancelled, or by a decimal sum past
//! 18 digits, and by the latter whatever the order in which the conditions are tried.
//!
//! Runs on the rayon pool that it is called in: [`Pool::install`], else the global one.

mod aggregate;
mod batch;
mod bind;
mod compare;
mod eval;
mod exact;
mod explain;
mod formula;
mod frequencies;
mod funnel;
mod matched;
mod measured;
mod order;
mod parts;
mod records;
mod sequence;
mod several;
mod steps;
mod subsets;
#[cfg(test)]
mod tests;
mod texts;
mod traits;

pub use explain::{Method, Step, explain};
pub use frequencies::frequencies;
pub use measured::{Measured, contact_records, count_records, measured};
pub use several::{Combination, among, combinations};
pub use traits::{Held, MAX_TEXTS, Traits, What, traits};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rayon::prelude::*;

pub use batch::{Batched, Counted, Members, OfEach, count_all, run_all};

use crate::book::{Book, Universe};
use crate::model::{Cell, Clock, Diagnostic, Frame, RowId, RowSet};
use crate::plan::{FieldRef, Plan, Prepared};
use bind::Node;
use eval::Place;
use matched::Matched;

/// Stack of a worker: plans may nest 64 segments of 64 levels each.
const STACK_BYTES: usize = 64 << 20;

/// The threads that runs share.
#[derive(Debug)]
pub struct Pool(rayon::ThreadPool);

impl Pool {
    /// So many threads, or one a processor.
    pub fn new(threads: Option<usize>) -> Result<Self, ExecError> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .stack_size(STACK_BYTES)
            .thread_name(|at| format!("segql-{at}"))
            .build()
            .map(Self)
            .map_err(|error| ExecError::Threads(error.to_string()))
    }

    /// Runs `op` on these threads.
    pub fn install<R: Send>(&self, op: impl FnOnce() -> R + Send) -> R {
        self.0.install(op)
    }

    /// How many threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.0.current_num_threads()
    }
}

/// Lets another thread end a run early, or ends it at an instant; clones share one flag.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Cancel {
    /// Not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same flag, and from `deadline` on cancelled whatever it says.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { flag: self.flag.clone(), deadline: Some(deadline) }
    }

    /// Asks the runs that hold it to end; they look once a shard.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether that was asked, or the deadline is over.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Relaxed) || self.deadline.is_some_and(|it| Instant::now() >= it)
    }

    /// Takes it back, for the next run.
    pub fn reset(&self) {
        self.flag.store(false, Ordering::Relaxed);
    }

    /// The flag itself, for what isn't a run.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.flag.clone()
    }

    pub(crate) fn check(&self) -> Result<(), ExecError> {
        if self.is_cancelled() { Err(ExecError::Cancelled) } else { Ok(()) }
    }
}

/// Why a run gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// [`Cancel::cancel`] was called, or the deadline of [`Cancel::until`] is over.
    #[error("interrupted")]
    Cancelled,
    /// A contact's sum of a decimal column passes 18 digits: the book's fault.
    #[error(
        "the sum of `{kind}.{column}` of one contact has more than 18 digits; a narrower window or `where` makes it smaller, or the column can be declared a float"
    )]
    SumTooLarge {
        /// The kind of record.
        kind: String,
        /// The column.
        column: String,
    },
    /// The system gave no threads.
    #[error("no threads could be started: {0}")]
    Threads(String),
}

/// What a query is answered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// A table, and what is worth knowing about it.
    Frame(Frame, Vec<Diagnostic>),
    /// People: of a `sample` or `top` at the end, of `export` and `save`.
    People {
        /// In output order.
        rows: Vec<RowId>,
        /// What to show of each: field and header.
        columns: Vec<(FieldRef, String)>,
    },
}

/// How many rows of a universe match.
///
/// Cost: as [`run`], but for the last set, which is counted without being built.
pub fn count(book: &Book, universe: Universe, plan: &Plan, clock: &Clock, cancel: &Cancel) -> Result<u64, ExecError> {
    let table = book.table(universe);
    let node = bind::bind(book, clock, cancel, plan, table)?;
    let counts = each_shard(&node, table.layout.n_shards(), cancel, |shard| {
        eval::count(&node, Place::new(&table.layout, shard))
    })?;
    Ok(counts.into_iter().sum())
}

/// The rows of a universe that match.
pub fn run(book: &Book, universe: Universe, plan: &Plan, clock: &Clock, cancel: &Cancel) -> Result<RowSet, ExecError> {
    Ok(Matched::of(book, universe, plan, clock, cancel)?.row_set())
}

/// As [`run`], with the plan as it stands: nothing reordered, simplified or asked of few candidates alone.
///
/// Slower; the other side of the law that no rewriting shows.
#[doc(hidden)]
pub fn run_as_written(
    book: &Book,
    universe: Universe,
    plan: &Plan,
    clock: &Clock,
    cancel: &Cancel,
) -> Result<RowSet, ExecError> {
    let table = book.table(universe);
    let node = bind::bind_as_written(book, clock, cancel, plan, table)?;
    Ok(Matched::by(book, universe, &node, cancel)?.row_set())
}

/// The rows that a query is about: its filter, then its subsets.
pub fn matched(book: &Book, prepared: &Prepared, cancel: &Cancel) -> Result<RowSet, ExecError> {
    Ok(subsets::select(book, prepared, cancel)?.matched.row_set())
}

/// The same, by key; by rank if the last subset is `top`.
pub fn people(book: &Book, prepared: &Prepared, cancel: &Cancel) -> Result<Vec<RowId>, ExecError> {
    subsets::select(book, prepared, cancel)?.in_order()
}

/// Of these rows, which the filter of a query matches, those that its subsets leave.
pub fn subset(book: &Book, prepared: &Prepared, rows: &RowSet, cancel: &Cancel) -> Result<RowSet, ExecError> {
    let matched = Matched::of_rows(book, prepared.universe, rows, cancel);
    Ok(subsets::narrow(matched, prepared)?.matched.row_set())
}

/// What a query answers.
pub fn answer(book: &Book, prepared: &Prepared, cancel: &Cancel) -> Result<Answered, ExecError> {
    steps::answer(book, prepared, cancel)
}

/// One cell of a person.
#[must_use]
pub fn cell(book: &Book, universe: Universe, field: FieldRef, row: RowId) -> Cell {
    let mut cell = Cell::Null;
    read_cell(book, universe, field, row, &mut cell);
    cell
}

/// Puts one cell of a person in place of another, as [`Table::read_cell`] does.
///
/// [`Table::read_cell`]: crate::book::Table::read_cell
pub fn read_cell(book: &Book, universe: Universe, field: FieldRef, row: RowId, cell: &mut Cell) {
    match field {
        FieldRef::Column(column) => book.table(universe).read_cell(column, row, cell),
        FieldRef::Funnel => {
            *cell = match universe {
                Universe::Contacts => funnel::cell(book, row),
                Universe::Visitors => Cell::Null,
            }
        }
    }
}

/// Runs `op` for each shard in parallel; of several errors the first shard's.
fn each_shard<T: Send>(
    node: &Node<'_>,
    n_shards: usize,
    cancel: &Cancel,
    op: impl Fn(usize) -> Result<T, ExecError> + Sync,
) -> Result<Vec<T>, ExecError> {
    let sums = node.decimal_sums();
    let results: Vec<Result<T, ExecError>> = (0..n_shards)
        .into_par_iter()
        .map(|shard| {
            cancel.check()?;
            for records in &sums {
                records.check_sums(shard)?;
            }
            op(shard)
        })
        .collect();
    results.into_iter().collect()
}
