//! Exact numbers, and the order-preserving integer keys that number columns are stored as.

use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};

/// How a number column's keys are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// The key is the number.
    Int,
    /// The key is the number times `10^scale`.
    Decimal {
        /// Digits after the point.
        scale: u8,
    },
    /// The key is [`float_key`] of the double.
    Float,
}

/// The order-preserving key of a double: `a < b` exactly when `float_key(a) < float_key(b)`; −0 and 0 share one key.
///
/// NaN has no place in the order; loading reads it as missing.
#[must_use]
pub fn float_key(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The double that a [`float_key`] stands for.
#[must_use]
pub fn key_float(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63) as u64) >> 1) as i64) as u64)
}

/// Why a literal isn't a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not of the form of a number.
    #[error("`{0}` is not a number")]
    Malformed(String),
    /// Beyond the largest double, so that no number type holds it.
    #[error("no number type can hold `{0}`")]
    TooLarge(String),
}

/// A literal's exact value.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    exact: BigDecimal,
    float: f64,
}

impl Number {
    /// Reads `1_000`, `-1.5`, `.5`, `+5`, `1e6`.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let plain: String = text.chars().filter(|c| *c != '_').collect();
        let float = f64::from_str(&plain).map_err(|_| NumberError::Malformed(text.to_owned()))?;
        if !float.is_finite() {
            // `inf` and `nan` parse as doubles, but aren't literals of the language.
            let digits = plain.chars().any(|c| c.is_ascii_digit());
            return Err(if digits {
                NumberError::TooLarge(text.to_owned())
            } else {
                NumberError::Malformed(text.to_owned())
            });
        }
        let exponent = plain.split(['e', 'E']).nth(1).and_then(|it| it.parse::<i64>().ok());
        let exact = match exponent {
            // A number as small as this differs from 0 in its sign alone, in every column; its exact digits would only cost memory.
            Some(e) if e < -2_000 => {
                let zero =
                    plain.split(['e', 'E']).next().is_none_or(|m| !m.contains(|c: char| ('1'..='9').contains(&c)));
                let tiny = if zero {
                    "0"
                } else if plain.starts_with('-') {
                    "-1e-2000"
                } else {
                    "1e-2000"
                };
                BigDecimal::from_str(tiny)
            }
            _ => BigDecimal::from_str(&plain),
        }
        .map_err(|_| NumberError::Malformed(text.to_owned()))?;
        Ok(Self { exact, float })
    }

    /// The nearest double.
    #[must_use]
    pub fn to_float(&self) -> f64 {
        self.float
    }

    /// Its exact value.
    #[must_use]
    pub fn exact(&self) -> &BigDecimal {
        &self.exact
    }

    /// The largest key not above it, and the smallest key not below it, among numbers of `scale` digits after the point.
    ///
    /// Both are equal when the scale can hold it. Past the range of `i128` they stop at its ends.
    #[must_use]
    pub fn floor_ceil(&self, scale: u8) -> (i128, i128) {
        let at = |mode| {
            let rounded = self.exact.with_scale_round(i64::from(scale), mode);
            let (digits, _) = rounded.into_bigint_and_exponent();
            let end = if self.float < 0.0 { i128::MIN } else { i128::MAX };
            digits.to_i128().unwrap_or(end)
        };
        (at(RoundingMode::Floor), at(RoundingMode::Ceiling))
    }
}
