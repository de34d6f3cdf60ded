//! Bits taken out from where a mask has them, close together, and put back: "compress" and "expand" of Warren,
//! "Hacker's Delight" (2nd edition, 2012, 7-4 and 7-5), which processors know as PEXT and PDEP.
//!
//! Both are compiled twice: with that instruction where it is asked for at run time, and with a step a bit of the mask;
//! with `--cfg portable_kernels` the second runs everywhere.

/// The bits of `words` at the set bits of `mask`, in order from bit 0 of the first word on.
///
/// Cost: a few steps a word; where there is no such instruction, a step a bit of the mask.
pub(super) fn compress(words: &[u64], mask: &[u64]) -> Vec<u64> {
    #[cfg(target_arch = "x86_64")]
    if bmi2::is_there() {
        return bmi2::compress(words, mask);
    }
    compressed(words, mask, portable::compress)
}

/// The first bits of `words` at the set bits of `mask`, in order.
///
/// Cost: that of [`compress`].
pub(super) fn expand(words: &[u64], mask: &[u64]) -> Vec<u64> {
    #[cfg(target_arch = "x86_64")]
    if bmi2::is_there() {
        return bmi2::expand(words, mask);
    }
    expanded(words, mask, portable::expand)
}

#[inline(always)]
fn compressed(words: &[u64], mask: &[u64], compress: impl Fn(u64, u64) -> u64) -> Vec<u64> {
    let mut out = Vec::with_capacity(words.len());
    let (mut filling, mut n_bits) = (0, 0);
    for (word, mask) in words.iter().zip(mask) {
        let bits = compress(*word, *mask);
        filling |= bits << n_bits;
        n_bits += mask.count_ones();
        if n_bits >= 64 {
            out.push(filling);
            n_bits -= 64;
            filling = bits.checked_shr(mask.count_ones() - n_bits).unwrap_or(0);
        }
    }
    if n_bits > 0 {
        out.push(filling);
    }
    out
}

#[inline(always)]
fn expanded(words: &[u64], mask: &[u64], expand: impl Fn(u64, u64) -> u64) -> Vec<u64> {
    let word = |at: usize| words.get(at).copied().unwrap_or(0);
    let mut n_bits = 0;
    let next = |mask: &u64| {
        let (at, shift) = (n_bits / 64, n_bits % 64);
        n_bits += mask.count_ones() as usize;
        let beyond = word(at + 1).checked_shl(64 - shift as u32).unwrap_or(0);
        expand(word(at) >> shift | beyond, *mask)
    };
    mask.iter().map(next).collect()
}

mod portable {
    pub(super) fn compress(word: u64, mut mask: u64) -> u64 {
        let (mut out, mut n_bits) = (0, 0);
        while mask != 0 {
            out |= (word >> mask.trailing_zeros() & 1) << n_bits;
            mask &= mask - 1;
            n_bits += 1;
        }
        out
    }

    pub(super) fn expand(mut word: u64, mut mask: u64) -> u64 {
        let mut out = 0;
        while mask != 0 && word != 0 {
            out |= (word & 1) << mask.trailing_zeros();
            mask &= mask - 1;
            word >>= 1;
        }
        out
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "a function made for a processor is called after asking whether this is one")]
mod bmi2 {
    use std::arch::x86_64::{_pdep_u64, _pext_u64};

    pub(super) fn is_there() -> bool {
        !cfg!(portable_kernels) && is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("popcnt")
    }

    pub(super) fn compress(words: &[u64], mask: &[u64]) -> Vec<u64> {
        #[target_feature(enable = "bmi2,popcnt")]
        fn with_bmi2(words: &[u64], mask: &[u64]) -> Vec<u64> {
            super::compressed(words, mask, |word, mask| _pext_u64(word, mask))
        }
        debug_assert!(is_there());
        // SAFETY: `is_there` said so before it was called.
        unsafe { with_bmi2(words, mask) }
    }

    pub(super) fn expand(words: &[u64], mask: &[u64]) -> Vec<u64> {
        #[target_feature(enable = "bmi2,popcnt")]
        fn with_bmi2(words: &[u64], mask: &[u64]) -> Vec<u64> {
            super::expanded(words, mask, |word, mask| _pdep_u64(word, mask))
        }
        debug_assert!(is_there());
        // SAFETY: `is_there` said so before it was called.
        unsafe { with_bmi2(words, mask) }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn bits(words: &[u64]) -> Vec<bool> {
        words.iter().flat_map(|word| (0..64).map(move |at| word >> at & 1 == 1)).collect()
    }

    /// Held against single bits, with masks of no, some and all bits.
    #[test]
    fn bits_go_together_and_back_on_every_processor() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        type Operation = fn(&[u64], &[u64]) -> Vec<u64>;
        let compress: [Operation; 2] = [compress, |words, mask| compressed(words, mask, portable::compress)];
        let expand: [Operation; 2] = [expand, |words, mask| expanded(words, mask, portable::expand)];
        for n_words in [0, 1, 2, 9, 40] {
            for _ in 0..50 {
                let words: Vec<u64> = (0..n_words).map(|_| rng.random()).collect();
                let mask: Vec<u64> = (0..n_words)
                    .map(|_| match rng.random_range(0..5) {
                        0 => 0,
                        1 => u64::MAX,
                        2 => rng.random::<u64>() & rng.random::<u64>() & rng.random::<u64>(),
                        _ => rng.random(),
                    })
                    .collect();
                let taken: Vec<bool> =
                    bits(&words).into_iter().zip(bits(&mask)).filter_map(|(bit, is_in)| is_in.then_some(bit)).collect();
                let within: Vec<u64> = words.iter().zip(&mask).map(|(word, mask)| word & mask).collect();
                for (compress, expand) in compress.iter().zip(&expand) {
                    let together = compress(&words, &mask);
                    assert_eq!(together.len(), taken.len().div_ceil(64));
                    assert!(bits(&together).into_iter().eq(
                        taken.iter().copied().chain(std::iter::repeat_n(false, together.len() * 64 - taken.len()))
                    ));
                    assert_eq!(expand(&together, &mask), within);
                }
            }
        }
    }
}
