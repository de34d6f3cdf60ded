//! Floats without rounding: sums, means, and comparisons with decimals.
//!
//! A double is split into [`LIMBS`] whole numbers, each worth `2^32` times the one below it. Every limb is exact in a
//! double, their sums are exact in whole numbers, and the sign of a number given by limbs comes from the highest one
//! down: what lies below can't turn a number that is large already, so that it may be cut and never overflows.
//!
//! Sums are exact for doubles of which no bit lies below `2^-160` and none above `2^127`; zero and infinities aside that
//! is so from 1e-32 to 1e38 in size.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::{Signed, ToPrimitive, Zero};

use super::filter::{Cond, Lowering};
use super::syntax::Type;
use crate::model::{Ranges, float_key, key_float};

/// How many limbs a double has.
const LIMBS: i32 = 9;
/// The exponent of the lowest limb.
const LOWEST: i32 = -160;
const LIMB_BITS: i32 = 32;
/// `2^100`: no decimal is as large.
const BEYOND_DECIMALS: f64 = 1_267_650_600_228_229_401_496_703_205_376.0;
/// The exponent of half of the smallest double.
const HALF_UNIT: i32 = -1075;

impl Lowering<'_> {
    /// The limbs of a finite double, highest first.
    pub(super) fn limbs(&self, double: &str) -> Vec<String> {
        let whole = |exponent: i32| self.syntax.whole_times(double, 2_f64.powi(-exponent));
        let limb = |at: i32| {
            let exponent = LOWEST + at * LIMB_BITS;
            if at == LIMBS - 1 {
                return whole(exponent);
            }
            format!("{} - {} * {}", whole(exponent), whole(exponent + LIMB_BITS), self.syntax.double(4_294_967_296.0))
        };
        (0..LIMBS).rev().map(|at| self.syntax.cast(&limb(at), Type::Int)).collect()
    }

    /// A number that is negative, zero or positive as a double is less than, equal to or more than a decimal; of missing ones missing.
    ///
    /// Exact for every double: those beyond [`BEYOND_DECIMALS`] are cut to it, and those with bits below the lowest limb
    /// are so small that only zero is nearer to zero.
    pub(super) fn float_against(&self, double: &str, decimal: &str, scale: u8) -> String {
        let power = 10_i128.pow(u32::from(scale));
        let (least, most) = (self.syntax.double(-BEYOND_DECIMALS), self.syntax.double(BEYOND_DECIMALS));
        let terms: Vec<String> = (0..LIMBS)
            .rev()
            .zip(self.limbs(&format!("greatest(least({double}, {most}), {least})")))
            .map(|(at, limb)| {
                let limb = self.times(&self.syntax.cast(&limb, Type::Wide), power);
                if LOWEST + at * LIMB_BITS != 0 {
                    return limb;
                }
                let units =
                    format!("{} * {}", self.syntax.cast(decimal, Type::Decimal(scale)), self.whole_number(power));
                format!("{limb} - {}", self.syntax.cast(&units, Type::Wide))
            })
            .collect();
        format!(
            "case when {double} is null or {decimal} is null then null \
             when {decimal} = 0 then case when {double} > 0 then 1 when {double} < 0 then -1 else 0 end else {} end",
            self.sign(&terms)
        )
    }

    pub(super) fn is_infinite(&self, double: &str) -> String {
        format!("{double} in ({}, {})", self.syntax.double(f64::INFINITY), self.syntax.double(f64::NEG_INFINITY))
    }

    /// `limbs / n`, rounded to a double, has its key in these. The limbs are whole numbers, highest first.
    pub(super) fn rounded_in(&self, limbs: &[String], n: Option<&str>, ranges: &Ranges<i64>) -> Cond {
        Cond::any(ranges.as_slice().iter().map(|(low, high)| {
            let (low, high) = (key_float(*low), key_float(*high));
            let above = if low.is_infinite() { Cond::Always } else { self.at_least(limbs, n, low) };
            let below =
                if high.is_infinite() { Cond::Always } else { self.at_least(limbs, n, next_up(high)).negated() };
            Cond::all([above, below])
        }))
    }

    /// What rounds to `bound` or more: beyond the middle between it and the double before, and in the middle if it is even.
    fn at_least(&self, limbs: &[String], n: Option<&str>, bound: f64) -> Cond {
        let before = key_float(float_key(bound).saturating_sub(1));
        let middle = units(before) + units(bound);
        // Past the limbs' range there is nothing to compare.
        if middle.bits() as i64 + i64::from(HALF_UNIT) > 150 {
            return if middle.is_negative() { Cond::Always } else { Cond::Never };
        }
        let sign = self.sign(&self.less(limbs, n, middle));
        let is_even = bound.to_bits() & 1 == 0;
        Cond::one(format!("{sign} {} 0", if is_even { ">=" } else { ">" }))
    }

    /// `limbs - n * middle` as limbs, down to the last bit of the middle, which counts halves of the smallest double.
    fn less(&self, limbs: &[String], n: Option<&str>, mut middle: BigInt) -> Vec<String> {
        // The exponents of limbs aren't those of doubles: what the lowest lacks is shifted in.
        let shift = (LOWEST - HALF_UNIT).rem_euclid(LIMB_BITS);
        middle <<= LIMB_BITS - shift;
        let first = HALF_UNIT - (LIMB_BITS - shift);
        let top = LOWEST + (LIMBS - 1) * LIMB_BITS;
        let base = BigInt::from(1_u64 << LIMB_BITS);
        let mut parts: Vec<i128> = Vec::new();
        for exponent in (first..=top).step_by(LIMB_BITS as usize) {
            if exponent == top {
                parts.push(middle.to_i128().unwrap_or(0));
            } else {
                let part = ((&middle % &base) + &base) % &base;
                middle = (&middle - &part) >> LIMB_BITS;
                parts.push(part.to_i128().unwrap_or(0));
            }
        }
        let needed = parts.iter().position(|it| *it != 0).unwrap_or(parts.len()).min(parts.len() - limbs.len());
        let minus = |part: i128| match (part, n) {
            (0, _) => None,
            (part, None) => Some(self.whole_number(part)),
            (part, Some(n)) => Some(self.times(&self.syntax.cast(n, Type::Wide), part)),
        };
        let below = std::iter::repeat_n(None, parts.len() - needed - limbs.len());
        let limbs = limbs.iter().map(|it| Some(self.syntax.cast(it, Type::Wide))).chain(below);
        let term = |(limb, part): (Option<String>, i128)| match (limb, minus(part)) {
            (None, None) => "0".to_owned(),
            (Some(limb), None) => limb,
            (None, Some(part)) => format!("-({part})"),
            (Some(limb), Some(part)) => format!("{limb} - ({part})"),
        };
        limbs.zip(parts.into_iter().skip(needed).rev()).map(term).collect()
    }

    /// A number of the sign of what the terms come to, highest first.
    fn sign(&self, terms: &[String]) -> String {
        let (most, base) = (1_i128 << 64, 1_i128 << LIMB_BITS);
        let cut = |sum: String| {
            let (least, most) = (self.whole_number(-most), self.whole_number(most));
            format!("greatest(least({sum}, {most}), {least})")
        };
        let wide = |it: &String| self.syntax.cast(it, Type::Wide);
        let Some((first, rest)) = terms.split_first() else { return "0".to_owned() };
        rest.iter().fold(wide(first), |sum, term| {
            // A product of wide numbers may claim more digits than there are.
            let carried = self.syntax.cast(&self.times(&cut(sum), base), Type::Wide);
            self.syntax.cast(&format!("{carried} + {term}"), Type::Wide)
        })
    }

    fn times(&self, wide: &str, number: i128) -> String {
        if number == 1 { wide.to_owned() } else { format!("{wide} * {}", self.whole_number(number)) }
    }

    /// A whole number of the wide type.
    pub(super) fn whole_number(&self, number: i128) -> String {
        let literal = self.syntax.decimal(number, 0);
        self.syntax.cast(&literal, Type::Wide)
    }
}

impl Cond {
    /// The opposite of what is never missing.
    fn negated(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::One(sql) => Self::One(format!("not ({sql})")),
            Self::All(parts) => Self::One(format!("not ({})", parts.join(" and "))),
        }
    }
}

fn next_up(double: f64) -> f64 {
    key_float(float_key(double).saturating_add(1))
}

/// A double in units of the smallest one, infinity as the double that would come after the largest. The sum of two counts halves of the unit in their middle.
fn units(double: f64) -> BigInt {
    let bits = double.abs().to_bits();
    let exponent = (bits >> 52) as usize;
    let mantissa = if exponent == 0 { bits } else { bits & ((1 << 52) - 1) | 1 << 52 };
    if mantissa.is_zero() {
        return BigInt::zero();
    }
    let size = BigInt::from(mantissa) << exponent.saturating_sub(1);
    if double < 0.0 { -size } else { size }
}
