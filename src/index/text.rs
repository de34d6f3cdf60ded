//! [`TextIndex`]: texts as codes into a dictionary.

use std::ops::Range;

use super::Dictionary;
use super::codes::Codes;
use super::stored::stored;
use crate::model::{BitRows, RowSet, ShardSet};

/// A column of text.
#[derive(Debug, Clone)]
pub struct TextIndex {
    /// The distinct texts.
    pub dictionary: Dictionary,
    /// One a shard of the table.
    pub shards: Vec<TextShard>,
}

/// How the rows of a text are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextAccess {
    /// By a bitmap of its own in every shard.
    Bitmaps,
    /// By a pass of the rows' codes.
    Codes,
}

impl TextAccess {
    /// Up to so many distinct texts have a bitmap each unless told otherwise, and up to so many bitmaps are joined.
    const USUAL_BITMAPS: usize = 256;
    /// Up to so many distinct texts may be told to have one: with more, a full shard has fewer than 16 rows of a text, and the
    /// sets outweigh what is in them.
    pub const MOST_BITMAPS: usize = 4_096;

    /// What suits a column of so many distinct texts.
    #[must_use]
    pub const fn usual(n_codes: usize) -> Self {
        if n_codes <= Self::USUAL_BITMAPS { Self::Bitmaps } else { Self::Codes }
    }
}

/// One shard: each row's code, and a bitmap a value where they are the access.
#[derive(Debug, Clone)]
pub struct TextShard {
    n_rows: u32,
    missing: RowSet,
    codes: Codes,
    /// By code; empty where rows are found by their codes.
    rows_by_code: Vec<RowSet>,
}

stored!(struct TextShard { n_rows, missing, codes, rows_by_code });

/// A set of a dictionary's codes: the texts that a condition was found to hold for.
#[derive(Debug, Clone)]
pub struct CodeSet {
    words: Vec<u64>,
    len: usize,
    /// The first and last of codes that follow each other, in order; none if there are more than [`STRETCHES`].
    stretches: Option<Vec<(u64, u64)>>,
}

/// Up to so many stretches of codes are compared one after the other.
const STRETCHES: usize = 4;

impl CodeSet {
    /// The codes of a dictionary whose text is in, asked as `(original, folded)`.
    ///
    /// Cost: one call a distinct text.
    pub fn of(dictionary: &Dictionary, mut is_in: impl FnMut(&str, &str) -> bool) -> Self {
        Self::of_places(dictionary.len(), |code| is_in(&dictionary.text(code as u32), &dictionary.folded(code as u32)))
    }

    /// Of `n_codes` codes those that are in.
    pub(super) fn of_places(n_codes: usize, mut is_in: impl FnMut(usize) -> bool) -> Self {
        let mut words = vec![0; n_codes.div_ceil(64)];
        for code in 0..n_codes {
            if is_in(code) {
                words[code / 64] |= 1 << (code % 64);
            }
        }
        Self::from_words(words)
    }

    /// The codes whose bits are set: bit `i` of word `w` is code `64 w + i`.
    #[must_use]
    pub fn from_words(words: Vec<u64>) -> Self {
        let len = words.iter().map(|word| word.count_ones() as usize).sum();
        let stretches = few_stretches(&words);
        Self { words, len, stretches }
    }

    /// The first and last of codes that follow each other, in order, if they are few: then codes are compared with them
    /// rather than each looked up.
    #[must_use]
    pub fn stretches(&self) -> Option<&[(u64, u64)]> {
        self.stretches.as_deref()
    }

    /// The codes as bits: bit `i` of word `w` is code `64 w + i`.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Whether `code` is in.
    #[must_use]
    pub fn contains(&self, code: u32) -> bool {
        self.words.get(code as usize / 64).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }

    /// How many codes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The codes in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        BitRows::of(&self.words)
    }
}

impl Default for CodeSet {
    fn default() -> Self {
        Self::from_words(Vec::new())
    }
}

/// The first and last of bits that follow each other, if there are at most [`STRETCHES`]. Cost: a look at each word.
fn few_stretches(words: &[u64]) -> Option<Vec<(u64, u64)>> {
    // Where being in begins and ends in turn.
    let (mut turns, mut before) = (Vec::with_capacity(2 * STRETCHES), 0);
    for (at, word) in (0_u64..).zip(words) {
        let here = [word ^ (word << 1 | before)];
        before = word >> 63;
        if turns.len() + here[0].count_ones() as usize > 2 * STRETCHES {
            return None;
        }
        turns.extend(BitRows::of(&here).map(|bit| at * 64 + u64::from(bit)));
    }
    if before == 1 {
        turns.push(words.len() as u64 * 64);
    }
    let (pairs, _) = turns.as_chunks::<2>();
    Some(pairs.iter().map(|[first, end]| (*first, end - 1)).collect())
}

/// Of up to so many codes each is compared with all rows'.
const COMPARED_CODES: usize = 128;

/// The rows of each of `n_codes` codes. PERF: of few codes by comparisons, 64 rows at once; of many row by row.
fn rows_by_code(rows: &[u32], codes: &Codes, n_codes: usize) -> Vec<RowSet> {
    if n_codes <= COMPARED_CODES {
        let compared = |code| codes.select(&CodeSet::of_places(n_codes, |it| it == code), 0..rows.len());
        return (0..n_codes).map(|code| RowSet::from_words(compared(code))).collect();
    }
    let mut by_code = vec![Vec::new(); n_codes];
    (0..).zip(rows).for_each(|(row, code)| by_code[*code as usize].push(row));
    by_code.into_iter().map(RowSet::from_sorted).collect()
}

impl TextShard {
    /// Builds a shard; `None` is missing. `n_codes` is the length of the column's dictionary.
    pub fn build(codes: impl Iterator<Item = Option<u32>>, n_codes: usize, access: TextAccess) -> Self {
        let mut missing = Vec::new();
        let present = (0_u32..).zip(codes).map(|(row, code)| {
            if code.is_none() {
                missing.push(row);
            }
            code.unwrap_or(0)
        });
        let present: Vec<u32> = present.collect();
        let codes = Codes::of(&present, n_codes);
        let mut missing = RowSet::from_sorted(missing);
        missing.optimize();
        let mut rows_by_code = match access {
            TextAccess::Bitmaps => rows_by_code(&present, &codes, n_codes),
            TextAccess::Codes => Vec::new(),
        };
        if let Some(first) = rows_by_code.first_mut() {
            // Missing rows bear code 0.
            *first = first.difference(&missing);
        }
        rows_by_code.iter_mut().for_each(RowSet::optimize);
        Self { n_rows: present.len() as u32, missing, codes, rows_by_code }
    }

    /// A shard of a column of keys, whose codes are its rows: none is missing, and nothing is stored.
    #[must_use]
    pub fn of_keys(rows: Range<u32>) -> Self {
        let n_rows = rows.end - rows.start;
        Self { n_rows, missing: RowSet::new(), codes: Codes::From(rows.start), rows_by_code: Vec::new() }
    }

    /// How many rows.
    #[must_use]
    pub fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// The rows without a value.
    #[must_use]
    pub fn missing(&self) -> &RowSet {
        &self.missing
    }

    /// The code of a row; none if it is missing.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<u32> {
        (!self.missing.contains(row)).then(|| self.codes.get(row as usize))
    }

    /// The rows whose code is in `wanted`.
    ///
    /// Cost: by [`TextShard::access`] a union of bitmaps, or one pass of the codes with a look-up each.
    #[must_use]
    pub fn select(&self, wanted: &CodeSet) -> ShardSet<'_> {
        if wanted.is_empty() {
            return ShardSet::Empty;
        }
        if self.access(wanted) == TextAccess::Bitmaps {
            let mut sets = wanted.iter().map(|code| ShardSet::borrowed(&self.rows_by_code[code as usize]));
            let first = sets.next().unwrap_or(ShardSet::Empty);
            return sets.fold(first, |all, set| all.or(set, self.n_rows));
        }
        let rows = RowSet::from_words(self.codes.select(wanted, 0..self.n_rows as usize));
        // Missing rows bear code 0.
        let rows = if wanted.contains(0) && !self.missing.is_empty() { rows.difference(&self.missing) } else { rows };
        ShardSet::owned(rows, self.n_rows)
    }

    /// The rows of `candidates` whose code is in `wanted`. Cost: a look-up a candidate.
    #[must_use]
    pub fn select_among(&self, wanted: &CodeSet, candidates: &RowSet) -> RowSet {
        RowSet::from_sorted(candidates.iter().filter(|row| self.get(*row).is_some_and(|code| wanted.contains(code))))
    }

    /// The rows of each value, by code; empty where values have no bitmaps.
    #[must_use]
    pub fn sets(&self) -> &[RowSet] {
        &self.rows_by_code
    }

    /// How [`TextShard::select`] finds the rows of these: many bitmaps take longer than a pass of the codes.
    #[must_use]
    pub fn access(&self, wanted: &CodeSet) -> TextAccess {
        if self.has_bitmaps() { TextAccess::usual(wanted.len()) } else { TextAccess::Codes }
    }

    /// Whether each value has a bitmap.
    #[must_use]
    pub fn has_bitmaps(&self) -> bool {
        !self.rows_by_code.is_empty()
    }

    /// Whether a shard that was read can be one of so many rows, of a column with so many texts: no question of it reaches
    /// beyond an end. Cost: none of the codes is looked at.
    #[must_use]
    pub fn is_sound(&self, n_rows: u32, n_codes: usize) -> bool {
        // Missing rows bear code 0, which there is none of where every row is missing.
        let most = if self.missing.len() == u64::from(n_rows) { n_codes.max(1) } else { n_codes };
        let is_of_keys = matches!(self.codes, Codes::From(_));
        let are_rows = |rows: &RowSet| rows.are_below(n_rows);
        self.n_rows == n_rows
            && self.codes.is_sound(n_rows as usize, most)
            && are_rows(&self.missing)
            && (self.rows_by_code.is_empty() || self.rows_by_code.len() == n_codes && !is_of_keys)
            && self.rows_by_code.iter().all(are_rows)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let bitmaps: usize = self.rows_by_code.iter().map(|it| it.size_bytes() + size_of::<RowSet>()).sum();
        self.codes.size_bytes() + bitmaps + self.missing.size_bytes() + size_of::<Self>()
    }
}
