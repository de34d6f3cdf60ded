//! Chance that can be had again: random numbers for a part of a table, facts of a person, shuffled numbers.
//!
//! Only integers, products, quotients and square roots are used, which give the same bits on every machine.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random numbers of one part of one table. Parts don't share any, so that they can be made in any order.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, table: u64, part: u64) -> Self {
        let mut key = [0; 32];
        for (place, number) in key.chunks_exact_mut(8).zip([seed, table, part]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// One of `0..n`, evenly; 0 of nothing.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        scale(self.bits(), n)
    }

    /// A number above 0 and at most 1, evenly.
    pub(super) fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Whether an event of this chance happens.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < u64::from(chance)
    }

    /// A value that is there with this chance.
    pub(super) fn maybe<T>(&mut self, chance: u32, value: T) -> Option<T> {
        self.percent(chance).then_some(value)
    }

    /// One of the values, by weight.
    pub(super) fn pick<T: Copy>(&mut self, values: &[(T, u32)]) -> Option<T> {
        pick(self.bits(), values)
    }

    /// One of `0..n`, the small ones oftener: each doubling of the number has an equal share, as by Zipf's law.
    pub(super) fn rank(&mut self, n: u64) -> u64 {
        rank(|| self.bits(), n)
    }

    /// Seconds back from now: within `days`, and the denser the nearer to now.
    pub(super) fn seconds_back(&mut self, days: u32) -> i64 {
        let u = self.unit();
        (f64::from(days) * 86_400.0 * u * u) as i64
    }

    /// A heavy-tailed amount around `median`: one in five is over four times, one in a hundred over a hundred times as much.
    pub(super) fn heavy(&mut self, median: f64) -> f64 {
        heavy(self.unit(), median)
    }
}

/// The log-logistic value of a uniform one.
pub(super) fn heavy(u: f64, median: f64) -> f64 {
    median * (1.0 / u - 1.0)
}

pub(super) fn unit(bits: u64) -> f64 {
    ((bits >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

pub(super) fn scale(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

pub(super) fn pick<T: Copy>(bits: u64, values: &[(T, u32)]) -> Option<T> {
    let total: u64 = values.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut at = scale(bits, total);
    for (value, weight) in values {
        match at.checked_sub(u64::from(*weight)) {
            Some(rest) => at = rest,
            None => return Some(*value),
        }
    }
    None
}

pub(super) fn rank(mut bits: impl FnMut() -> u64, n: u64) -> u64 {
    if n <= 1 {
        return 0;
    }
    let doublings = u64::from(n.ilog2()) + 1;
    loop {
        let bits = bits();
        let low = 1_u64 << scale(bits, doublings);
        // The low bits are as good as independent of the high ones that chose the doubling.
        let rank = low + (bits & (low - 1)) - 1;
        if rank < n {
            return rank;
        }
    }
}

/// Random bits that depend on these numbers alone (the finisher of SplitMix64).
pub(super) fn mix(seed: u64, salt: u64, index: u64) -> u64 {
    let mut z = seed ^ salt.wrapping_mul(0xd6e8_feb8_6659_fd93);
    for number in [index, salt] {
        z = z.wrapping_add(number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
    }
    z
}

/// The numbers `0..n` in random order, without holding them: a Feistel network that walks until it is within.
pub(super) struct Shuffle {
    n: u64,
    half_bits: u32,
    keys: [u64; 4],
}

impl Shuffle {
    pub(super) fn new(n: u64, seed: u64, salt: u64) -> Self {
        let bits = 64 - n.saturating_sub(1).leading_zeros();
        Self { n, half_bits: bits.div_ceil(2).max(1), keys: [0, 1, 2, 3].map(|round| mix(seed, salt, round)) }
    }

    /// The number at a place below `n`; each is at one place.
    pub(super) fn at(&self, place: u64) -> u64 {
        debug_assert!(place < self.n);
        let mask = (1_u64 << self.half_bits) - 1;
        let mut number = place;
        loop {
            let (mut left, mut right) = (number >> self.half_bits, number & mask);
            for key in self.keys {
                (left, right) = (right, left ^ (round(right, key) & mask));
            }
            number = left << self.half_bits | right;
            if number < self.n {
                return number;
            }
        }
    }
}

fn round(half: u64, key: u64) -> u64 {
    let z = (half ^ key).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (z ^ (z >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_has_each_number_once() {
        for n in [1, 2, 5, 100, 4_097] {
            let shuffle = Shuffle::new(n, 1, 2);
            let mut numbers: Vec<u64> = (0..n).map(|place| shuffle.at(place)).collect();
            if n > 50 {
                assert!(numbers.windows(2).filter(|it| it[0] < it[1]).count() < n as usize * 6 / 10);
            }
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..n));
        }
    }

    #[test]
    fn ranks_follow_zipf() {
        let mut dice = Dice::new(1, 0, 0);
        let mut counts = [0; 3];
        for _ in 0..10_000 {
            let rank = dice.rank(1_000);
            assert!(rank < 1_000);
            if let Some(count) = counts.get_mut(rank as usize) {
                *count += 1;
            }
        }
        // Ten doublings: about a tenth is rank 0, a twentieth each of the next two.
        assert!((900..1_200).contains(&counts[0]) && (400..650).contains(&counts[1]), "{counts:?}");
    }
}
