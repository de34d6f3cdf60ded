//! [`Matched`]: those who match, shard by shard: what subsets and answering steps work on.

use rayon::prelude::*;

use super::bind::Node;
use super::eval::{self, Place};
use super::{Cancel, ExecError, bind, each_shard, order};
use crate::book::{Book, Table, Universe};
use crate::model::{Clock, RowId, RowSet};
use crate::plan::Plan;

/// Rows of a universe, by shard.
pub(super) struct Matched<'a> {
    pub(super) book: &'a Book,
    pub(super) universe: Universe,
    pub(super) table: &'a Table,
    pub(super) cancel: &'a Cancel,
    /// Each counted from the shard's first row.
    shards: Vec<RowSet>,
}

impl<'a> Matched<'a> {
    /// The rows that pass a filter.
    pub(super) fn of(
        book: &'a Book,
        universe: Universe,
        plan: &Plan,
        clock: &Clock,
        cancel: &'a Cancel,
    ) -> Result<Self, ExecError> {
        let table = book.table(universe);
        let node = bind::bind(book, clock, cancel, plan, table)?;
        Self::by(book, universe, &node, cancel)
    }

    /// The rows that pass what was bound to this universe.
    pub(super) fn by(
        book: &'a Book,
        universe: Universe,
        node: &Node<'_>,
        cancel: &'a Cancel,
    ) -> Result<Self, ExecError> {
        let table = book.table(universe);
        let shards = each_shard(node, table.layout.n_shards(), cancel, |shard| {
            let at = Place::new(&table.layout, shard);
            Ok(eval::eval(node, at)?.into_rows(at.n_rows))
        })?;
        Ok(Self { book, universe, table, cancel, shards })
    }

    /// These rows, in increasing order.
    pub(super) fn of_rows(book: &'a Book, universe: Universe, rows: &RowSet, cancel: &'a Cancel) -> Self {
        let table = book.table(universe);
        let shards = (0..table.layout.n_shards()).map(|shard| rows.slice(table.layout.rows(shard))).collect();
        Self { book, universe, table, cancel, shards }
    }

    /// All of them, by key.
    pub(super) fn by_key(&self) -> Result<Vec<RowId>, ExecError> {
        order::by_key(self.table, &self.rows(), self.cancel)
    }

    /// These rows instead, in any order, each once.
    pub(super) fn with_rows(self, mut rows: Vec<RowId>) -> Self {
        rows.par_sort_unstable();
        let layout = &self.table.layout;
        let mut left = rows.as_slice();
        let shards = (0..layout.n_shards())
            .map(|shard| {
                let range = layout.rows(shard);
                let (here, after) = left.split_at(left.partition_point(|row| *row < range.end));
                left = after;
                RowSet::from_sorted(here.iter().map(|row| row - range.start))
            })
            .collect();
        Self { shards, ..self }
    }

    pub(super) fn len(&self) -> u64 {
        self.shards.iter().map(RowSet::len).sum()
    }

    pub(super) fn shard(&self, shard: usize) -> &RowSet {
        &self.shards[shard]
    }

    /// All rows in increasing order.
    pub(super) fn rows(&self) -> Vec<RowId> {
        let rows = self.shards.par_iter().enumerate().flat_map_iter(|(shard, rows)| {
            let start = self.table.layout.rows(shard).start;
            rows.iter().map(move |row| start + row)
        });
        rows.collect()
    }

    pub(super) fn row_set(&self) -> RowSet {
        let mut all = RowSet::new();
        for (shard, rows) in self.shards.iter().enumerate() {
            all.append_shifted(rows, self.table.layout.rows(shard).start);
        }
        all
    }

    /// Calls `op` for each shard with its rows, in parallel; the results are in shard order.
    pub(super) fn map<T: Send>(&self, op: impl Fn(usize, &RowSet) -> T + Sync) -> Result<Vec<T>, ExecError> {
        let results: Vec<Result<T, ExecError>> = self
            .shards
            .par_iter()
            .enumerate()
            .map(|(shard, rows)| {
                self.cancel.check()?;
                Ok(op(shard, rows))
            })
            .collect();
        results.into_iter().collect()
    }
}
