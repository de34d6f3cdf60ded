//! [`Gap`]: how far a stored value is from passing a condition that it fails.

use bigdecimal::ToPrimitive;
use serde::Serialize;

use crate::book::FieldType;
use crate::model::{Cell, NumberKind, Ranges, float_key, key_float};
use crate::plan::{MeanBound, Measure, ValueTest};

/// What would have to be added to a value so that it passes: negative if it is too large, too late or too many.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "unit", content = "by", rename_all = "snake_case")]
pub enum Gap {
    /// An amount, in the field's own type; of a mean rounded to a double.
    Amount(#[serde(serialize_with = "super::as_text")] Cell),
    /// Calendar days.
    Days(i64),
    /// Microseconds.
    Microseconds(i64),
    /// Records, distinct values or elements of a list.
    Times(i64),
}

/// Of a field's value, which fails `ranges` (or passes them, under a `not`).
pub(super) fn of_keys(ranges: &Ranges<i64>, negated: bool, field_type: &FieldType, value: &Cell) -> Option<Gap> {
    let (key, float) = match value {
        Cell::Int(key) | Cell::Instant(key) => (i128::from(*key), None),
        Cell::Decimal { value, .. } => (*value, None),
        Cell::Day(day) => (i128::from(*day), None),
        Cell::Float(value) => (i128::from(float_key(*value)), Some(*value)),
        Cell::Null | Cell::Text(_) | Cell::Bool(_) | Cell::List(_) => return None,
    };
    let wide: Vec<(i128, i128)> =
        ranges.as_slice().iter().map(|(low, high)| (i128::from(*low), i128::from(*high))).collect();
    let passing =
        nearest(&wide, negated, key).filter(|it| i64::try_from(*it).is_ok_and(|it| it > i64::MIN && it < i64::MAX))?;
    if let Some(value) = float {
        return amount(key_float(passing as i64) - value);
    }
    let by = passing - key;
    Some(match field_type {
        FieldType::Number(NumberKind::Decimal { scale }) => Gap::Amount(Cell::Decimal { value: by, scale: *scale }),
        FieldType::Date => Gap::Days(by as i64),
        FieldType::Time => Gap::Microseconds(i64::try_from(by).ok()?),
        FieldType::Number(NumberKind::Int | NumberKind::Float)
        | FieldType::Text
        | FieldType::Choice { .. }
        | FieldType::Known(_)
        | FieldType::Stage
        | FieldType::Flag
        | FieldType::List => Gap::Amount(Cell::Decimal { value: by, scale: 0 }),
    })
}

/// Of a number of records, distinct values or elements.
pub(super) fn of_count(counts: &Ranges<i64>, negated: bool, n: i64) -> Option<Gap> {
    let wide: Vec<(i128, i128)> =
        counts.as_slice().iter().map(|(low, high)| (i128::from(*low), i128::from(*high))).collect();
    let passing = nearest(&wide, negated, i128::from(n)).filter(|it| *it >= 0)?;
    i64::try_from(passing).ok().map(|it| Gap::Times(it - n))
}

/// Of what a contact's records come to; `field_type` is that of the column that is added up, if any.
pub(super) fn of_measure(
    measure: &Measure,
    negated: bool,
    field_type: Option<&FieldType>,
    value: &Cell,
) -> Option<Gap> {
    match (measure, value) {
        (Measure::Count(counts) | Measure::CountDistinct { counts, .. }, Cell::Int(n)) => of_count(counts, negated, *n),
        (Measure::Aggregate { test: ValueTest::Keys(ranges), .. }, _) => of_keys(ranges, negated, field_type?, value),
        (Measure::Aggregate { test: ValueTest::Sum(ranges), .. }, Cell::Decimal { value, scale }) => {
            let passing = nearest(ranges.as_slice(), negated, *value)?;
            Some(Gap::Amount(Cell::Decimal { value: passing.checked_sub(*value)?, scale: *scale }))
        }
        (Measure::Aggregate { test: ValueTest::Mean(ranges), .. }, Cell::Float(value)) => {
            of_mean(ranges, negated, *value)
        }
        (Measure::Count(_) | Measure::CountDistinct { .. } | Measure::Aggregate { .. }, _) => None,
    }
}

fn of_mean(ranges: &[(MeanBound, MeanBound)], negated: bool, value: f64) -> Option<Gap> {
    let end = |bound: &MeanBound| bound.as_ref().and_then(|(at, _)| at.to_f64());
    let ends = ranges.iter().flat_map(|(low, high)| {
        let (low, high) = (end(low), end(high));
        let is_in = low.is_none_or(|it| it <= value) && high.is_none_or(|it| value <= it);
        // To get in, the nearer end; to get out, either end of the range that it is in.
        let is_wanted = is_in == negated;
        [low, high].into_iter().flatten().filter(move |_| is_wanted)
    });
    let nearest = ends.min_by(|a, b| (a - value).abs().total_cmp(&(b - value).abs()))?;
    amount(nearest - value)
}

fn amount(by: f64) -> Option<Gap> {
    (by.is_finite() && by != 0.0).then_some(Gap::Amount(Cell::Float(by)))
}

/// The value nearest to `value` that lies in a range, or in none of them; the lower of two that are as near.
///
/// A range that ends where its type does has no value beyond.
fn nearest(ranges: &[(i128, i128)], negated: bool, value: i128) -> Option<i128> {
    let ends: Vec<i128> = if negated {
        let holding = |at: i128| ranges.iter().find(|(low, high)| *low <= at && at <= *high);
        let (mut below, mut above) = (Some(value), Some(value));
        while let Some((low, _)) = below.and_then(holding) {
            below = low.checked_sub(1);
        }
        while let Some((_, high)) = above.and_then(holding) {
            above = high.checked_add(1);
        }
        below.into_iter().chain(above).collect()
    } else {
        ranges.iter().map(|(low, high)| value.clamp(*low, *high)).collect()
    };
    ends.into_iter().min_by_key(|end| (end.abs_diff(value), *end)).filter(|it| *it != value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_value_that_passes() {
        let ranges = [(10, 20), (21, 25), (40, i128::MAX)];
        assert_eq!(nearest(&ranges, false, 4), Some(10));
        assert_eq!(nearest(&ranges, false, 30), Some(25));
        assert_eq!(nearest(&ranges, false, 35), Some(40));
        assert_eq!(nearest(&ranges, true, 19), Some(26));
        assert_eq!(nearest(&ranges, true, 12), Some(9));
        assert_eq!(nearest(&ranges, true, 50), Some(39));
        assert_eq!(nearest(&[], false, 1), None);
        assert_eq!(nearest(&[(i128::MIN, i128::MAX)], true, 1), None);
    }

    #[test]
    fn gaps_are_in_the_units_of_the_field() {
        let at_least = |key| Ranges::between(key, i64::MAX);
        let decimal = FieldType::Number(NumberKind::Decimal { scale: 2 });
        let spent = Cell::Decimal { value: 12_050, scale: 2 };
        let needed = Gap::Amount(Cell::Decimal { value: 37_950, scale: 2 });
        assert_eq!(of_keys(&at_least(50_000), false, &decimal, &spent), Some(needed));
        assert_eq!(of_keys(&at_least(20_000), false, &FieldType::Date, &Cell::Day(19_970)), Some(Gap::Days(30)));
        assert_eq!(of_keys(&at_least(20), true, &FieldType::Time, &Cell::Instant(25)), Some(Gap::Microseconds(-6)));
        assert_eq!(of_keys(&at_least(20), false, &FieldType::Time, &Cell::Null), None);
        assert_eq!(of_count(&Ranges::between(0, 2), false, 5), Some(Gap::Times(-3)));
        // Nobody has fewer records than none.
        assert_eq!(of_count(&Ranges::between(0, i64::MAX), true, 5), None);
    }
}
