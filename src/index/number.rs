//! [`NumberIndex`]: numbers, days and instants as narrow codes.

use super::Array;
use super::stored::stored;
use crate::model::{Ranges, RowSet, ShardSet};

/// A column of order-preserving 64-bit keys (see [`crate::model::NumberKind`]).
#[derive(Debug, Clone)]
pub struct NumberIndex {
    /// One a shard of the table.
    pub shards: Vec<NumberShard>,
}

/// One shard: `key = base + step * code`, the code in as few bytes as hold the largest.
///
/// The frame of reference is Lamport's and Goldstein's (Goldstein, Ramakrishnan, Shaft: "Compressing
/// Relations and Indexes", 1998); the common step makes instants of whole seconds, and days kept as
/// instants, four bytes.
#[derive(Debug, Clone)]
pub struct NumberShard {
    n_rows: u32,
    missing: RowSet,
    min: i64,
    max: i64,
    step: u64,
    codes: Codes,
}

#[derive(Debug, Clone)]
enum Codes {
    /// All present keys are `min`.
    Constant,
    U8(Array<u8>),
    U16(Array<u16>),
    U32(Array<u32>),
    U64(Array<u64>),
}

stored!(struct NumberShard { n_rows, missing, min, max, step, codes });
stored!(enum Codes { 0 => Constant, 1 => U8(codes), 2 => U16(codes), 3 => U32(codes), 4 => U64(codes) });

const SECOND_US: u64 = 1_000_000;
const DAY_US: u64 = 86_400_000_000;

impl Codes {
    /// The codes, none above `largest`, so that each cast keeps its value.
    fn of(codes: impl Iterator<Item = u64>, largest: u64) -> Self {
        match largest {
            0 => Self::Constant,
            1..=0xFF => Self::U8(codes.map(|it| it as u8).collect()),
            0x100..=0xFFFF => Self::U16(codes.map(|it| it as u16).collect()),
            0x1_0000..=0xFFFF_FFFF => Self::U32(codes.map(|it| it as u32).collect()),
            _ => Self::U64(codes.collect()),
        }
    }
}

impl NumberShard {
    /// Builds a shard of at most 2^32 − 2 rows; `None` is missing.
    pub fn build(keys: impl Iterator<Item = Option<i64>> + Clone) -> Self {
        let (mut min, mut max, mut n_rows) = (i64::MAX, i64::MIN, 0_u32);
        let mut missing = Vec::new();
        for key in keys.clone() {
            match key {
                Some(key) => {
                    min = min.min(key);
                    max = max.max(key);
                }
                None => missing.push(n_rows),
            }
            n_rows += 1;
        }
        let diffs = keys.clone().flatten().map(|key| key.abs_diff(min));
        let step = common_step(diffs);
        let largest = if min > max { 0 } else { max.abs_diff(min) / step };
        let diffs = keys.map(|key| key.map_or(0, |key| key.abs_diff(min)));
        // PERF: a division by what the compiler knows is a multiplication; whole seconds and days are the usual steps.
        let codes = match step {
            1 => Codes::of(diffs, largest),
            SECOND_US => Codes::of(diffs.map(|diff| diff / SECOND_US), largest),
            DAY_US => Codes::of(diffs.map(|diff| diff / DAY_US), largest),
            step => Codes::of(diffs.map(|diff| diff / step), largest),
        };
        let mut missing = RowSet::from_sorted(missing);
        missing.optimize();
        Self { n_rows, missing, min, max, step, codes }
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
        (self.min <= self.max).then_some((self.min, self.max))
    }

    /// The key of a row, as if it had one: for a missing row any key.
    fn key_unchecked(&self, row: u32) -> i64 {
        let row = row as usize;
        let code = match &self.codes {
            Codes::Constant => 0,
            Codes::U8(codes) => u64::from(codes[row]),
            Codes::U16(codes) => u64::from(codes[row]),
            Codes::U32(codes) => u64::from(codes[row]),
            Codes::U64(codes) => codes[row],
        };
        self.min.wrapping_add_unsigned(code.wrapping_mul(self.step))
    }

    /// The key of a row; none if it is missing.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<i64> {
        (!self.missing.contains(row)).then(|| self.key_unchecked(row))
    }

    /// The rows whose key lies in `ranges`.
    ///
    /// Cost: none if the shard's bounds decide; else one pass of the codes.
    #[must_use]
    pub fn select(&self, ranges: &Ranges<i64>) -> ShardSet<'_> {
        let Some(codes) = self.code_ranges(ranges) else { return ShardSet::Empty };
        if let [(0, u64::MAX)] = codes[..] {
            return ShardSet::owned(self.missing.complement(self.n_rows), self.n_rows);
        }
        let words = match (&self.codes, codes.as_slice()) {
            // `code_ranges` says all or nothing of a single key.
            (Codes::Constant, _) => return ShardSet::Empty,
            (Codes::U8(rows), [(low, high)]) => scan(rows, |code| within(u64::from(code), *low, *high)),
            (Codes::U16(rows), [(low, high)]) => {
                let (low, high) = (*low as u16, *high as u16);
                scan(rows, |code| code.wrapping_sub(low) <= high - low)
            }
            (Codes::U32(rows), [(low, high)]) => {
                let (low, high) = (*low as u32, *high as u32);
                scan(rows, |code| code.wrapping_sub(low) <= high - low)
            }
            (Codes::U64(rows), [(low, high)]) => scan(rows, |code| within(code, *low, *high)),
            (Codes::U8(rows), many) => scan(rows, |code| within_any(u64::from(code), many)),
            (Codes::U16(rows), many) => scan(rows, |code| within_any(u64::from(code), many)),
            (Codes::U32(rows), many) => scan(rows, |code| within_any(u64::from(code), many)),
            (Codes::U64(rows), many) => scan(rows, |code| within_any(code, many)),
        };
        let rows = RowSet::from_words(&words);
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
            let low = (*low).max(min).abs_diff(min).div_ceil(self.step);
            let high = (*high).min(max).abs_diff(min) / self.step;
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
        let (n_codes, largest) = match &self.codes {
            Codes::Constant => (n_rows as usize, 0),
            Codes::U8(codes) => (codes.len(), u64::from(u8::MAX)),
            Codes::U16(codes) => (codes.len(), u64::from(u16::MAX)),
            Codes::U32(codes) => (codes.len(), u64::from(u32::MAX)),
            Codes::U64(codes) => (codes.len(), u64::MAX),
        };
        let are_bounds_coded =
            self.step > 0 && self.bounds().is_none_or(|(min, max)| max.abs_diff(min) / self.step <= largest);
        self.n_rows == n_rows && self.missing.are_below(n_rows) && n_codes == n_rows as usize && are_bounds_coded
    }

    /// Bytes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let codes = match &self.codes {
            Codes::Constant => 0,
            Codes::U8(codes) => codes.size_bytes(),
            Codes::U16(codes) => codes.size_bytes(),
            Codes::U32(codes) => codes.size_bytes(),
            Codes::U64(codes) => codes.size_bytes(),
        };
        codes + self.missing.size_bytes() + size_of::<Self>()
    }
}

fn within(code: u64, low: u64, high: u64) -> bool {
    low <= code && code <= high
}

fn within_any(code: u64, ranges: &[(u64, u64)]) -> bool {
    let after = ranges.partition_point(|(low, _)| *low <= code);
    after > 0 && code <= ranges[after - 1].1
}

/// One bit a row: whether its code is in.
pub(super) fn scan<T: Copy>(codes: &[T], is_in: impl Fn(T) -> bool) -> Vec<u64> {
    codes
        .chunks(64)
        .map(|chunk| chunk.iter().enumerate().fold(0, |word, (bit, code)| word | (u64::from(is_in(*code)) << bit)))
        .collect()
}

/// The greatest common divisor of all; 1 if all are 0.
fn common_step(diffs: impl Iterator<Item = u64> + Clone) -> u64 {
    // A few say which it may be; that it divides all is soon seen.
    let step = diffs.clone().take(64).fold(0, |step, diff| gcd(diff, step));
    let divides_all = match step {
        0 => false,
        1 => true,
        SECOND_US => diffs.clone().all(|diff| diff % SECOND_US == 0),
        DAY_US => diffs.clone().all(|diff| diff % DAY_US == 0),
        step => diffs.clone().all(|diff| diff % step == 0),
    };
    if divides_all {
        return step;
    }
    let mut step = step;
    for diff in diffs {
        step = gcd(diff, step);
        if step == 1 {
            break;
        }
    }
    step.max(1)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
