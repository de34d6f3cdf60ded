//! [`Bits`]: rows of one shard while many of its sets are combined.

use std::borrow::Cow;

use super::compress;
use super::words::{self, BitRows, Write};
use super::{RowSet, ShardSet};

/// Rows of one shard as plain bits: bit `i` of word `w` is row `64 w + i`; words that aren't there are zero.
///
/// For sets that are used again and again, as in a batch: each step is one pass over a bit a row, which stays in the
/// processor's cache, however dense the sets are. A [`RowSet`] chooses anew after each step how it is kept.
#[derive(Debug, Clone, Default)]
pub struct Bits<'a>(Cow<'a, [u64]>);

impl<'a> Bits<'a> {
    /// Every row of a shard of `n_rows` rows.
    #[must_use]
    pub fn all(n_rows: u32) -> Self {
        Self(Cow::Owned(words::full(n_rows)))
    }

    /// The rows of a set; a dense one isn't copied.
    #[must_use]
    pub fn of(set: ShardSet<'a>, n_rows: u32) -> Self {
        match set {
            ShardSet::Empty => Self::default(),
            ShardSet::All => Self::all(n_rows),
            ShardSet::Rows(rows) => Self(RowSet::bits(rows)),
        }
    }

    /// The rows whose bits are set.
    #[must_use]
    pub fn from_words(words: Vec<u64>) -> Self {
        Self(Cow::Owned(words))
    }

    /// The words, up to the last that isn't zero or beyond.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    /// The same rows, not copied before something is done to them.
    #[must_use]
    pub fn by_ref(&self) -> Bits<'_> {
        Bits(Cow::Borrowed(&self.0))
    }

    /// As a set that is kept.
    #[must_use]
    pub fn into_rows(self) -> RowSet {
        RowSet::from_words(self.0.into_owned())
    }

    /// As the set that a shard's evaluation works with.
    #[must_use]
    pub fn into_set(self, n_rows: u32) -> ShardSet<'static> {
        ShardSet::owned(self.into_rows(), n_rows)
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|it| *it == 0)
    }

    /// Drops the rows that aren't in `other`.
    pub fn and(&mut self, other: &Bits<'_>) {
        self.write(Write::And, other);
    }

    /// Drops the rows of `other`.
    pub fn and_not(&mut self, other: &Bits<'_>) {
        self.write(Write::AndNot, other);
    }

    fn write(&mut self, how: Write, other: &Bits<'_>) {
        let mine = self.0.to_mut();
        let common = mine.len().min(other.0.len());
        words::write(mine, how, &other.0[..common]);
    }

    /// Adds the rows of `other`.
    pub fn or(&mut self, other: &Bits<'_>) {
        self.merge(other, |a, b| *a |= b);
    }

    /// Drops the rows that are in both, and adds those of `other` that aren't.
    pub fn xor(&mut self, other: &Bits<'_>) {
        self.merge(other, |a, b| *a ^= b);
    }

    /// Changes each word by that of `other`; where this one has no more words, those of `other` are taken as they are.
    fn merge(&mut self, other: &Bits<'_>, change: impl Fn(&mut u64, &u64)) {
        let mine = self.0.to_mut();
        mine.iter_mut().zip(other.0.iter()).for_each(|(a, b)| change(a, b));
        if let Some(beyond) = other.0.get(mine.len()..) {
            mine.extend_from_slice(beyond);
        }
    }

    /// The rows in increasing order.
    #[must_use]
    pub fn rows(&self) -> BitRows<'_> {
        BitRows::of(&self.0)
    }

    /// Of the rows at the set bits of `mask`, counted from the first of these on, those that are in.
    #[must_use]
    pub fn compress(&self, mask: &[u64]) -> Bits<'static> {
        Bits(Cow::Owned(compress::compress(&self.0, mask)))
    }

    /// The `i`-th of the set bits of `mask`, for each row `i`; rows beyond are dropped.
    #[must_use]
    pub fn expand(&self, mask: &[u64]) -> Bits<'static> {
        Bits(Cow::Owned(compress::expand(&self.0, mask)))
    }

    /// The rows from each of `firsts` to the one of `lasts` that is next to it, both in; each has one.
    ///
    /// One pass: less a bit at the first row of a run, that at its last leaves all between, and no borrow goes further.
    #[must_use]
    pub fn of_runs(firsts: &Bits<'_>, lasts: &Bits<'_>) -> Bits<'static> {
        let mut borrow = false;
        let rows = lasts.0.iter().enumerate().map(|(at, lasts)| {
            let firsts = firsts.0.get(at).copied().unwrap_or(0);
            let less;
            (less, borrow) = lasts.borrowing_sub(firsts, borrow);
            less | lasts
        });
        Bits(Cow::Owned(rows.collect()))
    }

    /// Where rows stand in runs, each of which ends at a bit of `lasts`: the last row of each run of which any row is in.
    ///
    /// One pass: added to ones everywhere but at the ends, a row that is in carries up to the end of its run, and no further.
    #[must_use]
    pub fn ends_of_runs(&self, lasts: &[u64]) -> Bits<'static> {
        let mut carry = false;
        let ends = lasts.iter().enumerate().map(|(at, lasts)| {
            let rows = self.0.get(at).copied().unwrap_or(0);
            let sum;
            (sum, carry) = (rows & !lasts).carrying_add(!lasts, carry);
            (sum | rows) & lasts
        });
        Bits(Cow::Owned(ends.collect()))
    }

    /// Where rows stand in runs, each of which ends at a bit of `lasts`: drops the first of each run's rows that are in.
    ///
    /// One pass: less one at the start of each run, which its end, set for this, keeps from reaching beyond.
    pub fn drop_first_of_runs(&mut self, lasts: &[u64]) {
        let (mut borrow, mut is_start) = (false, true);
        for (rows, lasts) in self.0.to_mut().iter_mut().zip(lasts) {
            let starts = lasts << 1 | u64::from(is_start);
            is_start = lasts >> 63 == 1;
            let less;
            (less, borrow) = (*rows | lasts).borrowing_sub(starts, borrow);
            *rows &= less;
        }
    }

    /// The other rows of a shard of `n_rows` rows.
    #[must_use]
    pub fn not(&self, n_rows: u32) -> Bits<'static> {
        let mut others = Bits::all(n_rows);
        others.and_not(self);
        others
    }
}

impl<'a> From<&'a RowSet> for Bits<'a> {
    /// A dense set isn't copied.
    fn from(rows: &'a RowSet) -> Self {
        Self(RowSet::bits(Cow::Borrowed(rows)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const N_ROWS: u32 = 5_000;

    #[test]
    fn operations_are_those_of_plain_sets() {
        let every = |step: usize, end: u32| (0..end).step_by(step).collect::<BTreeSet<u32>>();
        let plain =
            [BTreeSet::new(), BTreeSet::from([0, 63, 64, 4_999]), every(3, 4_000), every(40, 100), every(1, N_ROWS)];
        let rows = |bits: &Bits<'_>| bits.clone().into_rows().iter().collect::<BTreeSet<u32>>();
        let is = |found: &Bits<'_>, wanted: &BTreeSet<u32>| {
            assert_eq!(rows(found), *wanted);
            assert_eq!((words::count(found.words()), found.is_empty()), (wanted.len() as u64, wanted.is_empty()));
        };
        for a in &plain {
            let set = RowSet::from_sorted(a.iter().copied());
            let x = Bits::of(ShardSet::borrowed(&set), N_ROWS);
            is(&x, a);
            is(&Bits::of(ShardSet::owned(set.clone(), N_ROWS), N_ROWS), a);
            is(&x.not(N_ROWS), &every(1, N_ROWS).difference(a).copied().collect());
            for b in &plain {
                let y = Bits::of(ShardSet::owned(RowSet::from_sorted(b.iter().copied()), N_ROWS), N_ROWS);
                let changed = |change: &dyn Fn(&mut Bits<'_>)| {
                    let mut x = x.by_ref();
                    change(&mut x);
                    Bits::from_words(x.words().to_vec())
                };
                is(&changed(&|x| x.and(&y)), &(a & b));
                is(&changed(&|x| x.and_not(&y)), &(a - b));
                is(&changed(&|x| x.or(&y)), &(a | b));
                is(&changed(&|x| x.xor(&y)), &(a ^ b));
                // The runs end at the rows of `b`; what comes after the last belongs to no run.
                let (mut any, mut no_first) = (BTreeSet::new(), BTreeSet::new());
                let mut start = 0;
                for end in b {
                    let run: Vec<u32> = a.range(start..=*end).copied().collect();
                    any.extend((!run.is_empty()).then_some(*end));
                    no_first.extend(run.into_iter().skip(1));
                    start = end + 1;
                }
                let lasts = y.0.to_vec();
                is(&x.ends_of_runs(&lasts), &any);
                let in_runs =
                    changed(&|x| x.and(&Bits::of(ShardSet::owned(RowSet::from_range(0..start), N_ROWS), N_ROWS)));
                let mut found = in_runs;
                found.drop_first_of_runs(&lasts);
                is(&found, &no_first);
                let places: Vec<u32> = b.iter().copied().collect();
                let within = x.compress(&lasts);
                is(&within, &(0..places.len() as u32).filter(|at| a.contains(&places[*at as usize])).collect());
                is(&within.expand(&lasts), &(a & b));
                // The run of `b`'s first row is one row, that of each next one all after the one before.
                let firsts = |at: usize| at.checked_sub(1).map_or(places[at], |before| places[before] + 1);
                let chosen: Vec<usize> = (0..places.len()).step_by(2).collect();
                let set = |rows: BTreeSet<u32>| Bits::of(ShardSet::owned(RowSet::from_sorted(rows), N_ROWS), N_ROWS);
                let runs = Bits::of_runs(
                    &set(chosen.iter().map(|at| firsts(*at)).collect()),
                    &set(chosen.iter().map(|at| places[*at]).collect()),
                );
                is(&runs, &chosen.iter().flat_map(|at| firsts(*at)..=places[*at]).collect());
                assert_eq!(words::count_and(x.words(), y.words()), (a & b).len() as u64);
            }
        }
    }
}
