//! [`ListIndex`]: labels and other lists of text.

use std::ops::Range;

use super::codes::Codes;
use super::stored::stored;
use super::{CodeSet, Dictionary, Spans};
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
    /// Where each row's elements lie in `elements`.
    spans: Spans,
    elements: Codes,
    /// Sorted by code.
    rows_by_code: Vec<(u32, RowSet)>,
}

stored!(struct ListShard { n_rows, missing, spans, elements, rows_by_code });

/// The codes of a row's elements, in the file's order.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    codes: &'a Codes,
    span: Range<usize>,
}

impl Iterator for Elements<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.span.next().map(|at| self.codes.get(at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.span.size_hint()
    }
}

impl ExactSizeIterator for Elements<'_> {}

/// Sorts codes with what stands beside them, which keeps its order among equal ones. Cost: two passes a byte of a code.
fn sort_by_code(pairs: &mut Vec<(u32, u32)>, n_codes: usize) {
    let mut sorted = vec![(0, 0); pairs.len()];
    for shift in (0..u32::BITS).step_by(8).take_while(|shift| n_codes.saturating_sub(1) >> shift > 0) {
        let byte = |code: u32| (code >> shift) as u8 as usize;
        let mut next = [0; 256];
        pairs.iter().for_each(|(code, _)| next[byte(*code)] += 1);
        let mut before = 0;
        next.iter_mut().for_each(|it| (*it, before) = (before, before + *it));
        for pair in &*pairs {
            let place = &mut next[byte(pair.0)];
            sorted[*place] = *pair;
            *place += 1;
        }
        std::mem::swap(pairs, &mut sorted);
    }
}

impl ListShard {
    /// Builds a shard; `None` is a missing list. `n_codes` is the length of the column's dictionary.
    pub fn build<'a>(lists: impl Iterator<Item = Option<&'a [u32]>>, n_codes: usize) -> Self {
        let (mut missing, mut spans, mut elements, mut pairs) = (Vec::new(), Spans::default(), Vec::new(), Vec::new());
        for (row, list) in (0_u32..).zip(lists) {
            match list {
                None => missing.push(row),
                Some(list) => {
                    elements.extend_from_slice(list);
                    pairs.extend(list.iter().map(|code| (*code, row)));
                }
            }
            spans.push(list.map_or(0, <[u32]>::len));
        }
        sort_by_code(&mut pairs, n_codes);
        let rows_by_code = pairs
            .chunk_by(|a, b| a.0 == b.0)
            .map(|chunk| {
                let mut rows = RowSet::from_sorted(chunk.iter().map(|(_, row)| *row));
                rows.optimize();
                (chunk[0].0, rows)
            })
            .collect();
        spans.shrink_to_fit();
        Self {
            n_rows: spans.len() as u32,
            missing: RowSet::from_sorted(missing),
            spans,
            elements: Codes::of(&elements, n_codes),
            rows_by_code,
        }
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
    pub fn get(&self, row: u32) -> Option<Elements<'_>> {
        let elements = || Elements { codes: &self.elements, span: self.spans.span(row as usize) };
        (!self.missing.contains(row)).then(elements)
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
        // PERF: looked up, and set without a branch.
        let short: [bool; 256] = std::array::from_fn(|len| is_in(len as i64));
        let mut words = vec![0_u64; self.spans.len().div_ceil(64)];
        self.spans.each(0..self.spans.len(), |row, _, len| {
            let is_in = short.get(len).copied().unwrap_or_else(|| is_in(len as i64));
            words[row / 64] |= u64::from(is_in) << (row % 64);
        });
        ShardSet::owned(RowSet::from_words(words), self.n_rows)
    }

    /// Whether a shard that was read can be one of so many rows, of a column with so many elements: no question of it
    /// reaches beyond an end. Cost: one pass of ends.
    #[must_use]
    pub fn is_sound(&self, n_rows: u32, n_codes: usize) -> bool {
        let n_elements = self.spans.end();
        self.n_rows == n_rows
            && self.missing.are_below(n_rows)
            && self.spans.len() == n_rows as usize
            && self.spans.is_sound(n_elements)
            && self.elements.is_sound(n_elements, n_codes)
            && self.rows_by_code.iter().all(|(_, rows)| rows.are_below(n_rows))
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let bitmaps: usize = self.rows_by_code.iter().map(|(_, it)| it.size_bytes() + size_of::<(u32, RowSet)>()).sum();
        let elements = self.spans.size_bytes() + self.elements.size_bytes();
        elements + bitmaps + self.missing.size_bytes() + size_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Held against a stable sort that compares, with codes of one byte up to three.
    #[test]
    fn codes_are_sorted_and_rows_keep_their_order() {
        for n_codes in [1, 2, 256, 257, 70_000] {
            let mut pairs: Vec<(u32, u32)> =
                (0..3_000_u32).map(|row| (row.wrapping_mul(2_654_435_761) % n_codes, row)).collect();
            let mut expected = pairs.clone();
            expected.sort_by_key(|(code, _)| *code);
            sort_by_code(&mut pairs, n_codes as usize);
            assert_eq!(pairs, expected, "{n_codes}");
        }
        sort_by_code(&mut Vec::new(), 0);
    }
}
