//! [`Decimals`]: doubles that are decimal numbers of few digits, as whole numbers of the last digit.

use super::stored::stored;
use crate::model::{float_key, key_float};

/// How many digits after the point the doubles of a shard have, whose keys are thus kept as whole numbers.
///
/// A double that was once `21.37` takes eight bytes, and `2137` two. After ALP (Afroozeh, Kuffó, Boncz: "ALP: Adaptive
/// Lossless floating-Point Compression", SIGMOD 2023), without its exceptions: all keys of a shard are such, or none is taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimals {
    digits: u32,
}

stored!(struct Decimals { digits });

/// 10 to the power of the place; each is exact.
const POWERS: [f64; 9] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
/// Below it whole numbers of a last digit are far enough apart to be of different doubles.
const END: f64 = (1_u64 << 48) as f64;
/// Keys that are looked at to see which digits there may be.
const SAMPLE: usize = 64;

impl Decimals {
    /// The fewest digits that bring back each of these keys; none if none do.
    ///
    /// Cost: a look at a few keys, and at all if these are decimals.
    pub(super) fn of(keys: impl Iterator<Item = i64> + Clone) -> Option<Self> {
        let all = (0..POWERS.len() as u32).map(|digits| Self { digits });
        let mut likely = all.filter(|it| it.gives(keys.clone().take(SAMPLE)));
        likely.find(|it| it.gives(keys.clone()))
    }

    fn gives(self, mut keys: impl Iterator<Item = i64>) -> bool {
        keys.all(|key| self.units(key).is_some())
    }

    /// The whole number of a key, if it brings it back.
    pub(super) fn units(self, key: i64) -> Option<i64> {
        let units = (key_float(key) * self.power()).round();
        (units.abs() < END && self.key(units as i64) == key).then_some(units as i64)
    }

    /// The key of a whole number.
    #[inline]
    pub(super) fn key(self, units: i64) -> i64 {
        float_key(units as f64 / self.power())
    }

    /// The smallest whole number from `first` to `last` whose key isn't below this one; `last + 1` if there is none.
    pub(super) fn at_least(self, key: i64, first: i64, last: i64) -> i64 {
        let (mut low, mut high) = (first, last.saturating_add(1));
        while low < high {
            // Rounded down, below 0 too: the standard library's midpoint is nearer to 0, and might be `high`.
            let middle = low.wrapping_add_unsigned(high.abs_diff(low) / 2);
            if self.key(middle) < key { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Whether there can be so many digits.
    pub(super) fn is_sound(self) -> bool {
        (self.digits as usize) < POWERS.len()
    }

    fn power(self) -> f64 {
        POWERS.get(self.digits as usize).copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Option<Decimals> {
        Decimals::of(values.iter().map(|it| float_key(*it)))
    }

    #[test]
    fn the_fewest_digits_that_bring_all_back() {
        assert_eq!(of(&[]), Some(Decimals { digits: 0 }));
        assert_eq!(of(&[0.0, -0.0, 7.0, -12.0]), Some(Decimals { digits: 0 }));
        assert_eq!(of(&[22.166, 81.389, 0.3, -0.001]), Some(Decimals { digits: 3 }));
        // Beyond what is looked at first.
        let mut many = vec![1.5; 1_000];
        many[900] = 0.25;
        assert_eq!(of(&many), Some(Decimals { digits: 2 }));
        many[900] = 1.0 / 3.0;
        assert_eq!(of(&many), None);
        for odd in [f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, 1e15, 0.1 + 0.2, 5e-324] {
            assert_eq!(of(&[1.0, odd]), None, "{odd}");
        }
    }

    #[test]
    fn ends_are_those_of_a_search_one_by_one() {
        let decimals = Decimals { digits: 1 };
        for tenths in -25..25 {
            for key in [-1, 0, 1].map(|by| decimals.key(tenths) + by) {
                let found = (-20..=20).find(|it| decimals.key(*it) >= key).unwrap_or(21);
                assert_eq!(decimals.at_least(key, -20, 20), found, "{tenths} {key}");
            }
        }
    }
}
