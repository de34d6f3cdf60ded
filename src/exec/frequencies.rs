//! [`frequencies`]: how often each text of a column occurs.

use rayon::prelude::*;

use super::{Cancel, ExecError};
use crate::book::{Index, Table};
use crate::index::{ListIndex, TextIndex};
use crate::model::ColumnId;

/// How many rows of a table have each text of a column, by code; nothing of a column that isn't of text or lists.
///
/// Cost: where each value has a set of its own, a look at each set; else one pass of the codes, in parallel. A list of
/// eight bytes a distinct text.
///
/// # Errors
///
/// [`ExecError::Cancelled`] alone.
pub fn frequencies(table: &Table, column: ColumnId, cancel: &Cancel) -> Result<Vec<u64>, ExecError> {
    let index = &table.columns[column].index;
    let n_codes = match index {
        Index::Text(index) => index.dictionary.len(),
        Index::List(index) => index.dictionary.len(),
        Index::Missing | Index::Number(_) | Index::Flag(_) => return Ok(Vec::new()),
    };
    let none = || Ok(vec![0; n_codes]);
    let add = |counts: Result<Vec<u64>, ExecError>, shard: usize| {
        let mut counts = counts?;
        cancel.check()?;
        match index {
            Index::Text(index) => of_texts(index, shard, &mut counts),
            Index::List(index) => of_lists(index, shard, &mut counts),
            Index::Missing | Index::Number(_) | Index::Flag(_) => {}
        }
        Ok(counts)
    };
    let join = |a: Result<Vec<u64>, ExecError>, b: Result<Vec<u64>, ExecError>| {
        let mut counts = a?;
        counts.iter_mut().zip(b?).for_each(|(count, more)| *count += more);
        Ok(counts)
    };
    (0..table.layout.n_shards()).into_par_iter().fold(none, add).reduce(none, join)
}

fn of_texts(index: &TextIndex, shard: usize, counts: &mut [u64]) {
    let texts = &index.shards[shard];
    if texts.has_bitmaps() {
        counts.iter_mut().zip(texts.sets()).for_each(|(count, rows)| *count += rows.len());
        return;
    }
    for code in (0..texts.n_rows()).filter_map(|row| texts.get(row)) {
        counts[code as usize] += 1;
    }
}

fn of_lists(index: &ListIndex, shard: usize, counts: &mut [u64]) {
    let lists = &index.shards[shard];
    for code in (0..lists.n_rows()).filter_map(|row| lists.get(row)).flatten() {
        counts[code as usize] += 1;
    }
}
