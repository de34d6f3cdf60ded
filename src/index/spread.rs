//! [`Spread`]: codes as bytes whose first one tells as many of them apart as it can.

use super::Array;
use super::stored::stored;

/// An order-preserving way to write codes in as few bytes as the largest needs.
///
/// As a rule a code is shifted up, so that its first byte is used in full, or it is written as it is. Where codes crowd, as
/// amounts with a long tail and dates close to now do, most of them would begin alike; there the first byte is the number of
/// an interval, the others the distance from its start, and the intervals are short where codes are many.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// No code is above it.
    largest: u64,
    /// How far codes are shifted up.
    shift: u32,
    /// Where the intervals start, in order, the first at 0; empty where codes are shifted.
    starts: Array<u64>,
}

stored!(struct Spread { largest, shift, starts });

/// Codes that are looked at to see how they lie.
const SAMPLE: usize = 4_096;
/// Intervals: what a byte can number.
const INTERVALS: u64 = 256;
/// Fewer intervals that can be laid freely are not worth it.
const FEWEST_FREE: u64 = 32;
/// Two codes may begin alike so many times as often as if they were evenly spread, before intervals are laid.
const CROWDED: u64 = 4;

impl Spread {
    /// Codes as they are, none above `largest`.
    pub(super) fn as_is(largest: u64) -> Self {
        Self { largest, shift: 0, starts: Array::default() }
    }

    /// For codes like these, none above `largest`.
    pub(super) fn of(codes: &[u64], largest: u64) -> Self {
        let as_is = Self::as_is(largest);
        let shifted = Self { shift: largest.leading_zeros() % 8, ..as_is.clone() };
        if as_is.n_bytes() < 2 {
            return shifted;
        }
        let mut sample: Vec<u64> = codes.iter().copied().step_by((codes.len() / SAMPLE).max(1)).collect();
        sample.sort_unstable();
        let width = 1_u64 << as_is.rest_bits();
        // The most that intervals of full width can add to those that end where the sample says.
        let free = INTERVALS.saturating_sub(largest / width + 1);
        if free < FEWEST_FREE || !shifted.is_crowded(&sample) {
            return shifted;
        }
        let ends = (1..free).map(|at| sample[(at as usize * sample.len()) / free as usize]).chain([largest + 1]);
        let (mut starts, mut start) = (Vec::new(), 0);
        for end in ends {
            while start < end {
                starts.push(start);
                start = end.min(start + width);
            }
        }
        Self { starts: starts.into(), ..as_is }
    }

    /// Whether the first bytes of codes, which are in order, tell few of them apart.
    fn is_crowded(&self, codes: &[u64]) -> bool {
        let first = |code: &u64| self.bytes(*code) >> self.rest_bits();
        let alike: u64 = codes.chunk_by(|a, b| first(a) == first(b)).map(|it| (it.len() * it.len()) as u64).sum();
        let n = codes.len() as u64;
        alike * INTERVALS > CROWDED * n * n
    }

    /// Bytes of a code.
    pub(super) fn n_bytes(&self) -> usize {
        (u64::BITS - self.largest.leading_zeros()).div_ceil(8) as usize
    }

    /// Bits after the first byte.
    fn rest_bits(&self) -> u32 {
        (self.n_bytes() as u32 * 8).saturating_sub(8)
    }

    /// The largest code.
    pub(super) fn largest(&self) -> u64 {
        self.largest
    }

    /// The bytes of a code, the last one lowest.
    pub(super) fn bytes(&self, code: u64) -> u64 {
        if self.starts.is_empty() {
            return code << self.shift;
        }
        let interval = self.starts.partition_point(|start| *start <= code).saturating_sub(1);
        (interval as u64) << self.rest_bits() | (code - self.starts[interval])
    }

    /// [`Spread::bytes`] for many codes.
    ///
    /// PERF: as many steps for each and none a branch, so that those of several codes are under way at once.
    pub(super) fn writer(&self) -> impl Fn(u64) -> u64 + use<> {
        let (shift, rest_bits, has_intervals) = (self.shift, self.rest_bits(), !self.starts.is_empty());
        let mut starts = [u64::MAX; INTERVALS as usize];
        starts.iter_mut().zip(self.starts.iter()).for_each(|(to, start)| *to = *start);
        move |code| {
            if !has_intervals {
                return code << shift;
            }
            let mut interval = 0;
            for step in [128, 64, 32, 16, 8, 4, 2, 1] {
                interval += if starts[interval + step] <= code { step } else { 0 };
            }
            (interval as u64) << rest_bits | (code - starts[interval])
        }
    }

    /// The largest bytes that a code at most this large can have: where codes are shifted, the bits below are set.
    pub(super) fn last_bytes(&self, code: u64) -> u64 {
        self.bytes(code) | ((1 << self.shift) - 1)
    }

    /// The code that these bytes are of; of bytes that no code is written as, any.
    #[inline]
    pub(super) fn code(&self, bytes: u64) -> u64 {
        let code = if self.starts.is_empty() {
            bytes >> self.shift
        } else {
            let rest_bits = self.rest_bits();
            let start = self.starts.get((bytes >> rest_bits) as usize).copied().unwrap_or(0);
            start.wrapping_add(bytes & ((1 << rest_bits) - 1))
        };
        // Says nothing of what was built; a forged image's reach no further.
        code.min(self.largest)
    }

    /// [`Spread::code`] for many codes: none waits for a look at how many intervals there are.
    pub(super) fn reader(&self) -> impl Fn(u64) -> u64 + use<> {
        let (shift, rest_bits, largest, has_intervals) =
            (self.shift, self.rest_bits(), self.largest, !self.starts.is_empty());
        let mut starts = [0; INTERVALS as usize];
        starts.iter_mut().zip(self.starts.iter()).for_each(|(to, start)| *to = *start);
        move |bytes| {
            let code = if has_intervals {
                let start = starts[usize::from((bytes >> rest_bits) as u8)];
                start.wrapping_add(bytes & ((1 << rest_bits) - 1))
            } else {
                bytes >> shift
            };
            code.min(largest)
        }
    }

    /// Whether what was read can be a way to write codes.
    pub(super) fn is_sound(&self) -> bool {
        let starts_at_0 = self.starts.first().is_none_or(|it| *it == 0);
        self.shift <= self.largest.leading_zeros() % 8
            && (self.starts.is_empty() || self.n_bytes() >= 2 && self.shift == 0)
            && self.starts.len() as u64 <= INTERVALS
            && starts_at_0
            && self.starts.is_sorted()
    }

    /// Bytes in memory beyond its own.
    pub(super) fn size_bytes(&self) -> usize {
        self.starts.size_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrambled(n: u64) -> u64 {
        n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7
    }

    fn spread(codes: &[u64]) -> Spread {
        let largest = codes.iter().max().copied().unwrap();
        Spread::of(codes, largest)
    }

    /// Amounts with a long tail: half below a hundred, one of fifty millions.
    fn crowded() -> Vec<u64> {
        (0..10_000).map(|n| 1_u64 << (scrambled(n) % 25)).chain([50_000_000]).map(|it| it + it / 3).collect()
    }

    #[test]
    fn codes_come_back_and_keep_their_order() {
        let even: Vec<u64> = (0..10_000).map(|n| scrambled(n) % 9_000_000).collect();
        assert!(spread(&even).starts.is_empty() && spread(&crowded()).starts.len() > 20);
        for mut codes in [even, crowded(), vec![0], vec![u64::MAX, 0, 5], vec![255, 256]] {
            codes.sort_unstable();
            let spread = spread(&codes);
            assert!(spread.is_sound() && spread.n_bytes() <= 8);
            assert!(codes.iter().all(|it| spread.code(spread.bytes(*it)) == *it));
            assert!(codes.iter().all(|it| spread.code(spread.last_bytes(*it)) == *it));
            assert!(codes.is_sorted_by_key(|it| spread.bytes(*it)));
            let most = if spread.n_bytes() == 8 { u64::MAX } else { (1 << (8 * spread.n_bytes())) - 1 };
            assert!(codes.iter().all(|it| spread.last_bytes(*it) <= most));
        }
    }

    #[test]
    fn codes_that_no_sample_had_have_a_place() {
        let spread = spread(&crowded());
        let ends = spread.starts.iter().flat_map(|it| [it.saturating_sub(1), *it, *it + 1]);
        for code in (0..50_000_000).step_by(7_919).chain(ends) {
            assert_eq!(spread.code(spread.bytes(code)), code);
            assert_eq!(spread.writer()(code), spread.bytes(code));
            assert_eq!(spread.reader()(spread.bytes(code)), code);
            assert!(spread.bytes(code) < 1 << 32);
        }
    }

    #[test]
    fn crowded_codes_begin_with_many_bytes() {
        let codes = crowded();
        let spread = spread(&codes);
        let first: std::collections::BTreeSet<u64> = codes.iter().map(|it| spread.bytes(*it) >> 24).collect();
        // Of 25 different amounts and one, all.
        assert_eq!(first.len(), 26);
    }
}
