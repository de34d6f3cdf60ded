//! Exact sums and quotients, rounded once.

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::num_traits::{Signed, ToPrimitive, Zero};

/// The exponent of the smallest double's unit: every finite double is a whole multiple of 2^-1074.
const UNIT: i64 = -1074;
const MANTISSA_BITS: u32 = 52;
const N_EXPONENTS: usize = 2047;

/// An exact sum of doubles: one whole number for each exponent, so that neither order nor grouping shows.
///
/// 32 KiB; `2^74` doubles fit.
#[derive(Debug, Clone)]
pub(super) struct ExactSum {
    by_exponent: Vec<i128>,
    plus_infinity: bool,
    minus_infinity: bool,
}

impl ExactSum {
    pub(super) fn new() -> Self {
        Self { by_exponent: vec![0; N_EXPONENTS], plus_infinity: false, minus_infinity: false }
    }

    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = Self::new();
        for value in values {
            sum.add(value);
        }
        sum
    }

    pub(super) fn add(&mut self, value: f64) {
        if value.is_infinite() {
            if value > 0.0 {
                self.plus_infinity = true;
            } else {
                self.minus_infinity = true;
            }
            return;
        }
        let (exponent, mantissa) = parts(value);
        self.by_exponent[exponent] += i128::from(mantissa);
    }

    pub(super) fn merge(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.by_exponent.iter_mut().zip(&other.by_exponent) {
            *mine += theirs;
        }
        self.plus_infinity |= other.plus_infinity;
        self.minus_infinity |= other.minus_infinity;
        self
    }

    /// The sum over `n`, rounded once; none if opposite infinities meet, or of none.
    pub(super) fn over(&self, n: u64) -> Option<f64> {
        match (self.plus_infinity, self.minus_infinity) {
            _ if n == 0 => None,
            (true, true) => None,
            (true, false) => Some(f64::INFINITY),
            (false, true) => Some(f64::NEG_INFINITY),
            (false, false) => Some(nearest_double(self.units(), BigInt::from(n) << -UNIT)),
        }
    }

    /// The sum in units of 2^-1074.
    fn units(&self) -> BigInt {
        let mut sum = BigInt::zero();
        let mut at = N_EXPONENTS - 1;
        for (exponent, part) in self.by_exponent.iter().enumerate().rev() {
            if *part != 0 {
                // Exponents 0 and 1 share one unit: the smallest doubles have no hidden bit.
                let exponent = exponent.max(1);
                sum <<= at - exponent;
                sum += *part;
                at = exponent;
            }
        }
        sum << (at - 1)
    }
}

/// A finite double in units of 2^-1074.
pub(super) fn units_of(value: f64) -> BigInt {
    let (exponent, mantissa) = parts(value);
    BigInt::from(mantissa) << exponent.saturating_sub(1)
}

/// How many units of [`units_of`] make 1.
pub(super) fn units_in_one() -> BigInt {
    BigInt::from(1) << -UNIT
}

/// `10^scale`
pub(super) fn power_of_ten(scale: u8) -> BigInt {
    BigInt::from(10).pow(u32::from(scale))
}

/// Biased exponent and signed mantissa: `value = mantissa * 2^(max(exponent, 1) - 1) * 2^-1074`.
fn parts(value: f64) -> (usize, i64) {
    let bits = value.to_bits();
    let exponent = (bits >> MANTISSA_BITS & 0x7FF) as usize;
    let mut mantissa = (bits & ((1 << MANTISSA_BITS) - 1)) as i64;
    if exponent > 0 {
        mantissa |= 1 << MANTISSA_BITS;
    }
    (exponent.min(N_EXPONENTS - 1), if value.is_sign_negative() { -mantissa } else { mantissa })
}

/// The double nearest to `numerator / denominator`, ties to even; the denominator is positive.
pub(super) fn nearest_double(numerator: BigInt, denominator: BigInt) -> f64 {
    let negative = numerator.sign() == Sign::Minus;
    let numerator = numerator.abs();
    if numerator.is_zero() {
        return 0.0;
    }
    // A quotient of 66 or 67 bits: 53 to keep, and enough below to round by.
    let shift = 66 - (numerator.bits() as i64 - denominator.bits() as i64);
    let (numerator, denominator) =
        if shift >= 0 { (numerator << shift, denominator) } else { (numerator, denominator << -shift) };
    let quotient = &numerator / &denominator;
    let inexact = !(&numerator - &quotient * &denominator).is_zero();
    let quotient = quotient.to_u128().unwrap_or(0);
    let top = 127 - i64::from(quotient.leading_zeros()) - shift;
    let unit = (top - i64::from(MANTISSA_BITS)).max(UNIT);
    let drop = unit + shift;
    if drop > 120 {
        return if negative { -0.0 } else { 0.0 };
    }
    let mut mantissa = (quotient >> drop) as u64;
    let (rest, half) = (quotient & ((1 << drop) - 1), 1_u128 << (drop - 1));
    if rest > half || (rest == half && (inexact || mantissa & 1 == 1)) {
        mantissa += 1;
    }
    let value = double(mantissa, unit);
    if negative { -value } else { value }
}

/// `mantissa * 2^unit`, the mantissa of at most 53 bits or 2^53 itself.
fn double(mantissa: u64, unit: i64) -> f64 {
    let (mantissa, unit) =
        if mantissa >> (MANTISSA_BITS + 1) != 0 { (mantissa >> 1, unit + 1) } else { (mantissa, unit) };
    if mantissa >> MANTISSA_BITS == 0 {
        return f64::from_bits(mantissa);
    }
    let exponent = unit - UNIT + 1;
    if exponent >= 0x7FF {
        return f64::INFINITY;
    }
    f64::from_bits((exponent as u64) << MANTISSA_BITS | (mantissa & ((1 << MANTISSA_BITS) - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> Option<f64> {
        ExactSum::of(values.iter().copied()).over(1)
    }

    #[test]
    fn sums_are_exact_and_rounded_once() {
        assert_eq!(sum(&[1e300, 1.0, -1e300]), Some(1.0));
        assert_eq!(sum(&[0.1; 10]), Some(1.0));
        assert_eq!(ExactSum::of([0.1; 10]).over(10), Some(0.1));
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), Some(f64::MAX));
        assert_eq!(sum(&[f64::MAX, f64::MAX]), Some(f64::INFINITY));
        assert_eq!(ExactSum::of([f64::MAX, f64::MAX]).over(2), Some(f64::MAX));
        assert_eq!(sum(&[5e-324, 5e-324]), Some(1e-323));
        assert_eq!(sum(&[f64::MIN_POSITIVE, -5e-324]), Some(f64::MIN_POSITIVE - 5e-324));
        assert_eq!(sum(&[f64::INFINITY, f64::NEG_INFINITY]), None);
        assert_eq!(sum(&[f64::NEG_INFINITY, 1.0]), Some(f64::NEG_INFINITY));
        assert_eq!(sum(&[]), Some(0.0));
        // 2^53 + 1 lies between two doubles: ties go to the even one, anything more to the next.
        assert_eq!(sum(&[9_007_199_254_740_992.0, 1.0]), Some(9_007_199_254_740_992.0));
        assert_eq!(sum(&[9_007_199_254_740_992.0, 1.0, 1e-300]), Some(9_007_199_254_740_994.0));
    }

    #[test]
    fn quotients_round_to_nearest() {
        let quotient = |a: i64, b: i64| nearest_double(BigInt::from(a), BigInt::from(b));
        assert_eq!(quotient(1, 3), 1.0 / 3.0);
        assert_eq!(quotient(-7, 10), -0.7);
        assert_eq!(quotient(0, 5), 0.0);
        assert_eq!(quotient(i64::MAX, 1), 9_223_372_036_854_775_808.0);
        assert_eq!(nearest_double(units_of(-2.5e-310), units_in_one()), -2.5e-310);
        assert_eq!(nearest_double(BigInt::from(1), BigInt::from(1) << 1076), 0.0);
    }
}
