//! The order of rows: by a field's values, by key.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::aggregate::text_order;
use super::funnel::{Funnel, stage_positions};
use super::{Cancel, ExecError};
use crate::book::{Book, FieldType, Index, Table, Universe};
use crate::index::TextIndex;
use crate::model::RowId;
use crate::plan::FieldRef;

/// For each of `rows` a number that sorts as its value of the field does; none for a missing one.
///
/// Cost: a look-up a row; of text also a sort of the distinct texts among them.
pub(super) fn ranks(book: &Book, universe: Universe, field: FieldRef, rows: &[RowId]) -> Vec<Option<i64>> {
    let table = book.table(universe);
    let each = |rank: &(dyn Fn(usize, u32) -> Option<i64> + Sync)| -> Vec<Option<i64>> {
        let locate = |row: &RowId| {
            let (shard, row) = table.layout.locate(*row);
            rank(shard, row)
        };
        rows.par_iter().map(locate).collect()
    };
    let column = match field {
        FieldRef::Column(column) => &table.columns[column],
        FieldRef::Funnel => {
            let funnel = Funnel::of(book);
            return each(&|shard, row| funnel.position(shard, row).map(|it| it as i64));
        }
    };
    match &column.index {
        // Lists have no order, and no sentence asks for one.
        Index::Missing | Index::List(_) => vec![None; rows.len()],
        Index::Number(index) => each(&|shard, row| index.shards[shard].get(row)),
        Index::Flag(index) => each(&|shard, row| index.shards[shard].get(row).map(i64::from)),
        Index::Text(index) if column.field_type == FieldType::Stage => {
            let positions = stage_positions(index);
            each(&|shard, row| positions[index.shards[shard].get(row)? as usize].map(|it| it as i64))
        }
        Index::Text(index) => text_ranks(index, &each(&|shard, row| index.shards[shard].get(row).map(i64::from))),
    }
}

/// These rows by key: e-mail or `visitor_id`, by code point.
pub(super) fn by_key(table: &Table, rows: &[RowId], cancel: &Cancel) -> Result<Vec<RowId>, ExecError> {
    let with_prefix = |row: &RowId| {
        cancel.check()?;
        Ok((prefix(&table.key(*row)), *row))
    };
    let mut keyed: Vec<(u64, RowId)> = rows.par_iter().map(with_prefix).collect::<Result<_, ExecError>>()?;
    // PERF: the first bytes of a key decide most comparisons without a look at the keys' far memory.
    keyed.par_sort_unstable();
    keyed.par_chunk_by_mut(|a, b| a.0 == b.0).try_for_each(|alike| {
        cancel.check()?;
        if alike.len() > 1 {
            alike.par_sort_unstable_by(|a, b| table.key_cmp(a.1, b.1));
        }
        Ok::<_, ExecError>(())
    })?;
    Ok(keyed.into_par_iter().map(|(_, row)| row).collect())
}

/// The first `n` of `items` in this order, sorted. Cost: one pass, and a sort of `n`.
pub(super) fn first_n<T: Send + Copy>(items: &mut Vec<T>, n: usize, order: impl Fn(&T, &T) -> Ordering + Sync) {
    if n == 0 {
        items.clear();
        return;
    }
    if n < items.len() {
        items.select_nth_unstable_by(n - 1, &order);
        items.truncate(n);
    }
    items.par_sort_unstable_by(&order);
}

fn prefix(key: &str) -> u64 {
    let mut bytes = [0; 8];
    let n = key.len().min(8);
    bytes[..n].copy_from_slice(&key.as_bytes()[..n]);
    u64::from_be_bytes(bytes)
}

fn text_ranks(index: &TextIndex, codes: &[Option<i64>]) -> Vec<Option<i64>> {
    let mut distinct: Vec<u32> = codes.par_iter().filter_map(|code| code.map(|it| it as u32)).collect();
    distinct.par_sort_unstable();
    distinct.dedup();
    distinct.par_sort_unstable_by(|a, b| text_order(&index.dictionary, *a, *b));
    let mut rank_of = vec![0_u32; index.dictionary.len()];
    for (rank, code) in distinct.iter().enumerate() {
        rank_of[*code as usize] = rank as u32;
    }
    codes.par_iter().map(|code| code.map(|it| i64::from(rank_of[it as usize]))).collect()
}
