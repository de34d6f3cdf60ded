//! [`ListIndex`]: labels and other lists of text.

use super::stored::stored;
use super::text::are_below;
use super::{Array, CodeSet, Dictionary};
use crate::model::{RowSet, ShardSet};

/// A column of lists.
///
/// Within a row duplicates (judged without case, the first spelling stays) and empty strings are
/// gone before it is built.
#[derive(Debug, Clone)]
pub struct ListIndex {
    /// The distinct elements, in every spelling.
    pub dictionary: Dictionary,
    /// One a shard of the table.
    pub shards: Vec<ListShard>,
}

/// One shard: each row's elements in the file's order, and a bitmap for each element that occurs.
#[derive(Debug, Clone)]
pub struct ListShard {
    n_rows: u32,
    missing: RowSet,
    /// Where each row's elements end in `elements`.
    ends: Array<u32>,
    elements: Array<u32>,
    /// Sorted by code.
    rows_by_code: Vec<(u32, RowSet)>,
}

stored!(struct ListShard { n_rows, missing, ends, elements, rows_by_code });

impl ListShard {
    /// Builds a shard; `None` is a missing list.
    pub fn build<'a>(lists: impl Iterator<Item = Option<&'a [u32]>>) -> Self {
        let (mut missing, mut ends, mut elements, mut pairs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (row, list) in (0_u32..).zip(lists) {
            match list {
                None => missing.push(row),
                Some(list) => {
                    elements.extend_from_slice(list);
                    pairs.extend(list.iter().map(|code| (*code, row)));
                }
            }
            ends.push(elements.len() as u32);
        }
        pairs.sort_unstable();
        let rows_by_code = pairs
            .chunk_by(|a, b| a.0 == b.0)
            .map(|chunk| {
                let mut rows = RowSet::from_sorted(chunk.iter().map(|(_, row)| *row));
                rows.optimize();
                (chunk[0].0, rows)
            })
            .collect();
        elements.shrink_to_fit();
        let missing = RowSet::from_sorted(missing);
        Self { n_rows: ends.len() as u32, missing, ends: ends.into(), elements: elements.into(), rows_by_code }
    }

    /// How many rows.
    #[must_use]
    pub fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// The rows whose list is null.
    #[must_use]
    pub fn missing(&self) -> &RowSet {
        &self.missing
    }

    /// The codes of a row's elements, in the file's order; none if the list is null.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<&[u32]> {
        (!self.missing.contains(row)).then(|| self.elements(row))
    }

    fn elements(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.elements[start as usize..self.ends[row] as usize]
    }

    /// The rows that have an element of `wanted`. Cost: a union of bitmaps.
    #[must_use]
    pub fn select(&self, wanted: &CodeSet) -> ShardSet<'_> {
        let mut all = ShardSet::Empty;
        if wanted.len() < self.rows_by_code.len() {
            for code in wanted.iter() {
                if let Ok(at) = self.rows_by_code.binary_search_by_key(&code, |(code, _)| *code) {
                    all = all.or(ShardSet::borrowed(&self.rows_by_code[at].1), self.n_rows);
                }
            }
        } else {
            for (code, rows) in &self.rows_by_code {
                if wanted.contains(*code) {
                    all = all.or(ShardSet::borrowed(rows), self.n_rows);
                }
            }
        }
        all
    }

    /// The rows whose number of elements satisfies `is_in`; a missing list has 0.
    pub fn select_by_len(&self, is_in: impl Fn(i64) -> bool) -> ShardSet<'_> {
        let rows = RowSet::from_sorted((0..self.n_rows).filter(|row| is_in(self.elements(*row).len() as i64)));
        ShardSet::owned(rows, self.n_rows)
    }

    /// Whether a shard that was read can be one of so many rows, of a column with so many elements: no question of it
    /// reaches beyond an end. Cost: one pass of ends and elements.
    #[must_use]
    pub fn is_sound(&self, n_rows: u32, n_codes: usize) -> bool {
        let n_elements = self.ends.last().copied().unwrap_or(0);
        self.n_rows == n_rows
            && self.missing.are_below(n_rows)
            && self.ends.len() == n_rows as usize
            && self.ends.is_sorted()
            && are_below(&self.elements, n_elements, n_codes)
            && self.rows_by_code.iter().all(|(_, rows)| rows.are_below(n_rows))
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let bitmaps: usize = self.rows_by_code.iter().map(|(_, it)| it.size_bytes() + size_of::<(u32, RowSet)>()).sum();
        self.ends.size_bytes() + self.elements.size_bytes() + bitmaps + self.missing.size_bytes() + size_of::<Self>()
    }
}
