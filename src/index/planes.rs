//! [`Planes`]: codes taken apart into bytes, the first bytes of all rows before the second ones.
//!
//! After ByteSlice (Feng, Lo, Kao, Xu: "ByteSlice: Pushing the Envelop of Main Memory Data Processing with a New
//! Storage Layout", SIGMOD 2015): a comparison reads the first byte of each code, and the next only of the 64 rows
//! among which the first left some undecided. How codes become bytes is [`Spread`]'s.

use std::ops::Range;

use super::Array;
use super::spread::Spread;
use super::stored::stored;
use crate::model::prefetch;

/// Codes of a fixed number of bits.
#[derive(Debug, Clone)]
pub(super) struct Planes {
    n_rows: u32,
    /// How a code is written.
    spread: Spread,
    /// Plane after plane, the most significant first, then [`PADDING`] bytes.
    bytes: Array<u8>,
}

stored!(struct Planes { n_rows, spread, bytes });

/// Rows that are compared at once: the bits of a word.
const BLOCK: usize = 64;
/// So that the last rows of the last plane are a whole block, too.
const PADDING: usize = BLOCK - 1;

/// Codes of up to so many bytes are looked up in a table of all of them when many ranges are asked for.
const TABLE_BYTES: usize = 2;
/// Up to so many ranges are looked for one after the other.
const FEW_RANGES: usize = 4;

/// A block of bytes against one byte, a bit a row.
#[derive(Clone, Copy)]
struct Compared {
    at_least: u64,
    equal: u64,
}

impl Planes {
    /// Takes apart codes, none above `largest`, so that comparisons are decided early.
    pub(super) fn build(codes: &[u64], largest: u64) -> Self {
        let spread = Spread::of(codes, largest);
        let written = codes.iter().copied().map(spread.writer());
        if spread.n_bytes() <= size_of::<u32>() {
            // PERF: more of these are taken apart by an instruction.
            let written: Vec<u32> = written.map(|code| code as u32).collect();
            return Self::laid(&written, spread, |code, shift| (code >> shift) as u8);
        }
        let written: Vec<u64> = written.collect();
        Self::laid(&written, spread, |code, shift| (code >> shift) as u8)
    }

    /// Takes apart codes, none above `largest`, whose order says nothing.
    pub(super) fn of_names(codes: &[u32], largest: u64) -> Self {
        Self::laid(codes, Spread::as_is(largest), |code, shift| (code >> shift) as u8)
    }

    /// Takes apart what codes are written as; `byte` is what is left of one in a byte, shifted so far down.
    fn laid<T: Copy>(written: &[T], spread: Spread, byte: impl Fn(T, usize) -> u8) -> Self {
        let (n_bytes, n_rows) = (spread.n_bytes(), written.len());
        let padding = if n_bytes > 0 { PADDING } else { 0 };
        let mut bytes = Vec::with_capacity(n_bytes * n_rows + padding);
        for n_th in (0..n_bytes).rev() {
            bytes.extend(written.iter().map(|code| byte(*code, 8 * n_th)));
        }
        bytes.resize(bytes.len() + padding, 0);
        Self { n_rows: n_rows as u32, spread, bytes: bytes.into() }
    }

    /// No code is above it.
    pub(super) fn largest(&self) -> u64 {
        self.spread.largest()
    }

    /// The code of a row.
    #[inline]
    pub(super) fn get(&self, row: u32) -> u64 {
        let plane = self.n_rows as usize;
        let bytes = (0..self.spread.n_bytes()).map(|at| self.bytes[at * plane + row as usize]);
        self.spread.code(bytes.fold(0, |all, byte| all << 8 | u64::from(byte)))
    }

    /// Fetches the code of a row.
    #[inline]
    pub(super) fn prefetch(&self, row: usize) {
        (0..self.spread.n_bytes()).for_each(|at| prefetch(&self.bytes, at * self.n_rows as usize + row));
    }

    /// What `of` makes of the code of each row. Cost: one pass of the planes, block by block.
    pub(super) fn map<T: Clone + Default>(&self, of: impl Fn(u64) -> T) -> Vec<T> {
        let read = self.spread.reader();
        let mut all = vec![T::default(); self.n_rows as usize];
        for (at, block) in all.chunks_mut(BLOCK).enumerate() {
            block.iter_mut().zip(self.written_at(at)).for_each(|(to, bytes)| *to = of(read(bytes)));
        }
        all
    }

    /// A bit a row of `rows`, which start with a block: whether its code lies in one of `ranges`, which are in order, both
    /// ends in.
    ///
    /// Cost: of few ranges a pass of the first plane for each, and the other planes where it doesn't decide; of many one
    /// look-up a row.
    pub(super) fn select(&self, ranges: &[(u64, u64)], rows: Range<u32>) -> Vec<u64> {
        if ranges.len() <= FEW_RANGES {
            let mut words = Words::of(rows);
            for (low, high) in ranges {
                self.add_between(*low, *high, &mut words);
            }
            return words.into_words();
        }
        let ranges = ranges.iter().map(|(low, high)| (self.spread.bytes(*low), self.spread.last_bytes(*high)));
        if self.spread.n_bytes() <= TABLE_BYTES {
            let mut table = Table::default();
            ranges.flat_map(|(low, high)| low..=high).for_each(|bytes| table.add(bytes));
            return self.each(rows, |bytes| table.bit(bytes));
        }
        let ranges: Vec<(u64, u64)> = ranges.collect();
        self.each(rows, |bytes| {
            let after = ranges.partition_point(|(low, _)| *low <= bytes);
            u8::from(after > 0 && bytes <= ranges[after - 1].1)
        })
    }

    /// A bit a row of `rows`, which start with a block: whether its code is one of `codes`, which are `wanted`.
    ///
    /// Cost: a look-up a row.
    pub(super) fn select_where(
        &self,
        rows: Range<u32>,
        codes: impl Iterator<Item = u64>,
        wanted: impl Fn(u64) -> bool + Copy,
    ) -> Vec<u64> {
        if self.spread.n_bytes() <= TABLE_BYTES {
            let mut table = Table::default();
            let written = |code| self.spread.bytes(code)..=self.spread.last_bytes(code);
            codes.flat_map(written).for_each(|bytes| table.add(bytes));
            return self.each(rows, |bytes| table.bit(bytes));
        }
        self.each(rows, |bytes| u8::from(wanted(self.spread.code(bytes))))
    }

    /// A bit a row: 1 or 0, as `bit` says of what its code is written as.
    fn each(&self, rows: Range<u32>, bit: impl Fn(u64) -> u8 + Copy) -> Vec<u64> {
        let mut words = Words::of(rows);
        for (at, word) in words.blocks() {
            *word = match self.spread.n_bytes() {
                1 => word_of(self.block(0, at), bit),
                2 => {
                    let (first, second) = (self.block(0, at), self.block(1, at));
                    word_of(&std::array::from_fn(|row| u16::from(first[row]) << 8 | u16::from(second[row])), bit)
                }
                _ => word_of(&self.written_at(at), bit),
            };
        }
        words.into_words()
    }

    /// What the codes of a block of rows are written as.
    #[inline(always)]
    fn written_at(&self, at: usize) -> [u64; BLOCK] {
        let n_bytes = self.spread.n_bytes();
        if let Some(n_absent) = 4_usize.checked_sub(n_bytes) {
            // PERF: the bytes of four planes, side by side, are an instruction for many rows.
            let plane = |n_th: usize| n_th.checked_sub(n_absent).map_or(&[0; BLOCK], |n_th| self.block(n_th, at));
            let [a, b, c, d] = [plane(0), plane(1), plane(2), plane(3)];
            return std::array::from_fn(|row| u64::from(u32::from_be_bytes([a[row], b[row], c[row], d[row]])));
        }
        let mut written = [0; BLOCK];
        for n_th in 0..n_bytes {
            for (all, byte) in written.iter_mut().zip(self.block(n_th, at)) {
                *all = *all << 8 | u64::from(*byte);
            }
        }
        written
    }

    /// The bytes of a block of rows in a plane; past the rows' end whatever lies there.
    #[inline(always)]
    fn block(&self, n_th_plane: usize, at: usize) -> &[u8; BLOCK] {
        let start = n_th_plane * self.n_rows as usize + at * BLOCK;
        self.bytes.get(start..).and_then(|it| it.first_chunk()).unwrap_or(&[0; BLOCK])
    }

    /// Adds the rows whose code is from `low` to `high`.
    fn add_between(&self, low: u64, high: u64, words: &mut Words) {
        let (low, high) = (Bound::low(low, self), Bound::high(high, self));
        #[cfg(target_arch = "x86_64")]
        if avx2::is_there() {
            avx2::add_between(self, &low, &high, words);
            return;
        }
        self.compare_with(&low, &high, words, compare);
    }

    /// Adds the rows whose code is between two bounds, by a way to compare.
    #[inline(always)]
    fn compare_with(
        &self,
        low: &Bound,
        high: &Bound,
        words: &mut Words,
        compare: impl Fn(&[u8; BLOCK], u8) -> Compared + Copy,
    ) {
        let (low, high) = (low.bytes(), high.bytes());
        for (at, word) in words.blocks() {
            let (mut above, mut left) = (0, u64::MAX);
            for (n_th, byte) in low.iter().enumerate() {
                let it = compare(self.block(n_th, at), *byte);
                above |= left & it.at_least & !it.equal;
                left &= it.equal;
                if left == 0 {
                    break;
                }
            }
            let at_least_low = above | left;
            let (mut below, mut left) = (0, u64::MAX);
            for (n_th, byte) in high.iter().enumerate() {
                let it = compare(self.block(n_th, at), *byte);
                below |= left & !it.at_least;
                left &= it.equal;
                if left == 0 {
                    break;
                }
            }
            *word |= at_least_low & (below | left);
        }
    }

    /// Whether what was read can be the codes of so many rows: no question reaches beyond an end.
    pub(super) fn is_sound(&self, n_rows: u32) -> bool {
        let n_bytes = self.spread.n_bytes() * n_rows as usize;
        self.n_rows == n_rows
            && self.spread.is_sound()
            && self.bytes.len() == if self.spread.n_bytes() == 0 { 0 } else { n_bytes + PADDING }
    }

    /// Bytes in memory.
    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.size_bytes() + self.spread.size_bytes() + size_of::<Self>()
    }
}

/// Which of all codes of up to [`TABLE_BYTES`] are in: 1 or 0.
struct Table(Box<[u8; 1 << (8 * TABLE_BYTES)]>);

impl Default for Table {
    fn default() -> Self {
        Self(Box::new([0; _]))
    }
}

impl Table {
    fn add(&mut self, bytes: u64) {
        self.0[usize::from(bytes as u16)] = 1;
    }

    /// PERF: of sixteen bits, none of which lies beyond the table.
    #[inline(always)]
    fn bit(&self, bytes: u64) -> u8 {
        self.0[usize::from(bytes as u16)]
    }
}

/// A bit a row of a block. PERF: bytes first, so that no row waits for the one before.
#[inline(always)]
fn word_of<T: Copy + Into<u64>>(written: &[T; BLOCK], bit: impl Fn(u64) -> u8) -> u64 {
    gathered(&std::array::from_fn(|at| bit(written[at].into())))
}

/// A bit for each of some rows.
struct Words {
    /// The first row is at its start.
    first_block: usize,
    n_rows: usize,
    words: Vec<u64>,
}

impl Words {
    fn of(rows: Range<u32>) -> Self {
        debug_assert!(rows.start.is_multiple_of(BLOCK as u32), "rows start with a block");
        Self {
            first_block: rows.start as usize / BLOCK,
            n_rows: rows.len(),
            words: vec![0; rows.len().div_ceil(BLOCK)],
        }
    }

    /// Each word with its block.
    #[inline(always)]
    fn blocks(&mut self) -> impl Iterator<Item = (usize, &mut u64)> {
        (self.first_block..).zip(&mut self.words)
    }

    /// The words, without bits after the last row.
    fn into_words(mut self) -> Vec<u64> {
        let over = self.words.len() * BLOCK - self.n_rows;
        if let Some(last) = self.words.last_mut() {
            *last &= u64::MAX >> over;
        }
        self.words
    }
}

/// One end of a range, as bytes; those at its end that decide nothing are left out.
struct Bound {
    bytes: [u8; 8],
    from: usize,
    to: usize,
}

impl Bound {
    fn low(code: u64, planes: &Planes) -> Self {
        Self::of(planes.spread.bytes(code), planes, 0)
    }

    fn high(code: u64, planes: &Planes) -> Self {
        Self::of(planes.spread.last_bytes(code), planes, u8::MAX)
    }

    /// Every byte is on this side of one that is `idle`.
    fn of(bytes: u64, planes: &Planes, idle: u8) -> Self {
        let bytes = bytes.to_be_bytes();
        let n_idle = bytes.iter().rev().take_while(|it| **it == idle).count();
        let from = 8 - planes.spread.n_bytes();
        Self { bytes, from, to: (8 - n_idle).max(from) }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[self.from..self.to]
    }
}

/// Compares by what every processor has.
#[inline(always)]
fn compare(block: &[u8; BLOCK], byte: u8) -> Compared {
    let (mut at_least, mut equal) = ([0; BLOCK], [0; BLOCK]);
    for (at, it) in block.iter().enumerate() {
        at_least[at] = u8::from(*it >= byte);
        equal[at] = u8::from(*it == byte);
    }
    Compared { at_least: gathered(&at_least), equal: gathered(&equal) }
}

/// The bits of bytes that are 0 or 1.
#[inline(always)]
fn gathered(bits: &[u8; BLOCK]) -> u64 {
    let (eights, _) = bits.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |word, (at, eight)| {
        // The product's upper byte has the lowest bit of each of the eight.
        let byte = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word | byte << (8 * at)
    })
}

/// The same with the 32-byte registers of processors since 2013, where there are any.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a function made for a processor is called after asking whether this is one")]
mod avx2 {
    use std::arch::x86_64::{__m256i, _mm256_cmpeq_epi8, _mm256_max_epu8, _mm256_movemask_epi8, _mm256_set1_epi8};

    use super::{BLOCK, Bound, Compared, Planes, Words};

    /// Whether this processor has them.
    pub(super) fn is_there() -> bool {
        is_x86_feature_detected!("avx2")
    }

    /// As [`Planes::compare_with`]; does nothing where [`is_there`] says no.
    pub(super) fn add_between(planes: &Planes, low: &Bound, high: &Bound, words: &mut Words) {
        if is_there() {
            // SAFETY: what the function needs was just found to be there.
            unsafe { with_avx2(planes, low, high, words) }
        }
    }

    #[target_feature(enable = "avx2")]
    fn with_avx2(planes: &Planes, low: &Bound, high: &Bound, words: &mut Words) {
        planes.compare_with(low, high, words, |block, byte| compare(block, byte));
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn compare(block: &[u8; BLOCK], byte: u8) -> Compared {
        let byte = _mm256_set1_epi8(byte.cast_signed());
        let half = |at: usize| {
            let it: __m256i = bytemuck::pod_read_unaligned(&block[at..at + BLOCK / 2]);
            let at_least = _mm256_cmpeq_epi8(_mm256_max_epu8(it, byte), it);
            let bits = |mask: __m256i| u64::from(_mm256_movemask_epi8(mask).cast_unsigned());
            (bits(at_least), bits(_mm256_cmpeq_epi8(it, byte)))
        };
        let (first, second) = (half(0), half(BLOCK / 2));
        Compared { at_least: first.0 | second.0 << 32, equal: first.1 | second.1 << 32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed sequence without a pattern.
    fn scrambled(n: u64) -> u64 {
        n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    }

    fn rows(words: &[u64], n_rows: u32) -> Vec<u32> {
        assert!(words.iter().map(|it| it.count_ones()).sum::<u32>() <= n_rows);
        (0..n_rows).filter(|row| words[*row as usize / 64] >> (row % 64) & 1 == 1).collect()
    }

    #[test]
    fn ranges_are_found_at_every_width_by_every_way_to_compare() {
        for bits in 0..=64 {
            let largest = if bits == 0 { 0 } else { u64::MAX >> (64 - bits) };
            for n_rows in [1_u32, 63, 64, 65, 300] {
                let mut codes: Vec<u64> = (0..u64::from(n_rows)).map(|row| scrambled(row) & largest).collect();
                codes[0] = largest;
                let planes = Planes::build(&codes, largest);
                assert!(planes.is_sound(n_rows) && planes.largest() == largest);
                assert_eq!((0..n_rows).map(|row| planes.get(row)).collect::<Vec<_>>(), codes);
                assert_eq!(planes.map(|code| code), codes);
                let mid = codes[n_rows as usize / 2];
                for (low, high) in
                    [(0, largest), (mid, mid), (0, mid), (mid, largest), (mid / 2, mid), (largest, largest)]
                {
                    let wanted: Vec<u32> =
                        (0..n_rows).filter(|row| (low..=high).contains(&codes[*row as usize])).collect();
                    let found = planes.select(&[(low, high)], 0..n_rows);
                    assert_eq!(rows(&found, n_rows), wanted, "{bits} bits, {low} to {high}");
                    let mut words = Words::of(0..n_rows);
                    planes.compare_with(&Bound::low(low, &planes), &Bound::high(high, &planes), &mut words, compare);
                    assert_eq!(rows(&words.into_words(), n_rows), wanted, "{bits} bits, {low} to {high}");
                }
            }
        }
    }

    #[test]
    fn many_ranges_are_found_by_table_and_by_search() {
        for largest in [200, 60_000, 1 << 40] {
            let codes: Vec<u64> = (0..500).map(|row| scrambled(row) % (largest + 1)).collect();
            let planes = Planes::build(&codes, largest);
            let ranges: Vec<(u64, u64)> =
                (0..20).map(|at| (at * largest / 20, at * largest / 20 + largest / 60)).collect();
            let is_in = |code: u64| ranges.iter().any(|it| (it.0..=it.1).contains(&code));
            let wanted: Vec<u32> = (0..500).filter(|row| is_in(codes[*row as usize])).collect();
            assert!(wanted.len() > 50 && wanted.len() < 450);
            assert_eq!(rows(&planes.select(&ranges, 0..500), 500), wanted, "to {largest}");
            assert_eq!(
                rows(&planes.select_where(0..500, codes.iter().copied().filter(|it| is_in(*it)), is_in), 500),
                wanted,
                "to {largest}"
            );
            // A stretch of them.
            let wanted: Vec<u32> =
                wanted.into_iter().filter_map(|row| row.checked_sub(64)).filter(|row| *row < 130).collect();
            assert_eq!(rows(&planes.select(&ranges, 64..194), 130), wanted, "to {largest}");
            let found = planes.select(&ranges[..2], 64..194);
            assert!(rows(&found, 130).iter().all(|row| wanted.contains(row)));
        }
    }

    #[test]
    fn codes_of_other_lengths_are_not_sound() {
        let none = Planes::of_names(&[], 300);
        assert!(none.is_sound(0) && !none.is_sound(1));
        let planes = Planes::build(&[1, 2, 300], 300);
        assert!(planes.is_sound(3) && !planes.is_sound(2) && !planes.is_sound(4));
        let narrow = Planes::build(&[1, 2, 3], 3);
        assert!(!Planes { spread: narrow.spread.clone(), ..planes.clone() }.is_sound(3));
        assert!(!Planes { bytes: narrow.bytes, ..planes }.is_sound(3));
    }
}
