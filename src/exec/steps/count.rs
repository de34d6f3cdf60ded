//! `count`: how many match, how many of them can be mailed, and why the others can't.

use super::int;
use crate::book::{Index, Table, Universe};
use crate::exec::bind;
use crate::exec::eval::{self, Place, pair_len};
use crate::exec::matched::Matched;
use crate::exec::{Cancel, ExecError, each_shard, texts};
use crate::index::{CodeSet, TextIndex};
use crate::model::{CellType, Frame, STATUSES, ShardSet};
use crate::plan::{Prepared, TextTest};

/// How many match, then how many of each of [`STATUSES`].
type Counts = [u64; 1 + STATUSES.len()];

/// Counts those who pass the filter; no more than a shard's set is ever built.
pub(super) fn of_filter(book: &crate::book::Book, prepared: &Prepared, cancel: &Cancel) -> Result<Frame, ExecError> {
    let table = book.table(prepared.universe);
    let node = bind::bind(book, &prepared.clock, cancel, &prepared.filter, table)?;
    let n_shards = table.layout.n_shards();
    if prepared.universe == Universe::Visitors {
        let counts = each_shard(&node, n_shards, cancel, |shard| eval::count(&node, Place::new(&table.layout, shard)))?;
        return Ok(visitors(counts.into_iter().sum()));
    }
    let statuses = Statuses::of(table);
    let counts = each_shard(&node, n_shards, cancel, |shard| {
        let at = Place::new(&table.layout, shard);
        Ok(statuses.count(&eval::eval(&node, at)?, at))
    })?;
    Ok(contacts(&counts))
}

/// Counts these rows.
pub(super) fn of_rows(matched: &Matched<'_>) -> Result<Frame, ExecError> {
    if matched.universe == Universe::Visitors {
        return Ok(visitors(matched.len()));
    }
    let statuses = Statuses::of(matched.table);
    let counts = matched
        .map(|shard, rows| statuses.count(&ShardSet::borrowed(rows), Place::new(&matched.table.layout, shard)))?;
    Ok(contacts(&counts))
}

/// The column `status`, and the codes of each status.
pub(in crate::exec) struct Statuses<'a>(Option<(&'a TextIndex, Vec<CodeSet>)>);

impl<'a> Statuses<'a> {
    pub(in crate::exec) fn of(table: &'a Table) -> Self {
        let Some(Index::Text(index)) = table.find("status").map(|column| &table.columns[column].index) else {
            return Self(None);
        };
        let codes = |status: &&str| {
            let is_status = TextTest::OneOf { folded: Vec::new(), cased: vec![(*status).to_owned()] };
            texts::passing(&index.dictionary, &is_status, &Cancel::new())
        };
        Self(Some((index, STATUSES.iter().map(codes).collect())))
    }

    /// Those of a shard that may be mailed.
    pub(in crate::exec) fn mailable(&self, at: Place) -> ShardSet<'a> {
        match &self.0 {
            Some((index, codes)) => {
                codes.first().map_or(ShardSet::Empty, |active| index.shards[at.shard].select(active))
            }
            None => ShardSet::Empty,
        }
    }

    fn count(&self, rows: &ShardSet<'_>, at: Place) -> Counts {
        let mut counts = Counts::default();
        counts[0] = rows.len(at.n_rows);
        if let Some((index, codes)) = &self.0
            && counts[0] > 0
        {
            for (count, codes) in counts[1..].iter_mut().zip(codes) {
                *count = pair_len(rows, &index.shards[at.shard].select(codes), false, at.n_rows);
            }
        }
        counts
    }
}

fn visitors(n: u64) -> Frame {
    let mut frame = Frame::new([("count", CellType::Int)]);
    frame.rows.push(vec![int(n)]);
    frame
}

fn contacts(by_shard: &[Counts]) -> Frame {
    let mut sum = Counts::default();
    for counts in by_shard {
        for (sum, count) in sum.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let headers = ["count", "mailable", "pending", "unsubscribed", "hard_bounce", "no_status"];
    let mut frame = Frame::new(headers.map(|header| (header, CellType::Int)));
    let none = sum[0] - sum[1..].iter().sum::<u64>();
    frame.rows.push(sum.into_iter().chain([none]).map(int).collect());
    frame
}
