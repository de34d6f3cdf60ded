//! Tests of numbers: exact intervals first, then the keys of the column's kind.

use super::fields::{Reading, Tested};
use super::resolve::{Checked, Resolver, all, both, wrong};
use super::tree::MeanBound;
use crate::model::{Code, Diagnostic, Number, NumberError, NumberKind, Ranges, Span, float_key};
use crate::syntax::ast::{CompareOp, Test, Value};

/// Digits of a number: reading more takes time by their square.
pub(super) const MAX_DIGITS: usize = 2_000;

/// One end of an interval: the number, and whether it is in. None is no end.
pub(super) type Bound = Option<(Number, bool)>;

/// The numbers that pass a test.
pub(super) enum NumberReading {
    /// `is empty`
    Empty,
    /// In any of these.
    Intervals(Vec<(Bound, Bound)>),
    /// Against another field.
    Other(Reading),
}

impl<'a> Resolver<'a> {
    pub(super) fn number_reading(&mut self, tested: &Tested<'a>, kind: NumberKind, test: &Test) -> Checked<Reading> {
        Ok(match self.number_test(tested, test)? {
            NumberReading::Empty => Reading::Empty,
            NumberReading::Intervals(intervals) => Reading::Keys(keys(&intervals, kind)),
            NumberReading::Other(reading) => reading,
        })
    }

    /// The numbers that pass a test.
    pub(super) fn number_test(&mut self, tested: &Tested<'a>, test: &Test) -> Checked<NumberReading> {
        let intervals = match test {
            Test::Empty => return Ok(NumberReading::Empty),
            Test::Compare(op, Value::Field(other)) => {
                return self.against(tested, *op, other).map(NumberReading::Other);
            }
            Test::Compare(op, value) => {
                let n = self.number(tested, value)?;
                vec![match op {
                    CompareOp::Eq => (Some((n.clone(), true)), Some((n, true))),
                    CompareOp::Lt => (None, Some((n, false))),
                    CompareOp::Le => (None, Some((n, true))),
                    CompareOp::Gt => (Some((n, false)), None),
                    CompareOp::Ge => (Some((n, true)), None),
                }]
            }
            Test::In(values) => {
                self.check_length(tested, values)?;
                let numbers = all(values.iter().map(|it| self.number(tested, it)))?;
                numbers.into_iter().map(|it| (Some((it.clone(), true)), Some((it, true)))).collect()
            }
            Test::Between(low, high) => {
                let (from, to) = both(self.number(tested, low), self.number(tested, high))?;
                if from.exact() > to.exact() {
                    self.note_swapped(low.span().to(high.span()));
                }
                vec![(Some((from, true)), Some((to, true)))]
            }
            Test::Bare
            | Test::Match(..)
            | Test::Window(_)
            | Test::Anniversary(_)
            | Test::All(_)
            | Test::NoneOf(_)
            | Test::InFile(_) => return self.does_not_fit(tested),
        };
        Ok(NumberReading::Intervals(intervals))
    }

    /// Notes that a `between` has its ends swapped.
    pub(super) fn note_swapped(&mut self, span: Span) {
        self.note(Code::SwappedBetween, span, "the ends of this `between` are swapped: nobody lies between them");
    }

    fn number(&self, tested: &Tested<'a>, value: &Value) -> Checked<Number> {
        let Value::Number { text, span } = value else {
            return self.not_a_value(tested, value, "a number", "numbers look like `30`, `1_000`, `-1.5`, `1e6`");
        };
        if text.len() > MAX_DIGITS {
            return wrong(too_long(*span));
        }
        Number::parse(text).or_else(|why| match why {
            NumberError::TooLarge(_) => {
                wrong(Diagnostic::error(Code::NumberTooLarge, *span, format!("no number type can hold `{text}`")))
            }
            NumberError::Malformed(_) => {
                self.not_a_value(tested, value, "a number", "numbers look like `30`, `1_000`, `-1.5`, `1e6`")
            }
        })
    }

    /// A whole number of a step or duration, of at least `least`.
    pub(super) fn whole(&self, text: &str, span: Span, least: u64) -> Checked<u64> {
        let number = self.any_whole(text, span, least)?;
        u64::try_from(number).or_else(|_| {
            let text = super::notes::shortened(text, 40);
            wrong(Diagnostic::error(Code::WholeNumber, span, format!("`{text}` is too large a number here")))
        })
    }

    /// A whole number of any size, of at least `least`.
    pub(super) fn any_whole(&self, text: &str, span: Span, least: u64) -> Checked<i128> {
        let error = |message: String| wrong(Diagnostic::error(Code::WholeNumber, span, message));
        let needed = match least {
            0 => "a whole number is needed here".to_owned(),
            _ => format!("a whole number of at least {least} is needed here"),
        };
        if text.len() > MAX_DIGITS {
            return wrong(too_long(span));
        }
        let Ok(number) = Number::parse(text) else {
            return error(format!("{needed}, not `{}`", super::notes::shortened(text, 40)));
        };
        let (floor, ceil) = number.floor_ceil(0);
        if floor != ceil {
            return error(format!("{needed}: `{text}` is not whole"));
        }
        if floor < i128::from(least) {
            return error(format!("{needed}, not `{text}`"));
        }
        Ok(floor)
    }
}

fn too_long(span: Span) -> Diagnostic {
    Diagnostic::error(Code::NumberTooLarge, span, "a number has at most 2,000 digits")
}

/// The keys of numbers within the intervals.
pub(super) fn keys(intervals: &[(Bound, Bound)], kind: NumberKind) -> Ranges<i64> {
    let scale = match kind {
        NumberKind::Int => 0,
        NumberKind::Decimal { scale } => scale,
        NumberKind::Float => return float_keys(intervals),
    };
    let clamp = |it: i128| it.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    let fits =
        |(low, high): &(i128, i128)| *low <= i128::from(i64::MAX) && *high >= i128::from(i64::MIN) && low <= high;
    Ranges::union(
        intervals.iter().map(|it| unit_range(it, scale)).filter(fits).map(|(low, high)| (clamp(low), clamp(high))),
    )
}

/// The sums, in units of a scale, within the intervals.
pub(super) fn sums(intervals: &[(Bound, Bound)], scale: u8) -> Ranges<i128> {
    Ranges::union(intervals.iter().map(|it| unit_range(it, scale)))
}

/// The intervals as bounds of means.
pub(super) fn means(intervals: Vec<(Bound, Bound)>) -> Vec<(MeanBound, MeanBound)> {
    let exact = |bound: Bound| bound.map(|(number, is_in)| (number.exact().clone(), is_in));
    intervals.into_iter().map(|(low, high)| (exact(low), exact(high))).collect()
}

/// First and last unit of `1 / 10^scale` within an interval; swapped if there is none.
fn unit_range((low, high): &(Bound, Bound), scale: u8) -> (i128, i128) {
    let low = low.as_ref().map_or(i128::MIN, |(number, is_in)| {
        let (floor, ceil) = number.floor_ceil(scale);
        if *is_in { ceil } else { floor.saturating_add(1) }
    });
    let high = high.as_ref().map_or(i128::MAX, |(number, is_in)| {
        let (floor, ceil) = number.floor_ceil(scale);
        if *is_in { floor } else { ceil.saturating_sub(1) }
    });
    (low, high)
}

/// Of doubles: each literal is rounded to the nearest double once; infinities are values.
pub(super) fn float_keys(intervals: &[(Bound, Bound)]) -> Ranges<i64> {
    Ranges::union(intervals.iter().map(|(low, high)| {
        let low = low.as_ref().map_or(float_key(f64::NEG_INFINITY), |(number, is_in)| {
            let key = float_key(number.to_float());
            if *is_in { key } else { key.saturating_add(1) }
        });
        let high = high.as_ref().map_or(float_key(f64::INFINITY), |(number, is_in)| {
            let key = float_key(number.to_float());
            if *is_in { key } else { key.saturating_sub(1) }
        });
        (low, high)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).expect("a number")
    }

    #[test]
    fn literals_finer_than_the_column() {
        let above = [(Some((n("30.5"), false)), None)];
        assert_eq!(keys(&above, NumberKind::Int), Ranges::between(31, i64::MAX));
        let equal = [(Some((n("30.5"), true)), Some((n("30.5"), true)))];
        assert!(keys(&equal, NumberKind::Int).is_empty());
        let cents = [(Some((n("1000.001"), true)), Some((n("1000.019"), true)))];
        assert_eq!(keys(&cents, NumberKind::Decimal { scale: 2 }), Ranges::between(100_001, 100_001));
    }

    #[test]
    fn literals_outside_the_column() {
        let below = [(None, Some((n("1e300"), false)))];
        assert_eq!(keys(&below, NumberKind::Int), Ranges::between(i64::MIN, i64::MAX));
        let above = [(Some((n("1e30"), false)), None)];
        assert!(keys(&above, NumberKind::Int).is_empty());
        let under = [(None, Some((n("-1e30"), false)))];
        assert!(keys(&under, NumberKind::Int).is_empty());
    }

    #[test]
    fn infinity_is_above_every_literal() {
        let above = [(Some((n("1e300"), false)), None)];
        assert!(keys(&above, NumberKind::Float).contains(float_key(f64::INFINITY)));
        let zero = [(Some((n("-0.0"), true)), Some((n("-0.0"), true)))];
        assert!(keys(&zero, NumberKind::Float).contains(float_key(0.0)));
    }
}
