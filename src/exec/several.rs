//! What insight asks: a plan of few rows, and several plans of every row at once.

use rayon::prelude::*;

use super::bind::{self, Node};
use super::eval::{self, Place};
use super::{Cancel, ExecError, each_shard};
use crate::book::{Book, Layout, Universe};
use crate::model::{Clock, RowSet, ShardSet};
use crate::plan::Plan;

/// The rows of `candidates` that match; a decimal sum past 18 digits fails it as it fails a run.
///
/// Cost: binding, which may look at every distinct text, then the candidates alone.
pub fn among(
    book: &Book,
    universe: Universe,
    plan: &Plan,
    clock: &Clock,
    cancel: &Cancel,
    candidates: &RowSet,
) -> Result<RowSet, ExecError> {
    let table = book.table(universe);
    let node = bind::bind(book, clock, cancel, plan, table)?;
    let shards = each_shard(&node, table.layout.n_shards(), cancel, |shard| {
        let here = candidates.slice(table.layout.rows(shard));
        if here.is_empty() { Ok(here) } else { eval::among(&node, Place::new(&table.layout, shard), &here) }
    })?;
    Ok(joined(&table.layout, &shards))
}

/// How many rows a combination of plans holds of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// Bit `i % 64` of word `i / 64` is plan `i`.
    pub words: Vec<u64>,
    /// How many rows.
    pub count: u64,
}

impl Combination {
    /// Whether plan `at` holds.
    #[must_use]
    pub fn holds(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }
}

/// How many rows each combination of plans holds of, for those that occur; no row is in two of them.
///
/// Cost: each plan once, a pass of a bit for each plan and row, and one to count.
pub fn combinations(
    book: &Book,
    universe: Universe,
    plans: &[Plan],
    clock: &Clock,
    cancel: &Cancel,
) -> Result<Vec<Combination>, ExecError> {
    let table = book.table(universe);
    let bound: Result<Vec<Node<'_>>, ExecError> =
        plans.iter().map(|plan| bind::bind(book, clock, cancel, plan, table)).collect();
    let bound = bound?;
    let shards: Vec<Result<Counts, ExecError>> = (0..table.layout.n_shards())
        .into_par_iter()
        .map(|shard| {
            cancel.check()?;
            for records in bound.iter().flat_map(Node::decimal_sums) {
                records.check_sums(shard)?;
            }
            in_shard(&bound, Place::new(&table.layout, shard))
        })
        .collect();
    let mut counts = Counts::new();
    for shard in shards {
        for (words, n) in shard? {
            *counts.entry(words).or_default() += n;
        }
    }
    let mut all: Vec<Combination> =
        counts.into_iter().map(|(words, count)| Combination { words: words.into_vec(), count }).collect();
    all.sort_unstable_by(|a, b| a.words.cmp(&b.words));
    Ok(all)
}

type Counts = hashbrown::HashMap<Box<[u64]>, u64>;

fn in_shard(nodes: &[Node<'_>], at: Place) -> Result<Counts, ExecError> {
    let n_words = nodes.len().div_ceil(64).max(1);
    let mut words = vec![0_u64; at.n_rows as usize * n_words];
    for (bit, node) in nodes.iter().enumerate() {
        let (word, bit) = (bit / 64, 1_u64 << (bit % 64));
        match eval::eval(node, at)? {
            ShardSet::Empty => {}
            ShardSet::All => words.chunks_exact_mut(n_words).for_each(|row| row[word] |= bit),
            ShardSet::Rows(rows) => rows.iter().for_each(|row| words[row as usize * n_words + word] |= bit),
        }
    }
    let mut counts = Counts::new();
    for row in words.chunks_exact(n_words) {
        match counts.get_mut(row) {
            Some(n) => *n += 1,
            None => {
                counts.insert(row.into(), 1);
            }
        }
    }
    Ok(counts)
}

fn joined(layout: &Layout, shards: &[RowSet]) -> RowSet {
    let mut all = RowSet::new();
    for (shard, rows) in shards.iter().enumerate() {
        all.append_shifted(rows, layout.rows(shard).start);
    }
    all
}
