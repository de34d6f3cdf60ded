//! [`RowSet`]: a set of rows, stored compressed.

#![expect(clippy::disallowed_types, reason = "the one home of roaring")]

use std::io::{self, Write};
use std::ops::Range;

use roaring::RoaringBitmap;

/// A set of rows as a Roaring bitmap: within one shard (rows counted from the shard's first) or
/// over a whole table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowSet(RoaringBitmap);

impl RowSet {
    /// No row.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All rows of a range.
    #[must_use]
    pub fn from_range(rows: Range<u32>) -> Self {
        let mut set = RoaringBitmap::new();
        set.insert_range(rows);
        Self(set)
    }

    /// The rows of a strictly increasing iterator; of any other the rows up to the first that isn't larger.
    pub fn from_sorted(rows: impl IntoIterator<Item = u32>) -> Self {
        let rows: Vec<u32> = rows.into_iter().collect();
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Self::new() };
        let span = u64::from(last.saturating_sub(*first)) + 1;
        // PERF: many rows close together are set as bits, which the bitmap takes whole; one by one each costs a check.
        if span / 16 < rows.len() as u64 && rows.is_sorted_by(|a, b| a < b) {
            let start = first & !63;
            let mut bytes = vec![0_u8; (last - start) as usize / 8 + 1];
            for row in rows {
                bytes[(row - start) as usize / 8] |= 1 << (row % 8);
            }
            return Self(RoaringBitmap::from_lsb0_bytes(start, &bytes));
        }
        let mut set = RoaringBitmap::new();
        // On an error the sorted prefix stays; callers pass sorted rows.
        let _ = set.append(rows);
        Self(set)
    }

    /// The rows whose bits are set: bit `i` of word `w` is row `64 w + i`.
    #[must_use]
    pub fn from_words(words: &[u64]) -> Self {
        let mut bytes = Vec::with_capacity(words.len() * 8);
        for word in words {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        Self(RoaringBitmap::from_lsb0_bytes(0, &bytes))
    }

    /// Writes the portable Roaring format, [`RowSet::size_bytes`] of it.
    pub fn write_portable(&self, out: impl Write) -> io::Result<()> {
        self.0.serialize_into(out)
    }

    /// The rows of the portable Roaring format; none if the bytes aren't exactly that.
    #[must_use]
    pub fn read_portable(mut bytes: &[u8]) -> Option<Self> {
        let rows = RoaringBitmap::deserialize_from(&mut bytes).ok()?;
        bytes.is_empty().then_some(Self(rows))
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `row` is in.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        self.0.contains(row)
    }

    /// Whether all rows lie in `0..n_rows`.
    #[must_use]
    pub fn are_below(&self, n_rows: u32) -> bool {
        self.0.max().is_none_or(|last| last < n_rows)
    }

    /// The rows in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter()
    }

    /// Rows in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self(&self.0 & &other.0)
    }

    /// How many rows are in both. Allocates nothing.
    #[must_use]
    pub fn intersection_len(&self, other: &Self) -> u64 {
        self.0.intersection_len(&other.0)
    }

    /// Rows in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(&self.0 | &other.0)
    }

    /// Adds the rows of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.0 |= &other.0;
    }

    /// Rows of this one that aren't in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(&self.0 - &other.0)
    }

    /// How many rows of this one aren't in `other`. Allocates nothing.
    #[must_use]
    pub fn difference_len(&self, other: &Self) -> u64 {
        self.0.difference_len(&other.0)
    }

    /// The rows of `0..n_rows` that aren't in.
    #[must_use]
    pub fn complement(&self, n_rows: u32) -> Self {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..n_rows);
        Self(all - &self.0)
    }

    /// Adds the rows of `other`, each moved up by `offset`; all must lie beyond the rows present.
    pub fn append_shifted(&mut self, other: &Self, offset: u32) {
        // As `from_sorted`: rows arrive in order by contract.
        let _ = self.0.append(other.0.iter().map(|row| row + offset));
    }

    /// The rows of `range`, counted from its start.
    #[must_use]
    pub fn slice(&self, range: Range<u32>) -> Self {
        let start = range.start;
        Self::from_sorted(self.0.range(range).map(|row| row - start))
    }

    /// Stores runs as runs where that is smaller.
    pub fn optimize(&mut self) {
        self.0.optimize();
    }

    /// Bytes of the portable Roaring format; what it takes in memory is about that.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.serialized_size()
    }
}

impl FromIterator<u32> for RowSet {
    fn from_iter<I: IntoIterator<Item = u32>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}
