//! Aggregates of a contact's records, and tests of them.

use std::cmp::Ordering;

use bigdecimal::{BigDecimal, ToPrimitive};

use super::exact::{ExactSum, power_of_ten};
use super::{Cancel, ExecError, texts};
use crate::book::{FieldType, Index, RecordKind};
use crate::index::{CodeSet, Dictionary, FlagShard, NumberShard, TextShard};
use crate::model::{ColumnId, NumberKind, Ranges, RowSet, float_key, key_float};
use crate::plan::{Aggregate, TextTest, ValueTest};

/// The first sum of decimals, in units, that has more than 18 digits.
const TOO_LARGE: u128 = 1_000_000_000_000_000_000;

/// Ranges whose ends are worth a pass each.
const FEW_RANGES: usize = 2;

/// An aggregate of one column of a kind, and what must hold of it.
pub(super) struct Aggregation<'a> {
    function: Aggregate,
    kind: &'a RecordKind,
    column: ColumnId,
    test: Test<'a>,
}

/// A [`ValueTest`], ready for values.
enum Test<'a> {
    Missing {
        empty: CodeSet,
    },
    Keys(&'a Ranges<i64>),
    Sum(&'a Ranges<i128>),
    Mean(Vec<MeanRange>),
    Codes(CodeSet),
    Flag(bool),
    /// A test that doesn't fit the column.
    Never,
}

/// A range of means in units of the column.
struct MeanRange {
    low: Option<End>,
    high: Option<End>,
}

struct End {
    exact: BigDecimal,
    near: f64,
    included: bool,
}

/// One end of a range of means, as the plan has it: the number, and whether it is in.
type Bound = Option<(BigDecimal, bool)>;

/// What an aggregate comes to.
enum Value {
    Missing,
    Key(i64),
    Code(u32),
    Flag(bool),
}

impl<'a> Aggregation<'a> {
    pub(super) fn bind(
        kind: &'a RecordKind,
        function: Aggregate,
        column: ColumnId,
        test: &'a ValueTest,
        cancel: &Cancel,
    ) -> Self {
        let column_of = &kind.table.columns[column];
        let passing = |test: &TextTest| match &column_of.index {
            Index::Text(index) => Some(texts::passing(&index.dictionary, test, cancel)),
            Index::Missing | Index::Number(_) | Index::List(_) | Index::Flag(_) => None,
        };
        let test = match test {
            ValueTest::Missing => {
                let nothing = TextTest::OneOf { folded: vec![String::new()], cased: Vec::new() };
                Test::Missing { empty: passing(&nothing).unwrap_or_default() }
            }
            ValueTest::Keys(ranges) => Test::Keys(ranges),
            ValueTest::Sum(ranges) => Test::Sum(ranges),
            ValueTest::Mean(ranges) => {
                let scale = scale_of(&column_of.field_type).unwrap_or(0);
                Test::Mean(ranges.iter().map(|(low, high)| MeanRange::in_units(low, high, scale)).collect())
            }
            ValueTest::Text(test) => passing(test).map_or(Test::Never, Test::Codes),
            ValueTest::Flag(flag) => Test::Flag(*flag),
        };
        Self { function, kind, column, test }
    }

    pub(super) fn is_decimal_sum(&self) -> bool {
        self.function == Aggregate::Sum && matches!(self.field_type(), FieldType::Number(NumberKind::Decimal { .. }))
    }

    /// Whether the sum of so many records of the shard might pass 18 digits.
    pub(super) fn may_overflow(&self, shard: usize, n_records: u32) -> bool {
        let Index::Number(index) = &self.kind.table.columns[self.column].index else { return false };
        self.is_decimal_sum() && passes_limit(&index.shards[shard], n_records)
    }

    /// The records that say nothing: those without a value, where the function skips them.
    pub(super) fn skipped(&self, shard: usize) -> Option<&'a RowSet> {
        match self.function {
            Aggregate::Sum | Aggregate::Avg | Aggregate::Min | Aggregate::Max => {}
            Aggregate::First | Aggregate::Last => return None,
        }
        match &self.kind.table.columns[self.column].index {
            Index::Number(index) => Some(index.shards[shard].missing()),
            Index::Text(index) => Some(index.shards[shard].missing()),
            Index::Flag(index) => Some(index.shards[shard].missing()),
            Index::Missing | Index::List(_) => None,
        }
    }

    /// The column, if its values are summed one by one: exactly, and far from any limit.
    pub(super) fn summed(&self, shard: usize, n_records: u32) -> Option<&'a NumberShard> {
        let is_exact = self.function == Aggregate::Sum && self.field_type() != &FieldType::Number(NumberKind::Float);
        match &self.kind.table.columns[self.column].index {
            Index::Number(index) if is_exact && !passes_limit(&index.shards[shard], n_records) => {
                Some(&index.shards[shard])
            }
            Index::Missing | Index::Number(_) | Index::Text(_) | Index::List(_) | Index::Flag(_) => None,
        }
    }

    /// Whether the test holds of no record at all: a sum of none is 0, all else is missing.
    pub(super) fn holds_of_none(&self) -> bool {
        if self.function == Aggregate::Sum {
            return match &self.test {
                Test::Sum(ranges) => ranges.contains(0),
                Test::Keys(ranges) => ranges.contains(0),
                Test::Missing { .. } | Test::Mean(_) | Test::Codes(_) | Test::Flag(_) | Test::Never => false,
            };
        }
        self.holds_of(Value::Missing)
    }

    /// Whether the test holds of these records of one contact, which are in order of time; at least one.
    pub(super) fn holds(&self, shard: usize, rows: &[u32]) -> Result<bool, ExecError> {
        match &self.kind.table.columns[self.column].index {
            Index::Number(index) => self.number(&index.shards[shard], shard, rows),
            Index::Text(index) => Ok(self.text(&index.shards[shard], &index.dictionary, shard, rows)),
            Index::Flag(index) => Ok(self.flag(&index.shards[shard], shard, rows)),
            Index::Missing | Index::List(_) => Ok(self.holds_of_none()),
        }
    }

    /// For a test of the largest or smallest number of a contact's records: the column, and ranges of it such that the verdict
    /// differs from that on no record where the contact has a record in an odd number of them.
    ///
    /// The largest is at least a number if any is, so that each end of what is asked for is one range.
    pub(super) fn extreme(&self, shard: usize) -> Option<(&'a NumberShard, Vec<Ranges<i64>>)> {
        let (Index::Number(index), Test::Keys(ranges)) = (&self.kind.table.columns[self.column].index, &self.test)
        else {
            return None;
        };
        // A contact's records lie in the order of their times.
        let of_largest = match self.function {
            Aggregate::Max => true,
            Aggregate::Last if self.column == RecordKind::AT => true,
            Aggregate::Min => false,
            Aggregate::First if self.column == RecordKind::AT => false,
            Aggregate::First | Aggregate::Last | Aggregate::Sum | Aggregate::Avg => return None,
        };
        if ranges.as_slice().len() > FEW_RANGES {
            return None;
        }
        let ends = ranges.as_slice().iter().flat_map(|(low, high)| match of_largest {
            true => [Some((*low, i64::MAX)), high.checked_add(1).map(|next| (next, i64::MAX))],
            false => [Some((i64::MIN, *high)), low.checked_sub(1).map(|before| (i64::MIN, before))],
        });
        Some((&index.shards[shard], ends.flatten().map(|it| Ranges::union([it])).collect()))
    }

    fn field_type(&self) -> &'a FieldType {
        &self.kind.table.columns[self.column].field_type
    }

    fn number(&self, keys: &NumberShard, shard: usize, rows: &[u32]) -> Result<bool, ExecError> {
        let present = self.asked(shard, rows).iter().filter_map(|row| keys.get(*row));
        let value = match self.function {
            Aggregate::Sum => return self.sum(keys, rows),
            Aggregate::Avg => return Ok(self.mean(&present.collect::<Vec<i64>>())),
            Aggregate::Min | Aggregate::First => present.min(),
            Aggregate::Max | Aggregate::Last => present.max(),
        };
        Ok(self.holds_of(value.map_or(Value::Missing, Value::Key)))
    }

    fn text(&self, codes: &TextShard, dictionary: &Dictionary, shard: usize, rows: &[u32]) -> bool {
        let order = |a: &u32, b: &u32| text_order(dictionary, *a, *b);
        let present = self.asked(shard, rows).iter().filter_map(|row| codes.get(*row));
        let value = match self.function {
            Aggregate::Sum | Aggregate::Avg => None,
            Aggregate::Min | Aggregate::First => present.min_by(order),
            Aggregate::Max | Aggregate::Last => present.max_by(order),
        };
        self.holds_of(value.map_or(Value::Missing, Value::Code))
    }

    fn flag(&self, flags: &FlagShard, shard: usize, rows: &[u32]) -> bool {
        let present = self.asked(shard, rows).iter().filter_map(|row| flags.get(*row));
        let value = match self.function {
            Aggregate::Sum | Aggregate::Avg => None,
            Aggregate::Min | Aggregate::First => present.min(),
            Aggregate::Max | Aggregate::Last => present.max(),
        };
        self.holds_of(value.map_or(Value::Missing, Value::Flag))
    }

    fn holds_of(&self, value: Value) -> bool {
        match (&self.test, value) {
            (Test::Missing { .. }, Value::Missing) => true,
            (Test::Missing { empty }, Value::Code(code)) => empty.contains(code),
            (Test::Keys(ranges), Value::Key(key)) => ranges.contains(key),
            (Test::Codes(codes), Value::Code(code)) => codes.contains(code),
            (Test::Flag(wanted), Value::Flag(flag)) => *wanted == flag,
            (
                Test::Missing { .. }
                | Test::Keys(_)
                | Test::Sum(_)
                | Test::Mean(_)
                | Test::Codes(_)
                | Test::Flag(_)
                | Test::Never,
                _,
            ) => false,
        }
    }

    fn sum(&self, keys: &NumberShard, rows: &[u32]) -> Result<bool, ExecError> {
        let present = rows.iter().filter_map(|row| keys.get(*row));
        if self.field_type() == &FieldType::Number(NumberKind::Float) {
            return Ok(self.float(present, false));
        }
        let sum: i128 = present.map(i128::from).sum();
        if self.is_decimal_sum() && sum.unsigned_abs() >= TOO_LARGE {
            return Err(ExecError::SumTooLarge {
                kind: self.kind.name.clone(),
                column: self.kind.table.columns[self.column].tag.clone(),
            });
        }
        Ok(self.holds_of_sum(sum))
    }

    /// Whether the test holds of a sum of integers or decimals.
    pub(super) fn holds_of_sum(&self, sum: i128) -> bool {
        match &self.test {
            Test::Sum(ranges) => ranges.contains(sum),
            Test::Keys(ranges) => i64::try_from(sum).is_ok_and(|sum| ranges.contains(sum)),
            Test::Missing { .. } | Test::Mean(_) | Test::Codes(_) | Test::Flag(_) | Test::Never => false,
        }
    }

    fn mean(&self, keys: &[i64]) -> bool {
        if self.field_type() == &FieldType::Number(NumberKind::Float) {
            return self.float(keys.iter().copied(), true);
        }
        match &self.test {
            Test::Mean(_) if keys.is_empty() => false,
            Test::Mean(ranges) => {
                let sum: i128 = keys.iter().map(|key| i128::from(*key)).sum();
                ranges.iter().any(|range| range.holds(sum, keys.len()))
            }
            Test::Missing { .. } => keys.is_empty(),
            Test::Keys(_) | Test::Sum(_) | Test::Codes(_) | Test::Flag(_) | Test::Never => false,
        }
    }

    /// The sum or mean of doubles: near, if that decides, else exact and rounded once.
    fn float(&self, keys: impl Iterator<Item = i64> + Clone, mean: bool) -> bool {
        let n = keys.clone().count();
        if n == 0 && mean {
            return self.holds_of(Value::Missing);
        }
        let values = keys.map(key_float);
        let divisor = if mean { n as u64 } else { 1 };
        if let Test::Keys(ranges) = &self.test {
            let (sum, size) = values.clone().fold((0.0, 0.0), |(sum, size), it| (sum + it, size + it.abs()));
            // Twice the usual bound of the error of a naive sum, with room for the division.
            let slack = size * (n as f64 + 4.0) * f64::EPSILON;
            let (low, high) = ((sum - slack) / divisor as f64, (sum + slack) / divisor as f64);
            if slack.is_finite()
                && sum.is_finite()
                && let Some(verdict) =
                    uniform(ranges, float_key(low).saturating_sub(2), float_key(high).saturating_add(2))
            {
                return verdict;
            }
        }
        let exact = ExactSum::of(values).over(divisor);
        self.holds_of(exact.map_or(Value::Missing, |it| Value::Key(float_key(it))))
    }

    /// The records whose values are asked for: of `first` those of the earliest time, of `last` those of the latest, else all.
    fn asked<'r>(&self, shard: usize, rows: &'r [u32]) -> &'r [u32] {
        let at = |row: &u32| self.kind.times(shard).and_then(|it| it.get(*row));
        match (self.function, rows) {
            (Aggregate::First, [first, ..]) => {
                let time = at(first);
                &rows[..rows.iter().take_while(|row| at(row) == time).count()]
            }
            (Aggregate::Last, [.., last]) => {
                let time = at(last);
                &rows[rows.len() - rows.iter().rev().take_while(|row| at(row) == time).count()..]
            }
            (
                Aggregate::First | Aggregate::Last | Aggregate::Sum | Aggregate::Avg | Aggregate::Min | Aggregate::Max,
                _,
            ) => rows,
        }
    }
}

/// Whether the sum of so many values of a shard might have more than 18 digits.
fn passes_limit(keys: &NumberShard, n_records: u32) -> bool {
    keys.bounds().is_some_and(|(min, max)| {
        let largest = min.unsigned_abs().max(max.unsigned_abs());
        u128::from(largest) * u128::from(n_records) >= TOO_LARGE
    })
}

/// The order of two texts of a dictionary: by the lower-cased form, then by the original.
pub(super) fn text_order(dictionary: &Dictionary, a: u32, b: u32) -> Ordering {
    dictionary.folded_cmp(a, b).then_with(|| dictionary.text(a).cmp(&dictionary.text(b)))
}

/// Digits after the point of an integer or decimal.
pub(super) fn scale_of(field_type: &FieldType) -> Option<u8> {
    match field_type {
        FieldType::Number(NumberKind::Int) => Some(0),
        FieldType::Number(NumberKind::Decimal { scale }) => Some(*scale),
        FieldType::Number(NumberKind::Float)
        | FieldType::Text
        | FieldType::Choice { .. }
        | FieldType::Known(_)
        | FieldType::Stage
        | FieldType::Date
        | FieldType::Time
        | FieldType::Flag
        | FieldType::List => None,
    }
}

/// The verdict that all keys from `low` to `high` share; none if they don't share one.
fn uniform(ranges: &Ranges<i64>, low: i64, high: i64) -> Option<bool> {
    let touching = |(from, to): &&(i64, i64)| *from <= high && low <= *to;
    match ranges.as_slice().iter().find(touching) {
        None => Some(false),
        Some((from, to)) if *from <= low && high <= *to => Some(true),
        Some(_) => None,
    }
}

impl MeanRange {
    fn in_units(low: &Bound, high: &Bound, scale: u8) -> Self {
        let end = |bound: &Bound| {
            bound.as_ref().map(|(number, included)| {
                let exact = number * BigDecimal::from(power_of_ten(scale));
                End { near: exact.to_f64().unwrap_or(f64::NAN), exact, included: *included }
            })
        };
        Self { low: end(low), high: end(high) }
    }

    fn holds(&self, sum: i128, n: usize) -> bool {
        let above = self.low.as_ref().is_none_or(|end| match end.compare(sum, n) {
            Ordering::Less => false,
            Ordering::Equal => end.included,
            Ordering::Greater => true,
        });
        above
            && self.high.as_ref().is_none_or(|end| match end.compare(sum, n) {
                Ordering::Less => true,
                Ordering::Equal => end.included,
                Ordering::Greater => false,
            })
    }
}

impl End {
    /// How the mean of `n` numbers of this sum compares with this end.
    fn compare(&self, sum: i128, n: usize) -> Ordering {
        let mean = sum as f64 / n as f64;
        // Both are within a few ulps of the exact numbers.
        let slack = (mean.abs() + self.near.abs()) * 1e-12;
        if (mean - self.near).abs() > slack {
            return mean.total_cmp(&self.near);
        }
        BigDecimal::from(sum).cmp(&(&self.exact * BigDecimal::from(n as u64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_compared_exactly() {
        let number = |text: &str| text.parse::<BigDecimal>().unwrap();
        let at_least = |text: &str| MeanRange::in_units(&Some((number(text), true)), &None, 2);
        // 0.01 + 0.02 over two is 0.015.
        assert!(at_least("0.015").holds(3, 2));
        assert!(!at_least("0.0150000000000000000000001").holds(3, 2));
        let above = MeanRange::in_units(&Some((number("0.015"), false)), &None, 2);
        assert!(!above.holds(3, 2));
        let below = MeanRange::in_units(&None, &Some((number("1e30"), false)), 2);
        assert!(below.holds(i128::from(i64::MAX), 1));
    }

    #[test]
    fn a_verdict_is_shared_or_not() {
        let ranges = Ranges::union([(10, 20), (30, 40)]);
        assert_eq!(uniform(&ranges, 12, 18), Some(true));
        assert_eq!(uniform(&ranges, 21, 29), Some(false));
        assert_eq!(uniform(&ranges, 19, 21), None);
    }
}
