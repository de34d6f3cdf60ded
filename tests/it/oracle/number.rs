//! Numbers by rule 5.8: exact, and floats as IEEE 754.

use std::cmp::Ordering;
use std::str::FromStr;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, Signed, Zero};

use crate::value::V;

/// The digits of a literal without its underscores.
fn plain(text: &str) -> String {
    text.replace('_', "").trim_start_matches('+').to_owned()
}

/// A literal's exact value.
pub fn exact(text: &str) -> BigDecimal {
    BigDecimal::from_str(&plain(text)).unwrap_or_else(|_| panic!("no number: {text}"))
}

/// A literal's nearest double.
pub fn nearest(text: &str) -> f64 {
    plain(text).parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// A number of the book against a literal.
pub fn against_literal(value: &V, literal: &str) -> Ordering {
    match value {
        V::Int(value) => BigDecimal::from(*value).cmp(&exact(literal)),
        V::Dec(value) => value.cmp(&exact(literal)),
        V::Float(value) => value.partial_cmp(&nearest(literal)).expect("no NaN in a book"),
        other => panic!("no number: {other:?}"),
    }
}

/// Two numbers of the book, of whatever types.
pub fn against_number(a: &V, b: &V) -> Ordering {
    // Only a double can be beyond all exact numbers.
    let beyond = |it: &V| match it {
        V::Float(value) if value.is_infinite() => *value,
        _ => 0.0,
    };
    if beyond(a) != 0.0 || beyond(b) != 0.0 {
        return beyond(a).partial_cmp(&beyond(b)).expect("no NaN in a book");
    }
    to_exact(a).cmp(&to_exact(b))
}

/// The exact value of any finite number.
pub fn to_exact(value: &V) -> BigDecimal {
    match value {
        V::Int(value) => BigDecimal::from(*value),
        V::Dec(value) => value.clone(),
        V::Float(value) => of_double(*value),
        other => panic!("no number: {other:?}"),
    }
}

fn of_double(value: f64) -> BigDecimal {
    assert!(value.is_finite());
    let bits = value.to_bits();
    let field = (bits >> 52 & 0x7ff) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if field == 0 { (fraction, -1074) } else { (fraction | 1 << 52, field - 1075) };
    let mantissa = if value < 0.0 { -BigInt::from(mantissa) } else { BigInt::from(mantissa) };
    if exponent >= 0 {
        BigDecimal::from(mantissa << exponent as u64)
    } else {
        // m / 2^k = m * 5^k / 10^k
        BigDecimal::new(mantissa * BigInt::from(5).pow((-exponent) as u32), -exponent)
    }
}

/// The sum of present numbers of one type; of doubles the exact sum rounded once, with infinities as IEEE 754 has them.
/// None where that is no number.
pub fn sum(values: &[V]) -> Option<V> {
    total(values).map(|it| match it {
        Total::Exact(sum) => V::Dec(sum),
        Total::OfDoubles(sum) => V::Float(round(&sum, 1)),
        Total::Infinite(value) => V::Float(value),
    })
}

/// How the mean of present numbers stands to a literal. None where there is no mean.
pub fn mean_against(values: &[V], literal: &str) -> Option<Ordering> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as u64;
    total(values).map(|it| match it {
        Total::Exact(sum) => sum.cmp(&(exact(literal) * BigDecimal::from(n))),
        Total::OfDoubles(sum) => round(&sum, n).partial_cmp(&nearest(literal)).expect("finite or infinite"),
        Total::Infinite(value) => value.partial_cmp(&nearest(literal)).expect("infinite"),
    })
}

enum Total {
    Exact(BigDecimal),
    OfDoubles(BigDecimal),
    Infinite(f64),
}

fn total(values: &[V]) -> Option<Total> {
    let mut sum = BigDecimal::zero();
    let mut doubles = false;
    let mut infinite = 0.0_f64;
    for value in values {
        match value {
            V::Float(value) if value.is_infinite() => infinite += value,
            V::Float(value) => {
                doubles = true;
                sum += of_double(*value);
            }
            other => sum += to_exact(other),
        }
    }
    if infinite.is_nan() {
        None
    } else if infinite != 0.0 {
        Some(Total::Infinite(infinite))
    } else if doubles {
        Some(Total::OfDoubles(sum))
    } else {
        Some(Total::Exact(sum))
    }
}

/// The double nearest to `sum / n`.
///
/// 1,200 digits after the point decide: a quotient that lies nearer than that to the middle between two doubles is the middle.
fn round(sum: &BigDecimal, n: u64) -> f64 {
    let (digits, _) = sum.with_scale(1_200).into_bigint_and_exponent();
    let quotient = digits.abs() / BigInt::from(n);
    let size: f64 = format!("{quotient}e-1200").parse().expect("a decimal number");
    if sum.is_negative() { -size } else { size }
}
