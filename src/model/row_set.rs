//! [`RowSet`]: a set of rows, stored compressed.

#![expect(clippy::disallowed_types, reason = "the one home of roaring")]

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use roaring::RoaringBitmap;

use super::words::{self, BitRows};

/// A set of rows: within one shard (rows counted from the shard's first) or over a whole table.
///
/// It is a Roaring bitmap. Where that would consist of bitmap containers throughout, as dense sets of a shard do, it is
/// kept as the words of these containers, which the crate keeps to itself: what is dense is then counted and combined
/// by the instructions of the processor at hand, in one pass.
#[derive(Debug, Clone, Default)]
pub struct RowSet(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Sparse(RoaringBitmap),
    Dense(Dense),
}

/// Bits from row 0 on, and how many are set.
#[derive(Debug, Clone, Default)]
struct Dense {
    words: Vec<u64>,
    len: u64,
}

/// A dense set has at least one row in so many: there a bit a row is no larger than two bytes a row that is in.
const ROWS_A_BIT: u64 = 16;
/// Where there is one row in so many, its bits are quicker to take than the rows one by one.
const ROWS_A_STEP: u64 = 64;
/// What spans more words is the answer over a table, and stays compressed.
const MAX_WORDS: usize = 1 << 14;

impl Dense {
    /// The rows `0..n_rows`.
    fn full(n_rows: u32) -> Self {
        Self { words: words::full(n_rows), len: u64::from(n_rows) }
    }

    /// What is in `b`, too.
    fn and(mut self, b: &[u64]) -> RowSet {
        self.words.truncate(b.len());
        self.len = words::and(&mut self.words, b);
        self.settle()
    }

    /// What isn't in `b`.
    fn and_not(mut self, b: &[u64]) -> RowSet {
        let common = self.words.len().min(b.len());
        self.len = words::and_not(&mut self.words, b) + words::count(&self.words[common..]);
        self.settle()
    }

    /// The set as whatever it is dense enough for.
    fn settle(self) -> RowSet {
        if self.len * ROWS_A_BIT >= self.words.len() as u64 * 64 && self.words.len() <= MAX_WORDS && self.len > 0 {
            return RowSet(Kind::Dense(self));
        }
        RowSet(Kind::Sparse(self.to_roaring()))
    }

    fn to_roaring(&self) -> RoaringBitmap {
        roaring_at(0, &self.words)
    }

    fn last(&self) -> Option<u32> {
        let at = self.words.iter().rposition(|it| *it != 0)?;
        Some(at as u32 * 64 + 63 - self.words[at].leading_zeros())
    }

    /// How many runs of rows there are.
    fn n_runs(&self) -> u64 {
        let mut before = 0;
        let starts = self.words.iter().map(|word| {
            let start = word & !(word << 1 | before);
            before = word >> 63;
            u64::from(start.count_ones())
        });
        starts.sum()
    }
}

/// The rows of words of which the first is that of row `start`, a multiple of 8.
fn roaring_at(start: u32, words: &[u64]) -> RoaringBitmap {
    let bytes: Vec<u8> = words.iter().flat_map(|it| it.to_le_bytes()).collect();
    RoaringBitmap::from_lsb0_bytes(start, &bytes)
}

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
        Self(Kind::Sparse(set))
    }

    /// The rows of a strictly increasing iterator; of any other the rows up to the first that isn't larger.
    pub fn from_sorted(rows: impl IntoIterator<Item = u32>) -> Self {
        let rows: Vec<u32> = rows.into_iter().collect();
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Self::new() };
        let n_rows = rows.len() as u64;
        let is_sorted = || rows.is_sorted_by(|a, b| a < b);
        // PERF: many rows close together are set as bits, which are taken whole; one by one each costs a check.
        let span = u64::from(last.saturating_sub(*first)) + 1;
        if span / ROWS_A_STEP < n_rows && is_sorted() {
            let is_dense = u64::from(*last) / ROWS_A_BIT < n_rows && *last as usize / 64 < MAX_WORDS;
            let start = if is_dense { 0 } else { first & !63 };
            let mut bits = vec![0_u64; (last - start) as usize / 64 + 1];
            for row in rows {
                bits[(row - start) as usize / 64] |= 1 << (row % 64);
            }
            return if is_dense {
                Dense { words: bits, len: n_rows }.settle()
            } else {
                Self(Kind::Sparse(roaring_at(start, &bits)))
            };
        }
        let mut set = RoaringBitmap::new();
        // On an error the sorted prefix stays; callers pass sorted rows.
        let _ = set.append(rows);
        Self(Kind::Sparse(set))
    }

    /// The rows whose bits are set: bit `i` of word `w` is row `64 w + i`.
    #[must_use]
    pub fn from_words(words: Vec<u64>) -> Self {
        let len = words::count(&words);
        Dense { words, len }.settle()
    }

    /// The bits, if it is kept as such: bit `i` of word `w` is row `64 w + i`.
    #[must_use]
    pub fn words(&self) -> Option<&[u64]> {
        match &self.0 {
            Kind::Sparse(_) => None,
            Kind::Dense(set) => Some(&set.words),
        }
    }

    /// The bits of any set, however it is kept: bit `i` of word `w` is row `64 w + i`, up to its last row.
    pub(super) fn bits(rows: Cow<'_, Self>) -> Cow<'_, [u64]> {
        match rows {
            Cow::Borrowed(Self(Kind::Dense(set))) => Cow::Borrowed(&set.words),
            Cow::Owned(Self(Kind::Dense(set))) => Cow::Owned(set.words),
            Cow::Borrowed(Self(Kind::Sparse(set))) => Cow::Owned(words_of(set)),
            Cow::Owned(Self(Kind::Sparse(set))) => Cow::Owned(words_of(&set)),
        }
    }

    /// Writes the portable Roaring format.
    pub fn write_portable(&self, out: impl Write) -> io::Result<()> {
        match &self.0 {
            Kind::Sparse(set) => set.serialize_into(out),
            Kind::Dense(set) => set.to_roaring().serialize_into(out),
        }
    }

    /// The rows of the portable Roaring format; none if the bytes aren't exactly that.
    #[must_use]
    pub fn read_portable(mut bytes: &[u8]) -> Option<Self> {
        let rows = RoaringBitmap::deserialize_from(&mut bytes).ok()?;
        bytes.is_empty().then(|| Self::from_roaring(rows))
    }

    /// A bitmap without runs whose rows lie close to the first rows is dense, any other stays as it is.
    fn from_roaring(set: RoaringBitmap) -> Self {
        let n_words = set.max().map_or(0, |last| last as usize / 64 + 1);
        if n_words > MAX_WORDS || set.len() * ROWS_A_BIT < n_words as u64 * 64 || has_runs(&set) {
            return Self(Kind::Sparse(set));
        }
        Dense { words: words_of(&set), len: set.len() }.settle()
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.0 {
            Kind::Sparse(set) => set.len(),
            Kind::Dense(set) => set.len,
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Kind::Sparse(set) => set.is_empty(),
            Kind::Dense(_) => false,
        }
    }

    /// Whether `row` is in.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        match &self.0 {
            Kind::Sparse(set) => set.contains(row),
            Kind::Dense(set) => words::contains(&set.words, row),
        }
    }

    /// Whether all rows lie in `0..n_rows`.
    #[must_use]
    pub fn are_below(&self, n_rows: u32) -> bool {
        let last = match &self.0 {
            Kind::Sparse(set) => set.max(),
            Kind::Dense(set) => set.last(),
        };
        last.is_none_or(|last| last < n_rows)
    }

    /// The rows in increasing order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        match &self.0 {
            Kind::Sparse(set) => Iter::Sparse(set.iter()),
            Kind::Dense(set) => Iter::Dense(BitRows::of(&set.words)),
        }
    }

    /// Rows in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Kind::Sparse(a), Kind::Sparse(b)) => Self(Kind::Sparse(a & b)),
            (Kind::Dense(a), Kind::Dense(b)) => {
                let (a, b) = if a.words.len() <= b.words.len() { (a, b) } else { (b, a) };
                a.clone().and(&b.words)
            }
            (Kind::Sparse(a), Kind::Dense(b)) | (Kind::Dense(b), Kind::Sparse(a)) => match as_dense(a) {
                Some(a) => a.and(&b.words),
                None => split(a, &b.words, true),
            },
        }
    }

    /// Drops the rows that aren't in `other`.
    pub fn intersect_with(&mut self, other: &Self) {
        *self = match (std::mem::take(&mut self.0), &other.0) {
            (Kind::Sparse(mut a), Kind::Sparse(b)) => {
                a &= b;
                Self(Kind::Sparse(a))
            }
            (Kind::Dense(a), Kind::Dense(b)) => a.and(&b.words),
            (a @ (Kind::Sparse(_) | Kind::Dense(_)), Kind::Sparse(_) | Kind::Dense(_)) => Self(a).intersect(other),
        };
    }

    /// How many rows are in both. Allocates nothing, but for runs against bits.
    #[must_use]
    pub fn intersection_len(&self, other: &Self) -> u64 {
        match (&self.0, &other.0) {
            (Kind::Sparse(a), Kind::Sparse(b)) => a.intersection_len(b),
            (Kind::Dense(a), Kind::Dense(b)) => words::count_and(&a.words, &b.words),
            (Kind::Sparse(a), Kind::Dense(b)) | (Kind::Dense(b), Kind::Sparse(a)) => match as_dense(a) {
                Some(a) => words::count_and(&a.words, &b.words),
                None => {
                    let mut n = 0;
                    each_row(a, |row| n += u64::from(words::contains(&b.words, row)));
                    n
                }
            },
        }
    }

    /// Rows in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.union_with(other);
        set
    }

    /// Adds the rows of `other`.
    pub fn union_with(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Kind::Sparse(a), Kind::Sparse(b)) => {
                // Sparse ones together may be dense.
                let last = a.max().max(b.max()).map_or(u64::MAX, u64::from);
                if (a.len() + b.len()) * ROWS_A_BIT <= last || last / 64 >= MAX_WORDS as u64 {
                    *a |= b;
                    return;
                }
                let mut both = Dense::default();
                add(&mut both, a);
                add(&mut both, b);
                *self = both.settle();
            }
            (Kind::Dense(a), Kind::Dense(b)) => {
                let common = a.words.len().min(b.words.len());
                let len = words::or(&mut a.words, &b.words);
                a.len = len + words::count(&a.words[common..]) + words::count(&b.words[common..]);
                a.words.extend_from_slice(&b.words[common..]);
            }
            (Kind::Dense(a), Kind::Sparse(b)) => {
                if b.max().is_some_and(|last| last as usize / 64 >= MAX_WORDS) {
                    *self = Self(Kind::Sparse(a.to_roaring() | b));
                    return;
                }
                add(a, b);
                *self = std::mem::take(a).settle();
            }
            (Kind::Sparse(_), Kind::Dense(b)) => {
                let mut both = Self(Kind::Dense(b.clone()));
                both.union_with(self);
                *self = both;
            }
        }
    }

    /// Rows of this one that aren't in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (Kind::Sparse(a), Kind::Sparse(b)) => Self(Kind::Sparse(a - b)),
            (Kind::Sparse(a), Kind::Dense(b)) => split(a, &b.words, false),
            (Kind::Dense(a), Kind::Dense(b)) => a.clone().and_not(&b.words),
            (Kind::Dense(a), Kind::Sparse(b)) => {
                let mut taken = vec![0; a.words.len()];
                add_rows(&mut taken, b);
                a.clone().and_not(&taken)
            }
        }
    }

    /// How many rows of this one aren't in `other`. Allocates nothing, but for runs against bits.
    #[must_use]
    pub fn difference_len(&self, other: &Self) -> u64 {
        self.len() - self.intersection_len(other)
    }

    /// The rows of `0..n_rows` that aren't in.
    #[must_use]
    pub fn complement(&self, n_rows: u32) -> Self {
        if n_rows as usize / 64 < MAX_WORDS {
            return Self(Kind::Dense(Dense::full(n_rows))).difference(self);
        }
        let mut all = RoaringBitmap::new();
        all.insert_range(0..n_rows);
        Self(Kind::Sparse(all)).difference(self)
    }

    /// Adds the rows of `other`, each moved up by `offset`; all must lie beyond the rows present.
    pub fn append_shifted(&mut self, other: &Self, offset: u32) {
        match (&mut self.0, &other.0) {
            (Kind::Sparse(set), Kind::Dense(dense)) if offset.is_multiple_of(8) => {
                *set |= roaring_at(offset, &dense.words);
            }
            (Kind::Sparse(set), Kind::Sparse(_) | Kind::Dense(_)) => {
                // As `from_sorted`: rows arrive in order by contract.
                let _ = set.append(other.iter().map(|row| row + offset));
            }
            (Kind::Dense(set), Kind::Sparse(_) | Kind::Dense(_)) => {
                *self = Self(Kind::Sparse(set.to_roaring()));
                self.append_shifted(other, offset);
            }
        }
    }

    /// The rows of `range`, counted from its start.
    #[must_use]
    pub fn slice(&self, range: Range<u32>) -> Self {
        let start = range.start;
        match &self.0 {
            Kind::Sparse(set) => Self::from_sorted(set.range(range).map(|row| row - start)),
            Kind::Dense(set) => {
                let rows = BitRows::of(&set.words).skip_while(|row| *row < start);
                Self::from_sorted(rows.take_while(|row| *row < range.end).map(|row| row - start))
            }
        }
    }

    /// Stores runs as runs where that is smaller.
    pub fn optimize(&mut self) {
        /// Bytes of a run in the Roaring format.
        const RUN_BYTES: u64 = 4;
        match &mut self.0 {
            Kind::Sparse(set) => {
                set.optimize();
            }
            Kind::Dense(set) if set.n_runs() * RUN_BYTES < set.words.len() as u64 * 8 => {
                let mut runs = set.to_roaring();
                runs.optimize();
                self.0 = Kind::Sparse(runs);
            }
            Kind::Dense(set) => set.words.shrink_to_fit(),
        }
    }

    /// The portable Roaring format; equal sets have equal bytes.
    #[must_use]
    pub fn to_portable(&self) -> Vec<u8> {
        let mut set = match &self.0 {
            Kind::Sparse(set) => set.clone(),
            Kind::Dense(set) => set.to_roaring(),
        };
        set.optimize();
        let mut bytes = Vec::with_capacity(set.serialized_size());
        // Writing into memory can't fail.
        let _ = set.serialize_into(&mut bytes);
        bytes
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        match &self.0 {
            Kind::Sparse(set) => set.serialized_size(),
            Kind::Dense(set) => set.words.capacity() * 8,
        }
    }

    /// Bytes of the portable Roaring format.
    #[must_use]
    pub fn portable_bytes(&self) -> usize {
        match &self.0 {
            Kind::Sparse(set) => set.serialized_size(),
            Kind::Dense(set) => set.to_roaring().serialized_size(),
        }
    }
}

/// Whether a bitmap has a container of runs, by what it takes without them.
fn has_runs(set: &RoaringBitmap) -> bool {
    set.statistics().n_run_containers > 0
}

/// A set that has few rows for its runs as bits; none of one that is quicker to look at row by row.
fn as_dense(set: &RoaringBitmap) -> Option<Dense> {
    let n_words = set.max()? as usize / 64 + 1;
    if n_words > MAX_WORDS || set.len() * ROWS_A_BIT < n_words as u64 * 64 {
        return None;
    }
    let mut dense = Dense { words: vec![0; n_words], len: 0 };
    add(&mut dense, set);
    Some(dense)
}

/// The rows of a bitmap as bits, up to its last.
fn words_of(set: &RoaringBitmap) -> Vec<u64> {
    let mut words = vec![0; set.max().map_or(0, |last| last as usize / 64 + 1)];
    add_rows(&mut words, set);
    words
}

/// Adds the rows of a bitmap.
fn add(dense: &mut Dense, set: &RoaringBitmap) {
    let Some(last) = set.max() else { return };
    if dense.words.len() <= last as usize / 64 {
        dense.words.resize(last as usize / 64 + 1, 0);
    }
    add_rows(&mut dense.words, set);
    dense.len = words::count(&dense.words);
}

/// Sets the bits of a bitmap's rows, as far as the words go.
fn add_rows(words: &mut [u64], set: &RoaringBitmap) {
    if !has_runs(set) {
        each_row(set, |row| {
            if let Some(word) = words.get_mut(row as usize / 64) {
                *word |= 1 << (row % 64);
            }
        });
        return;
    }
    let end = words.len() as u32 * 64;
    let mut rows = set.iter();
    while let Some(run) = rows.next_range() {
        if *run.start() >= end {
            return;
        }
        words::set_range(words, *run.start(), (*run.end()).min(end - 1));
    }
}

/// Calls `op` for each row. PERF: many rows a step; one by one the bitmap looks at its containers for each.
fn each_row(set: &RoaringBitmap, mut op: impl FnMut(u32)) {
    let mut rows = set.iter();
    let mut many = [0; 256];
    loop {
        let found = rows.next_many(&mut many);
        if found.is_empty() {
            return;
        }
        found.iter().for_each(|row| op(*row));
    }
}

/// The rows of a bitmap that are among these bits, or those that aren't. PERF: without a branch a row.
fn split(set: &RoaringBitmap, words: &[u64], is_in: bool) -> RowSet {
    let (mut rows, mut n) = (vec![0; set.len() as usize], 0);
    each_row(set, |row| {
        rows[n] = row;
        n += usize::from(words::contains(words, row) == is_in);
    });
    rows.truncate(n);
    RowSet::from_sorted(rows)
}

enum Iter<'a> {
    Sparse(roaring::bitmap::Iter<'a>),
    Dense(BitRows<'a>),
}

impl Iterator for Iter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Sparse(rows) => rows.next(),
            Self::Dense(rows) => rows.next(),
        }
    }

    fn fold<B, F: FnMut(B, u32) -> B>(self, start: B, op: F) -> B {
        match self {
            Self::Sparse(rows) => rows.fold(start, op),
            Self::Dense(rows) => rows.fold(start, op),
        }
    }
}

impl Default for Kind {
    fn default() -> Self {
        Self::Sparse(RoaringBitmap::new())
    }
}

impl PartialEq for RowSet {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Sparse(a), Kind::Sparse(b)) => a == b,
            (Kind::Dense(_), Kind::Sparse(_) | Kind::Dense(_)) | (Kind::Sparse(_), Kind::Dense(_)) => {
                self.len() == other.len() && self.iter().eq(other.iter())
            }
        }
    }
}

impl FromIterator<u32> for RowSet {
    fn from_iter<I: IntoIterator<Item = u32>>(rows: I) -> Self {
        Self(Kind::Sparse(rows.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests;
