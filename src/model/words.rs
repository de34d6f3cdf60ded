//! Sets of rows as plain bits: bit `i` of word `w` is row `64 w + i`.
//!
//! Most operations count what they leave in the same pass. Each is compiled twice: for every processor, and for those that
//! count bits by an instruction and have registers of 32 bytes; which of them runs is asked at run time. Compiled with
//! `--cfg portable_kernels` it is the first everywhere, so that instructions can be counted alike on all machines.

/// Writes each operation with a way in that picks the one made for the processor at hand.
macro_rules! operations {
    ($($(#[doc = $doc:literal])+ fn $name:ident($($arg:ident: $type:ty),+) $(-> $out:ty)? $body:block)+) => {
        $(
            $(#[doc = $doc])+
            pub(crate) fn $name($($arg: $type),+) $(-> $out)? {
                #[cfg(target_arch = "x86_64")]
                if avx2::is_there() {
                    return avx2::$name($($arg),+);
                }
                portable::$name($($arg),+)
            }
        )+

        mod portable {
            use super::Write;

            $(
                #[inline(always)]
                pub(super) fn $name($($arg: $type),+) $(-> $out)? $body
            )+
        }

        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "a function made for a processor is called after asking whether this is one")]
        mod avx2 {
            use super::{Write, portable};

            pub(super) fn is_there() -> bool {
                !cfg!(portable_kernels) && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt")
            }

            $(
                pub(super) fn $name($($arg: $type),+) $(-> $out)? {
                    #[target_feature(enable = "avx2,popcnt")]
                    fn with_avx2($($arg: $type),+) $(-> $out)? {
                        portable::$name($($arg),+)
                    }
                    debug_assert!(is_there());
                    // SAFETY: `is_there` said so before it was called.
                    unsafe { with_avx2($($arg),+) }
                }
            )+
        }
    };
}

operations! {
    /// How many bits are set.
    fn count(a: &[u64]) -> u64 {
        a.iter().map(|it| u64::from(it.count_ones())).sum()
    }

    /// How many bits are set in both.
    fn count_and(a: &[u64], b: &[u64]) -> u64 {
        a.iter().zip(b).map(|(a, b)| u64::from((a & b).count_ones())).sum()
    }

    /// Leaves the bits that are set in both, as far as both go; answers how many.
    fn and(a: &mut [u64], b: &[u64]) -> u64 {
        let mut n = 0;
        for (a, b) in a.iter_mut().zip(b) {
            *a &= b;
            n += u64::from(a.count_ones());
        }
        n
    }

    /// Clears the bits that are set in `b`; answers how many are left as far as both go.
    fn and_not(a: &mut [u64], b: &[u64]) -> u64 {
        let mut n = 0;
        for (a, b) in a.iter_mut().zip(b) {
            *a &= !b;
            n += u64::from(a.count_ones());
        }
        n
    }

    /// Sets the bits that are set in `b`; answers how many are set as far as both go.
    fn or(a: &mut [u64], b: &[u64]) -> u64 {
        let mut n = 0;
        for (a, b) in a.iter_mut().zip(b) {
            *a |= b;
            n += u64::from(a.count_ones());
        }
        n
    }

    /// Writes over `a` what it becomes with `b`, whose words that aren't there are zero.
    fn write(a: &mut [u64], how: Write, b: &[u64]) {
        let (within, beyond) = a.split_at_mut(b.len());
        match how {
            Write::Set => {
                within.copy_from_slice(b);
                beyond.fill(0);
            }
            Write::SetNot => {
                within.iter_mut().zip(b).for_each(|(a, b)| *a = !b);
                beyond.fill(u64::MAX);
            }
            Write::And => {
                within.iter_mut().zip(b).for_each(|(a, b)| *a &= b);
                beyond.fill(0);
            }
            Write::AndNot => within.iter_mut().zip(b).for_each(|(a, b)| *a &= !b),
            Write::Or => within.iter_mut().zip(b).for_each(|(a, b)| *a |= b),
            Write::OrNot => {
                within.iter_mut().zip(b).for_each(|(a, b)| *a |= !b);
                beyond.fill(u64::MAX);
            }
        }
    }
}

/// What [`write`] makes of the words that were there and others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// The others.
    Set,
    /// What the others haven't.
    SetNot,
    /// What both have.
    And,
    /// What the others haven't of what was there.
    AndNot,
    /// What either has.
    Or,
    /// What was there, and what the others haven't.
    OrNot,
}

impl Write {
    /// The same with the complement of the others.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Set => Self::SetNot,
            Self::SetNot => Self::Set,
            Self::And => Self::AndNot,
            Self::AndNot => Self::And,
            Self::Or => Self::OrNot,
            Self::OrNot => Self::Or,
        }
    }
}

/// Whether `row` is in.
pub(super) fn contains(words: &[u64], row: u32) -> bool {
    words.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

/// The rows `0..n_rows`.
pub(super) fn full(n_rows: u32) -> Vec<u64> {
    let mut words = vec![0; (n_rows as usize).div_ceil(64)];
    if let Some(last) = n_rows.checked_sub(1) {
        set_range(&mut words, 0, last);
    }
    words
}

/// Sets the bits of a range that lies within the words.
pub(super) fn set_range(words: &mut [u64], from: u32, to: u32) {
    let (first, last) = (from as usize / 64, to as usize / 64);
    for (at, word) in words.iter_mut().enumerate().take(last + 1).skip(first) {
        let low = if at == first { u64::MAX << (from % 64) } else { u64::MAX };
        let high = if at == last { u64::MAX >> (63 - to % 64) } else { u64::MAX };
        *word |= low & high;
    }
}

/// The set bits of words in increasing order: bit `i` of word `w` is `64 w + i`.
#[derive(Debug, Clone)]
pub struct BitRows<'a> {
    words: std::slice::Iter<'a, u64>,
    left: u64,
    /// The first row after the word at hand.
    end: u32,
}

impl<'a> BitRows<'a> {
    /// Those of these words, of which there are at most 2^26.
    #[must_use]
    pub fn of(words: &'a [u64]) -> Self {
        Self { words: words.iter(), left: 0, end: 0 }
    }
}

impl Iterator for BitRows<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.left == 0 {
            self.left = *self.words.next()?;
            self.end += 64;
        }
        let bit = self.left.trailing_zeros();
        self.left &= self.left - 1;
        Some(self.end - 64 + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type OfBits = fn(bool, bool) -> bool;

    fn scrambled(seed: u64) -> Vec<u64> {
        (0..37_u64).map(|at| (at + seed).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31)).collect()
    }

    #[test]
    fn operations_are_those_of_single_bits_on_every_processor() {
        let (a, b) = (scrambled(1), scrambled(99));
        let bits = |is_in: &dyn Fn(u32) -> bool| (0..37 * 64).filter(|row| is_in(*row)).collect::<Vec<u32>>();
        type Operation = fn(&mut [u64], &[u64]) -> u64;
        let all: [(Operation, Operation, OfBits); 3] = [
            (and, portable::and, |a, b| a && b),
            (and_not, portable::and_not, |a, b| a && !b),
            (or, portable::or, |a, b| a || b),
        ];
        for (picked, portable, single) in all {
            let wanted = bits(&|row| single(contains(&a, row), contains(&b, row)));
            for operation in [picked, portable] {
                let mut found = a.clone();
                assert_eq!(operation(&mut found, &b), wanted.len() as u64);
                assert_eq!(BitRows::of(&found).collect::<Vec<u32>>(), wanted);
            }
        }
        let both = bits(&|row| contains(&a, row) && contains(&b, row)).len() as u64;
        assert_eq!((count_and(&a, &b), portable::count_and(&a, &b)), (both, both));
        let n = bits(&|row| contains(&a, row)).len() as u64;
        assert_eq!((count(&a), portable::count(&a)), (n, n));
    }

    #[test]
    fn words_are_written_over_as_single_bits_are() {
        let (a, others) = (scrambled(1), scrambled(99));
        let ways: [(Write, OfBits); 3] =
            [(Write::Set, |_, b| b), (Write::And, |a, b| a && b), (Write::Or, |a, b| a || b)];
        for n_words in [0, 1, 20, 37] {
            let b = &others[..n_words];
            for (how, single) in ways {
                for (how, has) in [(how, true), (how.negated(), false)] {
                    assert_eq!(how.negated().negated(), how);
                    let is_in = |row: &u32| single(contains(&a, *row), contains(b, *row) == has);
                    let wanted: Vec<u32> = (0..37 * 64).filter(is_in).collect();
                    for write in [write, portable::write] {
                        let mut found = a.clone();
                        write(&mut found, how, b);
                        assert_eq!(BitRows::of(&found).collect::<Vec<u32>>(), wanted, "{how:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn ranges_have_both_ends() {
        for (from, to) in [(0, 0), (0, 63), (0, 64), (5, 9), (63, 64), (60, 200), (128, 191), (255, 255)] {
            let mut words = vec![0; 4];
            set_range(&mut words, from, to);
            assert_eq!(BitRows::of(&words).collect::<Vec<u32>>(), (from..=to).collect::<Vec<u32>>());
        }
    }
}
