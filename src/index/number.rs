//! [`NumberIndex`]: numbers, days and instants as narrow codes.

use super::decimals::Decimals;
use super::planes::Planes;
use super::stored::stored;
use crate::model::{Ranges, RowSet, ShardSet};

/// A column of order-preserving 64-bit keys (see [`crate::model::NumberKind`]).
#[derive(Debug, Clone)]
pub struct NumberIndex {
    /// One a shard of the table.
    pub shards: Vec<NumberShard>,
}

/// One shard: `unit = min + step * code`, the code in as few bytes as hold the largest, each byte in a plane of its own.
/// A unit is a key, or what `Decimals` keeps in place of the key of a double.
///
/// The frame of reference is that of Goldstein, Ramakrishnan, Shaft: "Compressing Relations and Indexes"
/// (1998); the common step makes instants of whole seconds four bytes, and days kept as instants two.
#[derive(Debug, Clone)]
pub struct NumberShard {
    n_rows: u32,
    missing: RowSet,
    decimals: Option<Decimals>,
    min: i64,
    max: i64,
    step: u64,
    codes: Planes,
}

stored!(struct NumberShard { n_rows, missing, decimals, min, max, step, codes });

const SECOND_US: u64 = 1_000_000;
const DAY_US: u64 = 86_400_000_000;
/// Where no code is larger, there is little to gain from decimals.
const LARGEST_NARROW: u64 = u32::MAX as u64;

impl NumberShard {
    /// Builds a shard of at most 2^32 − 2 rows; `None` is missing.
    pub fn build(keys: impl Iterator<Item = Option<i64>>) -> Self {
        let (mut units, mut missing) = (Vec::with_capacity(keys.size_hint().0), Vec::<u32>::new());
        // A missing row has the key of the one before, the first ones that of the one after: no key is added by them.
        let mut before = 0;
        units.extend((0..).zip(keys).map(|(row, key)| {
            match key {
                Some(key) => before = key,
                None => missing.push(row),
            }
            before
        }));
        let n_leading = (0..).zip(&missing).take_while(|(at, row)| at == *row).count();
        if let Some(first) = units.get(n_leading).copied() {
            units[..n_leading].fill(first);
        }
        let mut frame = Frame::of(&units);
        let is_wide = frame.largest > LARGEST_NARROW;
        let decimals = if is_wide { Decimals::of(units.iter().copied()) } else { None };
        if let Some(decimals) = decimals {
            units.iter_mut().for_each(|unit| *unit = decimals.units(*unit).unwrap_or(0));
            frame = Frame::of(&units);
        }
        let n_rows = units.len() as u32;
        if missing.len() == units.len() {
            frame = Frame::of_none(units.len());
        }
        let codes = Planes::build(&frame.codes, frame.largest);
        let mut missing = RowSet::from_sorted(missing);
        missing.optimize();
        let Frame { min, max, step, .. } = frame;
        Self { n_rows, missing, decimals, min, max, step, codes }
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

    /// The smallest and largest key; none if every row is missing.
    #[must_use]
    pub fn bounds(&self) -> Option<(i64, i64)> {
        (self.min <= self.max).then(|| (self.key(self.min), self.key(self.max)))
    }

    /// The key of a row that has one; of a missing row any key.
    #[must_use]
    pub fn present_key(&self, row: u32) -> i64 {
        self.key_of(self.codes.get(row))
    }

    /// The keys of all rows, as [`NumberShard::present_key`] has them.
    #[must_use]
    pub fn present_keys(&self) -> Vec<i64> {
        match self.decimals {
            None => self.codes.map(|code| self.unit(code)),
            Some(decimals) => self.codes.map(|code| decimals.key(self.unit(code))),
        }
    }

    /// The key of each row; none where it is missing. Cost: one pass of the codes.
    #[must_use]
    pub fn keys(&self) -> Vec<Option<i64>> {
        let mut keys: Vec<Option<i64>> = self.present_keys().into_iter().map(Some).collect();
        self.missing.iter().for_each(|row| keys[row as usize] = None);
        keys
    }

    #[inline]
    fn key_of(&self, code: u64) -> i64 {
        self.key(self.unit(code))
    }

    #[inline]
    fn unit(&self, code: u64) -> i64 {
        self.min.wrapping_add_unsigned(code.wrapping_mul(self.step))
    }

    /// The key of a unit.
    #[inline]
    fn key(&self, unit: i64) -> i64 {
        self.decimals.map_or(unit, |it| it.key(unit))
    }

    /// The smallest unit of the shard's span whose key isn't below this one; one past its last if there is none.
    fn unit_from(&self, key: i64) -> i64 {
        match self.decimals {
            Some(decimals) => decimals.at_least(key, self.min, self.max),
            None => key.max(self.min),
        }
    }

    /// The largest unit of the shard's span whose key isn't above this one, which must not be below its first.
    fn unit_to(&self, key: i64) -> i64 {
        match (self.decimals, key.checked_add(1)) {
            (Some(decimals), Some(next)) => decimals.at_least(next, self.min, self.max).saturating_sub(1),
            (Some(_), None) => self.max,
            (None, _) => key.min(self.max),
        }
    }

    /// The key of a row; none if it is missing.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<i64> {
        (self.missing.is_empty() || !self.missing.contains(row)).then(|| self.present_key(row))
    }

    /// The rows whose key lies in `ranges`.
    ///
    /// Cost: none if the shard's bounds decide; else a pass of the codes' first bytes, and of the others where those don't decide.
    #[must_use]
    pub fn select(&self, ranges: &Ranges<i64>) -> ShardSet<'_> {
        let Some(codes) = self.code_ranges(ranges) else { return ShardSet::Empty };
        if let [(0, u64::MAX)] = codes[..] {
            return ShardSet::owned(self.missing.complement(self.n_rows), self.n_rows);
        }
        let rows = RowSet::from_words(self.codes.select(&codes, 0..self.n_rows));
        let rows = if self.missing.is_empty() { rows } else { rows.difference(&self.missing) };
        ShardSet::owned(rows, self.n_rows)
    }

    /// The rows of `candidates` whose key lies in `ranges`. Cost: a look-up a candidate.
    #[must_use]
    pub fn select_among(&self, ranges: &Ranges<i64>, candidates: &RowSet) -> RowSet {
        RowSet::from_sorted(candidates.iter().filter(|row| self.get(*row).is_some_and(|key| ranges.contains(key))))
    }

    /// The ranges as codes, cut to the shard's bounds; `[(0, u64::MAX)]` if every key lies in them, none if no key can.
    fn code_ranges(&self, ranges: &Ranges<i64>) -> Option<Vec<(u64, u64)>> {
        let (min, max) = self.bounds()?;
        let all = ranges.as_slice();
        let first = all.partition_point(|(_, high)| *high < min);
        let mut out = Vec::new();
        for (low, high) in &all[first..] {
            if *low > max {
                break;
            }
            if *low <= min && max <= *high {
                return Some(vec![(0, u64::MAX)]);
            }
            let low = self.unit_from(*low).abs_diff(self.min).div_ceil(self.step);
            let high = self.unit_to(*high).abs_diff(self.min) / self.step;
            if low <= high {
                out.push((low, high));
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// Whether a shard that was read can be one of so many rows: no question of it reaches beyond an end.
    ///
    /// Cost: none of the codes is looked at.
    #[must_use]
    pub fn is_sound(&self, n_rows: u32) -> bool {
        let are_bounds_coded =
            || self.min > self.max || self.max.abs_diff(self.min) / self.step <= self.codes.largest();
        self.n_rows == n_rows
            && self.missing.are_below(n_rows)
            && self.codes.is_sound(n_rows)
            && self.step > 0
            && self.decimals.is_none_or(Decimals::is_sound)
            && are_bounds_coded()
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.codes.size_bytes() + self.missing.size_bytes() + size_of::<Self>()
    }
}

/// What units span, and their codes.
struct Frame {
    min: i64,
    max: i64,
    step: u64,
    codes: Vec<u64>,
    largest: u64,
}

impl Frame {
    fn of(units: &[i64]) -> Self {
        let (min, max) = units.iter().fold((i64::MAX, i64::MIN), |(min, max), unit| (min.min(*unit), max.max(*unit)));
        let diffs = units.iter().map(|unit| unit.abs_diff(min));
        // A few say which the step may be; that it divides all is seen on the way.
        let step = common_step(diffs.clone().take(64));
        let (step, codes) = match divided(diffs.clone(), step) {
            Some(codes) => (step, codes),
            None => {
                let step = common_step(diffs.clone()).max(1);
                (step, diffs.map(|diff| diff / step).collect())
            }
        };
        let largest = if min > max { 0 } else { max.abs_diff(min) / step };
        Self { min, max, step, codes, largest }
    }

    /// Of so many units that are all missing.
    fn of_none(n_units: usize) -> Self {
        Self { codes: vec![0; n_units], ..Self::of(&[]) }
    }
}

/// Numbers divided by a step, if it divides all; 0 divides none.
///
/// PERF: a division by what the compiler knows is a multiplication; whole seconds and days are the usual steps.
fn divided(diffs: impl Iterator<Item = u64>, step: u64) -> Option<Vec<u64>> {
    let mut rest = 0;
    let mut divide = |diff: u64, step: u64| {
        let code = diff / step;
        rest |= diff - code * step;
        code
    };
    let codes = match step {
        0 => return None,
        1 => diffs.collect(),
        SECOND_US => diffs.map(|diff| divide(diff, SECOND_US)).collect(),
        DAY_US => diffs.map(|diff| divide(diff, DAY_US)).collect(),
        step => diffs.map(|diff| divide(diff, step)).collect(),
    };
    (rest == 0).then_some(codes)
}

/// The greatest common divisor of all; 0 if all are 0.
fn common_step(diffs: impl Iterator<Item = u64>) -> u64 {
    let mut step = 0;
    for diff in diffs {
        step = gcd(diff, step);
        if step == 1 {
            break;
        }
    }
    step
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
